"""From picture files to grasps: the net, then jaws fitted to the depth picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from pushgrasp.grasping.graspnet.jaw_fit import JawCfg
from pushgrasp.grasping.graspnet.poses import GraspPoses
from pushgrasp.grasping.graspnet.predictions import PredictionCfg, predict_grasps
from pushgrasp.grasping.graspnet.square import SquareView

OFF_PLANE = 0.008
"""What stands out of the dominant plane by more than this counts as an object [m]."""

_PLANE_TRIES = 256


def grasps_of_pictures(
    net: Callable[[torch.Tensor], torch.Tensor],
    rgb: torch.Tensor,
    depth: torch.Tensor,
    intrinsics: torch.Tensor,
    mask: torch.Tensor | None = None,
    max_width: float = 0.14,
    keep: int = 20,
) -> GraspPoses:
    """Distinct grasps in the camera's optical frame, best first; scores are probabilities.

    Without a mask everything off the dominant plane, the table, may be grasped. The net knows views from above: the
    camera should look down on the scene.

    Args:
        net: Trained net in evaluation mode, from (1, 3, 224, 224) to (1, 360, 56, 56).
        rgb: Colour picture, uint8, shape (3, H, W).
        depth: Depth picture [m], shape (H, W); 0 or NaN where nothing came back.
        intrinsics: Camera matrix [pixel], shape (3, 3), pixel centres at halves.
        mask: Pixels of what is to be grasped, bool, shape (H, W).
        max_width: Largest opening of the jaws [m].
        keep: Grasps at most.

    Raises:
        ValueError: If sizes differ, the mask is empty or there is no depth.
    """
    if tuple(rgb.shape[1:]) != tuple(depth.shape):
        hint = " (rows and columns changed places)" if tuple(rgb.shape[:0:-1]) == tuple(depth.shape) else ""
        raise ValueError(
            f"colour has {_size(rgb[0])} pixels, depth {_size(depth)}{hint}: they must be registered pictures"
        )
    if mask is not None and mask.shape != depth.shape:
        raise ValueError(f"the mask has {_size(mask)} pixels, the pictures {_size(depth)}")
    view = SquareView(*depth.shape)
    with torch.no_grad():
        heatmap = torch.sigmoid(net(view.colour(rgb)[None]))[0]
    allowed = off_plane(depth, intrinsics) if mask is None else mask
    if mask is None and not bool(allowed.any()):
        raise ValueError("nothing stands out of the dominant plane; name the object with --mask")
    cfg = PredictionCfg(jaws=replace(JawCfg(), max_width=max_width), keep=keep)
    return predict_grasps(heatmap, depth, intrinsics, view, cfg, mask=allowed)


def off_plane(depth: torch.Tensor, intrinsics: torch.Tensor) -> torch.Tensor:
    """Pixels nearer to the camera than the dominant plane by over 8 mm, bool, shape (H, W).

    Inverse depth of a plane is linear in the pixel; the plane is found by random samples of three pixels (RANSAC,
    Fischler & Bolles 1981), always the same ones.
    """
    rows, columns = (depth.isfinite() & (depth > 0.0)).nonzero().unbind(dim=1)
    if len(rows) < 3:
        raise ValueError("the depth picture has no pixel with a depth above 0")
    x = (columns + 0.5 - intrinsics[0, 2]) / intrinsics[0, 0]
    y = (rows + 0.5 - intrinsics[1, 2]) / intrinsics[1, 1]
    rays = torch.stack((x, y, torch.ones_like(x)), dim=1).double()
    points = rays * depth[rows, columns, None].double()
    pick = torch.randint(len(points), (_PLANE_TRIES, 3), generator=torch.Generator().manual_seed(0))
    a, b, c = points[pick].unbind(dim=1)
    normal = torch.nn.functional.normalize(torch.linalg.cross(b - a, c - a), dim=1)
    some = points[:: max(1, len(points) // 5000)]
    inliers = ((some @ normal.T - (a * normal).sum(dim=1)).abs() < OFF_PLANE / 2).sum(dim=0)
    best = int(inliers.argmax())
    up = normal[best] if float((normal[best] * a[best]).sum()) < 0 else -normal[best]  # towards the camera
    result = torch.zeros_like(depth, dtype=torch.bool)
    result[rows, columns] = (points - a[best]) @ up > OFF_PLANE
    return result


def _size(picture: torch.Tensor) -> str:
    return f"{picture.shape[1]} x {picture.shape[0]}"

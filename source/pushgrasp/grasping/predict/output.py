"""Grasps as a picture, as JSON and in a 3-D viewer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.colors import Normalize

from pushgrasp.files.atomic import atomic_write
from pushgrasp.grasping.graspnet.poses import GraspPoses
from pushgrasp.perception.camera import deproject, project

FINGER, STEM = 0.05, 0.04
"""Lengths of the drawn fingers and of the stem behind them [m]."""

SCHEMA = 1
NUMBERED = 5
"""Grasps that get their rank written beside them."""

_BONES = ((0, 1), (1, 2), (2, 3), (4, 5))


def skeletons(grasps: GraspPoses) -> torch.Tensor:
    """Drawn grippers: tip, knuckle, knuckle, tip, middle of the palm, end of the stem [m], shape (K, 6, 3)."""
    half, back = grasps.width / 2, torch.full_like(grasps.width, -FINGER)
    zero = torch.zeros_like(half)
    x = torch.stack((-half, -half, half, half, zero, zero), dim=1)
    z = torch.stack((zero, back, back, zero, back, back - STEM), dim=1)
    closing, approach = grasps.rotation[:, None, :, 0], grasps.rotation[:, None, :, 2]
    return grasps.position[:, None] + x[..., None] * closing + z[..., None] * approach


def draw_grasps(path: Path, rgb: torch.Tensor, intrinsics: torch.Tensor, grasps: GraspPoses) -> Path:
    """Write the colour picture (3, H, W) uint8 with grasps of the camera's frame on it, the best ones numbered."""
    height, width = rgb.shape[1:]
    figure, axes = plt.subplots(figsize=(9.6, 8.4 * height / width), layout="constrained")
    axes.imshow(rgb.permute(1, 2, 0).numpy())
    if len(grasps):
        _draw(axes, grasps, _pixels(grasps, intrinsics))
        scale = plt.cm.ScalarMappable(Normalize(*_range(grasps)), "plasma")
        figure.colorbar(scale, ax=axes, label="score", shrink=0.8)
    axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5), xticks=[], yticks=[])
    axes.set_title(f"{len(grasps)} grasps" if len(grasps) else "no grasp fits")
    with np.errstate(invalid="ignore"):
        atomic_write(path, lambda file: figure.savefig(file, dpi=120, format=path.suffix[1:] or "png"))
    plt.close(figure)
    return path


def _pixels(grasps: GraspPoses, intrinsics: torch.Tensor) -> np.ndarray:
    """Skeletons in the picture (K, 6, 2), pixel centres at whole numbers as in matplotlib."""
    lines = skeletons(grasps)
    eye, origin = torch.eye(3).to(lines), torch.zeros(1, 3).to(lines)
    pixels, _ = project(lines.flatten(0, 1)[None], intrinsics[None].to(lines), eye[None], origin)
    return (pixels[0] - 0.5).view(-1, 6, 2).numpy()


def _range(grasps: GraspPoses) -> tuple[float, float]:
    low, high = float(grasps.score.min()), float(grasps.score.max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _draw(axes: Any, grasps: GraspPoses, pixels: np.ndarray) -> None:  # noqa: ANN401 - matplotlib's axes
    colours = plt.get_cmap("plasma")(Normalize(*_range(grasps))(grasps.score.numpy()))
    for rank in reversed(range(len(grasps))):  # the best on top
        for a, b in _BONES:
            ends = pixels[rank, [a, b]]
            axes.plot(ends[:, 0], ends[:, 1], color="black", linewidth=3.5, solid_capstyle="round")
            axes.plot(ends[:, 0], ends[:, 1], color=colours[rank], linewidth=2.0, solid_capstyle="round")
        if rank < NUMBERED:
            box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "alpha": 0.8, "linewidth": 0}
            axes.annotate(str(rank + 1), pixels[rank, 5], fontsize=9, ha="center", va="center", bbox=box)


def grasp_records(grasps: GraspPoses) -> dict[str, Any]:
    """Grasps for a JSON file: pose of the point between the finger tips in the camera's optical frame."""
    rows = zip(
        grasps.score, grasps.width, grasps.depth, grasps.class_index, grasps.position, grasps.rotation, strict=True
    )
    return {
        "schema": SCHEMA,
        "frame": "camera, optical: x right, y down, z forward",
        "gripper": "+z approach, +x closing direction; position between the finger tips; metres",
        "grasps": [
            {
                "score": round(float(score), 6),
                "position": position.tolist(),
                "rotation": rotation.tolist(),
                "width": float(width),
                "depth": float(depth),
                "class_index": int(index),
            }
            for score, width, depth, index, position, rotation in rows
        ],
    }


def write_records(path: Path, grasps: GraspPoses) -> None:
    """Write `grasp_records` to a file."""
    content = json.dumps(grasp_records(grasps), indent=2) + "\n"
    atomic_write(path, lambda file: file.write(content.encode()))


def show(rgb: torch.Tensor, depth: torch.Tensor, intrinsics: torch.Tensor, grasps: GraspPoses) -> None:
    """Open an Open3D window with the coloured points and the grasps.

    Raises:
        ImportError: If Open3D or a system library of it is missing.
    """
    try:
        import open3d
    except (ImportError, OSError) as error:
        raise ImportError(f"the 3-D view needs open3d and Debian's libgl1 and libusb-1.0-0 ({error})") from error
    eye, origin = torch.eye(3)[None], torch.zeros(1, 3)
    points = deproject(depth[None], intrinsics[None], eye, origin).view(-1, 3)
    seen = (points[:, 2] > 0).logical_and(points.isfinite().all(dim=1))
    cloud = open3d.geometry.PointCloud(open3d.utility.Vector3dVector(points[seen].double().numpy()))
    colours = rgb.flatten(1).T[seen].double().numpy() / 255.0
    cloud.colors = open3d.utility.Vector3dVector(colours)
    lines = skeletons(grasps).flatten(0, 1).double().numpy()
    bones = np.concatenate([np.array(_BONES) + 6 * k for k in range(len(grasps))]) if len(grasps) else np.zeros((0, 2))
    wires = open3d.geometry.LineSet(
        open3d.utility.Vector3dVector(lines), open3d.utility.Vector2iVector(bones.astype(int))
    )
    wires.paint_uniform_color((0.9, 0.1, 0.1))
    open3d.visualization.draw_geometries([cloud, wires])  # pyright: ignore[reportAttributeAccessIssue]

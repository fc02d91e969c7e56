"""Pinhole camera: depth pictures to points in the world, and back to pixels.

The optical frame is x right, y down, z forward. Pixel (column c, row r) is the square [c, c + 1) x [r, r + 1): its
centre lies at (c + 0.5, r + 0.5) and a centred camera has cx = width / 2, as simulators write intrinsics. Drivers that
put pixel centres at whole numbers (OpenCV, ROS) give cx and cy smaller by 0.5: add 0.5 to both first.

Everything here is elementwise on purpose: a matrix product may run in TF32 on a GPU, which costs millimetres.
"""

import torch


def deproject(
    depth: torch.Tensor, intrinsics: torch.Tensor, rotation: torch.Tensor, position: torch.Tensor
) -> torch.Tensor:
    """Point seen by every pixel.

    Args:
        depth: Distance to the image plane [m], shape (N, H, W), floating.
        intrinsics: Camera matrices [pixel], upper triangular, shape (N, 3, 3).
        rotation: Camera (optical frame) to world, shape (N, 3, 3).
        position: Camera centres [m], world frame, shape (N, 3).

    Returns:
        Points [m], world frame, shape (N, H, W, 3); not finite where the depth is not.

    Raises:
        ValueError: If a shape is wrong, the depth is not floating or the camera is not finite.
    """
    require_camera(depth, intrinsics, rotation, position)
    height, width = depth.shape[1:]
    cols = torch.arange(width, device=depth.device, dtype=depth.dtype) + 0.5
    rows = torch.arange(height, device=depth.device, dtype=depth.dtype) + 0.5
    right, down, forward = (axis[..., None] for axis in rotation.unbind(dim=2))
    slant = right * (intrinsics[:, 0, 1] / intrinsics[:, 0, 0])[:, None, None]
    x = (cols - intrinsics[:, 0, 2, None]) / intrinsics[:, 0, 0, None]
    y = (rows - intrinsics[:, 1, 2, None]) / intrinsics[:, 1, 1, None]
    by_col, by_row = right * x[:, None], (down - slant) * y[:, None] + forward  # world rays of unit depth, in two parts
    planes = (by_col[:, :, None] + by_row[..., None]) * depth[:, None] + position[..., None, None]
    return planes.movedim(1, 3)


def project(
    points: torch.Tensor, intrinsics: torch.Tensor, rotation: torch.Tensor, position: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Where points appear in the picture: the inverse of :func:`deproject`.

    Args:
        points: Points [m], world frame, shape (N, ..., 3).
        intrinsics: Camera matrices [pixel], upper triangular, shape (N, 3, 3).
        rotation: Camera (optical frame) to world, shape (N, 3, 3).
        position: Camera centres [m], world frame, shape (N, 3).

    Returns:
        Picture coordinates (column, row) [pixel], shape (N, ..., 2), and distances to the image plane [m], shape
        (N, ...). Coordinates mean something only in front of the camera (distance above 0).

    Raises:
        ValueError: If a shape is wrong or the camera is not finite.
    """
    if points.ndim < 2 or points.shape[-1] != 3:
        raise ValueError(f"points must have shape (N, ..., 3), got {tuple(points.shape)}")
    _require_pose(len(points), intrinsics, rotation, position)
    spread = [-1] + [1] * (points.ndim - 2)
    offset = points - position.reshape(*spread, 3)
    x, y, depth = ((offset * axis.reshape(*spread, 3)).sum(dim=-1) for axis in rotation.unbind(dim=2))
    fx, skew, cx, fy, cy = (intrinsics[:, i, j].reshape(spread) for i, j in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2)))
    return torch.stack(((fx * x + skew * y) / depth + cx, fy * y / depth + cy), dim=-1), depth


def require_camera(
    depth: torch.Tensor, intrinsics: torch.Tensor, rotation: torch.Tensor, position: torch.Tensor
) -> None:
    """Check a batch of depth pictures and their cameras.

    Raises:
        ValueError: If a shape is wrong, the depth is not floating or the camera is not finite, naming the offender.
    """
    if depth.ndim != 3 or not depth.is_floating_point():
        raise ValueError(f"depth must be floating with shape (N, H, W), got {depth.dtype} {tuple(depth.shape)}")
    _require_pose(len(depth), intrinsics, rotation, position)


def _require_pose(count: int, intrinsics: torch.Tensor, rotation: torch.Tensor, position: torch.Tensor) -> None:
    values = {"intrinsics": intrinsics, "rotation": rotation, "position": position}
    for name, value in values.items():
        shape = (count, 3) if name == "position" else (count, 3, 3)
        if tuple(value.shape) != shape:
            raise ValueError(f"{name} must have shape {shape}, got {tuple(value.shape)}")
        if not bool(torch.isfinite(value).all()):
            raise ValueError(f"{name} must be finite, got {value.tolist()}")
    if not bool((intrinsics[:, (0, 1), (0, 1)] > 0.0).all()):
        raise ValueError(f"intrinsics must have focal lengths above 0, got {intrinsics.tolist()}")

"""What the planners share: checks of their input, the poses and legs at home."""

import torch

from pushgrasp.gripper import GripperGeometry
from pushgrasp.motion.gimbal import quaternion_to_gimbal
from pushgrasp.motion.legs import Leg, Poses
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.trajectory import Phase


def check_shapes(tensors: dict[str, torch.Tensor], shapes: dict[str, tuple[int, ...]]) -> None:
    """Raise ValueError, naming the tensor, where a shape is not the one that is needed."""
    for name, shape in shapes.items():
        if tuple(tensors[name].shape) != shape:
            raise ValueError(f"{name} has shape {tuple(tensors[name].shape)}; {shape} is needed")


def check_finite(name: str, value: torch.Tensor, used: torch.Tensor) -> None:
    """Raise ValueError where value, (N, ...), holds a non-finite number that is used; ``used`` is (N,) or (N, G)."""
    broken = ~torch.isfinite(value).reshape(*used.shape, -1).all(dim=-1) & used
    if broken.any():
        worlds = broken.nonzero()[:, 0].unique().tolist()
        raise ValueError(f"{name} holds NaN or infinite numbers in worlds {worlds}; finite ones are needed")


def start_poses(
    home_position: torch.Tensor,
    home_quaternion: torch.Tensor,
    worlds: int,
    geometry: GripperGeometry,
    limits: MotionLimits,
) -> Poses:
    """Return the home of every gripper, (G, 3) [m] and (G, 4) (x, y, z, w), as one pose (M = 1) in each world.

    Raises:
        ValueError: if the shapes are wrong, a number is not finite or the gripper cannot open as far as at home.
    """
    if limits.home_width > geometry.stroke:
        raise ValueError(f"MotionLimits.home_width is {limits.home_width} m; the stroke allows [0, {geometry.stroke}]")
    grippers = home_position.shape[0]
    tensors = {"home_position": home_position, "home_quaternion": home_quaternion}
    check_shapes(tensors, {"home_position": (grippers, 3), "home_quaternion": (grippers, 4)})
    if not torch.isfinite(home_position).all():
        raise ValueError("home_position holds NaN or infinite numbers; finite ones are needed")
    angles = quaternion_to_gimbal(home_quaternion)
    width = home_position.new_full((worlds, grippers, 1), limits.home_width)
    return Poses(home_position.expand(worlds, -1, -1)[:, :, None], angles.expand(worlds, -1, -1)[:, :, None], width)


def raised(positions: torch.Tensor, height: float) -> torch.Tensor:
    """Return positions [m], shape (..., 3), straight above where they are lower than ``height`` [m], else unchanged."""
    return torch.cat((positions[..., :2], positions[..., 2:].clamp(min=height)), dim=-1)


def return_legs(gate: Poses, home: Poses, limits: MotionLimits) -> list[Leg]:
    """Return the legs to home by way of ``gate``, home raised to the travel height, and the wait there."""
    return [
        Leg(Phase.HOME, gate, limits.free_speed),
        Leg(Phase.HOME, home, limits.free_speed),
        Leg(Phase.HOME, home, limits.free_speed, dwell=limits.settle_time),
    ]

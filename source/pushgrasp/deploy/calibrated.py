"""Calibrated kinematics: every controller knows its arm's own Denavit-Hartenberg numbers; set-points are made to fit.

Motions are planned with the nominal arm, whose inverse kinematics has a closed form. A calibrated arm's TCP would be up
to centimetres beside the plan. Newton steps from the planned angles bring it back: no branch changes, and what is
continuous stays so. The angles themselves compare: at the same ones, both arms stand alike to centimetres, although the
calibrated arm's own DH frames 2 and 3 may lie hundreds of metres away, where its nearly parallel axes meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from pushgrasp.deploy.devices import ArmState, DeviceFault
from pushgrasp.deploy.sections import ArmCfg
from pushgrasp.motion.arm.forward import Frames, tcp_pose
from pushgrasp.motion.arm.model import DH_A, DH_ALPHA, DH_D, JOINT_LIMITS, NUM_JOINTS, ArmsCfg
from pushgrasp.scenes.rotations import rotate

STEPS = 4
"""Newton steps: two reach 1e-5 m from centimetres away, the others are for postures near a singularity."""

SETTLED = 1.0e-9
"""Nothing is gained by coming nearer to the planned TCP than this [m, rad]."""

STRIDE = 8
"""Every so manieth set-point is solved first; what lies between two of them is the start for the others."""

CONVERGED = 1.0e-5
"""The refined TCP is this near to the planned one [m], and its axes [rad]."""

LARGEST_CHANGE = 0.2
"""No joint is turned further than this away from the plan [rad]."""

LARGEST_JUMP = 0.01
"""Nor does that change by more than this from one set-point to the next [rad]."""

DAMPING = 1.0e-12
"""Keeps a Newton step finite at a singularity [m^2, rad^2]."""

NOMINAL_DISTANCE = 0.1
"""A calibrated arm at random postures is nowhere further from the nominal one than this [m]."""

TCP_DISTANCE, TCP_TURN = 0.002, 0.01
"""The controller's TCP is at most so far [m], and turned so much [rad], from where the kinematics have it."""


@dataclass(frozen=True, eq=False)
class Kinematics:
    """One arm as its controller and the cell's calibration know it: DH frame 0 is the controller's base frame.

    Frame i is frame i - 1 turned by the joint angle plus ``theta`` about z, moved by ``d`` along z and ``a`` along the
    new x, and turned by ``alpha`` about it.
    """

    theta: np.ndarray
    """Offsets of the joint angles [rad], shape (6,)."""
    a: np.ndarray
    """Link lengths [m], shape (6,)."""
    d: np.ndarray
    """Link offsets [m], shape (6,)."""
    alpha: np.ndarray
    """Link twists [rad], shape (6,)."""
    position: tuple[float, float, float]
    """Base, world frame [m]."""
    quaternion: tuple[float, float, float, float]
    """Turn (x, y, z, w) from the base frame to the world frame."""
    tool_length: float
    """From the flange along its z axis to the TCP [m]."""
    tool_yaw: float
    """Angle about the flange's z axis from its x axis to the closing direction of the jaws [rad]."""

    def __post_init__(self) -> None:
        """Refuse numbers that are no arm's.

        Raises:
            ValueError: If a shape is wrong or a number is not finite.
        """
        for name in ("theta", "a", "d", "alpha"):
            value = np.asarray(getattr(self, name), dtype=np.float64)
            if value.shape != (NUM_JOINTS,) or not np.isfinite(value).all():
                raise ValueError(f"{name}={getattr(self, name)!r}: {NUM_JOINTS} finite numbers are needed")
            object.__setattr__(self, name, value)


def calibrated_kinematics(
    arm: ArmCfg, theta: np.ndarray, a: np.ndarray, d: np.ndarray, alpha: np.ndarray
) -> Kinematics:
    """Return an arm of a cell with the numbers that its controller has told, each of shape (6,).

    Raises:
        ValueError: If a shape is wrong, a number is not finite, or they are not those of a UR5e: a joint angle gives a
            flange further than :data:`NOMINAL_DISTANCE` from the nominal one's.
    """
    made = Kinematics(theta, a, d, alpha, arm.position, arm.quaternion, arm.tool.length, arm.tool.yaw)
    joints = torch.from_numpy(np.random.default_rng(0).uniform(-np.pi, np.pi, (1, 64, NUM_JOINTS)))
    apart = calibrated_tcp(joints, [made]).position - calibrated_tcp(joints, [nominal_kinematics(arm)]).position
    distance = float(apart.norm(dim=-1).max())
    if not distance <= NOMINAL_DISTANCE:
        most = f"at most {NOMINAL_DISTANCE} m is needed; is it a UR5e?"
        raise ValueError(
            f"{arm.name}: its calibrated kinematics put the TCP {distance:.3f} m from the nominal one; {most}"
        )
    return made


def nominal_kinematics(arm: ArmCfg) -> Kinematics:
    """Return an arm of a cell with the numbers of the type, at its full base pose and with its own tool."""
    numbers = (np.zeros(NUM_JOINTS), np.array(DH_A), np.array(DH_D), np.array(DH_ALPHA))
    return Kinematics(*numbers, arm.position, arm.quaternion, arm.tool.length, arm.tool.yaw)


def calibrated_tcp(joints: torch.Tensor, arms: Sequence[Kinematics]) -> Frames:
    """Return the TCP frames of G arms, world frame, shapes (..., G, T, 3, 3) and (..., G, T, 3).

    Args:
        joints: Joint angles [rad], float64, shape (..., G, T, 6).
        arms: The G arms.

    Raises:
        ValueError: If the shape is wrong.
    """
    return _tcp(_links(joints, arms))


def require_agreement(arm: Kinematics, name: str, state: ArmState) -> None:
    """Refuse an arm whose controller puts the TCP elsewhere than its kinematics and the cell's file do.

    Raises:
        DeviceFault: If they are more than :data:`TCP_DISTANCE` or :data:`TCP_TURN` apart.
    """
    ours = calibrated_tcp(torch.as_tensor(state.joints)[None, None], [arm])
    base, origin = _base([arm])
    theirs = base[0, 0].numpy() @ state.tcp[:3] + origin[0, 0].numpy()
    apart = float(np.linalg.norm(ours.position[0, 0].numpy() - theirs))
    rotation = Rotation.from_matrix(base[0, 0].numpy()) * Rotation.from_rotvec(state.tcp[3:])
    turned = float((Rotation.from_matrix(ours.rotation[0, 0].numpy()).inv() * rotation).magnitude())
    if not (apart <= TCP_DISTANCE and turned <= TCP_TURN):
        raise DeviceFault(
            f"{name}: the controller's TCP is {1e3 * apart:.1f} mm and {np.degrees(turned):.1f} degrees from where "
            f"kinematics and cell file have it, {1e3 * TCP_DISTANCE:g} mm and {np.degrees(TCP_TURN):.1f} degrees are "
            "allowed: compare tool.length and tool.yaw with the TCP in the controller's installation"
        )


def refine(joints: torch.Tensor, nominal: ArmsCfg, arms: Sequence[Kinematics]) -> torch.Tensor:
    """Return joint angles with which the calibrated arms' TCPs are where the nominal arms' are, float64, same shape.

    Args:
        joints: Planned joint angles [rad], shape (N, G, T, 6), neighbours along T near to each other.
        nominal: The arms that they were planned for.
        arms: The G calibrated arms.

    Raises:
        ValueError: If a shape is wrong, or Newton's steps do not reach :data:`CONVERGED`, turn a joint too far, beyond
            its limits or by a jump; its text names arm and set-point.
    """
    if joints.ndim != 4 or joints.shape[1] != len(arms) or joints.shape[3] != NUM_JOINTS:
        raise ValueError(f"joints has shape {tuple(joints.shape)}; (N, {len(arms)}, T, {NUM_JOINTS}) is needed")
    planned = joints.double()
    count, target = planned.shape[2], tcp_pose(planned, nominal)
    few = (STRIDE * torch.arange((count - 1 + STRIDE - 1) // STRIDE + 1)).clamp(max=count - 1)
    there = Frames(target.rotation[:, :, few], target.position[:, :, few])
    change, _ = _solve(planned[:, :, few], there, arms)
    found, error = _solve(planned + _between(change - planned[:, :, few], count), target, arms)
    change = (found - planned).abs()
    jump = torch.cat((torch.zeros_like(change[:, :, :1]), (found - planned).diff(dim=2).abs()), dim=2)
    _refuse(~(error <= CONVERGED), "is not reached by the calibrated arm; the posture is near a singularity")
    _refuse((change > LARGEST_CHANGE).any(dim=-1), f"needs a joint more than {LARGEST_CHANGE} rad from the plan")
    _refuse((jump > LARGEST_JUMP).any(dim=-1), f"needs a joint to jump by more than {LARGEST_JUMP} rad")
    beyond = found.abs() > found.new_tensor(JOINT_LIMITS)
    _refuse(beyond.any(dim=-1), "turns a joint of the calibrated arm beyond its range")
    return found


def _solve(start: torch.Tensor, target: Frames, arms: Sequence[Kinematics]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return joint angles (N, G, T, 6) by Newton's steps, and how far they are from TCP targets [m, rad], (N, G, T)."""
    found = start
    for _ in range(STEPS):
        links = _links(found, arms)
        twist = _twist(target, _tcp(links))
        if bool((twist.abs() <= SETTLED).all()):
            break
        found = found + _newton_step(_jacobian(links), twist)
    else:
        twist = _twist(target, calibrated_tcp(found, arms))
    return found, twist.unflatten(-1, (2, 3)).norm(dim=-1).amax(dim=-1)


def _between(values: torch.Tensor, count: int) -> torch.Tensor:
    """Return values at T set-points (N, G, T, 6), linear between those at every :data:`STRIDE`-th one."""
    index = torch.arange(count)
    before = index // STRIDE
    share = (index - STRIDE * before)[:, None].to(values) / STRIDE
    after = (before + 1).clamp(max=values.shape[2] - 1)
    return (1.0 - share) * values[:, :, before] + share * values[:, :, after]


def _refuse(wrong: torch.Tensor, message: str) -> None:
    """Raise ValueError for the first set-point of a mask (N, G, T)."""
    if bool(wrong.any()):
        world, arm, step = wrong.nonzero()[0].tolist()
        raise ValueError(f"set-point {step} of arm {arm} in plan {world} {message}")


def _links(joints: torch.Tensor, arms: Sequence[Kinematics]) -> list[tuple[torch.Tensor, ...]]:
    """Return x, y, z and origin of seven frames, world frame, each of shape (3, ..., G, T).

    The z axes of the first six are the joints'; the last frame is the TCP's.
    """
    if joints.shape[-1] != NUM_JOINTS or joints.ndim < 3 or joints.shape[-3] != len(arms):
        raise ValueError(f"joints has shape {tuple(joints.shape)}; (..., {len(arms)}, T, {NUM_JOINTS}) is needed")
    lead = joints.shape[:-1]
    theta, a, d, alpha = (_numbers(arms, name) for name in ("theta", "a", "d", "alpha"))
    angles = joints.movedim(-1, 0) + theta.view(NUM_JOINTS, *[1] * (joints.ndim - 3), -1, 1)
    turns = zip(angles.cos(), angles.sin(), alpha.cos(), alpha.sin(), a, d, strict=True)
    rotation, position = _base(arms)
    frames = [*rotation.movedim(-1, 0), position]
    x, y, z, origin = (part.movedim(-1, 0).view(3, *[1] * (joints.ndim - 3), -1, 1).expand(3, *lead) for part in frames)
    links = [(x, y, z, origin)]
    for cosine, sine, cosine_twist, sine_twist, along, up in turns:
        x, y = cosine * x + sine * y, cosine * y - sine * x
        origin = origin + up * z + along * x
        y, z = cosine_twist * y + sine_twist * z, cosine_twist * z - sine_twist * y
        links.append((x, y, z, origin))
    length, yaw = (_numbers(arms, name) for name in ("tool_length", "tool_yaw"))
    links[-1] = (yaw.cos() * x + yaw.sin() * y, yaw.cos() * y - yaw.sin() * x, z, origin + length * z)
    return links


def _tcp(links: list[tuple[torch.Tensor, ...]]) -> Frames:
    """Return the TCP frames, shapes (..., G, T, 3, 3) and (..., G, T, 3), of :func:`_links`."""
    x, y, z, origin = links[-1]
    return Frames(torch.stack((x, y, z), dim=-1).movedim(0, -2), origin.movedim(0, -1))


def _jacobian(links: list[tuple[torch.Tensor, ...]]) -> torch.Tensor:
    """Return the geometric Jacobians, shape (..., G, T, 6, 6), linear rows first, of :func:`_links`."""
    axes, origins = (torch.stack([link[part] for link in links[:-1]], dim=-1) for part in (2, 3))
    linear = torch.linalg.cross(axes, links[-1][3][..., None] - origins, dim=0)
    return torch.cat((linear, axes)).movedim(0, -2)


def _base(arms: Sequence[Kinematics]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the bases' rotations (G, 1, 3, 3) and positions (G, 1, 3), float64."""
    quaternion = torch.tensor([arm.quaternion for arm in arms], dtype=torch.float64)[:, None]
    quaternion = quaternion / quaternion.norm(dim=-1, keepdim=True)
    axes = rotate(quaternion[..., None, :], torch.eye(3, dtype=torch.float64))
    return axes.mT, torch.tensor([arm.position for arm in arms], dtype=torch.float64)[:, None]


def _numbers(arms: Sequence[Kinematics], name: str) -> torch.Tensor:
    """Return a number of each arm, shape (G, 1), or those of all joints, shape (6, G, 1)."""
    values = torch.tensor(np.array([getattr(arm, name) for arm in arms]), dtype=torch.float64)
    return values.movedim(0, -1)[..., None]


def _twist(target: Frames, tcp: Frames) -> torch.Tensor:
    """Return the small motion from a TCP to its target, (..., 6): way [m], then turn [rad], world frame."""
    turn = torch.linalg.cross(tcp.rotation.mT, target.rotation.mT).sum(dim=-2)
    return torch.cat((target.position - tcp.position, 0.5 * turn), dim=-1)


def _newton_step(jacobian: torch.Tensor, twist: torch.Tensor) -> torch.Tensor:
    """Return the joint motion (..., 6) for a small motion of the TCP (..., 6), least squares with a little damping."""
    damped = jacobian @ jacobian.mT + DAMPING * torch.eye(NUM_JOINTS, dtype=jacobian.dtype)
    return (jacobian.mT @ torch.linalg.solve(damped, twist[..., None]))[..., 0]

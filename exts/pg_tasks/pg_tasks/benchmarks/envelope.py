"""Random plans of random cells through the safety envelope, and what it lets pass looked at again by pinocchio."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import coal
import numpy as np
import pinocchio
import torch

from pushgrasp.deploy.calibrated import Kinematics, nominal_kinematics, refine
from pushgrasp.deploy.envelope import ROUNDING, SampledPlans, audit_plans
from pushgrasp.deploy.settings import ArmCfg, CellCfg, arms_cfg, home_joints, motion_limits, read_cell
from pushgrasp.gripper import GripperGeometry
from pushgrasp.motion.arm.capsules import LAST_RADIUS, LINKS, PALM_LENGTH, Link
from pushgrasp.motion.arm.model import DH_A, DH_ALPHA, DH_D, JOINT_LIMITS, NUM_JOINTS, ArmsCfg, BasePose
from pushgrasp.motion.arm.plan import plan_joints
from pushgrasp.motion.arms import home_poses
from pushgrasp.motion.plan import plan_action

from .arms import random_mixed
from .figures import Figure

CELL = Path("assets/cells/loopback.yaml")
"""The cell that the random ones vary."""

WORLDS = 8
"""Plans that are drawn for each cell."""

SPEEDS = (0.25, 1.0)
"""Shares of the cell's speeds that are drawn."""

STRIDE = 10
"""Distances of the arms are looked at again at every so manieth instant."""

GRIPPER = GripperGeometry()

UNITS = {
    "box": "m",
    "TCP speed": "m/s",
    "TCP acceleration": "m/s^2",
    "joint speed": "rad/s",
    "joint acceleration": "rad/s^2",
    "joint range": "rad",
    "distance of the arms": "m",
}
"""What pinocchio looks at."""


@dataclass(frozen=True)
class Checked:
    """What became of the plans of one cell."""

    refused: Counter[str]
    """Plans that did not get to the end, by reason."""
    excess: list[dict[str, float]]
    """Of each plan that the envelope let pass, by how much each limit is exceeded by pinocchio; above 0 is wrong."""


def run(plans: int = 100_000, seed: int = 0, cell: Path = CELL) -> list[Figure]:
    """Run the benchmark.

    Args:
        plans: Random plans, :data:`WORLDS` for each random cell.
        seed: What cells and plans are drawn from.
        cell: The cell that is varied.
    """
    torch.set_num_threads(1)
    refused: Counter[str] = Counter()
    excess: list[dict[str, float]] = []
    for checked in check_cells(read_cell(cell), math.ceil(plans / WORLDS), seed):
        refused += checked.refused
        excess += checked.excess
    drawn = sum(refused.values()) + len(excess)
    passed = f"{len(excess)} of {drawn} random plans within the envelope: most by which pinocchio finds exceeded"
    worst = {name: max(row[name] for row in excess) for name in (excess[0] if excess else ())}
    return [
        *(Figure("envelope", f"plans refused: {name}", float(count)) for name, count in sorted(refused.items())),
        *(Figure("envelope", f"{passed}: {name}", value, UNITS[name], at_most=0.0) for name, value in worst.items()),
    ]


def check_cells(cell: CellCfg, cells: int, seed: int = 0) -> Iterator[Checked]:
    """Draw cells and plans, audit the plans and check those that pass; cell i depends on the seed and i alone."""
    for index in range(cells):
        draw = np.random.default_rng((seed, index))
        varied = random_cell(cell, draw)
        yield _checked(varied, [askew(arm, draw) for arm in varied.arms], draw)


def random_cell(cell: CellCfg, draw: np.random.Generator) -> CellCfg:
    """Vary where the bases stand, by 3 cm and 0.03 rad, the tools' length by 2 cm, and the limits of speed."""
    length = cell.arms[0].tool.length + draw.uniform(-0.02, 0.02)
    arms = tuple(_moved(arm, length, draw) for arm in cell.arms)
    share, safety = draw.uniform(0.5, 1.0, 4).tolist(), cell.safety
    limits = {
        "tcp_speed": share[0] * safety.tcp_speed,
        "tcp_acceleration": share[1] * safety.tcp_acceleration,
        "joint_speed": share[2] * safety.joint_speed,
        "joint_acceleration": share[3] * safety.joint_acceleration,
    }
    return replace(cell, arms=arms, safety=replace(safety, **limits))


def _moved(arm: ArmCfg, length: float, draw: np.random.Generator) -> ArmCfg:
    x, y, z = (old + by for old, by in zip(arm.position, draw.uniform(-0.03, 0.03, 3), strict=True))
    half = 0.5 * (arm.yaw + draw.uniform(-0.03, 0.03))
    turn = (0.0, 0.0, math.sin(half), math.cos(half))
    return replace(arm, position=(x, y, z), quaternion=turn, tool=replace(arm.tool, length=length))


def askew(arm: ArmCfg, draw: np.random.Generator) -> Kinematics:
    """Return an arm whose DH numbers are off by 0.5 mm and 1 mrad (1 sigma)."""
    nominal = nominal_kinematics(arm)
    spread = {"theta": 1.0e-3, "a": 5.0e-4, "d": 5.0e-4, "alpha": 1.0e-3}
    return replace(
        nominal, **{n: getattr(nominal, n) + s * draw.standard_normal(NUM_JOINTS) for n, s in spread.items()}
    )


def _checked(cell: CellCfg, kinematics: list[Kinematics], draw: np.random.Generator) -> Checked:
    """Plan, refine, audit and check :data:`WORLDS` random actions of one cell."""
    arms, planned, widths, lengths = _plans(cell, draw)
    refused: Counter[str] = Counter({"no motion planned": WORLDS - len(planned)})
    excess, twin = [], Twin(cell, kinematics, arms)
    for joints, width, length in zip(planned, widths, lengths, strict=True):
        joints, width = joints[:, :length], width[:, :length]
        try:
            sent = refine(joints[None], arms, kinematics)[0]
        except ValueError:
            refused["not refined"] += 1
            continue
        setpoints, posture, opening = (part.transpose(0, 1)[None] for part in (sent, joints, width))
        plans = SampledPlans(setpoints, opening, cell.safety.cycle, posture)
        (violations,) = audit_plans(plans, cell, sent[None, :, 0], kinematics)
        if violations:
            refused[violations[0].partition(":")[0]] += 1
        else:
            excess.append(twin.excess(sent.numpy(), joints.numpy(), width.numpy()))
    return Checked(+refused, excess)


def _plans(cell: CellCfg, draw: np.random.Generator) -> tuple[ArmsCfg, torch.Tensor, torch.Tensor, list[int]]:
    """Return the arms, and of the plans that they can follow joints (N, A, T, 6), widths (N, A, T) and instants."""
    generator = torch.Generator().manual_seed(int(draw.integers(2**62)))
    speed = float(draw.uniform(*SPEEDS))
    limits, arms = motion_limits(cell, speed), arms_cfg(cell, speed)
    action = random_mixed(WORLDS, generator)
    plan = plan_joints(plan_action(*home_poses(2, limits), action, GRIPPER, limits), arms, home_joints(cell))
    cycle = cell.safety.cycle
    clock = cycle * torch.arange(int(plan.duration.max() / cycle) + 3)
    targets = plan.sample_many(clock.expand(WORLDS, -1))
    fine = plan.reachable
    lengths = [int(seconds / cycle) + 3 for seconds in plan.duration[fine].tolist()]
    return arms, targets.joints[fine].double(), targets.width[fine], lengths


class Twin:
    """The cell as pinocchio has it: calibrated arms for the TCPs, nominal ones with capsules for their distance."""

    def __init__(self, cell: CellCfg, kinematics: Sequence[Kinematics], arms: ArmsCfg) -> None:
        nominal = [
            replace(nominal_kinematics(arm), quaternion=(0.0, 0.0, math.sin(arm.yaw / 2), math.cos(arm.yaw / 2)))
            for arm in cell.arms
        ]
        self._cell = cell
        self._calibrated, self._nominal = _model(kinematics), _model(nominal)
        self._shapes = _shapes(self._nominal, arms)

    def excess(self, sent: np.ndarray, planned: np.ndarray, widths: np.ndarray) -> dict[str, float]:
        """Return by how much a plan exceeds each limit.

        Args:
            sent: Set-points [rad], shape (A, T, 6).
            planned: Joint angles of the nominal arms [rad], shape (A, T, 6).
            widths: Openings [m], shape (A, T).
        """
        safety, tcp = self._cell.safety, self._tcp(sent)
        low, high = np.array(safety.box.sides).T
        speed, rate = np.diff(tcp, axis=0) / safety.cycle, np.diff(sent, axis=1) / safety.cycle
        change, bend = np.diff(speed, axis=0) / safety.cycle, np.diff(rate, axis=1) / safety.cycle
        return {
            "box": float(np.maximum(low - tcp, tcp - high).max()) - ROUNDING,
            "TCP speed": float(np.linalg.norm(speed, axis=-1).max()) - safety.tcp_speed,
            "TCP acceleration": float(np.linalg.norm(change, axis=-1).max()) - safety.tcp_acceleration,
            "joint speed": float(np.abs(rate).max()) - safety.joint_speed,
            "joint acceleration": float(np.abs(bend).max()) - safety.joint_acceleration,
            "joint range": float((np.abs(sent) - JOINT_LIMITS).max()),
            "distance of the arms": self._cell.limits.arm_clearance - ROUNDING - self.distance(planned, widths),
        }

    def _tcp(self, joints: np.ndarray) -> np.ndarray:
        """Return the TCPs [m], shape (T, A, 3)."""
        model, data = self._calibrated, self._calibrated.createData()
        found = []
        for posture in joints.swapaxes(0, 1).reshape(joints.shape[1], -1):
            pinocchio.framesForwardKinematics(model, data, posture)
            found.append([data.oMf[model.getFrameId(f"tcp_{arm}")].translation.copy() for arm in range(len(joints))])
        return np.array(found)

    def distance(self, joints: np.ndarray, widths: np.ndarray) -> float:
        """Return the least distance of the two arms [m]."""
        model, data, least = self._nominal, self._nominal.createData(), math.inf
        for posture, width in list(zip(joints.swapaxes(0, 1), widths.T, strict=True))[::STRIDE]:
            _open(self._shapes, model, width)
            shapes = pinocchio.GeometryData(self._shapes)
            pinocchio.computeDistances(model, data, self._shapes, shapes, posture.ravel())
            least = min(least, *(result.min_distance for result in shapes.distanceResults))
        return least


def _model(arms: Sequence[Kinematics]) -> pinocchio.Model:
    """Return arms side by side, six revolute joints each, and a frame for each TCP."""
    model = pinocchio.Model()
    for index, arm in enumerate(arms):
        parent, place = 0, pinocchio.XYZQUATToSE3(np.array([*arm.position, *arm.quaternion]))
        for joint in range(NUM_JOINTS):
            turned = place * pinocchio.SE3(pinocchio.utils.rotate("z", arm.theta[joint]), np.zeros(3))
            parent = model.addJoint(parent, pinocchio.JointModelRZ(), turned, f"joint_{index}_{joint + 1}")
            place = _row(arm.a[joint], arm.d[joint], arm.alpha[joint])
        tool = pinocchio.SE3(pinocchio.utils.rotate("z", arm.tool_yaw), np.array([0.0, 0.0, arm.tool_length]))
        model.addFrame(pinocchio.Frame(f"tcp_{index}", parent, place * tool, pinocchio.FrameType.OP_FRAME))
    return model


def _row(a: float, d: float, alpha: float) -> pinocchio.SE3:
    """Return a DH frame in the frame of its joint."""
    return pinocchio.SE3(pinocchio.utils.rotate("x", alpha), np.array([a, 0.0, d]))


def _shapes(model: pinocchio.Model, arms: ArmsCfg) -> pinocchio.GeometryModel:
    """Return the capsules of the nominal arms, their jaws shut, and the pairs of one's and the other's."""
    shapes = pinocchio.GeometryModel()
    coupling = Link("wrist 3", 5, (0.0, 0.0, 0.0), (0.0, 0.0, DH_D[5] + arms.tool_length - GRIPPER.reach), LAST_RADIUS)
    sides = [[*_links(shapes, model, arm, base, coupling)] for arm, base in enumerate(arms.bases)]
    for arm, side in enumerate(sides):
        tcp = model.frames[model.getFrameId(f"tcp_{arm}")]
        for name, (start, end, radius) in _gripper(0.0).items():
            side.append(
                _add(shapes, f"{name}_{arm}", tcp.parentJoint, _middle(tcp.placement, start, end), start, end, radius)
            )
    for left, right in itertools.product(*sides):
        shapes.addCollisionPair(pinocchio.CollisionPair(left, right))
    return shapes


def _links(
    shapes: pinocchio.GeometryModel, model: pinocchio.Model, arm: int, base: BasePose, coupling: Link
) -> Iterator[int]:
    """Add the capsules of an arm without its gripper; return their numbers."""
    foot = pinocchio.SE3(pinocchio.utils.rotate("z", base.yaw), np.array(base.position))
    for link in (*LINKS, coupling):
        row = link.frame - 1
        place = _row(DH_A[row], DH_D[row], DH_ALPHA[row]) if link.frame else foot
        joint = model.getJointId(f"joint_{arm}_{link.frame}") if link.frame else 0
        start, end = np.array(link.start), np.array(link.end)
        yield _add(shapes, f"{link.name}_{arm}", joint, _middle(place, start, end), start, end, link.radius)


def _add(
    shapes: pinocchio.GeometryModel,
    name: str,
    joint: int,
    place: pinocchio.SE3,
    start: np.ndarray,
    end: np.ndarray,
    radius: float,
) -> int:
    """Add a capsule that a joint carries; return its number."""
    capsule = coal.Capsule(radius, float(np.linalg.norm(end - start)))
    return shapes.addGeometryObject(pinocchio.GeometryObject(name, joint, place, capsule))


def _middle(place: pinocchio.SE3, start: np.ndarray, end: np.ndarray) -> pinocchio.SE3:
    """Return the frame of a capsule, whose axis is z, from the segment that it is round, given in a frame."""
    turn = pinocchio.Quaternion.FromTwoVectors(np.array([0.0, 0.0, 1.0]), end - start).matrix()
    return place * pinocchio.SE3(turn, 0.5 * (start + end))


def _gripper(width: float) -> dict[str, tuple[np.ndarray, np.ndarray, float]]:
    """Return start, end and radius of palm and fingers in the TCP frame, for an opening [m]."""
    side, half = 0.5 * (width + GRIPPER.pad_thickness), 0.5 * PALM_LENGTH * GRIPPER.palm_width
    pad = 0.5 * math.hypot(GRIPPER.pad_thickness, GRIPPER.pad_breadth)
    palm = 0.5 * math.hypot(GRIPPER.palm_breadth, GRIPPER.palm_height)
    back, root = 0.5 * GRIPPER.palm_height - GRIPPER.reach, -GRIPPER.pad_length
    return {
        "palm": (np.array([-half, 0.0, back]), np.array([half, 0.0, back]), palm),
        "left": (np.array([-side, 0.0, root]), np.array([-side, 0.0, -pad]), pad),
        "right": (np.array([side, 0.0, root]), np.array([side, 0.0, -pad]), pad),
    }


def _open(shapes: pinocchio.GeometryModel, model: pinocchio.Model, widths: np.ndarray) -> None:
    """Move the fingers of all arms to openings [m], shape (A,)."""
    for arm, width in enumerate(widths.tolist()):
        place = model.frames[model.getFrameId(f"tcp_{arm}")].placement
        for name, (start, end, _) in _gripper(width).items():
            shapes.geometryObjects[shapes.getGeometryId(f"{name}_{arm}")].placement = _middle(place, start, end)

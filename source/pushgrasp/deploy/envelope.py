"""The safety envelope: a whole sampled plan is audited before anything moves, and its clock runs as the slower arm's.

What is audited are the set-points themselves, instant by instant, apart from how they were planned.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from pushgrasp.deploy.calibrated import Kinematics, calibrated_tcp, nominal_kinematics
from pushgrasp.deploy.settings import CellCfg, arms_cfg
from pushgrasp.motion.arm.capsules import Capsules, capsules
from pushgrasp.motion.arm.collision import arm_distance, self_distance, table_margin
from pushgrasp.motion.arm.model import JOINT_LIMITS, NUM_JOINTS

START_TOLERANCE = 0.02
"""Each arm stands within this of its first set-point [rad]."""

REST_SPEED = 0.01
"""Slower than this at its end, a joint is at rest [rad/s]."""

SELF_CLEARANCE = 0.004
"""Least distance of an arm's links from each other [m]; planning keeps 5 mm."""

PLANNING_SLACK = 0.001
"""By how much clearances may be missed between the instants that planning looks at [m]."""

SPEED_SLACK = 1.02
"""Factor by which sampled speeds may exceed their limits: plans keep them between knots."""

ACCELERATION_SLACK = 1.05
"""Likewise for accelerations, which single precision makes noisy."""


class EnvelopeError(ValueError):
    """A plan that must not be carried out.

    Attributes:
        violations: All that is wrong with it, one line each.
    """

    def __init__(self, violations: Sequence[str]) -> None:
        """Collect violations."""
        self.violations = tuple(violations)
        super().__init__("; ".join(violations))


@dataclass(frozen=True, eq=False)
class SampledPlans:
    """Set-points of N plans for A arms at T instants, one control cycle apart."""

    joints: torch.Tensor
    """Joint angles that are sent [rad], shape (N, T, A, 6)."""
    widths: torch.Tensor
    """Openings of the jaws [m], shape (N, T, A)."""
    dt: float
    """Time from one instant to the next [s]."""
    planned: torch.Tensor | None = None
    """Joint angles that :func:`pushgrasp.deploy.calibrated.refine` has made the set-points of [rad], shape (N, T, A, 6):
    at these the nominal arm stands as the calibrated one at the set-points. None: the same ones."""


@dataclass(frozen=True)
class _Measure:
    """One quantity of a plan, and what it may be."""

    name: str
    unit: str
    value: torch.Tensor
    """Shape (N, T', ...); not finite is wrong."""
    limit: torch.Tensor | float
    least: bool = False
    """Whether the limit is a least value, not a largest one."""


def audit_plan(
    joints: torch.Tensor,
    widths: torch.Tensor,
    dt: float,
    cell: CellCfg,
    measured: torch.Tensor | None = None,
    kinematics: Sequence[Kinematics] | None = None,
    planned: torch.Tensor | None = None,
) -> None:
    """Refuse one plan that leaves the envelope (:func:`audit_plans`), shapes without N.

    Raises:
        EnvelopeError: With everything that is wrong.
        ValueError: If a shape is wrong.
    """
    plans = SampledPlans(joints[None], widths[None], dt, None if planned is None else planned[None])
    (violations,) = audit_plans(plans, cell, None if measured is None else measured[None], kinematics)
    if violations:
        raise EnvelopeError(violations)


def audit_plans(
    plans: SampledPlans,
    cell: CellCfg,
    measured: torch.Tensor | None = None,
    kinematics: Sequence[Kinematics] | None = None,
) -> list[list[str]]:
    """Return what is wrong with each of N plans, nothing where they keep within the envelope.

    Looked at, at every instant: TCP in the box, TCP and joint speed and acceleration, step from set-point to set-point,
    joint range, jaws, distance of the two arms, of each from itself and from the table; that the plan starts where the
    arms are, and starts and ends at rest. A distance of TCPs planned and calibrated is for ``refine`` to keep.

    Args:
        plans: The set-points.
        cell: Box, limits and clearances.
        measured: Joint angles now [rad], shape (N, A, 6); by default where the plans start is not looked at.
        kinematics: The A arms as calibrated; by default the nominal ones.

    Raises:
        ValueError: If a shape or ``dt`` is wrong.
    """
    _check_shapes(plans, cell, measured)
    found: list[list[str]] = [[] for _ in range(len(plans.joints))]
    for measure in _measures(plans, cell, measured, kinematics):
        for plan, message in _violations(measure, plans.dt):
            found[plan].append(message)
    return found


def _check_shapes(plans: SampledPlans, cell: CellCfg, measured: torch.Tensor | None) -> None:
    arms, shape = len(cell.arms), tuple(plans.joints.shape)
    if len(shape) != 4 or shape[1] < 3 or shape[2:] != (arms, NUM_JOINTS):
        raise ValueError(f"joints has shape {shape}; (N, T, {arms}, {NUM_JOINTS}) with T of at least 3 is needed")
    others = {"widths": (plans.widths, shape[:3]), "planned": (plans.planned, shape)}
    for name, (value, needed) in {**others, "measured": (measured, (shape[0], *shape[2:]))}.items():
        if value is not None and tuple(value.shape) != needed:
            raise ValueError(f"{name} has shape {tuple(value.shape)}; {needed} is needed")
    if not (math.isfinite(plans.dt) and plans.dt > 0.0):
        raise ValueError(f"dt={plans.dt}: a positive number of seconds is needed")


def _measures(
    plans: SampledPlans, cell: CellCfg, measured: torch.Tensor | None, kinematics: Sequence[Kinematics] | None
) -> list[_Measure]:
    """Return all that is looked at, time second, (N, T, ...)."""
    joints = plans.joints.double()
    posture = joints if plans.planned is None else plans.planned.double()
    tcp = _tcp(joints, cell, kinematics)
    ends = joints.new_zeros(0) if measured is None else (joints[:, :1] - measured[:, None].double()).abs()
    starts = [] if measured is None else [_Measure("distance of a joint from the first set-point", "rad", ends, START_TOLERANCE)]
    return [*starts, *_joint_measures(joints, plans, cell), *_tcp_measures(tcp, plans.dt, cell), *_clearances(posture, plans, cell)]


def _tcp(joints: torch.Tensor, cell: CellCfg, kinematics: Sequence[Kinematics] | None) -> torch.Tensor:
    """Return the TCPs of set-points (N, T, A, 6), world frame [m], shape (N, T, A, 3)."""
    arms = [nominal_kinematics(arm) for arm in cell.arms] if kinematics is None else kinematics
    return calibrated_tcp(joints.transpose(1, 2), arms).position.transpose(1, 2)


def _joint_measures(joints: torch.Tensor, plans: SampledPlans, cell: CellCfg) -> list[_Measure]:
    safety, step = cell.safety, joints.diff(dim=1)
    rate = step / plans.dt
    stroke = max(width for arm in cell.arms for _, width in arm.gripper.widths)
    return [
        _Measure("joint range", "rad", joints.abs(), joints.new_tensor(JOINT_LIMITS)),
        _Measure("step of a set-point", "rad", step.abs(), safety.step),
        _Measure("joint speed", "rad/s", rate.abs(), SPEED_SLACK * safety.joint_speed),
        _Measure("joint acceleration", "rad/s^2", _acceleration(rate, plans.dt).abs(), ACCELERATION_SLACK * safety.joint_acceleration),
        _Measure("joint speed at start and end", "rad/s", rate[:, [0, -1]].abs(), REST_SPEED),
        _Measure("opening of the jaws", "m", plans.widths, stroke + PLANNING_SLACK),
        _Measure("opening of the jaws", "m", plans.widths, -PLANNING_SLACK, least=True),
    ]


def _acceleration(rate: torch.Tensor, dt: float) -> torch.Tensor:
    """Return the change of rates (N, T - 1, ...), rest before and after included, per second, (N, T, ...)."""
    rest = torch.zeros_like(rate[:, :1])
    return torch.cat((rest, rate, rest), dim=1).diff(dim=1) / dt


def _tcp_measures(tcp: torch.Tensor, dt: float, cell: CellCfg) -> list[_Measure]:
    safety, velocity = cell.safety, tcp.diff(dim=1) / dt
    low, high = (tcp.new_tensor(side) for side in zip(*safety.box.sides, strict=True))
    return [
        _Measure("TCP in the box, x, y, z", "m", tcp, low, least=True),
        _Measure("TCP in the box, x, y, z", "m", tcp, high),
        _Measure("TCP speed", "m/s", velocity.norm(dim=-1), SPEED_SLACK * safety.tcp_speed),
        _Measure("TCP acceleration", "m/s^2", _acceleration(velocity, dt).norm(dim=-1), ACCELERATION_SLACK * safety.tcp_acceleration),
    ]


def _clearances(posture: torch.Tensor, plans: SampledPlans, cell: CellCfg) -> list[_Measure]:
    arms = arms_cfg(cell)
    shapes = capsules(posture.transpose(1, 2).float(), plans.widths.transpose(1, 2).float(), arms)
    own, table = self_distance(shapes).transpose(1, 2), table_margin(shapes, arms).transpose(1, 2)
    found = [
        _Measure("distance of an arm from itself", "m", own, SELF_CLEARANCE, least=True),
        _Measure("clearance of the links over the table, beyond the least", "m", table, -PLANNING_SLACK, least=True),
    ]
    if arms.num_arms == 2:
        left, right = (Capsules(ends, shapes.radius) for ends in shapes.ends.unbind(1))
        apart = arm_distance(left, right)
        found.append(_Measure("distance of the two arms", "m", apart, arms.arm_clearance - PLANNING_SLACK, least=True))
    return found


def _violations(measure: _Measure, dt: float) -> list[tuple[int, str]]:
    """Return which plans a measure finds fault with, and what it says: the worst instant of each."""
    excess = measure.limit - measure.value if measure.least else measure.value - measure.limit
    excess = torch.where(torch.isfinite(measure.value), excess, math.inf)
    worst, place = excess.flatten(1).max(dim=1)
    return [(plan, _told(measure, excess.shape[1:], plan, int(place[plan]), dt)) for plan in (worst > 0.0).nonzero()[:, 0].tolist()]


def _told(measure: _Measure, shape: torch.Size, plan: int, place: int, dt: float) -> str:
    index = [int(i) for i in torch.unravel_index(torch.tensor(place), shape)]
    value = float(measure.value[plan].flatten()[place])
    limit = measure.limit if isinstance(measure.limit, float) else float(torch.as_tensor(measure.limit).expand(shape[1:])[tuple(index[1:])])
    where = ", ".join(f"{word} {i}" for word, i in zip(("arm", "part"), index[1:], strict=False))
    bound = "at least" if measure.least else "at most"
    at = f" at {index[0] * dt:.3f} s{', ' if where else ''}{where}"
    return f"{measure.name}: {value:.4g} {measure.unit}{at}; {bound} {limit:.4g} is allowed"

"""The safety envelope: a whole sampled plan is audited before anything moves.

What is looked at are the set-points themselves, instant by instant, apart from how they were planned.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from pushgrasp.deploy.calibrated import Kinematics, calibrated_tcp, nominal_kinematics
from pushgrasp.deploy.settings import CellCfg, arms_cfg
from pushgrasp.motion.arm.capsules import Capsules, capsules
from pushgrasp.motion.arm.collision import arm_distance, distance_bound, self_distance, table_margin
from pushgrasp.motion.arm.model import JOINT_LIMITS, NUM_JOINTS

START_TOLERANCE = 0.02
"""Each arm stands within this of its first set-point [rad]."""

SELF_CLEARANCE = 0.004
"""Least distance of an arm's links from each other [m]; planning keeps 5 mm."""

ROUNDING = 1.0e-4
"""Rounding allowed in the positions of TCPs and jaws [m]."""


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
    """What ``refine`` has made the set-points of [rad], shape (N, T, A, 6): the nominal arms stand there as the
    calibrated ones do at the set-points. None: the set-points themselves."""


@dataclass(frozen=True)
class _Measure:
    """One quantity of N plans, and what it may be."""

    name: str
    unit: str
    value: torch.Tensor
    """At T' instants, shape (N, T', ...); what is not finite is wrong."""
    limit: torch.Tensor | float
    least: bool = False
    """Whether the limit is the least value, not the largest one."""
    first: int = 0
    """Instant of the first value."""


def audit_plan(
    joints: torch.Tensor,
    widths: torch.Tensor,
    dt: float,
    cell: CellCfg,
    measured: torch.Tensor | None = None,
    kinematics: Sequence[Kinematics] | None = None,
    planned: torch.Tensor | None = None,
) -> None:
    """Refuse one plan that leaves the envelope: :func:`audit_plans` for N = 1, whose dimension is left out.

    Args:
        joints: Joint angles that are sent [rad], shape (T, A, 6).
        widths: Openings of the jaws [m], shape (T, A).
        dt: Time from one instant to the next [s].
        cell: Box, limits and clearances.
        measured: Joint angles now [rad], shape (A, 6).
        kinematics: The A arms as calibrated.
        planned: What ``refine`` has made the set-points of [rad], shape (T, A, 6).

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
    """Return what is wrong with each of N plans, nothing for those that keep within the envelope.

    At every instant: TCP in the box, TCP and joint speed and acceleration, step from set-point to set-point, joint
    range, jaws, distance of the two arms, of each from itself and from the table; and that a plan starts where the arms
    are, and starts and ends at rest.

    Args:
        plans: The set-points.
        cell: Box, limits and clearances.
        measured: Joint angles now [rad], shape (N, A, 6); None: where the plans start is not looked at.
        kinematics: The A arms as calibrated; None: the nominal ones.

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
    joints = plans.joints.double()
    arms = [nominal_kinematics(arm) for arm in cell.arms] if kinematics is None else kinematics
    tcp = calibrated_tcp(joints.transpose(1, 2), arms).position.transpose(1, 2)
    found = [*_joint_measures(joints, plans, cell), *_tcp_measures(tcp, plans.dt, cell), *_clearances(plans, cell)]
    if measured is not None:
        away = (joints[:, :1] - measured[:, None].double()).abs()
        found.append(_Measure("distance of a joint from the first set-point", "rad", away, START_TOLERANCE))
    return found


def _joint_measures(joints: torch.Tensor, plans: SampledPlans, cell: CellCfg) -> list[_Measure]:
    safety, step = cell.safety, joints.diff(dim=1)
    rate, slow = step / plans.dt, safety.joint_acceleration * plans.dt
    stroke = joints.new_tensor([arm.gripper.widths[0][1] for arm in cell.arms])
    return [
        _Measure("joint angle", "rad", joints, joints.new_tensor(JOINT_LIMITS)),
        _Measure("joint angle", "rad", joints, -joints.new_tensor(JOINT_LIMITS), least=True),
        _Measure("step of a set-point", "rad", step.abs(), safety.step),
        _Measure("joint speed", "rad/s", rate.abs(), safety.joint_speed),
        _Measure("joint acceleration", "rad/s^2", (rate.diff(dim=1) / plans.dt).abs(), safety.joint_acceleration),
        _Measure("joint speed at the start", "rad/s", rate[:, :1].abs(), slow),
        _Measure("joint speed at the end", "rad/s", rate[:, -1:].abs(), slow, first=rate.shape[1]),
        _Measure("opening of the jaws", "m", plans.widths, stroke + ROUNDING),
        _Measure("opening of the jaws", "m", plans.widths, -ROUNDING, least=True),
    ]


def _tcp_measures(tcp: torch.Tensor, dt: float, cell: CellCfg) -> list[_Measure]:
    safety, velocity = cell.safety, tcp.diff(dim=1) / dt
    acceleration = (velocity.diff(dim=1) / dt).norm(dim=-1)
    low, high = (tcp.new_tensor(side) for side in zip(*safety.box.sides, strict=True))
    return [
        _Measure("TCP in the box, x, y, z", "m", tcp, low - ROUNDING, least=True),
        _Measure("TCP in the box, x, y, z", "m", tcp, high + ROUNDING),
        _Measure("TCP speed", "m/s", velocity.norm(dim=-1), safety.tcp_speed),
        _Measure("TCP acceleration", "m/s^2", acceleration, safety.tcp_acceleration),
    ]


def _clearances(plans: SampledPlans, cell: CellCfg) -> list[_Measure]:
    limits, posture = cell.limits, plans.joints if plans.planned is None else plans.planned
    arms = replace(arms_cfg(cell), link_clearance=limits.link_clearance, wrist_clearance=limits.wrist_clearance)
    shapes = capsules(posture.transpose(1, 2).float(), plans.widths.transpose(1, 2).float(), arms)
    own, table = self_distance(shapes).transpose(1, 2), table_margin(shapes, arms).transpose(1, 2)
    found = [
        _Measure("distance of an arm from itself", "m", own, SELF_CLEARANCE, least=True),
        _Measure("height of a link over the table, less its clearance", "m", table, 0.0, least=True),
    ]
    if arms.num_arms == 2:
        left, right = (Capsules(ends, shapes.radius) for ends in shapes.ends.unbind(1))
        apart = _least_distance(left, right, limits.arm_clearance)
        found.append(_Measure("distance of the two arms", "m", apart, limits.arm_clearance, least=True))
    return found


def _least_distance(left: Capsules, right: Capsules, limit: float) -> torch.Tensor:
    """Return the least distance of two arms [m], shape (...), or, where that is over a limit, one that it is over."""
    least = distance_bound(left, right)
    near = ~(least > limit)
    least[near] = arm_distance(*(Capsules(arm.ends[near], arm.radius) for arm in (left, right)))
    return least


def _violations(measure: _Measure, dt: float) -> list[tuple[int, str]]:
    """Return which plans a measure finds fault with, and what it says: the worst instant of each."""
    excess = measure.limit - measure.value if measure.least else measure.value - measure.limit
    excess = torch.where(torch.isfinite(measure.value), excess, math.inf)
    worst, place = excess.flatten(1).max(dim=1)
    wrong = (worst > 0.0).nonzero()[:, 0].tolist()
    return [(plan, _told(measure, plan, excess.shape[1:], int(place[plan]), dt)) for plan in wrong]


def _told(measure: _Measure, plan: int, shape: torch.Size, place: int, dt: float) -> str:
    """Return a violation in words, at a place within the values of a plan."""
    instant, *parts = (int(i) for i in torch.unravel_index(torch.tensor(place), shape))
    limit = float(torch.as_tensor(measure.limit).expand(shape).flatten()[place])
    where = "".join(f", {word} {i}" for word, i in zip(("arm", "axis"), parts, strict=False))
    told = f"{measure.name}: {float(measure.value[plan].flatten()[place]):.4g} {measure.unit}"
    bound = "at least" if measure.least else "at most"
    return f"{told} at {(instant + measure.first) * dt:.3f} s{where}; {bound} {limit:.4g} is allowed"

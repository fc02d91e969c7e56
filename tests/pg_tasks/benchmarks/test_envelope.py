"""Random plans through the envelope; and that the second look would see what the envelope let pass wrongly."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

pytest.importorskip("pinocchio")

from pg_tasks.benchmarks.envelope import UNITS, Twin, random_cell, run
from pushgrasp.deploy.calibrated import nominal_kinematics
from pushgrasp.deploy.settings import CellCfg, arms_cfg, home_joints, read_cell
from pushgrasp.motion.arm.capsules import Capsules, capsules
from pushgrasp.motion.arm.collision import arm_distance

CELL = read_cell(Path(__file__).resolve().parents[3] / "assets" / "cells" / "loopback.yaml")


def twin(cell: CellCfg) -> Twin:
    """The cell with nominal arms."""
    return Twin(cell, [nominal_kinematics(arm) for arm in cell.arms], arms_cfg(cell))


def excess(cell: CellCfg, joints: torch.Tensor) -> dict[str, float]:
    """What the second look says of a plan, (T, 2, 6)."""
    sent = joints.transpose(0, 1).numpy()
    return twin(cell).excess(sent, sent, np.full(sent.shape[:2], 0.1))


def turn(joint: int, angle: float) -> torch.Tensor:
    """One joint of the left arm from home and back again within 4 s, (T, 2, 6)."""
    time = torch.linspace(0.0, 2.0 * math.pi, 501, dtype=torch.float64)
    joints = home_joints(CELL).repeat(501, 1, 1)
    joints[:, 0, joint] += 0.5 * angle * (1.0 - time.cos())
    return joints


@pytest.mark.parametrize(
    ("name", "limits"),
    [
        ("TCP speed", {"tcp_speed": 0.09}),  # 0.296 m * pi * 0.4 / 4 is 0.093 m/s
        ("TCP acceleration", {"tcp_acceleration": 0.14}),
        ("joint speed", {"joint_speed": 0.31}),  # pi * 0.4 / 4
        ("joint acceleration", {"joint_acceleration": 0.49}),  # 2 pi^2 * 0.4 / 16
    ],
)
def test_second_look_sees_each_limit(name: str, limits: dict[str, Any]) -> None:
    assert max(excess(CELL, turn(0, 0.4)).values()) <= 0.0
    cell = replace(CELL, safety=replace(CELL.safety, **limits))
    assert {key for key, value in excess(cell, turn(0, 0.4)).items() if value > 0.0} == {name}


def test_second_look_sees_the_box() -> None:
    """The left TCP swings out to x = -0.6759 m, the box ends at -0.65 m, less 0.1 mm of rounding."""
    planes = replace(CELL.safety.planes, x=(-0.70, 0.70))
    cell = replace(CELL, safety=replace(CELL.safety, planes=planes))
    assert excess(cell, turn(0, -0.4))["box"] == pytest.approx(0.0258, abs=1e-4)


def test_second_look_sees_joint_range_and_distance() -> None:
    assert excess(CELL, turn(5, 7.0))["joint range"] == pytest.approx(7.0 - 0.62 - 2.0 * math.pi)
    far = excess(CELL, turn(0, 0.0))["distance of the arms"]
    limits = replace(CELL.limits, arm_clearance=0.3)
    near = excess(replace(CELL, limits=limits), turn(0, 0.0))["distance of the arms"]
    assert near - far == pytest.approx(0.27)


def test_distances_of_coal_are_the_planners() -> None:
    cell = random_cell(CELL, np.random.default_rng(0))
    joints = home_joints(cell) + 0.8 * torch.randn(40, 2, 6, generator=torch.Generator().manual_seed(0)).double()
    width = 0.14 * torch.rand(40, 2, generator=torch.Generator().manual_seed(1)).double()
    shapes = capsules(joints.transpose(0, 1), width.T, arms_cfg(cell))
    expected = arm_distance(*(Capsules(ends, shapes.radius) for ends in shapes.ends.unbind(0)))
    second = twin(cell)
    found = [
        second.distance(q[None].numpy().swapaxes(0, 1), w[:, None].numpy()) for q, w in zip(joints, width, strict=True)
    ]
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.slow
def test_nothing_passes_that_is_outside() -> None:
    figures = run(plans=16, seed=0, cell=Path(__file__).resolve().parents[3] / "assets" / "cells" / "loopback.yaml")
    looked_at = [figure for figure in figures if figure.at_most is not None]
    assert len(looked_at) == len(UNITS)
    assert all(figure.value <= 0.0 for figure in looked_at)

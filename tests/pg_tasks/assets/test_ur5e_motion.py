"""How the arm and its gripper move and hold on the mujoco preset."""

from __future__ import annotations

from math import pi

import pytest
import torch

from pg_tasks.assets.ur5e import FINGER_STIFFNESS
from pg_tasks.physics.presets import CONTROL_DT
from pushgrasp.motion.arm.forward import tcp_pose
from pushgrasp.motion.arm.model import ArmsCfg

ABOVE_ORIGIN = (0.0, -pi / 2, -pi / 2, -pi / 2, pi / 2, 0.0)
HOME = ArmsCfg().home
FREE = (0.0, -pi / 2, -1.0, 1.0 - pi, pi / 2, 0.0)
"""Forearm raised, tool down: nothing within reach of the motions below."""


def test_base_stands_where_it_was_put(bench) -> None:
    bench.start(ABOVE_ORIGIN, 0.1)
    bench.run(CONTROL_DT)
    # base turned by 90 degrees: the arm's (0.4919, -0.1333) is (0.1333, 0.4919) in the scene; z = 0.2539 - 0.2289
    torch.testing.assert_close(bench.tcp[:, :3], torch.tensor([[0.0, 0.0, 0.025]]).repeat(2, 1), atol=1e-4, rtol=0.0)
    assert torch.equal(bench.arm.data.default_joint_pos.torch[0], torch.tensor([*HOME, 0.0, 0.0]))


def test_holds_home_against_gravity(bench) -> None:
    bench.start(HOME, 0.0)
    bench.run(CONTROL_DT)
    start = bench.tcp
    bench.run(2.0)
    assert (bench.tcp - start)[:, :3].norm(dim=-1).max() < 1e-3


def test_settles_after_a_step(bench) -> None:
    goal = bench.start(FREE, 0.0)
    goal[:, :6] += torch.tensor([0.3, -0.2, 0.2, 0.3, -0.3, 0.4])
    bench.send(goal)
    bench.run(0.6)
    assert (bench.joints - goal).abs().max() < 1e-3
    assert bench.velocities.abs().max() < 0.02


def smooth(share: float) -> tuple[float, float]:
    """Minimum-jerk way from 0 to 1 and its slope (Flash and Hogan 1985)."""
    return 10 * share**3 - 15 * share**4 + 6 * share**5, 30 * share**2 * (1 - share) ** 2


def test_follows_a_fast_motion_within_5_mm(bench) -> None:
    """A set-point holds for a tick, so it is taken from the tick's middle; shoulder and elbow turn at 1.3 rad/s."""
    start = bench.start(FREE, 0.0)
    turn, duration = torch.tensor([0.7, 0.5, -0.5, 0.4, 0.0, 0.5, 0.0, 0.0]), 1.0
    arms, off = ArmsCfg(bases=(bench.base,)), []
    for tick in range(round(duration / CONTROL_DT)):
        way, slope = smooth((tick + 0.5) * CONTROL_DT / duration)
        bench.send(start + way * turn, (slope / duration * turn).expand_as(start))
        bench.run(CONTROL_DT)
        wanted = start + smooth((tick + 1) * CONTROL_DT / duration)[0] * turn
        tip = tcp_pose(wanted[:1, None, :6], arms).position[0, 0]
        off.append((bench.tcp[:, :3] - tip).norm(dim=-1))
    assert torch.stack(off).max() < 5e-3


def test_jaws_open_as_wide_as_told(bench) -> None:
    joints = bench.start(HOME, 0.0)
    for width in (0.14, 0.10, 0.06, 0.02, 0.0, 0.14):
        joints[:, 6:] = width / 2
        bench.send(joints)
        bench.run(1.0)
        measured = bench.joints[:, 6:]
        assert (measured.sum(dim=-1) - width).abs().max() < 1e-3
        assert (measured[:, 0] - measured[:, 1]).abs().max() < 1e-3


@pytest.mark.parametrize(("left", "right"), [(0.0, 15.0), (15.0, 0.0), (-10.0, 10.0)])
def test_jaws_stay_symmetric_under_a_one_sided_load(bench, left: float, right: float) -> None:
    bench.start(HOME, 0.06)
    bench.load(left, right)
    bench.run(1.0)
    fingers = bench.joints[:, 6:]
    assert (fingers[:, 0] - fingers[:, 1]).abs().max() < 1e-3
    # both drives share the sum of the loads
    expected = torch.full_like(fingers, 0.03 + (left + right) / (2 * FINGER_STIFFNESS))
    torch.testing.assert_close(fingers, expected, atol=1e-4, rtol=0.0)


def test_jaws_hold_their_width_under_load(bench) -> None:
    bench.start(HOME, 0.06)
    bench.load(15.0, 15.0)
    bench.run(0.5)
    before = bench.joints[:, 6:].sum(dim=-1)
    assert (before - 0.06).abs().max() < 2e-3  # 15 N against 20000 N/m on either side: 1.5 mm
    bench.run(5.0)
    assert (bench.joints[:, 6:].sum(dim=-1) - before).abs().max() < 5e-4


def test_too_strong_a_load_opens_the_jaws(bench) -> None:
    bench.start(HOME, 0.06)
    bench.load(25.0, 25.0)  # the drives give 20 N each
    bench.run(1.0)
    assert bench.joints[:, 6:].sum(dim=-1).min() > 0.10


def grip(bench) -> torch.Tensor:
    """Close on the cube; return the set-points."""
    joints = bench.start(ABOVE_ORIGIN, 0.14)
    for tick in range(40):
        joints[:, 6:] = 0.07 * (1.0 - (tick + 1) / 40)
        bench.send(joints)
        bench.run(CONTROL_DT)
    bench.run(0.2)
    return joints


def test_lifts_a_cube_and_does_not_let_it_slip(bench) -> None:
    joints = grip(bench)
    offset = bench.cube_in_tool
    start = joints.clone()
    for tick in range(50):
        way, slope = smooth((tick + 0.5) / 50)
        joints[:, 1] = start[:, 1] + 0.3 * way
        joints[:, 3] = start[:, 3] - 0.3 * way
        velocity = torch.zeros_like(joints)
        velocity[:, 1], velocity[:, 3] = 0.3 * slope, -0.3 * slope
        bench.send(joints, velocity)
        bench.run(CONTROL_DT)
    bench.run(5.0)
    assert bench.cube.data.root_pos_w.torch[:, 2].min() > 0.08
    assert (bench.cube_in_tool - offset).norm(dim=-1).max() < 2e-3

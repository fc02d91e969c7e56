"""Every sampled plan keeps the speeds and accelerations, tick by tick."""

import pytest
import torch
from scipy.spatial.transform import Rotation

from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.trajectory import GripperTargets, Phase, Trajectory

LIMITS, DT, SLACK = MotionLimits(), 0.004, 1.0 + 1.0e-6
SPEEDS = {
    Phase.HOME: LIMITS.free_speed,
    Phase.APPROACH: LIMITS.free_speed,
    Phase.DESCEND: LIMITS.approach_speed,
    Phase.CLOSE: 0.0,
    Phase.LIFT: LIMITS.lift_speed,
    Phase.HOLD: 0.0,
    Phase.PLACE: LIMITS.approach_speed,
    Phase.OPEN: 0.0,
    Phase.RETREAT: LIMITS.lift_speed,
    Phase.PUSH: LIMITS.push_speed,
}


@pytest.fixture(scope="module", params=["random_grasps", "random_pushes"])
def plan(request: pytest.FixtureRequest) -> Trajectory:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def samples(plan: Trajectory) -> GripperTargets:
    """The whole plan every 4 ms."""
    clock = DT * torch.arange(int(plan.duration.max() / DT) + 10, dtype=torch.float64)
    return plan.sample_many(clock.expand(len(plan.duration), -1))


def test_most_plans_are_really_followed(plan: Trajectory) -> None:
    assert plan.reachable.float().mean() > 0.5
    assert (plan.duration[plan.reachable] > 3.0).all()


def test_tcp_speed(samples: GripperTargets) -> None:
    speed = samples.position.diff(dim=2).norm(dim=-1) / DT
    for phase, limit in SPEEDS.items():
        inside = (samples.phase[:, :, 1:] == phase) & (samples.phase[:, :, :-1] == phase)
        assert not inside.any() or speed[inside].max() <= limit * SLACK + 1e-9, phase.name


def test_tcp_acceleration(samples: GripperTargets) -> None:
    acceleration = samples.position.diff(n=2, dim=2).norm(dim=-1) / DT**2
    assert acceleration.max() <= LIMITS.acceleration * SLACK


def test_angular_speed(samples: GripperTargets) -> None:
    quaternion = samples.quaternion.numpy()
    shape = quaternion[:, :, 1:].shape[:-1]
    before = Rotation.from_quat(quaternion[:, :, :-1].reshape(-1, 4))
    step = (Rotation.from_quat(quaternion[:, :, 1:].reshape(-1, 4)) * before.inv()).magnitude().reshape(shape)
    assert 0.5 < step.max() / DT <= LIMITS.rotation_speed * SLACK


def test_finger_speed(samples: GripperTargets) -> None:
    # two fingers: the opening may change by twice the speed of each
    assert samples.width.diff(dim=2).abs().max() / DT <= 2 * LIMITS.finger_speed * SLACK


def test_nothing_jumps(samples: GripperTargets) -> None:
    assert samples.position.diff(dim=2).norm(dim=-1).max() <= LIMITS.free_speed * DT * SLACK
    assert samples.angles.diff(dim=2).abs().max() <= LIMITS.rotation_speed * DT * SLACK
    quaternion = samples.quaternion
    assert ((quaternion[:, :, 1:] * quaternion[:, :, :-1]).sum(dim=-1) > 0.99).all()


def test_starts_and_ends_at_home(plan: Trajectory, samples: GripperTargets) -> None:
    home = torch.tensor([[-0.75, 0.0, 0.35], [0.75, 0.0, 0.35]], dtype=torch.float64).expand(len(plan.duration), 2, 3)
    for step in (0, -1):
        torch.testing.assert_close(samples.position[:, :, step], home, atol=1e-6, rtol=0)
        assert samples.angles[:, :, step].abs().max() < 1e-6


def test_stays_in_the_box_and_travels_high(samples: GripperTargets) -> None:
    x, y, z = samples.position.unbind(-1)
    assert z.min() >= 0.0
    assert z.max() <= 0.6
    # outside the box (towards home) the gripper is never low; y never leaves it
    assert y.abs().max() <= 0.48
    assert z[x.abs() > 0.48].min() >= LIMITS.travel_height - 1e-9
    sideways = samples.position[..., :2].diff(dim=2).norm(dim=-1) / DT > LIMITS.lift_speed + 1e-6
    assert z[:, :, 1:][sideways].min() >= LIMITS.travel_height - 1e-9


def test_tilt_never_exceeds_that_of_the_grasp(random_grasps: Trajectory) -> None:
    clock = torch.linspace(0, 9, 400, dtype=torch.float64).expand(200, -1)
    angles = random_grasps.sample_many(clock).angles
    cosine = angles[..., 0].cos() * angles[..., 1].cos()
    final = (random_grasps.angles[..., 0].cos() * random_grasps.angles[..., 1].cos()).amin(dim=-1)
    assert (cosine.amin(dim=-1) >= final - 1e-9).all()

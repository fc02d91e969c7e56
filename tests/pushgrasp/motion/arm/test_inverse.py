"""Closed-form inverse kinematics against pinocchio."""

import math

import numpy as np
import pytest
import torch

from pushgrasp.motion.arm.forward import Frames
from pushgrasp.motion.arm.inverse import inverse, nearest, wrapped


def poses(arm, joints: np.ndarray) -> Frames:
    flange = [arm.frames(angles)[-1] for angles in joints]
    return Frames(*(torch.from_numpy(np.stack([getattr(f, n) for f in flange])) for n in ("rotation", "translation")))


@pytest.fixture(scope="module")
def random_joints() -> np.ndarray:
    return np.random.default_rng(0).uniform(-math.pi, math.pi, (1000, 6))


def test_every_solution_reaches_its_pose(arm, random_joints: np.ndarray) -> None:
    target = poses(arm, random_joints)
    found = inverse(target)
    which = (~found[..., 0].isnan()).nonzero()
    assert len(which) > 6000
    for pose, branch in which[::7]:
        reached = arm.frames(found[pose, branch].numpy())[-1]
        np.testing.assert_allclose(reached.translation, target.position[pose], atol=1e-9)
        np.testing.assert_allclose(reached.rotation, target.rotation[pose], atol=1e-9)


def test_the_joint_angles_of_a_pose_are_among_its_solutions(arm, random_joints: np.ndarray) -> None:
    found = inverse(poses(arm, random_joints))
    error = wrapped(found - torch.from_numpy(random_joints)[:, None]).abs().amax(dim=-1).nan_to_num(9.0).amin(dim=-1)
    assert float(error.max()) < 1e-8


def test_branches_differ(arm, random_joints: np.ndarray) -> None:
    found = inverse(poses(arm, random_joints))
    full = found[~found[..., 0].isnan().any(dim=1)]
    apart = wrapped(full[:, :, None] - full[:, None]).abs().amax(dim=-1) + 9.0 * torch.eye(8)
    assert float(apart.min()) > 1e-6


def test_wrist_singularity_is_solved(arm) -> None:
    joints = np.array([[0.4, -1.2, 1.5, -0.7, 0.0, 0.3], [0.4, -1.2, 1.5, -0.7, math.pi, 0.3]])
    target = poses(arm, joints)
    for index, solutions in enumerate(inverse(target)):
        assert not solutions.isnan().all()
        for angles in solutions[~solutions[:, 0].isnan()].numpy():
            np.testing.assert_allclose(arm.frames(angles)[-1].translation, target.position[index], atol=1e-7)
            np.testing.assert_allclose(arm.frames(angles)[-1].rotation, target.rotation[index], atol=1e-7)


def test_stretched_arm_at_the_edge_of_its_reach_is_solved(arm) -> None:
    assert not inverse(poses(arm, np.array([[0.3, -0.9, 0.0, 0.4, 1.1, 0.0]]))).isnan().all()


def test_out_of_reach_there_is_no_solution() -> None:
    # Reach to wrist 1: 0.425 + 0.3922 m; near the axis of joint 1 the wrist centre cannot be nearer than 0.1333 m.
    down = torch.diag(torch.tensor([1.0, -1.0, -1.0], dtype=torch.float64)).expand(3, 3, 3)
    position = torch.tensor([[1.2, 0.0, 0.2], [0.05, 0.0, 0.2], [0.0, 0.0, 0.0]], dtype=torch.float64)
    assert inverse(Frames(down, position)).isnan().all()


def test_nearest_keeps_the_posture_and_its_turns(arm) -> None:
    joints = np.array([[0.5, -1.3, 1.6, -1.9, -1.5, 0.2]])
    reference = torch.from_numpy(joints) + torch.tensor([0.02, -0.03, 0.01, 0.0, 0.02, 2 * math.pi])
    expected = torch.from_numpy(joints) + torch.tensor([0, 0, 0, 0, 0, 2 * math.pi])
    torch.testing.assert_close(nearest(poses(arm, joints), reference), expected)


def test_wrapped_lies_within_half_a_period() -> None:
    angle = torch.tensor([3.5, -3.5, 7.0, 0.1])
    torch.testing.assert_close(
        wrapped(angle), torch.tensor([3.5 - 2 * math.pi, 2 * math.pi - 3.5, 7 - 2 * math.pi, 0.1])
    )


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(4, 3, 3\) and \(3, 3\)"):
        inverse(Frames(torch.zeros(4, 3, 3), torch.zeros(3, 3)))

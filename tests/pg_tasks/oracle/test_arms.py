"""What the arms of the full rig do in copies of a world."""

from __future__ import annotations

import torch

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pg_tasks.oracle.geometry import Geometry
from pg_tasks.oracle.look_ahead import LookAhead
from pushgrasp.policies.baselines.oracle.actions import grasp_actions, push_actions
from pushgrasp.policies.baselines.oracle.grasps import true_grasps


def test_arms_do_what_was_foreseen_to_the_bit(arms: PushGraspEnv) -> None:
    """World 0 grasps the cover, so that it feels touch and latches a grip; world 1 pushes."""
    arms.reset(seed=1)
    objects, geometry = arms.objects, Geometry(arms)
    cover = int((objects.position[0, :, 2] * objects.active[0]).argmax())
    grasp = grasp_actions(true_grasps(geometry.surface(0), cover + 1).select(torch.tensor([0])), arms.rig, 32)
    pushes = geometry.pushes(1)
    push = push_actions(pushes, torch.zeros(len(pushes.valid)))[[0]]
    objects.target[:] = cover  # what lifts the target is watched to its end
    foreseen = [LookAhead(arms)(world, action) for world, action in enumerate((grasp, push))]
    arms.end_rule = lambda outcome: torch.zeros_like(outcome.fault)  # no new scene after the grasp
    arms.carry_out(torch.cat([grasp, push]))
    assert foreseen[0].lifts_only(cover).tolist() == [True]
    assert bool(arms.outcome.success[0])
    for world in range(2):
        assert torch.equal(objects.position[world], foreseen[world].position[0])
        assert torch.equal(objects.quaternion[world], foreseen[world].quaternion[0])

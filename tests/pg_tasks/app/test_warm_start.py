"""Warm start: what the teacher shows is stored with the choice nearest to it, and bad teachers are refused."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from tensordict import TensorDict

from pg_tasks.agents.rsl_rl_ppo_cfg import DualArmPushGraspPaperPPORunnerCfg, DualArmPushGraspPPORunnerCfg
from pg_tasks.app.errors import UserError
from pg_tasks.app.heuristic_policy import HeuristicPolicy
from pg_tasks.app.warm_start import check_teacher, demonstrate
from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.spatial.grasps import grasp_choices
from pushgrasp.policies.pg4da.spatial.nets import NUM_GRASPS, places
from pushgrasp.policies.pg4da.spatial.strokes import stroke_choices


class Tables:
    """Two worlds: a lone block, and one between four others; they stay as they are, and each action ends an episode."""

    def __init__(self) -> None:
        ids = torch.zeros(2, 224, 224, dtype=torch.long)
        for number, (row, column) in enumerate([(106, 106), (106, 119), (93, 106), (119, 106), (106, 93)]):
            ids[1, row : row + 12, column : column + 12] = number + 1
        ids[0] = torch.where(ids[1] == 1, 1, 0)
        self.heightmaps = Heightmaps(torch.zeros(2, 3, 224, 224), (ids > 0) * 0.05, ids)
        self.target_id, self.num_envs, self.device = torch.ones(2, dtype=torch.long), 2, "cpu"
        self.cfg = SimpleNamespace(workspace=Workspace(), decoder=DecoderCfg(), num_arms=2, action_space=3496)
        self.next_decision, self.done = None, []

    def reset(self) -> tuple[TensorDict, dict]:
        scene = self.heightmaps, self.target_id, self.cfg.workspace
        grasp_cells, grasps = grasp_choices(*scene, self.cfg.decoder)
        stroke_cells, strokes = stroke_choices(*scene, 2, self.cfg.decoder)
        cells = places(grasp_cells, stroke_cells)
        groups = {"avh": torch.full((2, 360, 56, 56), 0.1), "grasps": grasps, "strokes": strokes, "cells": cells}
        return TensorDict(groups, batch_size=[2]), {}

    def step(self, actions: torch.Tensor) -> tuple[TensorDict, torch.Tensor, torch.Tensor, dict]:
        assert not actions.any()
        self.done.append(self.next_decision)
        return self.reset()[0], torch.zeros(2), torch.ones(2), {}


def test_shown_actions_are_carried_out_and_stored_as_choices() -> None:
    env, told = Tables(), []
    teacher = HeuristicPolicy(env)
    shown, choices = demonstrate(env, env, teacher, 4, 0, told.append)
    assert told == [2, 4] and [decision.is_grasp.tolist() for decision in env.done] == [[True, False]] * 2
    assert len(shown) == len(choices) == 4 and shown["avh"].dtype == torch.float16
    assert torch.equal(shown["cells"][:2], env.reset()[0]["cells"])  # more than 2048: not exact in half precision
    assert (choices < NUM_GRASPS).tolist() == [True, False] * 2
    usable = torch.cat((shown["grasps"][..., 0].flatten(1), shown["strokes"][..., 0]), dim=1)
    assert bool((usable.gather(1, choices[:, None]) > 0.5).all())


def test_only_teachers_that_decide_are_taken() -> None:
    cfg = DualArmPushGraspPPORunnerCfg()
    check_teacher(cfg)
    assert cfg.imitation.teacher == "heuristic"
    cfg.imitation.teacher = "random"
    with pytest.raises(UserError, match=r"agent\.imitation\.teacher=random; teachers: heuristic, oracle"):
        check_teacher(cfg)


def test_the_published_head_cannot_imitate() -> None:
    cfg = DualArmPushGraspPaperPPORunnerCfg()
    check_teacher(cfg)
    cfg.imitation.teacher = "heuristic"
    with pytest.raises(UserError, match="only agent=spatial"):
        check_teacher(cfg)

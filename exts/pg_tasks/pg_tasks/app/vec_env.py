"""The environment as rsl-rl sees it."""

from __future__ import annotations

import torch
from isaaclab_rl.rsl_rl import RslRlVecEnvWrapper
from tensordict import TensorDict

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pg_tasks.envs.threads import threads_for
from pushgrasp.decoding.readable import readable_cells
from pushgrasp.policies.pg4da.spatial.grasps import grasp_choices
from pushgrasp.policies.pg4da.spatial.maps import scene_maps
from pushgrasp.policies.pg4da.spatial.nets import places
from pushgrasp.policies.pg4da.spatial.strokes import stroke_choices
from pushgrasp.training.relevance import action_relevance


class ImageVecEnv(RslRlVecEnvWrapper):
    """Isaac Lab's wrapper with the observation groups that the networks and PPO read.

    ``rgb`` (N, 3, 224, 224): the picture; for the spatial head ``maps`` (N, 7, 56, 56): the scene from above,
    ``grasps`` (N, 9, 360, 8) and ``strokes`` (N, 42, 15): what may be chosen, ``cells`` (N, 177): where, ``profiles``
    (N, 256, 2, 33, 3): what lies between the jaws of the grasps ``looked`` at (N, 256), ``swaths`` (N, 42, 2, 14, 10):
    what lies along the strokes; for the published one ``relevance`` (N, 3496), bool: which action
    numbers the decoders can read.
    """

    def __init__(self, env: PushGraspEnv, head: str = "spatial") -> None:
        """Wrap the environment for one of ``pushgrasp.training.config.HEADS``."""
        self._head = head
        super().__init__(env)

    def get_observations(self) -> TensorDict:
        """Return the current observations."""
        return self.observe(super().get_observations()["policy"])

    def reset(self) -> tuple[TensorDict, dict]:
        """Reset all worlds."""
        observations, extras = super().reset()
        return self.observe(observations["policy"]), extras

    def step(self, actions: torch.Tensor) -> tuple[TensorDict, torch.Tensor, torch.Tensor, dict]:
        """Carry out one action per world."""
        observations, rewards, dones, extras = super().step(actions)
        return self.observe(observations["policy"]), rewards, dones, extras

    def observe(self, pictures: torch.Tensor) -> TensorDict:
        """Return the observation groups of the environment's present pictures (N, 3, 224, 224)."""
        with threads_for(self.num_envs):
            return self._observe(pictures)

    def _observe(self, pictures: torch.Tensor) -> TensorDict:
        env = self.unwrapped
        scene, decoder = (env.heightmaps, env.target_id, env.cfg.workspace), env.cfg.decoder
        if self._head == "spatial":
            grasp_cells, grasps, looked, between = grasp_choices(*scene, decoder, env.tried_grasps)
            stroke_cells, strokes, along = stroke_choices(*scene, env.cfg.num_arms, decoder)
            strokes = env.tried_strokes.left(strokes)
            cells = places(grasp_cells, stroke_cells)
            chosen = {"grasps": grasps, "looked": looked.float(), "profiles": between}
            chosen |= {"strokes": strokes, "swaths": along, "cells": cells}
            extra = {"maps": scene_maps(*scene), **chosen}
        else:
            extra = {"relevance": action_relevance(readable_cells(*scene, decoder))}
        return TensorDict({"rgb": pictures, **extra}, batch_size=[self.num_envs])

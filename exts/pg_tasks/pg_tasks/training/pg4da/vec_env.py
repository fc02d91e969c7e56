"""The environment as rsl-rl sees it."""

from __future__ import annotations

import torch
from isaaclab_rl.rsl_rl import RslRlVecEnvWrapper
from tensordict import TensorDict

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.decoding.decoder import readable_cells
from pushgrasp.interface.action import Action
from pushgrasp.policies.pg4da.action import action_relevance
from pushgrasp.policies.pg4da.spatial.choices import Choices, list_choices
from pushgrasp.policies.pg4da.spatial.memory import Memory
from pushgrasp.policies.pg4da.spatial.nets import NUM_GRASPS
from pushgrasp.threads import threads_for


class ImageVecEnv(RslRlVecEnvWrapper):
    """Isaac Lab's wrapper with the observation groups and the actions of one head.

    ``rgb`` (N, 3, 224, 224): the picture; for the spatial head ``maps`` (N, 7, 56, 56): the scene from above,
    ``grasps`` (N, 9, 360, 8) and ``strokes`` (N, 42, 15): what may be chosen, ``cells`` (N, 177): where, ``profiles``
    (N, 256, 2, 33, 3): what lies between the jaws of the grasps ``looked`` at (N, 256), ``swaths`` (N, 42, 2, 14, 10):
    what lies along the strokes; for the published one ``relevance`` (N, 3496), bool: which action
    numbers the decoders can read.

    An action of the spatial head is the number of a choice (N, 1), of the published one the numbers (N, 3496).
    """

    choices: Choices
    """What may be chosen now; there from the first observation of the spatial head on."""

    def __init__(self, env: PushGraspEnv, head: str = "spatial") -> None:
        """Wrap the environment for one of ``pushgrasp.policies.pg4da.training.config.HEADS``."""
        self._head = head
        self.memory = Memory.empty(env.num_envs, env.device)
        super().__init__(env)
        if head == "spatial":
            self.num_actions = 1

    def get_observations(self) -> TensorDict:
        """Return the current observations."""
        return self.observe()

    def reset(self) -> tuple[TensorDict, dict]:
        """Reset all worlds."""
        _, extras = super().reset()
        self.memory.forget(torch.arange(self.num_envs))
        return self.observe(), extras

    def step(self, actions: torch.Tensor) -> tuple[TensorDict, torch.Tensor, torch.Tensor, dict]:
        """Carry out one action per world."""
        action = self.action(actions)
        if self._head != "spatial":
            return self.carry_out(action)
        return self.carry_out(action, actions[:, 0].long() - NUM_GRASPS)

    def action(self, numbers: torch.Tensor) -> Action:
        """Return what the numbers of all worlds mean where the environment stands now."""
        env = self.unwrapped
        if self._head != "spatial":
            return env.decode(numbers)
        with threads_for(len(numbers)):
            return self.choices.action(numbers[:, 0].long(), env.rig, env.cfg.decoder)

    def carry_out(
        self, action: Action, stroke: torch.Tensor | None = None
    ) -> tuple[TensorDict, torch.Tensor, torch.Tensor, dict]:
        """Carry out an action, whoever chose it; ``stroke`` as for :meth:`Memory.learn_of`."""
        _, rewards, dones, extras = super().step(action)  # pyright: ignore[reportArgumentType] - handed on as it is
        self.memory.learn_of(action, self.unwrapped.outcome, stroke)
        self.memory.forget(dones.nonzero()[:, 0])
        return self.observe(), rewards, dones, extras

    def observe(self) -> TensorDict:
        """Return the observation groups of what the environment shows now."""
        env = self.unwrapped
        with threads_for(self.num_envs):
            seen = env.observe()
            if self._head == "spatial":
                self.choices = list_choices(seen, env.cfg.num_arms, env.cfg.decoder, self.memory)
                extra = self.choices.groups()
            else:
                scene = seen.heightmaps, seen.target_id, seen.workspace
                extra = {"relevance": action_relevance(readable_cells(*scene, env.cfg.decoder))}
        return TensorDict({"rgb": seen.heightmaps.colour, **extra}, batch_size=[self.num_envs])

"""Small stand-ins for the simulator and the networks: same shapes as the real images, little arithmetic."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import torch
from rsl_rl.env import VecEnv
from tensordict import TensorDict
from torch import nn

ACTIONS = 12


class FakeEnv(VecEnv):
    """Worlds with random pictures (N, 3, 224, 224); the reward asks action 0 to follow the brightness of the picture.

    Episodes last three steps. All randomness comes from one generator, which a checkpoint stores.
    """

    def __init__(self, num_envs: int = 2, seed: int = 0, num_actions: int = ACTIONS) -> None:
        self.num_envs, self.num_actions, self.max_episode_length = num_envs, num_actions, 3
        self.device, self.cfg = "cpu", SimpleNamespace(seed=seed)
        self.generator = torch.Generator().manual_seed(seed)
        self.episode_length_buf = torch.zeros(num_envs, dtype=torch.long)
        self.steps = 0
        self.reset()

    @property
    def unwrapped(self) -> FakeEnv:
        return self

    def get_rng_state(self) -> dict[str, torch.Tensor]:
        return {"generator": self.generator.get_state()}

    def set_rng_state(self, state: dict[str, torch.Tensor]) -> None:
        self.generator.set_state(state["generator"])

    def get_observations(self) -> TensorDict:
        return TensorDict({"rgb": self.picture.clone()}, batch_size=[self.num_envs])

    def reset(self) -> tuple[TensorDict, dict[str, Any]]:
        self.episode_length_buf = torch.zeros(self.num_envs, dtype=torch.long)
        self.picture = self._pictures()
        return self.get_observations(), {}

    def step(self, actions: torch.Tensor) -> tuple[TensorDict, torch.Tensor, torch.Tensor, dict[str, Any]]:
        self.steps += 1
        brightness = self.picture.mean(dim=(1, 2, 3))
        reward = torch.exp(-((actions[:, 0] - 4 * (brightness - 0.5)) ** 2))
        self.episode_length_buf = self.episode_length_buf + 1
        done = self.episode_length_buf >= self.max_episode_length
        self.episode_length_buf = torch.where(done, 0, self.episode_length_buf)
        self.picture = self._pictures()
        return self.get_observations(), reward, done.long(), {"time_outs": torch.zeros_like(done)}

    def _pictures(self) -> torch.Tensor:
        shade = torch.rand(self.num_envs, 3, 1, 1, generator=self.generator)
        return shade.expand(-1, -1, 224, 224).contiguous()


class TinyBackbone(nn.Module):
    """Pictures (N, 3, 224, 224) -> maps (N, 4, 56, 56), with normalisation layers as ResNet has them."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.layers = nn.Sequential(nn.Conv2d(3, 4, 4, stride=4), nn.BatchNorm2d(4), nn.ReLU())
        self.calls = 0

    def forward(self, rgb: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return self.layers(rgb)


class TinyHead(nn.Module):
    """Maps (N, 4, 56, 56) -> numbers (N, outputs)."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.AvgPool2d(28), nn.Flatten(), nn.Linear(16, outputs))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return self.layers(maps)


def tiny_cfg(backbone: str = "frozen", actions: int = ACTIONS, **algorithm: object) -> dict[str, Any]:
    """Return an rsl-rl configuration of the tiny networks."""
    head = {"class_name": "training_fakes:TinyHead"}
    group = "avh" if backbone == "frozen" else "rgb"
    return {
        "seed": 1,
        "num_steps_per_env": 4,
        "save_interval": 2,
        "keep_checkpoints": None,
        "obs_groups": {"actor": [group], "critic": [group]},
        "actor": {
            "class_name": "pushgrasp.policies.pg4da.training.models:GaussianActor",
            "network_cfg": {**head, "outputs": actions},
            "backbone_cfg": None if backbone == "frozen" else {"class_name": "training_fakes:TinyBackbone"},
            "distribution_cfg": {"class_name": "GaussianDistribution", "init_std": 0.5, "std_type": "log"},
        },
        "critic": {
            "class_name": "pushgrasp.policies.pg4da.training.models:PushGraspCritic",
            "network_cfg": {**head, "outputs": 1},
        },
        "algorithm": {
            "class_name": "PPO",
            "num_learning_epochs": 2,
            "num_mini_batches": 2,
            "learning_rate": 1e-3,
            "schedule": "adaptive",
            "share_cnn_encoders": backbone != "frozen",
            **algorithm,
        },
    }

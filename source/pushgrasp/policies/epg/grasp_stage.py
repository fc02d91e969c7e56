"""Step 1: GraspNet learns from every grasp that was tried in a picture, CriticNet from one grasp at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss

from pushgrasp.gripper.geometry import GripperGeometry
from pushgrasp.learning.steps import cosine, net_states, restore_nets, set_rate, step
from pushgrasp.policies.maps.scores import auc
from pushgrasp.policies.maps.tries import SceneTries, split_scenes

from .cfg import GraspStageCfg, NetsCfg
from .data import CriticBatch, GraspBatch, TryData
from .nets import CriticNet, GraspNet
from .weights import Nets, policy_state


def grasp_loss(net: GraspNet, batch: GraspBatch) -> tuple[Tensor, Tensor]:
    """Return the binary cross entropy over the cells and angles that were tried, and their log-odds (L,)."""
    angle, row, column = batch.index.unbind(dim=1)
    logits = net(batch.height)[batch.world, angle, row, column]
    return binary_cross_entropy_with_logits(logits, batch.lifted), logits


def critic_loss(net: CriticNet, batch: CriticBatch) -> tuple[Tensor, Tensor]:
    """Return the mean squared error of the chance that a grasp lifts the target, and the log-odds (L,)."""
    logits = net(*batch.inputs)
    return mse_loss(logits.sigmoid(), batch.lifted), logits


class GraspStage:
    """Learns in iterations; in each GraspNet sees every scene once (see :class:`pushgrasp.learning.loop.Learner`)."""

    def __init__(
        self,
        nets: Nets,
        scenes: Sequence[SceneTries],
        nets_cfg: NetsCfg,
        cfg: GraspStageCfg,
        resolution: float,
        sizes: GripperGeometry,
        seed: int,
    ) -> None:
        """Set up.

        Args:
            nets: Nets, of which GraspNet and CriticNet are trained.
            scenes: Scenes with tried grasps; every so many of them are held out.
            nets_cfg: Settings of the nets.
            cfg: Settings of the training.
            resolution: Side of a heightmap's cell [m].
            sizes: Sizes of the gripper.
            seed: Seed of all that is drawn.

        Raises:
            ValueError: If there are too few scenes to hold any out, or grasps to learn from.
        """
        parts = split_scenes(scenes, cfg.validation)
        self.train, self.validation = (TryData(part, nets_cfg, resolution, sizes) for part in parts)
        self._nets, self._nets_cfg, self._cfg = nets, nets_cfg, cfg
        self._optimisers = {
            name: torch.optim.Adam(net.parameters(), cfg.learning_rate) for name, net in self.networks.items()
        }
        self._generator = torch.Generator().manual_seed(seed)

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """The nets by name."""
        return {"grasp": self._nets.grasp, "critic": self._nets.critic}

    def begin(self) -> None:
        """Nothing to get ready."""

    def iterate(self, completed: int, total: int) -> tuple[dict[str, float], float]:
        """Learn from every scene once; return losses and how well held-out grasps are ranked."""
        for name, net in self.networks.items():
            set_rate(self._optimisers[name], cosine(self._cfg.learning_rate, completed / total))
            net.train()
        losses = {"Loss/grasp": self._grasp_epoch(), "Loss/critic": self._critic_epoch()}
        ranked = {"Validation/grasp_auc": self.grasp_auc(), "Validation/critic_auc": self.critic_auc()}
        return losses | ranked, sum(ranked.values()) / len(ranked)

    def _grasp_epoch(self) -> float:
        """Show GraspNet every scene once; return the mean loss."""
        losses = []
        for scenes in torch.randperm(self.train.scenes, generator=self._generator).split(self._cfg.batch):
            batch = self.train.grasp_batch(scenes, self._generator)
            losses.append(step(self._optimisers["grasp"], grasp_loss(self._nets.grasp, batch)[0]))
        return sum(losses) / len(losses)

    def _critic_epoch(self) -> float:
        """Show CriticNet its share of the grasps; return the mean loss."""
        losses = []
        count = max(1, round(self._cfg.critic_share * self.train.grasps))
        order = torch.randperm(self.train.grasps, generator=self._generator)[:count]
        for grasps in order.split(self._cfg.critic_batch):
            batch = self.train.critic_batch(grasps, self._generator)
            losses.append(step(self._optimisers["critic"], critic_loss(self._nets.critic, batch)[0]))
        return sum(losses) / len(losses)

    @torch.no_grad()
    def grasp_auc(self) -> float:
        """How well GraspNet ranks the held-out grasps."""
        self._nets.grasp.eval()
        batches = [self.validation.grasp_batch(part) for part in torch.arange(self.validation.scenes).split(8)]
        scores = torch.cat([grasp_loss(self._nets.grasp, batch)[1] for batch in batches])
        return auc(scores, torch.cat([batch.lifted for batch in batches]) > 0)

    @torch.no_grad()
    def critic_auc(self) -> float:
        """How well CriticNet ranks the held-out grasps."""
        self._nets.critic.eval()
        batches = [self.validation.critic_batch(part) for part in torch.arange(self.validation.grasps).split(64)]
        scores = torch.cat([critic_loss(self._nets.critic, batch)[1] for batch in batches])
        return auc(scores, torch.cat([batch.lifted for batch in batches]) > 0)

    def get_state(self) -> dict[str, Any]:
        """Return weights, optimisers and the generator's state."""
        return {**net_states(self.networks, self._optimisers), "generator": self._generator.get_state()}

    def policy_state(self) -> dict[str, Any]:
        """Return the nets' weights in plain torch."""
        return policy_state(self._nets, self._nets_cfg)

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from what :meth:`get_state` has returned."""
        restore_nets(self.networks, self._optimisers, state)
        self._generator.set_state(state["generator"])

"""The stage in which the amodal net learns: new scenes round by round, and steps on the pairs of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from pushgrasp.interface.world import DrawsScenes, Simulation
from pushgrasp.learning.steps import cosine, net_states, restore_nets, set_rate, step

from .amodal import AmodalNet, occluded_share
from .cfg import AMODAL, AmodalStageCfg
from .pairs import Pairs, world_pairs


class SceneSource(Simulation, DrawsScenes, Protocol):
    """A simulation that shows new scenes."""


class AmodalStage:
    """Learns in rounds (see :class:`pushgrasp.learning.loop.Learner`)."""

    def __init__(self, env: SceneSource, net: AmodalNet, window: int, cfg: AmodalStageCfg, seed: int) -> None:
        """Set up.

        Args:
            env: Where scenes are looked at.
            net: What learns.
            window: Side of its windows [cells].
            cfg: Settings.
            seed: Seed of all that is drawn but the scenes.
        """
        self._env, self._net, self._window, self._cfg = env, net, window, cfg
        self._optimiser = torch.optim.Adam(net.parameters(), cfg.learning_rate)
        self._generator = torch.Generator().manual_seed(seed)
        self.train, self.held_out = Pairs.none(self._window), Pairs.none(self._window)
        self._scenes = 0

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """The net by its name."""
        return {AMODAL: self._net}

    def begin(self) -> None:
        """Nothing to get ready."""

    def iterate(self, completed: int, total: int) -> tuple[dict[str, float], float]:
        """Look at new scenes and learn; return the loss and how good the masks of held-out scenes are."""
        self._look()
        set_rate(self._optimiser, cosine(self._cfg.learning_rate, completed / total))
        losses = [self._step() for _ in range(self._cfg.steps if len(self.train) else 0)]
        numbers = {"Loss/amodal": sum(losses) / max(len(losses), 1), "Train/pairs": float(len(self.train))}
        quality = mask_quality(self._net, self.held_out)
        return numbers | {f"Validation/{name}": value for name, value in quality.items()}, quality["iou"]

    def _look(self) -> None:
        """Take the pairs of a new scene in every world; every so many scenes are held out."""
        cfg = self._cfg
        self._env.reset()
        for world in range(self._env.num_worlds):
            pairs = world_pairs(self._env.observe(), self._env.state, world, self._window)
            partly = pairs.hidden > cfg.little
            if self._scenes % round(1.0 / cfg.validation) == 0:
                self.held_out = self.held_out.joined(pairs.of(partly), cfg.capacity)
            else:
                some = torch.rand(len(pairs), generator=self._generator) < cfg.kept
                self.train = self.train.joined(pairs.of(partly | some), cfg.capacity)
            self._scenes += 1

    def _step(self) -> float:
        """Take a step on a batch of pairs, turned and mirrored; return the loss."""
        index = torch.randint(len(self.train), (self._cfg.batch,), generator=self._generator)
        pairs = self.train.of(index).moved(self._generator)
        device = next(self._net.parameters()).device
        logits = self._net.train()(*(part.to(device) for part in pairs.inputs))
        loss = binary_cross_entropy_with_logits(logits, pairs.full.float().to(device))
        return step(self._optimiser, loss)

    @torch.no_grad()
    def found(self, pairs: Pairs) -> Tensor:
        """Return the full masks (K, S, S), bool, that the net finds as it is now."""
        return predicted(self._net.eval(), pairs)

    def get_state(self) -> dict[str, Any]:
        """Return weights, optimiser, pairs, and the states of generators."""
        return {
            **net_states(self.networks, {AMODAL: self._optimiser}),
            "train": dict(vars(self.train)),
            "held_out": dict(vars(self.held_out)),
            "scenes": self._scenes,
            "generator": self._generator.get_state(),
            "scene_generator": self._env.get_rng_state(),
        }

    def policy_state(self) -> dict[str, Any]:
        """Return the net's weights."""
        return {"nets": {AMODAL: self._net.state_dict()}}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from what :meth:`get_state` has returned."""
        restore_nets(self.networks, {AMODAL: self._optimiser}, state)
        self.train, self.held_out = Pairs(**state["train"]), Pairs(**state["held_out"])
        self._scenes = state["scenes"]
        self._generator.set_state(state["generator"])
        self._env.set_rng_state(state["scene_generator"])


def predicted(net: AmodalNet, pairs: Pairs) -> Tensor:
    """Return the full masks (K, S, S), bool, that the net finds, what is seen included."""
    device = next(net.parameters()).device
    parts = [net(*(part.to(device) for part in pairs.of(index).inputs)) > 0.0 for index in _batches(len(pairs))]
    return torch.cat([*(part.cpu() for part in parts), torch.zeros_like(pairs.full[:0])]) | pairs.seen


@torch.no_grad()
def mask_quality(net: AmodalNet, pairs: Pairs) -> dict[str, float]:
    """Return how good the net's full masks are, 0 without pairs.

    ``iou``: mean intersection over union with the true ones; ``iou_seen``: the same for what is seen alone;
    ``share_error``: mean error of the hidden share.
    """
    full = predicted(net.eval(), pairs)
    error = (occluded_share(pairs.seen, full) - pairs.hidden).abs()
    values = {"iou": iou(full, pairs.full), "iou_seen": iou(pairs.seen, pairs.full), "share_error": error}
    return {name: float(value.sum()) / max(len(pairs), 1) for name, value in values.items()}


def iou(one: Tensor, other: Tensor) -> Tensor:
    """Return the intersection over the union of masks (K, S, S), bool, shape (K,)."""
    return (one & other).sum(dim=(1, 2)) / (one | other).sum(dim=(1, 2)).clamp_min(1)


def _batches(count: int, size: int = 64) -> tuple[Tensor, ...]:
    """Indices of ``count`` rows in batches."""
    return torch.arange(count).split(size) if count else ()

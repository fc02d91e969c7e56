"""The nets in plain torch, as files hold them: playing needs no escnn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pushgrasp.files.typed_json import build
from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo, load_checkpoint, save_checkpoint
from pushgrasp.policies.maps.oriented_net import Layers, PlainLayers, make_layers, put_back, take_over

from .cfg import METHOD, NetsCfg, RuleCfg
from .nets import CriticNet, GraspNet, PushNet

NETWORKS = ("epg_grasp", "epg_push")
"""Names of networks in checkpoints: after the first stage, and after the second."""


@dataclass(frozen=True)
class Nets:
    """The three nets."""

    grasp: GraspNet
    critic: CriticNet
    push: PushNet | None
    """None after the first stage: nothing is pushed."""

    @staticmethod
    def build(cfg: NetsCfg, layers: Layers | None = None, push: bool = True) -> Nets:
        """Return untrained nets; of the layers that settings ask for where none are given.

        Raises:
            ImportError: If escnn is needed and missing; says what to type.
        """
        layers = layers or make_layers(cfg.group, cfg.equivariant)
        pusher = PushNet(layers, cfg.widths, cfg.directions) if push else None
        return Nets(GraspNet(layers, cfg.widths, cfg.angles), CriticNet(layers, cfg.critic_widths), pusher)

    @property
    def by_name(self) -> dict[str, nn.Module]:
        """Those that there are."""
        return {name: net for name, net in vars(self).items() if net is not None}

    def put_back(self, start: Mapping[str, nn.Module]) -> None:
        """Begin with nets of plain torch, by name; those that are not among them stay as they are."""
        for name, net in self.by_name.items():
            if name in start:
                put_back(net, start[name])

    def exported(self, cfg: NetsCfg) -> Nets:
        """Return the same nets in plain torch, in evaluation mode."""
        plain = Nets.build(cfg, PlainLayers(cfg.group), self.push is not None)
        for name, net in plain.by_name.items():
            take_over(net, self.by_name[name])
        return plain


def policy_state(nets: Nets, cfg: NetsCfg) -> dict[str, Any]:
    """Return the weights of the nets in plain torch, for a checkpoint."""
    return {name: net.state_dict() for name, net in nets.exported(cfg).by_name.items()}


def write_policy(path: Path, nets: Nets, info: CheckpointInfo, config: Any) -> None:  # noqa: ANN401
    """Write what playing needs, in half precision: a checkpoint from which no training goes on.

    Args:
        path: File to write, in an existing folder.
        nets: Nets of any layers.
        info: What they are.
        config: Settings ``nets`` and ``rule``, and whatever else is to be told.

    Raises:
        OSError: If the file cannot be written.
    """
    state = policy_state(nets, config["nets"])
    halves = {
        name: {key: value.half() if value.is_floating_point() else value for key, value in weights.items()}
        for name, weights in state.items()
    }
    save_checkpoint(path, info, config, {"policy": halves})


def load_nets(
    path: Path, rule: RuleCfg | None = None, device: torch.device | str = "cpu"
) -> tuple[Nets, NetsCfg, RuleCfg]:
    """Return the nets of a checkpoint in plain torch, ready to act, their settings, and the rule.

    Args:
        path: Checkpoint of a training, or the file that comes with the project.
        rule: Rule at run time; None takes that of the training.
        device: Where the nets act.

    Raises:
        FileNotFoundError: If the file is missing.
        CheckpointError: If it is damaged, or of another method.
    """
    info, config, state = load_checkpoint(path, METHOD)
    if info.network not in NETWORKS:
        raise CheckpointError(f"{path}: checkpoint has network {info.network!r}; known: {', '.join(NETWORKS)}")
    try:
        cfg, own = build(NetsCfg, config["nets"]), build(RuleCfg, config["rule"])
        weights: Mapping[str, Any] = state["policy"]
        nets = Nets.build(cfg, PlainLayers(cfg.group), "push" in weights)
        for name, net in nets.by_name.items():
            net.load_state_dict(weights[name])
            net.eval().to(device).requires_grad_(False)
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:300]
        raise CheckpointError(f"{path}: weights do not fit their settings: {reason}") from error
    return nets, cfg, rule or own


def read_start(paths: Sequence[Path], cfg: NetsCfg) -> dict[str, nn.Module]:
    """Return the nets with which a training begins, in plain torch: each by name, of the first file that holds it.

    Raises:
        FileNotFoundError: If a file is missing.
        CheckpointError: If one is damaged, of another method, or of nets with other settings.
    """
    start: dict[str, nn.Module] = {}
    for path in paths:
        nets, own, _ = load_nets(path)
        differing = [f"agent.nets.{name}={value}" for name, value in vars(own).items() if value != getattr(cfg, name)]
        if differing:
            raise CheckpointError(f"{path}: its nets have other settings: {', '.join(differing)}")
        start = nets.by_name | start
    return start

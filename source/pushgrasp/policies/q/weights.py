"""Nets in plain torch, as files hold them: playing needs no escnn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from pushgrasp.files.typed_json import build
from pushgrasp.interface.world import World
from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo, load_checkpoint, save_checkpoint
from pushgrasp.policies.maps.oriented_net import PlainLayers, put_back
from pushgrasp.policies.maps.q_net import QNetsCfg, build_nets

from .agent import Agent
from .policy import QPolicy


def write_policy(path: Path, state: Mapping[str, Any], info: CheckpointInfo, config: Any) -> None:  # noqa: ANN401
    """Write what playing needs, in half precision: a checkpoint from which no training goes on.

    Args:
        path: File to write, in an existing folder.
        state: Weights of nets in plain torch by name, ``nets``, and the ``threshold``.
        info: What they are.
        config: Settings of nets and rule.

    Raises:
        OSError: If the file cannot be written.
    """
    halves = {
        name: {key: value.half() if value.is_floating_point() else value for key, value in weights.items()}
        for name, weights in state["nets"].items()
    }
    save_checkpoint(path, info, config, {"policy": {**state, "nets": halves}})


class Settings(Protocol):
    """What a policy is to act with."""

    rule: Any


def trained_policy(
    world: World,
    checkpoint: Path,
    method: str,
    make: type[Any],
    rule: type,
    settings: Settings | None,
    device: torch.device | str,
) -> QPolicy:
    """Return the policy of a checkpoint for a world.

    Args:
        world: World to act in.
        checkpoint: File of a training, or of ``assets/weights``.
        method: The method that it must be of.
        make: Class of its agents (see :class:`pushgrasp.policies.q.agent.Agent`).
        rule: Class of its rule.
        settings: Settings with a rule at run time; None takes the rule of the training.
        device: Where the nets act.

    Raises:
        FileNotFoundError: If the file is missing.
        CheckpointError: If it is damaged, of another method, or of nets with other settings.
    """
    config = load_checkpoint(checkpoint, method)[1]
    cfg, chosen = build(QNetsCfg, config["nets"]), settings.rule if settings else build(rule, config["rule"])
    agent: Agent = make(world, build_nets(make.chooses, cfg, PlainLayers(cfg.group)), cfg, chosen)
    agent.threshold = read_weights(checkpoint, method, agent.nets, device)
    return QPolicy(world, agent)


def read_weights(path: Path, method: str, nets: Mapping[str, nn.Module], device: torch.device | str = "cpu") -> float:
    """Give nets of plain torch the weights of a checkpoint, ready to act; return the threshold.

    Raises:
        FileNotFoundError: If the file is missing.
        CheckpointError: If it is damaged, of another method, or of nets with other settings.
    """
    state = load_checkpoint(path, method)[2]
    try:
        for name, net in nets.items():
            net.load_state_dict(state["policy"]["nets"][name])
            net.eval().to(device).requires_grad_(False)
        return float(state["policy"]["threshold"])
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:300]
        raise CheckpointError(f"{path}: weights do not fit their settings: {reason}") from error


def read_start(paths: Sequence[Path], cfg: QNetsCfg) -> dict[str, Mapping[str, Tensor]]:
    """Return the weights with which a training begins, in plain torch: of each net, by name, of the first file with it.

    Files may be of any method that learns by Q-learning.

    Raises:
        FileNotFoundError: If a file is missing.
        CheckpointError: If one is damaged, of another kind of method, or of nets with other settings; windows may
            differ.
    """
    start: dict[str, Mapping[str, Tensor]] = {}
    for path in paths:
        info, config, state = load_checkpoint(path)
        if "nets" not in state.get("policy", {}):
            raise CheckpointError(f"{path} is of {info.method}, which has no Q nets")
        own = vars(build(QNetsCfg, config["nets"]) if "nets" in config else cfg)
        differing = [name for name, value in vars(cfg).items() if name != "window" and own[name] != value]
        if differing:
            told = ", ".join(f"agent.nets.{name}={own[name]}" for name in differing)
            raise CheckpointError(f"{path}: its nets have other settings: {told}")
        start = {**state["policy"]["nets"], **start}
    return start


def begin_with(agent: Agent, start: Mapping[str, Mapping[str, Tensor]]) -> None:
    """Give an agent's nets of any layers the weights that :func:`read_start` has returned; it may lack some nets.

    Raises:
        CheckpointError: If they do not fit.
    """
    for name, net in agent.plain().items():
        if name not in start:
            continue
        try:
            net.load_state_dict(start[name])
        except RuntimeError as error:
            reason = " ".join(str(error).split())[:300]
            raise CheckpointError(f"agent.start: weights of the net {name!r} do not fit: {reason}") from error
        put_back(agent.nets[name], net)

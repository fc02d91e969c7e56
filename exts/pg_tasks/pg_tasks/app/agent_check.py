"""Checks of an agent's configuration before anything is built or written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from rsl_rl.utils import resolve_callable

from pg_tasks import AGENTS
from pg_tasks.agents.cfg import AgentCfg
from pg_tasks.agents.rsl_rl_ppo_cfg import PushGraspPPORunnerCfg
from pushgrasp.learning.ppo import check_runner_config
from pushgrasp.policies.pg4da.backbone.avn import ENCODERS
from pushgrasp.policies.pg4da.backbone.weights import read_metadata
from pushgrasp.policies.pg4da.training.config import AGENT_TYPES
from pushgrasp.program import UserError


def check_agent(cfg: AgentCfg, chosen: AgentCfg) -> None:
    """Refuse settings with which no training could begin.

    Args:
        cfg: Configuration, with what the user has set.
        chosen: What ``agent=`` has chosen, as it is without that.

    Raises:
        UserError: If a setting names nothing.
        ValueError: If a setting has a value without a meaning.
    """
    _check_device(cfg.device)
    if isinstance(cfg, PushGraspPPORunnerCfg):
        _check_ppo(cfg, chosen)
    else:
        cfg.check()


def _check_ppo(cfg: PushGraspPPORunnerCfg, chosen: AgentCfg) -> None:
    """Refuse settings of pg4da with which no training could begin."""
    if not isinstance(chosen, PushGraspPPORunnerCfg) or cfg.head != chosen.head:
        raise UserError(
            f"agent.head={cfg.head}: heads are chosen with {' or '.join(f'agent={name}' for name in AGENTS)}"
        )
    _check_backbone(cfg)
    settings = {**cfg.train_cfg(), "grasp_iterations": cfg.grasp_iterations}
    check_runner_config(settings, "agent", AGENT_TYPES)
    cfg.imitation.check("agent.imitation")
    for way, name in _class_names(settings, "agent"):
        try:
            resolve_callable(name)
        except (ImportError, AttributeError, ValueError, TypeError) as error:
            raise UserError(f"{way}={name}: no such class ({error})") from error


def _check_device(device: str) -> None:
    """Refuse what PyTorch does not know or does not find."""
    try:
        kind = torch.device(device).type
    except RuntimeError as error:
        raise UserError(f"agent.device={device}: no device of PyTorch, such as cpu or cuda:0") from error
    if kind == "cuda" and not torch.cuda.is_available():
        raise UserError(f"agent.device={device}: PyTorch finds no CUDA here; leave it out, or give cpu")


def _check_backbone(cfg: PushGraspPPORunnerCfg) -> None:
    """Refuse weights that are not there or not readable, and encoders that there are not."""
    weights, encoder = cfg.backbone.weights, cfg.backbone.encoder
    if encoder is not None and encoder not in ENCODERS:
        raise UserError(f"agent.backbone.encoder={encoder}: encoders are {', '.join(ENCODERS)}")
    if weights is None:
        return
    if not Path(weights).is_file():
        raise UserError(f"agent.backbone.weights={weights}: no such file")
    read_metadata(Path(weights))


def _class_names(settings: Mapping[str, Any], way: str) -> Iterator[tuple[str, str]]:
    """Yield the way to each name of a class, and the name."""
    for key, value in settings.items():
        if key == "class_name":
            yield f"{way}.{key}", value
        elif isinstance(value, Mapping):
            yield from _class_names(value, f"{way}.{key}")

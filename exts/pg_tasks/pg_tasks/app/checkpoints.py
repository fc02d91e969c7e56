"""Which checkpoint a command line means."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pushgrasp.learning import checkpoint_files
from pushgrasp.learning.checkpoint import load_checkpoint
from pushgrasp.policies.pg4da.pretrained import PRETRAINED, pretrained_policy
from pushgrasp.program import tell

if TYPE_CHECKING:
    from pg_tasks.agents.cfg import AgentCfg

LOG_ROOT = Path("logs") / "rsl_rl"


def find_checkpoint(args: argparse.Namespace, agent_cfg: AgentCfg) -> Path | None:
    """Return the checkpoint that ``--checkpoint``, ``--load_run`` or the older ``--resume`` name; None without them.

    Raises the errors of :func:`readable_checkpoint`.
    """
    run = getattr(args, "load_run", None)
    if args.checkpoint is None and run is None and not getattr(args, "resume", False):
        return None
    return readable_checkpoint(agent_cfg, args.checkpoint or "latest", run)


def readable_checkpoint(agent_cfg: AgentCfg, choice: str, run: str | None) -> Path:
    """Return the checkpoint that ``choice`` and ``run`` mean (see :func:`checkpoint_files.find_checkpoint`).

    "pretrained" is the policy that comes with the project. That newer runs were passed over is told on stderr.

    Raises:
        FileNotFoundError: If there is none.
        CheckpointError: If it cannot be read or is of another method; better told now than after the scene has been
            built.
        UserError: If it needs other settings of the agent.
    """
    if choice == PRETRAINED and run is None:
        checkpoint = pretrained_policy(agent_cfg.pretrained())
    else:
        found = checkpoint_files.find_checkpoint(LOG_ROOT / agent_cfg.experiment_name, choice, run)
        checkpoint = found.path
        _tell_passed_over(found, choice)
    agent_cfg.check_weights(checkpoint, load_checkpoint(checkpoint, agent_cfg.method())[0])
    return checkpoint


def _tell_passed_over(found: checkpoint_files.FoundCheckpoint, choice: str) -> None:
    """Say on stderr which newer runs hold no such checkpoint, for example because they were stopped before."""
    if found.passed_over:
        names = ", ".join(run.name for run in found.passed_over)
        tell(f"hint: no {choice!r} checkpoint in the newer {names}; {found.path} is taken")

"""Warm start: the policy learns from demonstrations before PPO begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from tensordict import TensorDict

from pg_tasks.agents.rsl_rl_ppo_cfg import PushGraspPPORunnerCfg
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.console import Console
from pushgrasp.training.features import FeatureEnv
from pushgrasp.training.imitation import Imitated, ImitationCfg, imitate
from pushgrasp.training.runner import PushGraspRunner

from .demonstrations import demonstrate, load, opened, ready
from .errors import UserError
from .teachers import TEACHERS, make_teacher


def check_teacher(agent_cfg: PushGraspPPORunnerCfg) -> None:
    """Refuse a teacher that there is not, or one for a head that cannot imitate, before anything is built.

    Raises:
        UserError: If it is so.
    """
    cfg = agent_cfg.imitation
    if (cfg.teacher or cfg.demonstrations) and agent_cfg.head != "spatial":
        raise UserError(f"agent.imitation.teacher={cfg.teacher}: only agent=spatial, which draws choices, can imitate")
    if cfg.teacher and cfg.teacher not in TEACHERS:
        raise UserError(f"agent.imitation.teacher={cfg.teacher}; teachers: {', '.join(TEACHERS)}")
    if cfg.demonstrations:
        opened(_files(cfg))


def has_warm_start(cfg: ImitationCfg) -> bool:
    """Whether there is anything to learn from before PPO."""
    return bool(cfg.teacher or cfg.demonstrations)


def warm_start(env: PushGraspEnv, runner: PushGraspRunner, cfg: ImitationCfg, seed: int, console: Console) -> Imitated:
    """Let the policy of ``runner`` learn what a teacher shows now, or has shown in files; write checkpoint 0.

    Args:
        env: Environment of the runner.
        runner: Runner with the spatial head, not yet trained.
        cfg: Settings; ``teacher`` is one of :data:`pg_tasks.app.teachers.TEACHERS`.
        seed: Draws what is random in the teacher, and the order of learning.
        console: Where progress goes.
    """
    with console.status("demonstrations") as status:
        shown = ready(_shown(env, runner, cfg, seed, status.update), runner.env)
        result = imitate(
            runner.policy, shown, cfg, torch.Generator().manual_seed(seed),
            lambda epoch, now: status.update(f"imitation: epoch {epoch} of {cfg.epochs}, loss {now.loss:.3f}"),
        )  # fmt: skip
    runner.checkpoint()
    console.print(
        f"Imitation of {cfg.demonstrations or cfg.teacher}: {len(shown)} scenes; same move "
        f"{100 * result.same_move:.0f} %, same choice {100 * result.same_choice:.0f} %, loss {result.loss:.2f}",
    )
    return result


def _shown(
    env: PushGraspEnv, runner: PushGraspRunner, cfg: ImitationCfg, seed: int, tell: Callable[[str], None]
) -> TensorDict:
    if cfg.demonstrations:
        return load(_files(cfg))
    vec_env = runner.env.env if isinstance(runner.env, FeatureEnv) else runner.env
    teacher = make_teacher(cfg.teacher, env, seed)

    def on_part(done: int, shown: TensorDict) -> None:
        del shown
        tell(f"{cfg.teacher} shows {done} of {cfg.actions} actions")

    return demonstrate(env, vec_env, teacher, cfg.actions, on_part)


def _files(cfg: ImitationCfg) -> list[Path]:
    return [Path(word.strip()) for word in cfg.demonstrations.split(",")]

"""Warm start: a teacher acts in the environment, and the policy learns to choose as it does, before PPO begins."""

from __future__ import annotations

from typing import Any, cast

import torch
from rich.console import Console
from tensordict import TensorDict

from pg_tasks.agents.rsl_rl_ppo_cfg import PushGraspPPORunnerCfg
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.decoding.decoder import Decision
from pushgrasp.policies.pg4da.spatial.demonstrations import nearest_choices
from pushgrasp.training.image_model import INPUT_GROUPS
from pushgrasp.training.imitation import Imitated, ImitationCfg, imitate
from pushgrasp.training.runner import PushGraspRunner

from .errors import UserError
from .policies import POLICIES
from .trials import TrialPolicy, trial_generator

TEACHERS = ("heuristic", "oracle")
"""Policies that return decisions, not numbers."""


def check_teacher(agent_cfg: PushGraspPPORunnerCfg) -> None:
    """Refuse a teacher that there is not, or one for a head that cannot imitate, before anything is built.

    Raises:
        UserError: If it is so.
    """
    teacher = agent_cfg.imitation.teacher
    if teacher and agent_cfg.head != "spatial":
        raise UserError(f"agent.imitation.teacher={teacher}: only agent=spatial, which draws choices, can imitate")
    if teacher and teacher not in TEACHERS:
        raise UserError(f"agent.imitation.teacher={teacher}; teachers: {', '.join(TEACHERS)}")


def warm_start(env: PushGraspEnv, runner: PushGraspRunner, cfg: ImitationCfg, seed: int, console: Console) -> Imitated:
    """Let the teacher act and the policy of ``runner`` learn its choices; write checkpoint 0.

    Args:
        env: Environment of the runner.
        runner: Runner with the spatial head, not yet trained.
        cfg: Settings; ``teacher`` is one of :data:`TEACHERS`.
        seed: Draws what is random in the teacher, and the order of learning.
        console: Where progress goes.
    """
    with console.status(f"{cfg.teacher} shows 0 of {cfg.actions} actions") as status:
        shown, choices = demonstrate(
            env, runner.env, POLICIES[cfg.teacher].make(env), cfg.actions, seed,
            lambda done: status.update(f"{cfg.teacher} shows {done} of {cfg.actions} actions"),
        )  # fmt: skip
        result = imitate(
            runner.policy, shown, choices, cfg, torch.Generator().manual_seed(seed),
            lambda epoch, now: status.update(f"imitation: epoch {epoch} of {cfg.epochs}, loss {now.loss:.3f}"),
        )  # fmt: skip
    runner.checkpoint()
    console.print(
        f"Imitation of {cfg.teacher}: {len(choices)} of {cfg.actions} actions could be chosen; same move "
        f"{100 * result.same_move:.0f} %, same choice {100 * result.same_choice:.0f} %, loss {result.loss:.2f}"
    )
    return result


@torch.no_grad()
def demonstrate(
    env: PushGraspEnv,
    vec_env: Any,  # noqa: ANN401 - rsl-rl's type lacks what the wrappers have
    teacher: TrialPolicy,
    actions: int,
    seed: int,
    on_actions: Any = None,  # noqa: ANN401
) -> tuple[TensorDict, torch.Tensor]:
    """Let a teacher act; return what was seen (M), images in half precision, and the nearest choices (M,)."""
    everywhere = torch.ones(env.num_envs, dtype=torch.bool, device=env.device)
    nothing = torch.zeros(env.num_envs, env.cfg.action_space, device=env.device)
    observations, _ = vec_env.reset()
    seen, chosen, done = _room(observations, actions + env.num_envs), [], 0
    _begin(teacher, everywhere, seed, done)
    while done < actions:
        decision = cast("Decision", teacher.act(env, everywhere))
        grasps, strokes, cells = (observations[name] for name in ("grasps", "strokes", "cells"))
        choices = nearest_choices(decision, grasps, strokes, cells, env.cfg.workspace)
        known, count = cast("TensorDict", observations[choices >= 0]), sum(len(part) for part in chosen)
        for name, values in seen.items():
            values[count : count + len(known)] = known[name]
        chosen.append(choices[choices >= 0].cpu())
        env.next_decision = decision
        observations, _, dones, _ = vec_env.step(nothing)
        done += env.num_envs
        _begin(teacher, dones.bool(), seed, done)
        if on_actions is not None:
            on_actions(min(done, actions))
    shown = torch.cat(chosen)
    return TensorDict({name: values[: len(shown)] for name, values in seen.items()}, batch_size=[len(shown)]), shown


def _room(like: TensorDict, count: int) -> dict[str, torch.Tensor]:
    """Memory for ``count`` observations: a heatmap takes 2.3 MB; cells would not fit into half precision."""
    kinds = {name: torch.float16 if name in INPUT_GROUPS else value.dtype for name, value in like.items()}
    return {name: torch.empty(count, *like[name].shape[1:], dtype=kind) for name, kind in kinds.items()}


def _begin(teacher: TrialPolicy, worlds: torch.Tensor, seed: int, done: int) -> None:
    for world in worlds.nonzero()[:, 0].tolist():
        teacher.begin(world, trial_generator(seed, done + world))

"""Warm start: the policy learns from demonstrations before PPO begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tensordict import TensorDict

from pg_tasks.agents.rsl_rl_ppo_cfg import PushGraspPPORunnerCfg
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.console import Console
from pushgrasp.files.atomic import atomic_link
from pushgrasp.learning.checkpoint_files import checkpoint_path
from pushgrasp.learning.runner import PushGraspRunner
from pushgrasp.policies.pg4da.policy import load_actor
from pushgrasp.policies.pg4da.training.features import FeatureEnv
from pushgrasp.policies.pg4da.training.imitation import Imitated, ImitationCfg, imitate
from pushgrasp.program import UserError

from .demonstrations import begun, load, opened, ready, save
from .recording import Recording, demonstrate
from .teachers import TEACHERS, make_teacher

DEMONSTRATIONS = "demonstrations.pt"
"""File in a run folder that holds what was shown while the warm start goes on."""


def check_teacher(agent_cfg: PushGraspPPORunnerCfg) -> None:
    """Refuse a teacher that there is not, or one for a head that cannot imitate, before anything is built.

    Raises:
        UserError: If it is so.
        CheckpointError: If the policy to begin with cannot be taken.
    """
    cfg = agent_cfg.imitation
    if (cfg.teacher or cfg.demonstrations) and agent_cfg.head != "spatial":
        raise UserError(f"agent.imitation.teacher={cfg.teacher}: only agent=spatial, which draws choices, can imitate")
    if cfg.teacher and cfg.teacher not in TEACHERS:
        raise UserError(f"agent.imitation.teacher={cfg.teacher}; teachers: {', '.join(TEACHERS)}")
    if cfg.demonstrations:
        opened(_files(cfg))
    if cfg.start:
        _check_start(agent_cfg)


def _check_start(agent_cfg: PushGraspPPORunnerCfg) -> None:
    """Refuse a checkpoint to begin with that does not fit, or for which there is nothing to learn from."""
    start = agent_cfg.imitation.start
    if not has_warm_start(agent_cfg.imitation):
        raise UserError(f"agent.imitation.start={start}: nothing is shown; --checkpoint goes on from it with PPO")
    load_actor(Path(start), agent_cfg)


def has_warm_start(cfg: ImitationCfg) -> bool:
    """Whether there is anything to learn from before PPO."""
    return bool(cfg.teacher or cfg.demonstrations)


def unfinished_recording(checkpoint: Path | None, settings: dict[str, Any]) -> Recording:
    """Return what was shown until the warm start of a checkpoint was interrupted, nothing if there is no such file.

    Raises:
        UserError: If it was shown with other settings, or the file is damaged.
    """
    path = None if checkpoint is None else checkpoint.parent / DEMONSTRATIONS
    return begun(path, settings) if path is not None and path.is_file() else Recording(settings)


def warm_start(
    env: PushGraspEnv,
    runner: PushGraspRunner,
    cfg: ImitationCfg,
    recording: Recording,
    console: Console,
    learned: dict[str, Any] | None = None,
) -> Imitated:
    """Let the policy of ``runner`` learn what a teacher shows now, or has shown in files; write checkpoint 0.

    In a run folder, and with one process, what was shown and learned is kept on the way: checkpoint 0 then holds a warm
    start that is not finished.

    Args:
        env: Environment of the runner, as new.
        runner: Runner with the spatial head, not yet trained by PPO.
        cfg: Settings; ``teacher`` is one of :data:`pg_tasks.training.pg4da.teachers.TEACHERS`.
        recording: What was shown before an interruption; the seed in its settings draws what is random in the teacher,
            and the order of learning.
        console: Where progress goes.
        learned: What ``imitate`` told last, ``runner`` holding the weights.
    """
    folder = None if runner.is_distributed else runner.archive.folder
    if folder is not None and recording.path is not None:
        atomic_link(recording.path, folder / DEMONSTRATIONS)
    if cfg.start and not learned:
        start, _ = load_actor(Path(cfg.start), device=env.device)
        runner.policy.load_state_dict(start.state_dict())
    seed = recording.settings["seed"]
    shows = f"learns from {cfg.demonstrations}" if cfg.demonstrations else f"{cfg.teacher} shows {cfg.actions} actions"
    console.print(f"Warm start: {shows}")
    with console.status("demonstrations") as status:

        def on_epoch(now: Imitated, state: dict[str, Any]) -> None:
            _keep(runner, folder, state)
            status.update(f"imitation: epoch {state['epochs']} of {cfg.epochs}, loss {now.loss:.3f}")

        shown = ready(_shown(env, runner, cfg, recording, folder, status.update), runner.env)
        generator = torch.Generator().manual_seed(seed)
        result = imitate(runner.policy, shown, cfg, generator, on_epoch, learned or None)
    runner.checkpoint()
    if folder is not None:
        (folder / DEMONSTRATIONS).unlink(missing_ok=True)
    console.print(
        f"Imitation of {cfg.demonstrations or cfg.teacher}: {len(shown)} scenes; same move "
        f"{100 * result.same_move:.0f} %, same choice {100 * result.same_choice:.0f} %, loss {result.loss:.2f}",
    )
    return result


def _keep(runner: PushGraspRunner, folder: Path | None, learned: dict[str, Any]) -> None:
    """Write checkpoint 0 of a warm start that is not finished."""
    if folder is not None:
        path = checkpoint_path(folder, 0)
        runner.save(path, {"warm_start": learned})
        runner.archive.last_path = path


def _shown(
    env: PushGraspEnv,
    runner: PushGraspRunner,
    cfg: ImitationCfg,
    recording: Recording,
    folder: Path | None,
    tell: Callable[[str], None],
) -> TensorDict:
    if cfg.demonstrations:
        return load(_files(cfg))
    vec_env = runner.env.env if isinstance(runner.env, FeatureEnv) else runner.env
    teacher = make_teacher(cfg.teacher, env, recording.settings["seed"])

    def on_part(done: int) -> None:
        if folder is not None:
            save(folder / DEMONSTRATIONS, recording.joined(), {"actions": done}, recording)
        _keep(runner, folder, {})
        tell(f"{cfg.teacher} shows {done} of {cfg.actions} actions")

    return demonstrate(env, vec_env, teacher, cfg.actions, recording, on_part)


def _files(cfg: ImitationCfg) -> list[Path]:
    return [Path(word.strip()) for word in cfg.demonstrations.split(",")]

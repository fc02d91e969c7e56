"""Set up, run and close one training."""

from __future__ import annotations

import argparse
import itertools
import math
import random
import shlex
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pg_tasks.agents.rsl_rl_ppo_cfg import PushGraspPPORunnerCfg
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.console import Console
from pushgrasp.evaluation.metrics import Summary, summarise
from pushgrasp.evaluation.table import comparison_table
from pushgrasp.interface.world import Policy
from pushgrasp.policies.pg4da.backbone.avn import build_backbone
from pushgrasp.policies.pg4da.backbone.inference import fast_inference
from pushgrasp.policies.pg4da.pretrained import PRETRAINED, backbone_weights, pretrained_policy
from pushgrasp.policies.registry import make_policy
from pushgrasp.program import tell
from pushgrasp.training import checkpoint_files, distributed
from pushgrasp.training.atomic import discard_abandoned
from pushgrasp.training.checkpoint import CheckpointError, CheckpointInfo, load_checkpoint
from pushgrasp.training.config import HEADS, runner_config
from pushgrasp.training.export import export_policy
from pushgrasp.training.features import FeatureEnv
from pushgrasp.training.run_folder import RunFolder, create_run_folder, git_commit, write_git_state, write_params
from pushgrasp.training.runner import PushGraspRunner

from .arguments import without
from .errors import UserError
from .policies import present_policy
from .status import describe_outcome
from .trials import TrialRunner, run_trials
from .vec_env import ImageVecEnv
from .video import recorded

LOG_ROOT = Path("logs") / "rsl_rl"
SOURCE = Path(__file__).resolve().parent


def build_runner(
    env: PushGraspEnv,
    agent_cfg: PushGraspPPORunnerCfg,
    folder: Path | None,
    console: Console | None = None,
    words: Sequence[str] = (),
) -> PushGraspRunner:
    """Return a runner for the environment; with a frozen backbone, features are computed once per step.

    In the first ``agent_cfg.grasp_iterations`` iterations new episodes begin with scattered blocks. ``words`` is the
    command line, with which the training can be resumed.
    """

    def choose_scenes(completed: int) -> None:
        env.scenes.training_layout = "scattered" if completed < agent_cfg.grasp_iterations else None

    choose_scenes(0)
    vec_env: Any = ImageVecEnv(env, agent_cfg.head)
    backbone = agent_cfg.backbone
    if not backbone.trainable:
        weights = backbone_weights(backbone.weights, backbone.encoder)
        net = build_backbone(weights, backbone.seed, frozen=True, encoder=backbone.encoder)
        vec_env = FeatureEnv(vec_env, net, run=fast_inference(net, env.device))
    seed_everything(distributed.rank_seed(agent_cfg.seed))
    command = resume_command(words)
    return PushGraspRunner(vec_env, agent_cfg.train_cfg(), folder, agent_cfg.device, console, command, choose_scenes)


def resume_command(words: Sequence[str]) -> str:
    """Return the command line that goes on with a training begun with ``words``; "{path}" stands for a checkpoint."""
    kept = without(words, ("--checkpoint", "--load_run"), ("--resume",))
    return " ".join(("python scripts/train.py", *map(shlex.quote, kept), "--checkpoint {path}"))


def set_stage(stage: str, env_cfg: Any, agent_cfg: PushGraspPPORunnerCfg) -> None:  # noqa: ANN401
    """Set the configurations for one of :data:`pg_tasks.app.arguments.STAGES`."""
    if stage == "grasp":
        env_cfg.clutter.scenes, env_cfg.clutter.layout = "", "scattered"
    if stage == "all" and agent_cfg.grasp_iterations == 0:
        agent_cfg.grasp_iterations = math.ceil(agent_cfg.max_iterations / 4)


def seed_everything(seed: int) -> None:
    """Seed the global generators of Python, NumPy and PyTorch."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def run_folder(agent_cfg: PushGraspPPORunnerCfg, env_cfg: Any) -> RunFolder:  # noqa: ANN401
    """Create the folder of a run and write down what is run."""
    folder = create_run_folder(LOG_ROOT, agent_cfg.experiment_name, agent_cfg.run_name)
    write_params(folder, env_cfg, agent_cfg)
    write_git_state(folder, SOURCE)
    return folder


def find_checkpoint(args: argparse.Namespace, agent_cfg: PushGraspPPORunnerCfg) -> Path | None:
    """Return the checkpoint that ``--checkpoint``, ``--load_run`` or the older ``--resume`` name; None without them.

    Raises the errors of :func:`readable_checkpoint`.
    """
    run = getattr(args, "load_run", None)
    if args.checkpoint is None and run is None and not getattr(args, "resume", False):
        return None
    return readable_checkpoint(agent_cfg, args.checkpoint or "latest", run)


def readable_checkpoint(agent_cfg: PushGraspPPORunnerCfg, choice: str, run: str | None) -> Path:
    """Return the checkpoint that ``choice`` and ``run`` mean (see :func:`checkpoint_files.find_checkpoint`).

    "pretrained" is the policy that comes with the project. That newer runs were passed over is told on stderr.

    Raises:
        FileNotFoundError: If there is none.
        CheckpointError: If it cannot be read or is of another method; better told now than after the scene has been
            built.
        UserError: If it needs other settings of the agent.
    """
    if choice == PRETRAINED and run is None:
        checkpoint = pretrained_policy(agent_cfg.experiment_name)
    else:
        found = checkpoint_files.find_checkpoint(LOG_ROOT / agent_cfg.experiment_name, choice, run)
        checkpoint = found.path
        _tell_passed_over(found, choice)
    _check_settings(checkpoint, load_checkpoint(checkpoint)[0], agent_cfg)
    return checkpoint


def _tell_passed_over(found: checkpoint_files.FoundCheckpoint, choice: str) -> None:
    """Say on stderr which newer runs hold no such checkpoint, for example because they were stopped before."""
    if found.passed_over:
        names = ", ".join(run.name for run in found.passed_over)
        tell(f"hint: no {choice!r} checkpoint in the newer {names}; {found.path} is taken")


def _check_settings(checkpoint: Path, info: CheckpointInfo, agent_cfg: PushGraspPPORunnerCfg) -> None:
    """Refuse a checkpoint of the other head or kind of backbone, and say which settings it needs."""
    heads = {runner_config(head=head)["actor"]["name"]: head for head in HEADS}
    network = agent_cfg.actor["name"]
    if info.network not in heads:
        raise CheckpointError(f"{checkpoint}: checkpoint has network {info.network!r}, expected {network!r}")
    if info.network != network:
        raise UserError(f"{checkpoint} was trained with agent={heads[info.network]}; give that here, too")
    trainable = info.input_group == "rgb"
    if trainable != agent_cfg.backbone.trainable:
        raise UserError(f"{checkpoint} needs agent.backbone.trainable={str(trainable).lower()}, as in its training")


@contextmanager
def removed_on_failure(folder: RunFolder | None) -> Iterator[None]:
    """Delete the folder of a run that fails while it is set up: it would pass for the newest run."""
    try:
        yield
    except BaseException:
        if folder is not None:
            shutil.rmtree(folder.root)
        raise


def resume(runner: PushGraspRunner, checkpoint: Path) -> dict[str, Any] | None:
    """Load a checkpoint to continue from.

    Returns:
        What was learned in a warm start that is not finished; None when there is nothing left of it to do.
    """
    infos = runner.load(checkpoint)
    discard_abandoned(checkpoint.parent)
    return (infos or {}).get("warm_start")


def export(runner: PushGraspRunner, folder: Path) -> str:
    """Write TorchScript and ONNX files of the policy; return what to tell the user."""
    backbone = getattr(runner.env, "backbone", None)
    report = export_policy(runner.policy, folder, runner.info(), backbone, git_commit(SOURCE))
    return f"Exported {report.jit_path} and {report.onnx_path}"


def compare(env: PushGraspEnv, runner: PushGraspRunner, trials: int, seed: int, console: Console) -> dict[str, Summary]:
    """Run the trained and a random policy on the same scenes, print the table, return the summaries."""
    policies: dict[str, Policy] = {"trained": present_policy(runner, env), "random": make_policy("random", env)}
    summaries = {}
    for name, policy in policies.items():
        with console.status(f"{name}: 0 of {trials} trials") as status:
            records = run_trials(
                env,
                policy,
                trials,
                seed,
                lambda done, all_, name=name: status.update(f"{name}: {done} of {all_} trials"),
            )
        summaries[name] = summarise(records)
    console.table(comparison_table(summaries, f"{trials} trials on the same scenes, seed {seed}"))
    return summaries


def record_trial(env: PushGraspEnv, policy: Policy, path: Path, seed: int) -> None:
    """Write a video of the first trial that ends in world 0, with the scenes of ``seed``."""
    runner, ended = TrialRunner(env, policy, seed), set[int]()
    runner.on_end = lambda world, record: ended.add(world)
    with recorded(env, path):
        for _ in runner.run(itertools.count()):
            if 0 in ended:
                break


def play(env: PushGraspEnv, policy: Policy, trials: int, seed: int, console: Console) -> Summary:
    """Run a policy, print one line per action and the summary at the end."""

    def narrate(world: int) -> None:
        console.print(f"world {world}: {describe_outcome(env.outcome, env.reward_buf, world)}")

    records = run_trials(env, policy, trials, seed, on_action=narrate)
    summary = summarise(records)
    console.table(comparison_table({"policy": summary}, f"{trials} trials, seed {seed}"))
    return summary

"""Command lines, overrides and the words in them."""

from __future__ import annotations

import argparse
import functools
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import mutators
from scripts_of_project import script
from target import ROOT, Target, given, words_target, written


def _parser(name: str) -> Callable[[list[str]], object]:
    """Return what parses the command line of a script."""
    if name in ("train", "play"):
        return script(name).parse_args
    if name == "evaluate":
        from pg_tasks.evaluate.arguments import parse, wanted_protocols

        return lambda words: wanted_protocols(parse(words)[0])
    if name == "view":
        from pg_tasks.app.viewer.command import parse_args

        return functools.partial(parse_args, "")
    if name == "random_agent":
        from pg_tasks.app.idle import _parse_args

        return functools.partial(_parse_args, "random")
    if name == "make_grasp_data":
        from pg_tasks.grasp_data.command import make_parser, variation

        return lambda words: variation(make_parser("").parse_args(words).vary)
    if name == "benchmark":
        from pg_tasks.benchmarks.command import make_parser

        return lambda words: make_parser("").parse_args(words)
    if name == "predict_grasps":
        module = script(name)
        return lambda words: module._check(module.make_parser().parse_args(words))
    return lambda words: script(name).make_parser().parse_args(words)


_SCRIPTS = {
    "train": ["--task", "DualArmPushGrasp", "--num_envs", "8", "--stage", "all", "agent=paper", "env.rig=full"],
    "play": ["--checkpoint", "latest", "--trials", "3", "--load_run", "2026", "physics=mujoco"],
    "view": ["--host", "127.0.0.1", "--port", "8080", "--trial_seed", "3"],
    "random_agent": ["--video", "a.mp4", "--trials", "2"],
    "evaluate": ["--policy", "random", "--protocol", "P1/case2,P2", "--trials", "20", "--out", "runs"],
    "make_grasp_data": ["--out", "data", "--train", "10", "--vary", "camera_shift=0.01", "--seed", "1"],
    "benchmark": ["scenes", "--families", "P1/case1", "--json", "a.json"],
    "predict_grasps": ["a.png", "b.png", "--intrinsics", "1", "2", "3", "4", "--top", "3", "--depth-scale", "1000"],
    "train_avn": ["--data", "d", "--encoder", "resnet18", "--steps", "5", "--learning-rate", "1e-3", "--crop", "24"],
    "scenes": ["import", "a.txt", "--format", "vpg", "--target", "1", "--seed", "0", "--out", "d"],
    "report": ["runs", "--out", "report.html", "--title", "T"],
    "plot_curves": ["a=b", "c", "--window", "5"],
    "graspnet_labels": ["root", "--camera", "kinect", "--views", "4", "--out", "d"],
    "graspnet_eval": ["root", "--splits", "seen", "--source", "avn", "--processes", "2"],
}
"""Scripts, and a command line of each."""


def _command_lines(folder: Path) -> list[list[str]]:
    """A command line of each script, and one with each flag that there is."""
    del folder
    sources = [*ROOT.glob("scripts/*.py"), *ROOT.glob("exts/pg_tasks/pg_tasks/**/*.py")]
    flags = sorted({flag for path in sources for flag in re.findall(r'"(--[a-z][\w-]*)"', path.read_text())})
    return [[name, *words] for name, words in _SCRIPTS.items()] + [["train", flag] for flag in flags]


def _damaged_line(rng: Random, line: list[str], others: Sequence[list[str]]) -> list[str]:
    """The name of a script, and a damaged command line."""
    return [
        rng.choice(list(_SCRIPTS)) if len(line) == 2 else line[0],
        *mutators.damaged_words(rng, line[1:], others),
    ]


def _parse_line(words: list[str], folder: Path) -> object:
    del folder
    return _parser(words[0])(words[1:]) if words else None


_OVERRIDES = (
    ["env.clutter.num_objects=20"], ["env.clutter.layout=scattered"], ["env.rig=full"], ["env.arms.acceleration=2.0"],
    ["env.clutter.scenes=P1/case2"], ["agent.backbone.weights=a.safetensors", "agent.backbone.trainable=true"],
    ["agent.algorithm.learning_rate=3e-4"], ["agent.imitation.actions=320"], ["physics=mujoco"], ["env.max_actions=5"],
    ["agent.device=cpu", "agent.imitation.teacher=look_ahead"], ["env.workspace.cells=224"], ["env.sim.dt=0.005"],
)  # fmt: skip


@functools.cache
def _unresolved() -> tuple[object, object]:
    """Configurations of environment and agent as overrides find them."""
    from isaaclab_tasks.utils import load_cfg_from_registry

    import pg_tasks  # noqa: F401
    from pg_tasks import AGENTS

    task = "DualArmPushGrasp"
    return tuple(load_cfg_from_registry(task, key) for key in ("env_cfg_entry_point", AGENTS["spatial"]))  # pyright: ignore[reportReturnType]


def _check_overrides(words: list[str], folder: Path) -> object:
    from pg_tasks.app.overrides import check_overrides

    del folder
    return check_overrides(words, *_unresolved())


def _resolve(words: list[str], folder: Path) -> object:
    """From overrides to configurations, as every script that starts the simulator does."""
    from pg_tasks.app import arguments, session

    del folder
    parser = arguments.make_parser("")
    args, overrides = arguments.parse(parser, words)
    return session.resolve(args, overrides)


def _protocols(words: list[str], folder: Path) -> object:
    from pushgrasp.evaluation.protocols import chosen_protocols

    del folder
    return [(item.description, item.source, item.group) for item in chosen_protocols(words)]


def _policy(words: list[str], folder: Path) -> object:
    """What ``--policy`` names, in a folder without trainings."""
    from pg_tasks.app.policies import choose_policy

    os.chdir(folder)
    return choose_policy(words[0] if words else "", _unresolved()[1])  # pyright: ignore[reportArgumentType]


def _scene_words(words: list[str], folder: Path) -> object:
    from pg_tasks.envs.scene_sets import scene_set

    os.chdir(folder)
    return scene_set(",".join(word.lstrip("/") for word in words))  # what lies elsewhere on the machine is no input


def _groups(words: list[str], folder: Path) -> object:
    """What ``plot_curves.py`` draws."""
    from pushgrasp.evaluation.curves import read_curves

    os.chdir(folder)
    return {name: [read_curves(run) for run in runs] for name, runs in script("plot_curves").grouped(words).items()}


def _find_checkpoint(words: list[str], folder: Path) -> object:
    """What ``--checkpoint`` and ``--load_run`` name among two runs."""
    from pushgrasp.learning.checkpoint_files import find_checkpoint

    for run in ("2026-01-01_00-00-00_a", "b"):
        written(folder, f"{run}/model_10.pt", b"")
    return find_checkpoint(folder, *[word or "latest" for word in words[:2]])


def _settings(words: list[str], folder: Path) -> object:
    """Settings of a training of the backbone."""
    del folder
    module = script("train_avn")
    return module._settings(module.make_parser().parse_args(words))


def _scene_commands(words: list[str], folder: Path) -> object:
    """``scenes.py`` without what needs the simulator."""
    from pg_tasks.app import scene_commands

    os.chdir(folder)
    args: argparse.Namespace = script("scenes").make_parser().parse_args(words)
    simulates = args.command not in ("list", "validate", "import") or getattr(args, "settle", False)
    return None if simulates else scene_commands.run(args)


TARGETS = (
    Target("command line", _command_lines, _parse_line, _damaged_line, share=0.3),
    words_target("overrides", given(*_OVERRIDES), _check_overrides),
    words_target("configuration", given(*_OVERRIDES), _resolve, share=0.02),
    words_target("protocols", given(["P1/case2", "P2"], ["scenes:a/*.json"], ["P5/tight,P4"]), _protocols),
    words_target("policy", given(["random"], ["pretrained"], ["latest"], ["a/model_10.pt"]), _policy),
    words_target("scene words", given(["P1/case2"], ["a/*.json"], ["P1/case1", "b.json"]), _scene_words),
    words_target("curve words", given(["a=runs/*_a", "b=runs/*_b"], ["runs"]), _groups),
    words_target("checkpoint words", given(["latest", "b"], ["model_10", ".*_a"], ["best"]), _find_checkpoint),
    words_target("backbone settings", given(_SCRIPTS["train_avn"], ["--seed", "3"]), _settings, share=0.3),
    words_target(
        "scene commands",
        given(["list"], ["validate", "a.json", "b*.json"], _SCRIPTS["scenes"], ["show", "P1/case1", "--index", "2"]),
        _scene_commands,
        share=0.3,
    ),
)  # fmt: skip

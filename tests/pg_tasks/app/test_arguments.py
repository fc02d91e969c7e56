"""Command lines of both generations, and what is said about wrong ones."""

from __future__ import annotations

import argparse
from itertools import pairwise

import pytest
from isaaclab_rl.entrypoints.backends import cli_args_rsl_rl
from isaaclab_rl.entrypoints.common import add_common_play_args, add_common_train_args

from pg_tasks.app.arguments import make_parser, parse
from pushgrasp.program import UserError


def parsed(*words: str) -> tuple[argparse.Namespace, list[str]]:
    return parse(make_parser("text"), list(words))


def test_defaults_leave_the_choice_to_the_task() -> None:
    args, overrides = parsed()
    assert (args.task, args.num_envs, args.seed, args.device) == ("DualArmPushGrasp", None, None, None)
    assert overrides == []


def test_flags_and_overrides_are_told_apart() -> None:
    args, overrides = parsed("--task", "SingleArmPushGrasp", "physics=mujoco", "--seed", "3", "env.max_actions=4")
    assert (args.task, args.seed) == ("SingleArmPushGrasp", 3)
    assert overrides == ["physics=mujoco", "env.max_actions=4"]


def test_short_name_of_the_newton_preset() -> None:
    assert parsed("physics=newton")[1] == ["physics=newton_mjwarp"]


def test_agent_is_chosen_by_its_short_name() -> None:
    assert parsed()[0].agent == parsed("agent=spatial")[0].agent == "pushgrasp_cfg_entry_point"
    args, overrides = parsed("agent=paper", "agent.seed=2")
    assert (args.agent, overrides) == ("pushgrasp_paper_cfg_entry_point", ["agent.seed=2"])
    with pytest.raises(UserError, match="unknown agent 'dense'; agents: spatial, paper"):
        parsed("agent=dense")


def test_unknown_task_lists_tasks_and_a_suggestion() -> None:
    with pytest.raises(UserError) as caught:
        parsed("--task", "DualArmPushGrap")
    message = str(caught.value)
    assert message.startswith("unknown task 'DualArmPushGrap'; tasks: DualArmPushGrasp, DualArmPushGrasp-v0, SingleArm")
    assert message.endswith("did you mean DualArmPushGrasp?")


def test_nothing_is_suggested_for_a_task_unlike_any() -> None:
    with pytest.raises(UserError, match=r"unknown task 'Xyz'; tasks: (?!.*did you mean)"):
        parsed("--task", "Xyz")


@pytest.mark.parametrize("flag", ["--headless", "--enable_cameras"])
def test_old_flags_are_taken_with_a_hint(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, overrides = parsed(flag, "--num_envs", "2")
    assert overrides == []
    (hint,) = capsys.readouterr().err.splitlines()
    assert hint.startswith(f"hint: {flag} belongs to Isaac Lab 2; ")


@pytest.mark.parametrize("word", ["--max_iteration_count=3", "-x", "mujoco"])
def test_words_that_are_neither_flag_nor_override_are_refused(word: str) -> None:
    with pytest.raises(UserError, match=f"unknown argument '{word}'; see --help"):
        parsed(word)


@pytest.mark.parametrize("text", ["0", "-2", "two"])
def test_number_of_worlds_is_positive(text: str) -> None:
    with pytest.raises(UserError, match=f"argument --num_envs: .*{text}"):
        parsed("--num_envs", text)


ISAAC_LAB = [
    ("--experiment_name", "give agent.experiment_name=NAME"),
    ("--physics=mujoco", "give physics=mujoco, newton, physx or sapien, without dashes"),
    ("--agent=pushgrasp_cfg_entry_point", "give agent=spatial or agent=paper, without dashes"),
    ("--real-time", "scripts/view.py"),
    ("--logger=wandb", "TensorBoard"),
    ("-rid", "Ray is not used"),
]


@pytest.mark.parametrize(("word", "advice"), ISAAC_LAB)
def test_flags_of_isaac_lab_that_are_not_here_get_advice(word: str, advice: str) -> None:
    with pytest.raises(UserError, match=f"unknown argument '{word}'; .*{advice}"):
        parsed(word)


def test_flags_of_isaac_labs_rsl_rl_scripts_are_known_or_get_advice() -> None:
    theirs = argparse.ArgumentParser(conflict_handler="resolve")
    for add in (add_common_train_args, add_common_play_args):
        add(theirs, agent_default=None, agent_help="")
    cli_args_rsl_rl.add_rsl_rl_args(theirs)
    of_some = {"--max_iterations", "--distributed", "--run_name", "--checkpoint"}  # scripts of this project
    ours = make_parser("text")
    flags = {flag for action in theirs._actions for flag in action.option_strings}
    assert flags - set(ours.flags()) - of_some <= set(ours.hints)


def test_help_explains_overrides(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parsed("--help")
    assert caught.value.code == 0
    lines = [line.split()[0] for line in capsys.readouterr().out.splitlines() if "=" in line and line.split()]
    assert any(first.startswith("physics=mujoco|newton|physx|sapien") for first in lines)
    assert all(first != second for first, second in pairwise(lines))

"""The command line of evaluations."""

from __future__ import annotations

import pytest

from pg_tasks.evaluate.arguments import parse, wanted_protocols
from pushgrasp.program import UserError


def test_flags_and_their_defaults() -> None:
    args, overrides = parse(["--policy", "random", "--protocol", "P1/case2"])
    assert (args.trials, args.seed, args.rig, args.processes, args.pictures) == (100, 0, "training", None, 0)
    assert overrides == []
    assert [item.name for item in wanted_protocols(args)] == ["P1/case2"]


def test_quick_means_few_trials_unless_told_how_many() -> None:
    assert parse(["--protocol", "P1", "--quick"])[0].trials == 8
    assert parse(["--protocol", "P1", "--quick", "--trials", "3"])[0].trials == 3


@pytest.mark.parametrize(("name", "word"), [("mujoco", "mujoco"), ("newton", "newton_mjwarp"), ("physx", "physx")])
def test_physics_in_both_spellings(name: str, word: str) -> None:
    assert parse(["--protocol", "P1", "--physics", name])[1] == [f"physics={word}"]
    assert parse(["--protocol", "P1", f"physics={name}"])[1] == [f"physics={word}"]


def test_noise_by_name_is_short_for_overrides() -> None:
    _, overrides = parse(["--protocol", "P1", "--noise", "poor"])
    assert set(overrides) == {
        "env.camera_noise.depth=0.002",
        "env.camera_noise.holes=0.03",
        "env.camera_noise.colour=0.2",
        "env.camera_noise.shift=0.003",
        "env.camera_noise.tilt=0.005",
    }


def test_all_protocols() -> None:
    names = [item.name for item in wanted_protocols(parse(["--all"])[0])]
    assert len(names) == 27
    assert (names[0], names[-1]) == ("P1/case1", "P5/tight")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--protocol", "P1", "--physics", "mujoco", "physics=newton"], "--physics or physics=..., not both"),
        (
            ["--protocol", "P1", "--noise", "poor", "env.camera_noise.tilt=0"],
            "--noise or env.camera_noise.NAME=",
        ),
        (["--protocol", "P1", "env.max_actions=3"], "override 'env.max_actions=3': the protocol or --rig says that"),
        (["--protocol", "P1", "env.clutter.num_objects=3"], "the protocol or --rig says that"),
        (["--protocol", "P1", "--viz", "viser"], "evaluations run without a viewer"),
    ],
)
def test_contradictions_are_refused(words: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        parse(words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "--protocol is missing; protocols: P1/case1, "),
        (["--all", "--protocol", "P1"], "give --all or --protocol, not both"),
    ],
)
def test_a_choice_of_protocols_is_needed(words: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        wanted_protocols(parse(words)[0])

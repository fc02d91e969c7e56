"""Command lines: no abbreviations, and one line about a mistake."""

from __future__ import annotations

import pytest

from pg_tasks.app.parser import Parser
from pushgrasp.program import UserError


def parser() -> Parser:
    made = Parser("text")
    made.hints = {"--elsewhere": "give --count"}
    made.add_argument("--num_envs", type=int)
    made.add_argument("--max_iterations", type=int)
    return made


def commands() -> Parser:
    made = Parser("text")
    sub = made.add_subparsers(dest="command", required=True).add_parser("draw", help="text")
    sub.add_argument("--out", required=True)
    sub.add_argument("--count", type=int)
    return made


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--num_env", "8"], "unknown argument '--num_env'; did you mean --num_envs?"),
        (["--num-envs=8"], "unknown argument '--num-envs=8'; did you mean --num_envs?"),
        (["--max"], "unknown argument '--max'; see --help"),
        (["--elsewhere"], "unknown argument '--elsewhere'; give --count"),
        (["more"], "unknown argument 'more'; see --help"),
        (["--num_envs", "x"], "argument --num_envs: invalid int value: 'x'"),
        (["--num_envs"], "argument --num_envs: expected one argument"),
    ],
)
def test_mistakes(words: list[str], message: str) -> None:
    with pytest.raises(UserError) as caught:
        parser().parse_args(words)
    assert str(caught.value) == message


@pytest.mark.parametrize("words", [["draw", "--outt", "x"], ["draw", "--out", "x", "--outt", "y"]])
def test_misspelt_flag_of_a_command_is_named_before_what_is_missing(words: list[str]) -> None:
    with pytest.raises(UserError, match="unknown argument '--outt'; did you mean --out\\?"):
        commands().parse_args(words)


def test_abbreviation_of_a_commands_flag_is_refused() -> None:
    with pytest.raises(UserError, match="unknown argument '--coun'; did you mean --count\\?"):
        commands().parse_args(["draw", "--out", "x", "--coun", "3"])
    assert commands().parse_args(["draw", "--out", "x", "--count", "3"]).count == 3

"""Every parser answers damaged inputs with a value or with one line; more of them: ``python tests/fuzz/run.py``."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from contract import fault
from run import try_target
from target import Target
from targets import TARGETS

INPUTS = 60


NEEDS_A_RUN = ("curve words",)
"""Parsers whose examples name what is not there."""


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name.replace(" ", "_"))
def test_damaged_inputs(target: Target) -> None:
    result = try_target(target, max(3, round(INPUTS * target.share)), seed=0)
    assert not result.faults
    assert result.valid or target.name in NEEDS_A_RUN


def test_inputs_depend_on_seed_and_number_alone(tmp_path: Path) -> None:
    scene, words = TARGETS[0], TARGETS[-1]
    for target, examples in ((scene, scene.examples(tmp_path)), (words, words.examples(tmp_path))):
        made = [[target.input(seed, n, examples) for n in range(20)] for seed in (1, 1, 2)]
        assert made[0] == made[1] != made[2]


def test_what_breaks_the_contract() -> None:
    def fails(error: BaseException) -> str | None:
        def call() -> None:
            raise error

        return fault(call, ["a.json"])

    assert fails(ValueError("a.json is wrong")) is None
    assert fails(OSError(2, "No such file", "a.json")) is None
    assert fails(KeyError("a.json")) == "KeyError: 'a.json'"
    assert fails(RecursionError("a.json")) == "RecursionError: a.json"
    assert fails(AssertionError()) == "AssertionError: "
    assert fails(ValueError("")) == "empty message"
    assert fails(ValueError("wrong")) == "message names nothing: wrong"
    assert fails(UnicodeDecodeError("utf-8", b"", 0, 1, "a.json")).startswith("UnicodeDecodeError")


def test_a_parser_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contract.SECONDS", 0.05)

    def hang() -> None:
        while True:
            pass

    assert fault(hang, [""]) == "TooSlowError: more than 0.05 s"

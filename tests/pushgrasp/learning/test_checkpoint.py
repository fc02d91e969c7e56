"""Checkpoints: round trip, damage, foreign files, executable content."""

from __future__ import annotations

import os
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pushgrasp.files.atomic import atomic_link, atomic_write
from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo, load_checkpoint, save_checkpoint
from pushgrasp.learning.state import capture_rng, restore_rng

INFO = CheckpointInfo("pg4da", 3496, "avh", 40, "abc", 0.25, "switch")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "model_40.pt"
    state = {"weights": torch.arange(50_000.0), "lists": [1, (2.5, None)]}
    save_checkpoint(path, INFO, {"lr": 1e-4, "folder": Path("x"), "net": CheckpointInfo}, state)
    return path


class Malicious:
    """Pickles as a call that makes a folder."""

    def __reduce__(self) -> tuple:
        return os.mkdir, ("executed",)


def test_round_trip(saved: Path) -> None:
    info, config, state = load_checkpoint(saved, "switch", "pg4da", 3496, "avh", "abc")
    assert info == INFO
    assert config == {"lr": 1e-4, "folder": "x", "net": "pushgrasp.learning.checkpoint:CheckpointInfo"}
    assert torch.equal(state["weights"], torch.arange(50_000.0))
    assert [file.name for file in saved.parent.iterdir()] == ["model_40.pt"]  # no temporary file is left


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ({"method": "pg4da"}, r"model_40\.pt: checkpoint has method 'switch', expected 'pg4da'"),
        ({"network": "pg5da"}, "network 'pg4da', expected 'pg5da'"),
        ({"action_size": 3137}, "action_size 3496, expected 3137"),
        ({"input_group": "rgb"}, "input_group 'avh', expected 'rgb'"),
        ({"backbone": "def"}, "backbone 'abc', expected 'def'"),
    ],
)
def test_checkpoint_of_another_network_is_refused(saved: Path, expected: dict, message: str) -> None:
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(saved, **expected)


def test_header_without_a_method_is_of_pg4da(saved: Path) -> None:
    content = torch.load(saved, weights_only=True)
    del content["info"]["method"]
    torch.save(content, saved)
    assert load_checkpoint(saved, "pg4da")[0] == replace(INFO, method="pg4da")


def test_missing_file_and_folder_are_named(saved: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no checkpoint .*model_41\.pt"):
        load_checkpoint(saved.with_name("model_41.pt"))
    with pytest.raises(IsADirectoryError, match=r"is a folder; .*there: model_40.pt"):
        load_checkpoint(saved.parent)


@pytest.mark.parametrize("length", [10, 1000, -1])
def test_cut_off_file_is_refused(saved: Path, length: int) -> None:
    saved.write_bytes(saved.read_bytes()[:length])
    with pytest.raises(CheckpointError, match=r"model_40.pt: damaged"):
        load_checkpoint(saved)


def test_changed_byte_is_noticed(saved: Path) -> None:
    content = bytearray(saved.read_bytes())
    content[len(content) // 2] ^= 1  # in the middle of the 200 kB of weights
    saved.write_bytes(content)
    with pytest.raises(CheckpointError, match="damaged"):
        load_checkpoint(saved)


def test_other_schema_version_is_refused(saved: Path) -> None:
    content = torch.load(saved, weights_only=True)
    torch.save({**content, "schema_version": 2}, saved)
    with pytest.raises(CheckpointError, match="schema version 2, this program reads 1"):
        load_checkpoint(saved)


@pytest.mark.parametrize("content", [{"actor_state_dict": {}, "iter": 3}, [1, 2], torch.zeros(3)])
def test_foreign_torch_file_is_refused(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "foreign.pt")
    with pytest.raises(CheckpointError, match=r"foreign\.pt is no checkpoint: it is a "):
        load_checkpoint(tmp_path / "foreign.pt")


def test_nothing_in_the_file_is_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"format": "pushgrasp-checkpoint", "state": Malicious()}, tmp_path / "evil.pt")
    with pytest.raises(CheckpointError, match=r"evil\.pt"):
        load_checkpoint(tmp_path / "evil.pt")
    assert not (tmp_path / "executed").exists()


def test_failed_write_keeps_the_old_file(saved: Path) -> None:
    before = saved.read_bytes()

    def fail(file: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        atomic_write(saved, fail)
    assert saved.read_bytes() == before
    assert len(list(saved.parent.iterdir())) == 1


def test_unwritable_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"cannot write .*model_1.pt"):
        save_checkpoint(tmp_path / "missing" / "model_1.pt", INFO, {}, {})


def test_best_survives_the_replacement_of_its_source(saved: Path) -> None:
    best = saved.with_name("model_best.pt")
    atomic_link(saved, best)
    first = best.read_bytes()
    atomic_write(saved, lambda file: file.write(b"new"))
    assert best.read_bytes() == first
    atomic_link(saved, best)
    assert best.read_bytes() == b"new"


def test_best_is_copied_where_links_are_impossible(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("links are not supported")

    monkeypatch.setattr(os, "link", refuse)
    atomic_link(saved, saved.with_name("model_best.pt"))
    assert load_checkpoint(saved.with_name("model_best.pt"))[0] == INFO


def test_random_states_survive_a_file(tmp_path: Path) -> None:
    import random

    save_checkpoint(tmp_path / "rng.pt", INFO, {}, {"rng": capture_rng()})
    drawn = random.random(), np.random.rand(), torch.rand(1).item()
    restore_rng(load_checkpoint(tmp_path / "rng.pt")[2]["rng"])
    assert (random.random(), np.random.rand(), torch.rand(1).item()) == drawn


def test_unstorable_environment_state_is_named() -> None:
    class Env:
        def get_rng_state(self) -> dict:
            return {"streams": [np.zeros(2)]}

    with pytest.raises(ValueError, match=r"get_rng_state\(\)\['streams'\]\[0\] is a ndarray"):
        capture_rng(Env())


def test_environment_without_setter_is_refused() -> None:
    state = {**capture_rng(), "env": 1}
    with pytest.raises(ValueError, match="has no set_rng_state"):
        restore_rng(state, object())


def test_checkpoint_is_an_ordinary_archive(saved: Path) -> None:
    assert zipfile.is_zipfile(saved)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("iteration", "40", "iteration='40': a whole number of at least 0"),
        ("iteration", -1, "iteration=-1: a whole number of at least 0"),
        ("action_size", None, "action_size=None: a whole number"),
        ("network", 7, "network: 7 is not text"),
        ("backbone", 1.5, "backbone: 1.5 is not text"),
    ],
)
def test_header_of_other_kinds_is_refused(saved: Path, field: str, value: object, message: str) -> None:
    content = torch.load(saved, weights_only=True)
    content["info"][field] = value
    torch.save(content, saved)
    with pytest.raises(CheckpointError, match=rf"model_40\.pt: checkpoint header: {re.escape(message)}"):
        load_checkpoint(saved)

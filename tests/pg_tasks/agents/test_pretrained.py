"""Trained policies that come with the project: found by the name of the experiment, or said to be missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from pg_tasks.agents import pretrained


def test_policies_are_found_by_their_experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretrained, "ROOT", tmp_path)
    (tmp_path / "weights").mkdir()
    with pytest.raises(FileNotFoundError, match=r"no trained policy dual .*\(there are: none\)"):
        pretrained.pretrained_policy("dual")
    (tmp_path / "weights" / "dual.pt").touch()
    assert pretrained.pretrained_policy("dual") == tmp_path / "weights" / "dual.pt"
    with pytest.raises(FileNotFoundError, match=r"no trained policy single .*\(there are: dual\)"):
        pretrained.pretrained_policy("single")

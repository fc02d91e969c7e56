"""What identifies a configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from pg_tasks.app.identity import _identifying


def test_worlds_and_folders_do_not_change_what_a_run_is() -> None:
    one = {"env": {"scene": {"num_envs": 2}, "max_actions": 5, "fault_folder": "a"}}
    two = {"env": {"scene": {"num_envs": 9}, "max_actions": 5, "fault_folder": "b"}}
    other = {"env": {"scene": {"num_envs": 2}, "max_actions": 6, "fault_folder": "a"}}
    assert _identifying(one) == _identifying(two) != _identifying(other)


def test_files_count_by_what_they_hold_and_words_by_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.usd", "b.usd", "full"):
        (tmp_path / name).write_text("robot")
    first, second = ({"spawn": [{"usd_path": f"{tmp_path}/{name}"}], "rig": "full"} for name in ("a.usd", "b.usd"))
    assert _identifying(first) == _identifying(second)
    assert _identifying(first)["rig"] == "full"
    (tmp_path / "b.usd").write_text("other")
    assert _identifying(first) != _identifying(second)

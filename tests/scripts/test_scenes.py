"""The scenes script, as a user runs it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

VPG = Path(__file__).parents[1] / "pushgrasp" / "scenes" / "data" / "vpg"


def test_list_names_families_and_formats(run_script: Callable, tmp_path: Path) -> None:
    result = run_script("scenes.py", "list", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    for name in ("P1/case4", "P2/hard", "P5/tight", "novel/household15", "lzalza", "pg4da"):
        assert name in result.stdout


def test_import_validate_and_show(run_all: Callable, tmp_path: Path) -> None:
    shutil.copy(VPG / "test-10-obj-09.txt", tmp_path)
    (tmp_path / "bad.txt").write_text("4.obj 1 2\n")
    words = ("test-10-obj-09.txt", "bad.txt", "--format", "vpg", "--settle", "--out", "json")
    lines = (("import", *words), ("validate", "json/*.json"), ("show", "json/test-10-obj-09.json"))
    imported, validated, shown = run_all(*(("scenes.py", line, tmp_path) for line in lines))
    assert imported.returncode == 1
    assert "error: bad.txt:1: 3 columns; expected 10" in imported.stderr
    assert "5 objects" in imported.stdout
    assert "left out, outside the workspace: test-10-obj-09.txt:2: 4.obj" in imported.stdout
    assert "Traceback" not in imported.stderr
    assert validated.returncode == 0, validated.stderr
    assert shown.returncode == 0, shown.stderr
    assert "cylinder" in shown.stdout
    assert "target" in shown.stdout


def test_export_gives_the_same_files_for_the_same_seed(run_script: Callable, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        words = ("export", "P1/case1", "P5/tight", "--count", "2", "--seed", "4", "--out", folder)
        result = run_script("scenes.py", *words, cwd=tmp_path)
        assert result.returncode == 0, result.stderr
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["P1_case1_000.json", "P1_case1_001.json", "P5_tight_000.json", "P5_tight_001.json"]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_mistakes_are_one_line(run_all: Callable, tmp_path: Path) -> None:
    lines = (("export", "P9", "--out", "x"), ("validate", "*.json"))
    messages = ("error: unknown scene family 'P9'; families: P1/case1", "error: no file matches '*.json'")
    results = run_all(*(("scenes.py", line, tmp_path) for line in lines))
    for result, message in zip(results, messages, strict=True):
        assert result.returncode in (1, 2)
        assert message in result.stderr
        assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_render_writes_pictures(run_all: Callable, tmp_path: Path) -> None:
    views = ("front", "overhead")
    lines = [("render", "P5/tight", "--count", "2", "--view", view, "--out", view) for view in views]
    for view, result in zip(views, run_all(*(("scenes.py", line, tmp_path) for line in lines)), strict=True):
        assert result.returncode == 0, result.stderr
        files = sorted(path.name for path in (tmp_path / view).iterdir())
        assert files == ["P5_tight_000.png", "P5_tight_001.png"]
        assert result.stdout.split() == [f"{view}/{name}" for name in files]

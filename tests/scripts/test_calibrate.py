"""scripts/calibrate.py as a user runs it: what it writes, and one line for each mistake."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
CELL = str(ROOT / "assets" / "cells" / "two_ur5e.yaml")


@pytest.fixture(scope="module")
def calibrate() -> ModuleType:
    """The script as a module: calls in one process are quick."""
    spec = importlib.util.spec_from_file_location("calibrate", ROOT / "scripts" / "calibrate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_board_then_poses(calibrate: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calibrate.main(["board", str(tmp_path), "--square", "0.03", "--marker", "0.022"])
    assert (tmp_path / "board.pdf").read_bytes().startswith(b"%PDF")
    assert json.loads((tmp_path / "board.json").read_text())["square"] == 0.03
    assert "print it on A4 at 100 %" in capsys.readouterr().out
    calibrate.main(["poses", str(tmp_path), "--cell", CELL, "--count", "3"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["arm", *["left"] * 3, *["right"] * 3]
    guide = json.loads((tmp_path / "guide.json").read_text())
    assert [len(pose["joints"]) for pose in guide["left"]] == [6, 6, 6]


def test_widths_as_the_cell_file_has_them(
    calibrate: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calibrate.main(["widths"])
    assert "POS 3, 35, 68, 100, 133, 165, 198, 230" in capsys.readouterr().out
    openings = [{"pos": pos, "width": 0.14 * (230 - pos) / 227} for pos in (3, 50, 95, 140, 185, 230)]
    (tmp_path / "widths.json").write_text(json.dumps(openings))
    calibrate.main(["widths", str(tmp_path / "widths.json")])
    found = yaml.safe_load(capsys.readouterr().out)["widths"]
    assert found[0] == [3, 0.14] and found[-1] == [230, 0.0] and len(found) == 6


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("solve", "absent"), "no folder absent"),
        (("solve", "."), "board.json"),
        (("check", "."), "calibration.json"),
        (("poses", ".", "--cell", CELL), "board.json"),
        (("poses", ".", "--cell", CELL, "--count", "0"), "--count 0: at least 1 is needed"),
        (("poses", ".", "--cell", "absent.yaml"), "absent.yaml"),
        (("board", "new", "--columns", "2"), "columns=2"),
        (("board", "new", "--square", "35", "--marker", "26"), "fits none of A4"),
        (("widths", "absent.json"), "absent.json"),
        (("boards", "."), "invalid choice: 'boards'"),
    ],
)
def test_mistakes(
    words: tuple[str, ...],
    message: str,
    calibrate: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ending:
        calibrate.main(words)
    assert ending.value.code == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1 and line.startswith("error: ") and message in line
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_recording_names_what_there_is(
    calibrate: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "board.json").write_text("{}")
    with pytest.raises(SystemExit):
        calibrate.main(["record", str(tmp_path), "both", "--cell", CELL])
    assert "nothing to record of 'both'; allowed: left, right, table, touch" in capsys.readouterr().err
    (tmp_path / "guide.json").write_text("{}")
    with pytest.raises(SystemExit):
        calibrate.main(["record", str(tmp_path), "left", "--cell", CELL])
    assert "guide.json has no poses of left" in capsys.readouterr().err


def test_an_operator_that_is_gone(calibrate: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    from pushgrasp.deploy.calibration import commands

    monkeypatch.setattr("builtins.input", _ends)
    with pytest.raises(commands.UserError, match="nobody answers"):
        commands._ask("pose 1")


def _ends(_: str) -> str:
    raise EOFError

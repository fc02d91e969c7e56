"""scripts/deploy.py and scripts/fake_cell.py together, over the real protocols; and one line for each mistake."""

from __future__ import annotations

import importlib.util
import io
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image

from pg_tasks.benchmarks.loopback import Loopback
from pushgrasp.deploy.session import Session
from pushgrasp.scenes.file import write_scene
from pushgrasp.scenes.scene import Scene, SceneObject

ROOT = Path(__file__).resolve().parents[2]
CELLS = ROOT / "assets" / "cells"
SCENE = Scene(
    (
        SceneObject("cube", (-0.15, 0.05, 0.025)),
        SceneObject("cuboid", (0.15, -0.1, 0.025), colour=(0.8, 0.1, 0.1)),
        SceneObject("cube", (0.05, 0.25, 0.025), colour=(0.8, 0.1, 0.1)),
    ),
    0,
)
"""A green cube and two red objects."""

Deploy = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script as a module: calls in one process are quick."""
    spec = importlib.util.spec_from_file_location("deploy", ROOT / "scripts" / "deploy.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def deploy(script: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Deploy:
    """Run the script; nobody answers its questions."""
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    def run(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ending:
            script.main([str(word) for word in words])
        printed = capsys.readouterr()
        return int(ending.value.code or 0), printed.out, printed.err

    return run


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loopback]:
    """One fake cell for all tests."""
    pytest.importorskip("rtde_control")
    folder = tmp_path_factory.mktemp("cell")
    write_scene(folder / "scene.json", SCENE)
    cell = Loopback(folder, "--scene", str(folder / "scene.json"), size=(320, 240))
    yield cell
    cell.close()


@pytest.fixture
def cell(running: Loopback) -> Iterator[Loopback]:
    """The fake cell, without faults afterwards."""
    yield running
    for line in ("left unfreeze", "left slider 1", "left release", "left gripper fine", "camera fine"):
        assert running.tell(line) == "ok"


def one_line(printed: str) -> str:
    """The only line on stderr: an error."""
    assert printed.count("\n") == 1 and printed.startswith("error: "), printed
    return printed


def changed(cell: Path, folder: Path, **sections: Any) -> Path:
    """The cell's file with other fields: ``arms__0__address``."""
    content = yaml.safe_load(cell.read_text())
    for name, value in sections.items():
        *way, last = (int(part) if part.isdigit() else part for part in name.split("__"))
        place = content
        for part in way:
            place = place[part]
        place[last] = value
    path = folder / "cell.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_check_prints_what_is_there(cell: Loopback, deploy: Deploy) -> None:
    status, out, _ = deploy("--cell", cell.file, "--check")
    assert (status, "FAULT" in out) == (0, False)
    for row in (
        r"left +PolyScope +5\.12\.4",
        r"right +remote control +yes",
        r"left +calibration +00000000-",
        r"right +TCP +agrees with the kinematics",
        r"left +home +there",
        r"left gripper +opening +0 mm",
        r"right gripper +active +no: the jaws will sweep once",
        r"machine +real-time priority +(not )?granted",
        r"camera +pictures +320 x 240",
        r"camera +table +[+-]0\.\d mm",
    ):
        assert re.search(row, out), (row, out)


def test_check_names_what_is_not_there_and_goes_on(cell: Loopback, deploy: Deploy, tmp_path: Path) -> None:
    other = changed(cell.file, tmp_path, arms__1__gripper__port=1, camera__position=[0.0, 0.0, 2.03])
    cell.tell("left slider 0.5")
    status, out, _ = deploy("--cell", other, "--check")
    assert status == 1
    for row in (
        r"left +speed +50%",
        r"right gripper +FAULT +.*no gripper at 127\..*:1 ",
        r"right +TCP +agrees",
        r"camera +FAULT +.*the table is 30 mm",
    ):
        assert re.search(row, out), (row, out)


def test_dry_run_looks_decides_shows_and_moves_nothing(cell: Loopback, deploy: Deploy, tmp_path: Path) -> None:
    before = cell.motion()
    status, out, err = deploy("--cell", cell.file, "--policy", "heuristic", "--out", tmp_path / "log")
    assert (status, err) == (0, "")
    told = (
        "Action 1: grasp, .* s; see .*",
        "From the pictures to the plan .*",
        "Nothing has moved: --execute was not given.",
    )
    assert re.fullmatch("".join(f"{line}\n" for line in told), out), out
    after = cell.motion()
    for arm in ("left", "right"):
        assert after[arm]["uploads"] == before[arm]["uploads"]
        np.testing.assert_allclose(after[arm]["joints"], before[arm]["joints"], atol=1e-6)
    (action,) = Session.read(tmp_path / "log").actions
    assert action.action is not None and action.target == "green"
    status, out, _ = deploy("--replay", tmp_path / "log")
    assert (status, out) == (0, "Action 1: grasp: the same\n")
    status, _, err = deploy("--cell", cell.file, "--policy", "heuristic", "--out", tmp_path / "log")
    assert status == 2 and "log" in one_line(err)  # a log is never written over


def test_nobody_who_confirms_moves_nothing(cell: Loopback, deploy: Deploy, tmp_path: Path) -> None:
    status, _, err = deploy("--cell", cell.file, "--policy", "heuristic", "--execute", "--out", tmp_path / "log")
    assert status == 2 and "nobody is there to confirm it" in one_line(err)
    assert cell.motion()["left"]["uploads"] == 0
    assert Session.read(tmp_path / "log").events()[-1]["kind"] == "end"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("left freeze", "left: no "),
        ("left gripper silent", "left gripper: "),
        ("camera stale", "camera: "),
        ("camera blind", "has no depth"),
    ],
)
def test_devices_that_fail_are_one_line(
    fault: str, message: str, cell: Loopback, deploy: Deploy, tmp_path: Path
) -> None:
    assert cell.tell(fault) == "ok"
    status, _, err = deploy("--cell", cell.file, "--policy", "heuristic", "--out", tmp_path / "log")
    assert status == 2 and message in one_line(err)


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"arms__0__address": "127.1.2.3"}, "left: no dashboard at 127.1.2.3:29999"),
        ({"arms__1__gripper__port": 1}, "right gripper: no gripper at "),
        ({"camera__port": 1}, "camera"),
        ({"arms__0__tool__length": 0.231, "arms__1__tool__length": 0.231}, "left: the controller's TCP is 3.0 mm"),
        ({"arms__0__position": [-700.0, 0.0, 300.0]}, "arms[0].position"),
        (
            {"calibration": {"date": "2020-01-01", "digest": "0" * 64, "age_limit": 90}},
            "days old, 90 are allowed: run scripts/calibrate.py again",
        ),
    ],
)
def test_wrong_cell_files_are_one_line(
    sections: dict[str, Any], message: str, cell: Loopback, deploy: Deploy, tmp_path: Path
) -> None:
    path = changed(cell.file, tmp_path, **sections)
    status, _, err = deploy("--cell", path, "--policy", "heuristic", "--out", tmp_path / "log")
    assert status == 2 and message in one_line(err)
    assert not (tmp_path / "log").exists() or Session.read(tmp_path / "log").events()[-1]["kind"] == "end"


def test_another_firmware_is_one_line(cell: Loopback, deploy: Deploy, tmp_path: Path) -> None:
    address = cell.addresses[0].rpartition(".")[0] + ".9"
    path = changed(cell.file, tmp_path, arms__0__address=address)
    with socket.create_server((address, 29999)) as server:

        def answer() -> None:
            link, _ = server.accept()
            with link:
                link.sendall(b"Connected: Universal Robots Dashboard Server\n")
                link.recv(100)
                link.sendall(b"URSoftware 3.15.8.106339 (Apr 01 2022)\n")

        threading.Thread(target=answer, daemon=True).start()
        status, _, err = deploy("--cell", path, "--out", tmp_path / "log")
    assert status == 2 and "left: PolyScope 3.15.8; an e-Series with 5.9.4 or later below 6 is needed" in one_line(err)


def test_swapped_arms_are_told_by_their_controllers(cell: Loopback, deploy: Deploy, tmp_path: Path) -> None:
    left, right = cell.addresses
    path = changed(cell.file, tmp_path, arms__0__address=right, arms__1__address=left)
    status, _, err = deploy("--cell", path, "--out", tmp_path / "log")
    assert status == 2
    expected = f"left: the controller at {right} has the serial number 20215500002, the cell file says 20215500001"
    assert f"{expected}: are the two arms swapped?" in one_line(err)


def mask(folder: Path, *boxes: tuple[slice, slice]) -> str:
    """A mask file."""
    pixels = np.zeros((240, 320), dtype=np.uint8)
    for box in boxes:
        pixels[box] = 255
    Image.fromarray(pixels).save(folder / "mask.png")
    return f"mask:{folder / 'mask.png'}"


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("red", "what is red lies in 2 parts"),
        ((), "is an empty mask"),
        (((slice(100, 120), slice(120, 140)), (slice(130, 150), slice(180, 200))), "parts"),
    ],
)
def test_targets_that_are_named_wrongly_are_one_line(
    target: Any, message: str, cell: Loopback, deploy: Deploy, tmp_path: Path
) -> None:
    word = target if isinstance(target, str) else mask(tmp_path, *target)
    status, _, err = deploy("--cell", cell.file, "--policy", "heuristic", "--target", word, "--out", tmp_path / "log")
    assert status == 2 and message in one_line(err)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "--cell FILE is needed"),
        (("--cell", "absent.yaml"), "absent.yaml"),
        (("--cell", CELLS / "loopback.yaml", "--target", "teal"), "target 'teal'"),
        (("--cell", CELLS / "loopback.yaml", "--max_actions", "0"), "--max_actions 0"),
        (("--cell", CELLS / "loopback.yaml", "--speed", "2"), "speed=2.0"),
        (("--cell", CELLS / "two_ur5e.yaml", "--policy", "oracle", "--speed", "0"), "speed=0"),
        (("--replay", "absent"), "no session.json there"),
    ],
)
def test_mistakes_of_the_command_line(words: tuple[object, ...], message: str, deploy: Deploy) -> None:
    status, _, err = deploy(*words)
    assert status == 2 and message in one_line(err)

"""Whole sessions with a cell of physics, from the picture to the tray."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pushgrasp.deploy import run
from pushgrasp.deploy.devices import DeviceFault, Frame
from pushgrasp.deploy.fake.in_process import in_process_cell
from pushgrasp.deploy.replaying import replay
from pushgrasp.deploy.run import Order, Person
from pushgrasp.deploy.seeing import Eye, Seen
from pushgrasp.deploy.session import Session
from pushgrasp.deploy.settings import read_cell
from pushgrasp.deploy.target import TargetWish, parse_target
from pushgrasp.program import UserError
from pushgrasp.scenes.scene import Scene, SceneObject
from pushgrasp_assets import ROOT

LOOPBACK = ROOT / "cells" / "loopback.yaml"
ONE_ARM = ROOT / "cells" / "loopback_one_arm.yaml"
ALONE = Scene((SceneObject("cube", (-0.15, 0.05, 0.025)), SceneObject("cuboid", (0.15, -0.1, 0.025))), 0)
"""A green cube, and something else far away."""


class Audience:
    """Types what it was given, and remembers what it was told."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.lines = list(answers), []
        self.person = Person(self.lines.append, self.ask)

    def ask(self, question: str) -> str:
        self.lines.append(question)
        return self.answers.pop(0)


class Cell:
    """A cell of physics in the place of the one that the file describes."""

    def __init__(self, scene: Scene = ALONE, file: Path = LOOPBACK) -> None:
        self.cfg = read_cell(file)
        self.devices, self.physics = in_process_cell(self.cfg, scene)

    def hold(self, order: Order, audience: Audience) -> bool:
        return run.hold_session(order, self.cfg, self.devices, audience.person)

    def place_of(self, index: int) -> np.ndarray:
        return self.physics.object_poses()[index, :3]


def order(folder: Path, cell: Path = LOOPBACK, target: str = "green", **fields: object) -> Order:
    return Order(cell, "heuristic", parse_target(target), folder / "log", **fields)  # pyright: ignore[reportArgumentType]


class Clicks(Audience):
    """Somebody with a browser, who names the target in one picture after the other."""

    def __init__(self, *targets: str) -> None:
        super().__init__("move", "move")
        self.targets = list(targets)
        self.person = Person(self.hear, self.ask)

    def hear(self, line: str) -> None:
        self.lines.append(line)
        if line.startswith("Name the target in a browser: "):
            threading.Thread(target=self._name, args=(line.rpartition(" ")[2],), daemon=True).start()

    def _name(self, address: str) -> None:
        state = {"asks": False}
        while not state["asks"]:
            with urllib.request.urlopen(f"{address}/state") as reply:
                state = json.load(reply)
        body = json.dumps({"number": state["number"], "target": self.targets.pop(0)}).encode()
        urllib.request.urlopen(f"{address}/take", body).close()


def test_target_is_taken_to_the_tray_and_the_session_can_be_replayed(tmp_path: Path) -> None:
    cell, audience = Cell(), Audience("move", "move", "move")
    assert cell.hold(order(tmp_path, execute=True), audience)
    tray = np.array(cell.cfg.tray[0].position)
    assert np.linalg.norm(cell.place_of(0)[:2] - tray[:2]) < 0.02
    assert cell.place_of(1) == pytest.approx([0.15, -0.1, 0.025], abs=0.003)
    assert not any(arm.running for arm in cell.devices.arms)  # pyright: ignore[reportAttributeAccessIssue]
    assert audience.lines[-1] == "The target is in the tray after 1 actions."
    session = Session.read(tmp_path / "log")
    assert [action.success for action in session.actions] == [True, None]
    cycles = session.cycles()
    assert np.abs(cycles["sent"] - cycles["joints"]).max() < 0.1
    assert np.abs(np.diff(cycles["sent"], axis=0)).max() <= cell.cfg.safety.step
    assert [event["kind"] for event in session.events()][-1] == "end"
    told: list[str] = []
    assert replay(tmp_path / "log", told.append)
    assert told[0] == "Action 1: grasp: the same, succeeded"


def test_two_arms_clear_the_table_at_once(tmp_path: Path) -> None:
    cell, audience = Cell(), Audience("move", "move", "move")
    both = replace(order(tmp_path, target="all", execute=True), policy="pretrained")
    assert cell.hold(both, audience)
    assert audience.lines[-1] == "The table is clear: 2 objects are in the tray after 1 actions."
    for number, tray in enumerate(cell.cfg.tray):  # the cube stands on the left
        assert np.linalg.norm(cell.place_of(number)[:2] - np.array(tray.position)[:2]) < 0.03
    session = Session.read(tmp_path / "log")
    assert [action.success for action in session.actions] == [True, None]
    assert replay(tmp_path / "log", lambda line: None)


def test_one_arm_takes_what_is_clicked_on_to_its_tray(tmp_path: Path) -> None:
    """The cuboid's top is 1.95 m under the camera, whose focal length is 800 pixels."""
    cell = Cell(ALONE, ONE_ARM)
    column, row = 320 + round(800 * 0.15 / 1.95), 240 + round(800 * 0.1 / 1.95)
    audience = Clicks(f"click:{column},{row}", "hidden")
    assert cell.hold(order(tmp_path, ONE_ARM, "browser", execute=True), audience)
    tray = np.array(cell.cfg.tray[0].position)
    assert np.linalg.norm(cell.place_of(1)[:2] - tray[:2]) < 0.02
    assert cell.place_of(0) == pytest.approx([-0.15, 0.05, 0.025], abs=0.003)
    assert [action.target for action in Session.read(tmp_path / "log").actions] == [f"click:{column},{row}", "hidden"]
    assert replay(tmp_path / "log", lambda line: None)


def test_without_execute_nothing_moves_and_no_arm_is_started(tmp_path: Path) -> None:
    cell, audience = Cell(), Audience()
    before = cell.physics.body_poses()
    assert not cell.hold(order(tmp_path), audience)
    assert audience.lines[-1] == "Nothing has moved: --execute was not given."
    assert cell.physics.body_poses() == pytest.approx(before, abs=1e-3)
    assert not any(arm.running for arm in cell.devices.arms)  # pyright: ignore[reportAttributeAccessIssue]
    folder = tmp_path / "log" / "action_000"
    assert {file.name for file in folder.iterdir()} >= {"seen.npz", "decision.json", "picture.png", "decision.png"}


def test_another_word_than_move_moves_nothing(tmp_path: Path) -> None:
    cell, audience = Cell(), Audience("yes")
    with pytest.raises(UserError, match="not confirmed"):
        cell.hold(order(tmp_path, execute=True), audience)
    assert not any(arm.running for arm in cell.devices.arms)  # pyright: ignore[reportAttributeAccessIssue]
    assert json.loads((tmp_path / "log" / "events.jsonl").read_text().splitlines()[-1])["kind"] == "end"


def test_full_disk_while_moving_stops_both_arms(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cell, audience = Cell(), Audience("move", "move", "move")
    written = run.SessionLog.cycle

    def fails(log: run.SessionLog, progress: float, cycle: object) -> None:
        if progress > 100.0:
            raise OSError(28, "No space left on device")
        written(log, progress, cycle)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(run.SessionLog, "cycle", fails)
    with pytest.raises(OSError, match="No space left"):
        cell.hold(order(tmp_path, execute=True), audience)
    assert not any(arm.running for arm in cell.devices.arms)  # pyright: ignore[reportAttributeAccessIssue]
    assert len(Session.read(tmp_path / "log").cycles()) > 50


def test_arms_beside_home_go_there_slowly_after_a_word(tmp_path: Path) -> None:
    cell, audience = Cell(), Audience("move", "move", "move", "move")
    home = np.array(cell.cfg.arms[0].home)
    away = home + np.array([0.1, -0.1, 0.1, 0.05, 0.0, 0.2])
    cell.physics.arm(0).target(away)
    cell.devices.clock.sleep(2.0)
    assert cell.hold(order(tmp_path, execute=True), audience)
    assert audience.lines[0].startswith("The arms are not at home: they go there slowly")


def test_view_of_a_cell_has_no_devices() -> None:
    with pytest.raises(DeviceFault, match="no devices behind this cell"):
        run.CellView(run.Planner(read_cell(LOOPBACK), 1.0)).observe()


@pytest.mark.parametrize("granted", [True, False])
def test_a_session_that_moves_says_when_it_has_no_precedence(
    granted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell, audience = Cell(), Audience("no")
    monkeypatch.setattr(run, "realtime", lambda: nullcontext(granted))
    monkeypatch.setattr(run, "connect", lambda cfg, stack: cell.devices)
    with pytest.raises(UserError, match="not confirmed"):
        run.run(order(tmp_path, execute=True), audience.person)
    assert [line.startswith("No real-time priority") for line in audience.lines].count(True) == (not granted)


def test_time_of_a_decision_counts_from_the_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cell, audience, see = Cell(), Audience(), Eye.see

    def slowly(eye: Eye, picture: Frame, wish: TargetWish) -> Seen:
        time.sleep(2.0)
        return see(eye, picture, wish)

    monkeypatch.setattr(Eye, "see", slowly)
    cell.hold(order(tmp_path), audience)
    session = Session.read(tmp_path / "log")
    assert (session.actions[0].seconds or 0.0) > 2.0
    (told,) = [event["text"] for event in session.events() if event["kind"] == "decisions"]
    assert told.startswith("From the pictures to the plan (1 actions): ")

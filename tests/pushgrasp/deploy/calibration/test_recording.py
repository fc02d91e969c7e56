"""Recording from devices that say what a test tells them to; the arm is only read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pushgrasp.deploy.calibration import recording
from pushgrasp.deploy.calibration.folder import read_folder
from pushgrasp.deploy.calibration.recording import record_arm, record_camera, record_table, record_touches
from pushgrasp.deploy.calibration.rigid import vector_of
from pushgrasp.deploy.devices import ArmState, DeviceFault, Frame, Safety

INTRINSICS = np.array(((921.3, 0.0, 642.1), (0.0, 919.8, 357.6), (0.0, 0.0, 1.0)))


class Camera:
    name = "camera"
    intrinsics = INTRINSICS

    def __init__(self, pictures: list[np.ndarray]) -> None:
        self.pictures = pictures

    def grab(self, count: int) -> list[Frame]:
        picture = self.pictures[0] if len(self.pictures) == 1 else self.pictures.pop(0)
        return [Frame(picture, np.zeros(picture.shape[:2], dtype=np.float32), 0.0, 1)] * count


class Arm:
    """Has nothing that moves it: a recorder that tried to would end in an AttributeError."""

    name = "left arm"

    def __init__(self, speeds: list[float], tcp: np.ndarray | None = None) -> None:
        self.speeds, self.angle = speeds, 0.0
        self.tcp = np.arange(6.0) if tcp is None else tcp

    def state(self) -> ArmState:
        speed = self.speeds[0] if len(self.speeds) == 1 else self.speeds.pop(0)
        self.angle += speed
        joints, velocity = np.full(6, self.angle), np.full(6, speed)
        return ArmState(0.0, 0.0, joints, velocity, np.zeros(6), self.tcp, 1.0, Safety.NORMAL, False)


@pytest.fixture
def pictures(cell: Callable) -> tuple:
    made = cell(2)
    return made, made.picture(made.lying(0.0, 0.0, 0.0)), np.zeros((720, 1280, 3), dtype=np.uint8)


def test_what_is_recorded_can_be_read(pictures: tuple, tmp_path: Path) -> None:
    made, good, empty = pictures
    told: list[str] = []
    (tmp_path / "board.json").write_text("{}")  # the usual board
    record_camera(tmp_path, Camera([good]))
    arm = Arm([0.1, 0.1, 0.0], tcp=vector_of(np.eye(4)) + 0.1)
    count = record_arm(
        tmp_path / "left", Camera([empty, good, good]), arm, made.board, ["1", "2"], lambda _: True, told.append
    )
    assert count == 2 and len(told) == 1 and "0 are seen" in told[0]  # asked again until the board was seen
    assert record_table(tmp_path, Camera([good]), made.board, ["middle"], lambda _: True, told.append) == 1
    inputs = read_folder(tmp_path)
    assert inputs.intrinsics == pytest.approx(INTRINSICS, abs=1.0e-4)  # half a pixel forth and back
    assert [one.name for one in inputs.arms["left"]] == ["left/0000.png", "left/0001.png"]
    assert inputs.arms["left"][0].base_from_tool[:3, 3] == pytest.approx((0.1, 0.1, 0.1))


def test_recording_goes_on_where_it_ended(pictures: tuple, tmp_path: Path) -> None:
    made, good, _ = pictures
    for expected in (1, 2):
        count = record_arm(tmp_path, Camera([good]), Arm([0.0]), made.board, ["1"], lambda _: True, print)
        assert count == expected
    assert record_arm(tmp_path, Camera([good]), Arm([0.0]), made.board, ["1"], lambda _: False, print) == 2
    readings = json.loads((tmp_path / "poses.json").read_text())
    assert [one["picture"] for one in readings] == ["0000.png", "0001.png"]


def test_an_arm_that_moves_meanwhile_is_asked_for_again(pictures: tuple, tmp_path: Path) -> None:
    made, good, _ = pictures
    told: list[str] = []
    arm = Arm([0.0, 0.05, 0.0])  # at rest when read, elsewhere when the picture had been taken
    assert record_arm(tmp_path, Camera([good]), arm, made.board, ["1"], lambda _: True, told.append) == 1
    assert told == ["left arm moved while the picture was taken; keep it still and answer again"]


def test_an_arm_that_never_rests_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "PATIENCE", 0.2)
    with pytest.raises(DeviceFault, match="left arm: moves all the time"):
        recording.resting_state(Arm([0.01]))


def test_touches_are_read(tmp_path: Path) -> None:
    answers = iter((True, False))
    found = record_touches(Arm([0.0]), np.array(((0.1, 0.2, 0.003), (0.0, 0.0, 0.0))), lambda _: next(answers))
    assert found == [{"target": [0.1, 0.2, 0.003], "tcp": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]}]

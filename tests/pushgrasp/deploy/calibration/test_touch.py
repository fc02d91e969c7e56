"""Touch test and width table against numbers worked out by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pushgrasp.deploy.calibration.acceptance import Limits, checks, require_accepted
from pushgrasp.deploy.calibration.board import BoardCfg
from pushgrasp.deploy.calibration.calibration import (
    ArmCalibration,
    Calibration,
    CameraCalibration,
    Pose,
    cell_section,
    read_calibration,
    write_calibration,
)
from pushgrasp.deploy.calibration.rigid import apply, inverse, rigid_of_vector
from pushgrasp.deploy.calibration.solve import with_touch
from pushgrasp.deploy.calibration.touch import Touch, evaluate_touches, read_touches, touch_steps, touch_targets
from pushgrasp.deploy.calibration.widths import Opening, openings_to_measure, read_openings, width_table
from pushgrasp.files.text_files import FileError

BASES = {"left": np.array((-0.7, 0.0, 0.3, 0.0, 0.0, 0.0)), "right": np.array((0.7, 0.0, 0.3, 0.0, 0.0, np.pi))}
TARGETS = touch_targets(BoardCfg())


def arm(base: np.ndarray, **fields: float) -> ArmCalibration:
    numbers = {"rms": 0.5, "worst_rms": 0.8, "held_out": 0.001, "scale": 1.001, **fields}
    return ArmCalibration(Pose.of(rigid_of_vector(base)), Pose.of(np.eye(4)), 15, worst_picture="l/3.png", **numbers)


@pytest.fixture
def calibration() -> Calibration:
    camera = CameraCalibration(Pose((0.0, 0.0, 1.4), (1.0, 0.0, 0.0, 0.0)), (900.0, 901.0, 640.5, 360.5), (1280, 720))
    arms = {name: arm(base) for name, base in BASES.items()}
    return Calibration("2026-11-28T10:00:00+00:00", "0" * 64, "depth", None, camera, arms)


def touches(offsets: dict[str, tuple[float, float, float]]) -> dict[str, list[Touch]]:
    """What is measured where arms touch every mark with some offset [m], world frame."""
    found = {}
    for name, offset in offsets.items():
        tips = apply(inverse(rigid_of_vector(BASES[name])), TARGETS + np.array(offset))
        found[name] = [
            Touch(tuple(mark), (*tip, 0.0, 3.14, 0.0)) for mark, tip in zip(TARGETS.tolist(), tips, strict=True)
        ]
    return found


def test_targets_are_corners_of_the_board() -> None:
    assert pytest.approx(0.003) == TARGETS[:, 2]  # the plate's thickness over the table
    assert np.abs(TARGETS[[0, 1, 3, 4], 0]) == pytest.approx(0.0875)
    assert np.abs(TARGETS[[0, 1, 3, 4], 1]) == pytest.approx(0.0525)


def test_touched_points_off_by_known_distances(calibration: Calibration) -> None:
    result = evaluate_touches(calibration, touches({"left": (0.001, 0.0, 0.002), "right": (0.0, -0.0015, 0.0)}))
    assert result.largest["left"] == pytest.approx(np.sqrt(5.0) * 0.001)
    assert result.largest["right"] == pytest.approx(0.0015)
    assert result.arm_to_arm == pytest.approx(np.sqrt(1.0 + 1.5**2 + 4.0) * 0.001)
    touched = with_touch(calibration, result.largest, result.arm_to_arm)
    require_accepted(touched, Limits())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rms": 1.2}, "left: RMS of reprojection is 1.20 px, at most 1 is accepted: look at l/3.png"),
        ({"held_out": 0.0031}, "left: held-out pose is 3.10 mm, at most 3 is accepted"),
        ({"scale": 1.02}, "left: size of the board, error is 2.00 %, at most 0.5 is accepted: measure the squares"),
        ({"scale": 0.98}, "left: size of the board, error is 2.00 %"),
        ({"held_out": float("nan")}, "left: held-out pose is nan mm"),
    ],
)
def test_every_number_of_an_arm_is_judged(change: dict, message: str, calibration: Calibration) -> None:
    require_accepted(calibration, Limits())
    worse = replace(calibration, arms={**calibration.arms, "left": arm(BASES["left"], **change)})
    with pytest.raises(ValueError, match=message):
        require_accepted(worse, Limits())


def test_touch_and_table_are_judged(calibration: Calibration) -> None:
    with pytest.raises(ValueError, match=r"table: RMS of reprojection is 1\.50 px"):
        require_accepted(replace(calibration, table_rms=1.5), Limits())
    result = evaluate_touches(calibration, touches({"left": (0.0, 0.0, 0.002), "right": (0.0, 0.0, -0.002)}))
    touched = with_touch(calibration, result.largest, result.arm_to_arm)
    with pytest.raises(ValueError, match=r"refused: arm to arm, same points touched is 4\.00 mm"):
        require_accepted(touched, Limits())
    result = evaluate_touches(calibration, touches({"left": (0.0, 0.0, 0.0), "right": (0.0, 0.0031, 0.0)}))
    with pytest.raises(ValueError, match=r"right: touch test is 3\.10 mm, at most 3 is accepted"):
        require_accepted(with_touch(calibration, result.largest, None), Limits())
    names = [check.name for check in checks(touched, Limits())]
    assert len(names) == len(set(names)) == 9


def test_touch_tests_that_prove_nothing(calibration: Calibration) -> None:
    good = touches({"left": (0.0, 0.0, 0.0), "right": (0.0, 0.0, 0.0)})
    with pytest.raises(ValueError, match="exchanged"):
        evaluate_touches(calibration, {"left": good["right"], "right": good["left"]})
    with pytest.raises(ValueError, match="left: 4 points touched; at least 5"):
        evaluate_touches(calibration, {**good, "left": good["left"][:4]})
    with pytest.raises(ValueError, match="left: 5 points touched; at least 5 different"):
        evaluate_touches(calibration, {**good, "left": [good["left"][0]] * 5})
    with pytest.raises(ValueError, match="right: points of left, right are needed"):
        evaluate_touches(calibration, {"left": good["left"]})


def test_steps_descend_onto_the_marks(calibration: Calibration) -> None:
    for name, base in BASES.items():
        for step, mark in zip(touch_steps(calibration, name, TARGETS), TARGETS, strict=True):
            above, contact = (rigid_of_vector(base) @ rigid_of_vector(np.array(p)) for p in (step.above, step.contact))
            assert contact[:3, 3] == pytest.approx(mark)
            assert above[:3, 3] == pytest.approx(mark + np.array((0.0, 0.0, 0.050)))
            assert contact[:3, 2] == pytest.approx((0.0, 0.0, -1.0), abs=1.0e-9)
            assert step.speed == 0.020


def test_touch_file(tmp_path: Path) -> None:
    file = tmp_path / "touch.json"
    file.write_text(json.dumps({"left": [{"target": [0, 0, 0], "tcp": [0.7, 0, -0.3, 0, 3.1, 0]}]}))
    assert read_touches(file)["left"][0].target == (0, 0, 0)
    file.write_text(json.dumps({"left": [{"target": [0, 0, 0], "tcp": [0.7, 0, -0.3]}]}))
    with pytest.raises(FileError, match=r"left\[0\]: target has 3 numbers and tcp 6"):
        read_touches(file)


def test_calibration_file(calibration: Calibration, tmp_path: Path) -> None:
    file = tmp_path / "calibration.json"
    write_calibration(file, calibration)
    assert read_calibration(file) == calibration
    content = json.loads(file.read_text())
    assert content["schema"] == "pushgrasp-calibration-1"
    del content["digest"]
    file.write_text(json.dumps(content))
    with pytest.raises(FileError, match="missing or unknown: digest"):
        read_calibration(file)
    file.write_text(json.dumps({**content, "digest": "0", "schema": "other"}))
    with pytest.raises(FileError, match="schema 'other'"):
        read_calibration(file)
    file.write_text(json.dumps({**json.loads(file.read_text()), "schema": content["schema"], "date": "yesterday"}))
    with pytest.raises(FileError, match="isoformat"):
        read_calibration(file)


def test_cell_section(calibration: Calibration) -> None:
    section = cell_section(calibration)
    assert section["calibration"] == {"date": "2026-11-28", "digest": "0" * 64}
    assert section["camera"]["position"] == [0.0, 0.0, 1.4]
    assert section["arms"][1]["name"] == "right"
    assert section["arms"][1]["quaternion"] == pytest.approx([0.0, 0.0, 1.0, 0.0], abs=1.0e-9)


LINE = [Opening(pos, 0.14 * (230 - pos) / 227) for pos in openings_to_measure()]


def test_width_table(tmp_path: Path) -> None:
    table = width_table(LINE[::-1])
    assert table[0] == (3, pytest.approx(0.14)) and table[-1] == (230, 0.0) and len(table) == 8
    (tmp_path / "widths.json").write_text('[{"pos": 3, "width": 0.14}]')
    assert read_openings(tmp_path / "widths.json") == [Opening(3, 0.14)]
    (tmp_path / "widths.json").write_text('[{"pos": "3", "width": 0.14}]')
    with pytest.raises(FileError, match=r"widths.json: \[0\].pos"):
        read_openings(tmp_path / "widths.json")


@pytest.mark.parametrize(
    ("openings", "message"),
    [
        (LINE[:5], "5 openings; at least 6"),
        ([*LINE, LINE[0]], "each POS once"),
        ([*LINE[:3], Opening(90, 0.2)], "width at POS 90=0.2: a finite number of at least 0 and of at most 0.154"),
        ([*LINE[:-1], Opening(256, 0.0)], "pos=256"),
        ([Opening(3, 0.02), *LINE[1:]], "must fall as POS rises"),
        ([Opening(one.pos, 0.3 * one.width) for one in LINE], "span 0.042 m; at least 0.070"),
        ([*LINE[:3], Opening(LINE[3].pos, LINE[3].width + 0.015), *LINE[4:]], "measure it again"),
    ],
)
def test_widths_that_are_refused(openings: list[Opening], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        width_table(openings)

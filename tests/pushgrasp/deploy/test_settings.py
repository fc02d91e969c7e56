"""Cell files: the examples are right, and whatever is wrong is told at once, with its line."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from pushgrasp.deploy.settings import (
    CellCfg,
    CellError,
    arms_cfg,
    cell_digest,
    home_joints,
    motion_limits,
    read_cell,
    tray_limits,
)

from .cells import FOLDER, example

CONTENT = yaml.safe_load((FOLDER / "two_ur5e.yaml").read_text())
CONTENT["calibration"]["date"] = "2026-11-20"  # the plain loader makes a day of it


def faults_of(change: Callable[[dict[str, Any]], object], tmp_path: Path) -> list[str]:
    """Messages for the example with a change, without file and line."""
    content = copy.deepcopy(CONTENT)
    change(content)
    path = tmp_path / "cell.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    with pytest.raises(CellError) as caught:
        read_cell(path)
    return [fault.split(": ", 1)[1] for fault in caught.value.faults]


@pytest.mark.parametrize(("name", "arms"), [("two_ur5e", 2), ("one_ur5e", 1), ("loopback", 2), ("loopback_one_arm", 1)])
def test_examples_are_right(name: str, arms: int) -> None:
    cell = example(name)
    assert len(cell.arms) == arms
    assert arms_cfg(cell).num_arms == arms
    assert home_joints(cell).shape == (arms, 6)
    assert tray_limits(cell).contains(home_joints(cell).new_tensor(cell.tray[0].position))


def test_box_is_50_mm_inside_the_planes() -> None:
    box = example().safety.box
    assert box.x == pytest.approx((-0.95, 0.95))
    assert box.y == pytest.approx((-0.60, 0.60))
    assert box.z == pytest.approx((0.0, 0.80))


def test_limits_follow_cell_and_speed() -> None:
    cell = example()
    full, quarter = motion_limits(cell), motion_limits(cell, 0.25)
    assert full.free_speed == pytest.approx(0.95 * 0.25)  # planned with 95 % of the envelope
    assert quarter.push_speed == pytest.approx(0.25 * 0.95 * 0.20)
    assert quarter.acceleration == pytest.approx(0.25 * 0.95 * 2.0)
    arms = arms_cfg(cell, 0.25)
    assert (arms.speed, arms.acceleration) == (pytest.approx(0.2375), pytest.approx(0.475))
    assert arms.tcp_speed == pytest.approx(0.25 * 0.95 * 0.25)
    assert [base.yaw for base in arms.bases] == pytest.approx([0.0, math.pi])
    slow = replace(cell, safety=replace(cell.safety, tcp_speed=0.1))
    assert motion_limits(slow).push_speed == pytest.approx(0.095)  # never beyond the envelope's
    for speed in (0.0, 1.01, math.nan):
        with pytest.raises(ValueError, match="above 0 and of at most 1"):
            motion_limits(cell, speed)
        with pytest.raises(ValueError, match="above 0 and of at most 1"):
            arms_cfg(cell, speed)


def test_digest_is_of_the_content(tmp_path: Path) -> None:
    path = tmp_path / "cell.yaml"
    reordered = dict(reversed(CONTENT.items()))
    path.write_text("# another comment\n" + yaml.safe_dump(reordered, sort_keys=False))
    assert cell_digest(read_cell(path)) == cell_digest(example())
    other = replace(example(), safety=replace(example().safety, force=29.0))
    assert cell_digest(other) != cell_digest(example())


def test_age_of_a_calibration() -> None:
    calibration = example().calibration
    assert calibration is not None
    assert calibration.age(date(2026, 12, 1)) == 11


def test_paths_are_taken_from_the_files_folder(tmp_path: Path) -> None:
    content = copy.deepcopy(CONTENT)
    content["camera"] |= {"driver": "folder", "path": "frames"}
    (tmp_path / "cell.yaml").write_text(yaml.safe_dump(content))
    assert read_cell(tmp_path / "cell.yaml").camera.path == str(tmp_path / "frames")


def test_everything_at_once_with_lines(tmp_path: Path) -> None:
    text = (FOLDER / "two_ur5e.yaml").read_text()
    for right, wrong in [
        ("address: 192.168.1.11\n    serial", "address: 192.168.1.999\n    serial"),
        ("[0.70, 0.0, 0.30]", "[700, 0.0, 300]"),
        ("fps: 30", "fsp: 30"),
        ("force: 30.0", "force: 300.0"),
    ]:
        assert right in text
        text = text.replace(right, wrong)
    path = tmp_path / "cell.yaml"
    path.write_text(text)
    with pytest.raises(CellError) as caught:
        read_cell(path)
    number = {line.strip(): index + 1 for index, line in enumerate(text.splitlines())}
    base, metres = number["position: [700, 0.0, 300]"], "a finite number of at least -5 and of at most 5 is needed [m]"
    expected = [
        (
            number["address: 192.168.1.999"],
            "arms[0].address='192.168.1.999': an IP address such as 192.168.1.10, or a host's name, is needed",
        ),
        (base, f"arms[1].position[0]=700: {metres}; 700 millimetres are 0.7"),
        (base, f"arms[1].position[2]=300: {metres}; 300 millimetres are 0.3"),
        (number["camera:"] + 1, "camera.fps is missing"),
        (number["fsp: 30"], "camera.fsp: there is no such field; did you mean fps?"),
        (number["force: 300.0"], "safety.force=300.0: a finite number above 0 and of at most 100 is needed [N]"),
    ]
    assert caught.value.faults == tuple(f"{path}:{line}: {message}" for line, message in expected)
    assert str(caught.value).splitlines() == list(caught.value.faults)


def swap(content: dict[str, Any]) -> None:
    """Swap the arms as a whole."""
    content["arms"].reverse()


def at(*path: str | int, value: object) -> Callable[[dict[str, Any]], None]:
    """Return a change of one value."""

    def change(content: Any) -> None:
        for key in path[:-1]:
            content = content[key]
        content[path[-1]] = value

    return change


PAIRS = [[3, 0.14], [50, 0.11], [95, 0.08], [140, 0.05], [185, 0.06], [230, 0.0]]


@pytest.mark.parametrize(
    ("change", "place", "reason"),
    [
        (swap, "arms[0].position", "are the two swapped?"),
        (at("arms", 1, "position", value=[-0.6, 0.0, 0.3]), "arms[0].position", "0.18 m from [-0.6, 0.0, 0.3]"),
        (at("arms", 0, "quaternion", value=[0.0, 0.0, 0.0, 1.1]), "arms[0].quaternion", "it is 1.1 long"),
        (at("arms", 0, "quaternion", value=[0.0, 0.1305, 0.0, 0.9914]), "arms[0].quaternion", "leans by 15.0 degrees"),
        (at("arms", 0, "home", value=[0.0, -1.57, 0.0, -1.57, 0.0, 0.0]), "arms[0].home", "home, base and box do not"),
        (at("arms", 0, "home", 2, value=-3.2), "arms[0].home[2]", "at most 3.142 rad"),
        (at("arms", 0, "home", 1, value=-65.9), "arms[0].home[1]", "-65.9 degrees are -1.15017"),
        (at("arms", 0, "name", value="left arm"), "arms[0].name", "letters, digits"),
        (at("arms", 1, "name", value="left"), "arms[1].name", "one of its own is needed"),
        (at("arms", 1, "address", value="192.168.1.11"), "arms[1].address", "one of its own is needed"),
        (at("arms", 1, "gripper", "address", value="192.168.1.11"), "arms[1].gripper.address", "one of its own"),
        (at("arms", 0, "address", value="http://ur/"), "arms[0].address", "an IP address"),
        (at("arms", 0, "gripper", "port", value=70000), "arms[0].gripper.port", "at most 65535"),
        (at("arms", 0, "gripper", "widths", value=PAIRS[:5]), "arms[0].gripper.widths", "holds 5 pairs"),
        (at("arms", 0, "gripper", "widths", value=PAIRS), "arms[0].gripper.widths[4]", "a smaller opening"),
        (at("arms", 0, "payload", "mass", value=1100), "arms[0].payload.mass", "at most 5"),
        (at("arms", 0, "tool", "length", value=234), "arms[0].tool.length", "234 millimetres are 0.234"),
        (at("arms", 1, "tool", "length", value=0.25), "arms[1].tool.length", "planned for one tool"),
        (at("arms", 1, "tool", "yaw", value=0.1), "arms[1].tool.yaw", "planned for one tool"),
        (
            at("arms", 0, "servo", "frequency", value=100.0),
            "arms[0].servo.frequency",
            "at least 1 / safety.cycle = 125",
        ),
        (at("arms", 0, "servo", "lookahead", value=100), "arms[0].servo.lookahead", "100 milliseconds are 0.1"),
        (at("arms", value=[]), "arms", "holds 0 arms; one or two"),
        (at("camera", "driver", value="kinect"), "camera.driver", "one of realsense, folder, network, orbbec"),
        (at("camera", "driver", value="folder"), "camera.path", "driver=folder needs it"),
        (at("camera", "quaternion", value=[0.0, 0.0, 0.0, 1.0]), "camera.quaternion", "does not look down"),
        (at("camera", "position", 2, value=0.1), "camera.position", "0.3 to 3 m above the table"),
        (at("camera", "position", 0, value=2.0), "camera.position", "x from -1.68 to 1.68 m, over the workspace"),
        (at("calibration", "date", value="20.11.2026"), "calibration.date", "a day such as"),
        (at("calibration", "digest", value="abc"), "calibration.digest", "64 hexadecimal digits"),
        (at("calibration", value=None), "calibration", "192.168.1.11, 192.168.1.12 is not"),
        (at("camera", "intrinsics", value=[0.6, 0.6, 424, 240]), "camera.intrinsics", "848 x 480 pixels"),
        (at("workspace", "x", value=[-0.6, 0.48]), "workspace.x", "-0.5 to 0.5 m"),
        (at("workspace", "y", value=[0.48, -0.48]), "workspace.y", "low < high"),
        (at("workspace", "z", value=[0.0, 0.2]), "limits.travel_height", "0 to 0.2 m, is needed"),
        (at("workspace", "z", value=[0.0, 0.3]), "workspace.z", "grippers wait, 0.35 m"),
        (at("tray", value=[]), "tray", "holds 0 places; 2"),
        (at("tray", 0, "position", value=[-0.4, -0.7, 0.05]), "tray[0].position", "a place within the TCP box"),
        (at("tray", 0, "position", value=[0.9, -0.45, 0.05]), "tray[0].position", "from left's shoulder"),
        (at("safety", "planes", "z", value=[-0.1, 0.85]), "safety.planes.z", "below the table"),
        (at("safety", "planes", "x", value=[-3.0, 1.0]), "safety.planes.x", "the arms reach from"),
        (at("safety", "planes", "y", value=[-0.05, 0.05]), "safety.planes.y", "more than twice"),
        (at("safety", "step", value=0.005), "safety.step", "joint_speed * cycle = 0.008"),
        (at("safety", "stale", value=0.008), "safety.stale", "more than cycle"),
        (at("safety", "deadline", value=0.005), "safety.deadline", "more than cycle"),
        (at("safety", "watchdog", value=25.0), "safety.watchdog", "below 1 / deadline = 20"),
        (at("limits", "descent_force", value=20.0), "limits.descent_force", "at most 15"),
        (at("schema", value="pushgrasp.cell/2"), "schema", "one of pushgrasp.cell/1"),
    ],
)
def test_each_rule(change: Callable[[dict[str, Any]], object], place: str, reason: str, tmp_path: Path) -> None:
    told = faults_of(change, tmp_path)
    assert any(fault.startswith(place) and reason in fault for fault in told), told


def test_missing_schema_and_no_mapping(tmp_path: Path) -> None:
    path = tmp_path / "cell.yaml"
    path.write_text("arms: []\n")
    with pytest.raises(CellError, match=r"schema is missing; pushgrasp.cell/1 is needed"):
        read_cell(path)
    path.write_text("- 1\n")
    with pytest.raises(CellError, match=r"fields \(name: value\) are needed"):
        read_cell(path)


def test_a_cell_made_in_python_is_checked_too() -> None:
    cell = example()
    with pytest.raises(ValueError, match="are the two swapped"):
        CellCfg(**{**vars(cell), "arms": cell.arms[::-1]})

"""From rendered pictures to a calibration, and folders with something wrong in them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from pushgrasp.deploy.calibration.calibration import read_calibration
from pushgrasp.deploy.calibration.commands import check_folder, solve_folder
from pushgrasp.deploy.calibration.folder import read_folder
from pushgrasp.deploy.calibration.readings import flange_of_joints
from pushgrasp.deploy.calibration.rigid import apply, inverse
from pushgrasp.deploy.calibration.solve import solve
from pushgrasp.files.text_files import FileError
from pushgrasp.program import UserError

ARMS = ("left", "right")


@pytest.fixture(scope="module")
def solved(rendered: tuple, tmp_path_factory: pytest.TempPathFactory) -> tuple:
    """A solved folder, and the cell that its pictures are of."""
    folder = tmp_path_factory.mktemp("solved") / "cell"
    shutil.copytree(rendered[0], folder)
    solve_folder(folder)
    return folder, rendered[1]


def test_rendered_pictures_give_the_cell(solved: tuple) -> None:
    folder, cell = solved
    found = read_calibration(folder / "calibration.json")
    for name in ARMS:
        assert found.arms[name].base.transform == pytest.approx(cell.world_from_base[name], abs=0.003)
    assert found.camera.pose.transform == pytest.approx(cell.world_from_camera, abs=0.003)
    assert found.camera.intrinsics == pytest.approx((921.3, 919.8, 642.1, 357.6), abs=1.0e-3)
    section = yaml.safe_load((folder / "cell_section.yaml").read_text())
    assert section["arms"][0]["position"] == list(found.arms["left"].base.position)


def test_report_shows_numbers_and_pictures(solved: tuple) -> None:
    page = (solved[0] / "report.html").read_text()
    assert page.count("data:image/png;base64,") == 3  # the table, and one picture of each arm
    assert page.count("reached</td>") == 7 and "touch test has not been done" in page
    assert not re.search(r'(src|href)="(?!data:)', page)


def test_touch_test_from_steps_to_acceptance(solved: tuple, tmp_path: Path) -> None:
    folder, cell = shutil.copytree(solved[0], tmp_path / "cell"), solved[1]
    check_folder(folder)
    steps = json.loads((folder / "touch_steps.json").read_text())
    touched = {
        name: [
            {
                "target": step["target"],  # where the mark really is, as the arm's own base has it
                "tcp": [*apply(inverse(cell.world_from_base[name]), np.array(step["target"])), *step["contact"][3:]],
            }
            for step in of_arm
        ]
        for name, of_arm in steps.items()
    }
    (folder / "touch.json").write_text(json.dumps(touched))
    check_folder(folder)
    found = read_calibration(folder / "calibration.json")
    assert 0.0 < found.arms["left"].touch < 0.003 and 0.0 < found.arm_to_arm < 0.003
    for point in touched["left"]:
        point["tcp"][2] -= 0.004
    (folder / "touch.json").write_text(json.dumps(touched))
    with pytest.raises(ValueError, match="left: touch test is"):
        check_folder(folder)
    (folder / "left" / "poses.json").write_text("[]")
    with pytest.raises(UserError, match="has changed since"):
        check_folder(folder)


def test_exchanged_folders_are_told(rendered: tuple, tmp_path: Path) -> None:
    folder = shutil.copytree(rendered[0], tmp_path / "cell")
    for old, new in (("left", "other"), ("right", "left"), ("other", "right")):
        (folder / old).rename(folder / new)
    with pytest.raises(ValueError, match=r"the arms are exchanged: the base of 'left' is at x = 0\.7"):
        solve(read_folder(folder))
    assert not (folder / "calibration.json").exists()


@pytest.fixture
def few(rendered: tuple, tmp_path: Path) -> Path:
    """A folder with one picture of one arm."""
    folder = tmp_path / "cell"
    for name in ("board.json", "camera.json", "left/0000.png", "table/0000.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(rendered[0] / name, folder / name)
    first = json.loads((rendered[0] / "left" / "poses.json").read_text())[:1]
    (folder / "left" / "poses.json").write_text(json.dumps(first))
    return folder


def test_one_arm_is_read(few: Path) -> None:
    inputs = read_folder(few)
    assert list(inputs.arms) == ["left"] and inputs.size == (1280, 720) and len(inputs.table) == 1
    with pytest.raises(ValueError, match="left: 1 poses; at least 15"):
        solve(inputs)


def test_depth_in_place_of_pictures_of_the_table(few: Path) -> None:
    (few / "table" / "0000.png").unlink()
    depth = 1.4 + np.random.default_rng(0).normal(0.0, 0.001, (720, 1280))
    np.save(few / "table" / "depth.npy", depth.astype(np.float32))
    inputs = read_folder(few)
    assert inputs.table == [] and inputs.depth is not None and inputs.depth.shape == (720, 1280)


def picture(path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size).save(path)


def edited(path: Path, **fields: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: shutil.rmtree(f / "left"), "has no folder of an arm"),
        (lambda f: (f / "table" / "0000.png").unlink(), "neither pictures of the board on the table nor depth.npy"),
        (lambda f: (f / "left" / "0000.png").unlink(), "no picture .*left/0000.png"),
        (lambda f: picture(f / "left" / "0000.png", (640, 480)), "640 x 480 pixels; 1280 x 720 are needed"),
        (lambda f: picture(f / "left" / "0000.png", (1280, 720)), "left/0000.png: of the board's corners 0 are seen"),
        (lambda f: (f / "left" / "poses.json").write_text("[{}]"), "missing or unknown: picture"),
        (
            lambda f: (f / "left" / "poses.json").write_text('[{"picture": "0000.png", "tcp": [1, 2]}]'),
            "0000.png: either six numbers of tcp or six of joints",
        ),
        (lambda f: (f / "left" / "poses.json").write_text("{}"), "poses.json: .* is not a list"),
        (lambda f: edited(f / "board.json", square=0.0), "board.json: BoardCfg.square=0.0"),
        (lambda f: edited(f / "board.json", colour="red"), "board.json: .*colour"),
        (lambda f: edited(f / "camera.json", width=640, height=480), "1280 x 720 pixels; 640 x 480 are needed"),
    ],
)
def test_folders_that_are_refused(spoil: Callable, message: str, few: Path) -> None:
    spoil(few)
    with pytest.raises((FileError, OSError), match=message):
        read_folder(few)


def test_joints_go_through_the_nominal_arm() -> None:
    # at zero the UR5e stretches along its -x: a2 + a3 = 0.8172 m; d4 + d6 = 0.2329 m along -y, d1 - d5 = 0.0628 m up
    flange = flange_of_joints(np.zeros(6))
    assert flange[:3, 3] == pytest.approx((-0.8172, -0.2329, 0.0628), abs=1.0e-9)

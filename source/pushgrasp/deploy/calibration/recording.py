"""Pictures and readings from live devices, in the layout that ``folder.py`` reads. Nothing here moves an arm."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from pushgrasp.deploy.calibration.board import BoardCfg
from pushgrasp.deploy.calibration.detection import PIXEL_CENTRE, find_corners
from pushgrasp.deploy.calibration.folder import CAMERA, POSES, TABLE
from pushgrasp.deploy.devices import Arm, ArmState, Camera, DeviceFault
from pushgrasp.files.atomic import atomic_write

AT_REST = 0.002
"""Speed of every joint below which an arm counts as at rest [rad/s]."""

PATIENCE = 5.0
"""Time to wait for an arm to come to rest [s]."""

Ask = Callable[[str], bool]
"""Shows a text to the operator and waits for an answer: True to take the picture, False to leave this pose out."""

Tell = Callable[[str], None]
"""Shows a text to the operator."""


def record_camera(folder: Path, camera: Camera) -> None:
    """Write ``camera.json``, whose pixel centres are at whole numbers as in RealSense's and OpenCV's files.

    Raises:
        DeviceFault: If the camera gives no picture.
        OSError: If the file cannot be written.
    """
    height, width = camera.grab(1)[0].colour.shape[:2]
    matrix = camera.intrinsics
    principal = (matrix[:2, 2] - PIXEL_CENTRE).tolist()
    content = {"fx": float(matrix[0, 0]), "fy": float(matrix[1, 1]), "cx": principal[0], "cy": principal[1]}
    _write_json(folder / CAMERA, {**content, "width": width, "height": height})


def record_arm(
    folder: Path, camera: Camera, arm: Arm, board: BoardCfg, prompts: list[str], ask: Ask, tell: Tell
) -> int:
    """Take a picture and a reading at each pose that the operator brings an arm to; return how many there are now.

    The arm is only read. A picture that does not show the board is not kept: the operator is told, and asked again.
    After each picture the folder is complete; recording goes on after the readings that are there already.

    Args:
        folder: Folder of this arm; it is made.
        camera: The camera.
        arm: The arm, in freedrive or jogged by hand.
        board: The board in its gripper.
        prompts: What to ask at each pose, such as the joint angles to go to.
        ask: Asks the operator.
        tell: Tells the operator why a picture was not kept.

    Raises:
        DeviceFault: If camera or arm are gone.
        OSError: If a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    readings = json.loads((folder / POSES).read_text()) if (folder / POSES).is_file() else []
    for prompt in prompts:
        while ask(prompt):
            state = resting_state(arm)
            picture = camera.grab(1)[0].colour
            name = f"{len(readings):04d}.png"
            if _moved(state, arm.state()):
                tell(f"{arm.name} moved while the picture was taken; keep it still and answer again")
            elif _shows_board(picture, board, name, tell):
                _write_picture(folder / name, picture)
                readings.append({"picture": name, "tcp": state.tcp.tolist()})
                _write_json(folder / POSES, readings)
                break
    return len(readings)


def record_table(folder: Path, camera: Camera, board: BoardCfg, prompts: list[str], ask: Ask, tell: Tell) -> int:
    """Take a picture of the board at each place on the table; return how many there are now. Errors as `record_arm`."""
    target = folder / TABLE
    target.mkdir(parents=True, exist_ok=True)
    count = len(list(target.glob("*.png")))
    for prompt in prompts:
        while ask(prompt):
            picture = camera.grab(1)[0].colour
            name = f"{count:04d}.png"
            if _shows_board(picture, board, name, tell):
                _write_picture(target / name, picture)
                count += 1
                break
    return count


def resting_state(arm: Arm) -> ArmState:
    """Wait until an arm is at rest, and return what it says then.

    Raises:
        DeviceFault: If it does not come to rest, or its link is gone.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        state = arm.state()
        if float(np.abs(state.velocity).max()) < AT_REST:
            return state
        time.sleep(0.05)
    raise DeviceFault(f"{arm.name}: moves all the time; end freedrive or jogging before the picture is taken")


def _moved(before: ArmState, after: ArmState) -> bool:
    return float(np.abs(after.joints - before.joints).max()) > AT_REST


def _shows_board(picture: np.ndarray, board: BoardCfg, name: str, tell: Tell) -> bool:
    """Tell whether a picture shows the board, and the operator why it does not."""
    try:
        find_corners(picture, board, name)
    except ValueError as error:
        tell(str(error))
        return False
    return True


def _write_picture(path: Path, picture: np.ndarray) -> None:
    atomic_write(path, lambda file: Image.fromarray(picture).save(file, format="PNG"))


def _write_json(path: Path, content: object) -> None:
    atomic_write(path, lambda file: file.write(f"{json.dumps(content, indent=1)}\n".encode()))


def record_touches(arm: Arm, targets: np.ndarray, ask: Ask) -> list[dict[str, list[float]]]:
    """Read the TCP at each mark, shape (N, 3) [m], world frame, that the operator lets the finger tips touch.

    Returns:
        The lines of this arm in ``touch.json``.

    Raises:
        DeviceFault: If the arm is gone or does not come to rest.
    """
    text = f"{arm.name}: touch the mark at x {{:.3f}}, y {{:.3f}} m with the closed finger tips"
    touched = (target.tolist() for target in targets if ask(text.format(*target)))
    return [{"target": target, "tcp": resting_state(arm).tcp.tolist()} for target in touched]

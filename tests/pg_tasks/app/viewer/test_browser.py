"""The viewer in a real browser: what a person would see and click."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import browser
import numpy as np
import pytest
from browser import Page, chromium, wait_for

from pg_tasks.app.viewer import command, run
from pg_tasks.app.viewer.controller import ViewerController
from pushgrasp.interface.action import Kind

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(browser.CHROMIUM is None, reason="no Chromium is installed (Debian: apt install chromium)"),
]

IMAGES = """[...document.querySelectorAll('img')].map(e => e.getBoundingClientRect())
  .filter(box => box.width > 100).map(box => [box.x, box.y, box.width, box.height])"""


class Visit:
    """What a browser sees of a viewer that runs in the main thread."""

    def __init__(self, page: Page, controller: ViewerController) -> None:
        self.page, self.env = page, controller._env
        self.server = self.env.sim.visualizers[0].server

    @property
    def target(self) -> np.ndarray:
        """Centre of the target [m], shape (3,)."""
        return self.env.objects.position[0, self.env.objects.target[0]].numpy()

    def pixel(self, point: np.ndarray, picture: np.ndarray) -> tuple[int, int]:
        """Row and column at which the browser's camera sees a point; z is up."""
        camera = next(iter(self.server.get_clients().values())).camera
        forward = camera.look_at - camera.position
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, (0.0, 0.0, 1.0))
        right /= np.linalg.norm(right)
        x, y, depth = (float(axis @ (point - camera.position)) for axis in (right, np.cross(right, forward), forward))
        rows, columns = picture.shape[:2]
        scale = 0.5 * rows / np.tan(0.5 * camera.fov)
        return round(0.5 * rows - scale * y / depth), round(0.5 * columns + scale * x / depth)

    def patch(self, point: np.ndarray, picture: np.ndarray) -> np.ndarray:
        """Colour around a point, shape (3,)."""
        row, column = self.pixel(point, picture)
        return np.median(picture[row - 3 : row + 4, column - 3 : column + 4].reshape(-1, 3), axis=0)


def is_green(pixels: np.ndarray) -> np.ndarray:
    red, green, blue = np.moveaxis(pixels.astype(float), -1, 0)
    return (green > 1.3 * red) & (green > 1.3 * blue) & (green > 60.0)


def is_blue(pixels: np.ndarray) -> np.ndarray:
    red, green, blue = np.moveaxis(pixels.astype(float), -1, 0)
    return (blue > 1.6 * green) & (blue > 2.0 * red) & (blue > 150.0)


def is_orange(pixels: np.ndarray) -> np.ndarray:
    red, green, blue = np.moveaxis(pixels.astype(float), -1, 0)
    return (red > 1.2 * green) & (green > 1.5 * blue) & (red > 150.0)


PATHS = is_blue, is_orange
"""How paths of the left and of the right arm look."""


def look(visit: Visit) -> None:
    """Look at the first scene, do one action, begin another scene."""
    page = visit.page
    for name in ("Target mask", "Object mask"):
        page.click(name)
    wait_for(lambda: is_green(visit.patch(visit.target, page.screenshot())), "green target where it lies")
    before = page.screenshot()
    see_the_mask_picture(visit, before)
    assert not is_blue(before[:, :900]).any()
    for name in ("Target mask", "Object mask"):
        page.click(name)
    wait_for(lambda: changed(before, page.screenshot()) > 300, "outlines of the masks")
    page.click("Step")
    wait_for(lambda: "action 1, paused" in page.text, "end of the action", timeout=120.0)
    pushing = visit.env.action.arms(0, Kind.PUSH)
    if pushing:
        arm = pushing[0]
        others = PATHS[arm](before[:, :900])  # the browser's own message is orange, too, and may vanish
        wait_for(lambda: (PATHS[arm](page.screenshot()[:, :900]) & ~others).sum() > 100, f"push path of arm {arm}")
    assert changed(before, page.screenshot()) > 300
    page.click("New scene")
    wait_for(lambda: "Seed 1001, trial 0, action 0, paused" in page.text, "new scene")


def changed(before: np.ndarray, after: np.ndarray) -> int:
    """Number of pixels beside the panel that look different."""
    return int((np.abs(before[:, :900].astype(int) - after[:, :900]).max(axis=-1) > 40).sum())


def see_the_mask_picture(visit: Visit, picture: np.ndarray) -> None:
    """The target is tinted where it lies, seen from above: x to the right, y upwards."""
    ((left, top, width, height),) = visit.page.evaluate(IMAGES)
    shown = picture[round(top) : round(top + height), round(left) : round(left + width)]
    row, column = np.argwhere(is_green(shown)).mean(axis=0)
    x, y = column / width - 0.5, 0.5 - row / height
    assert (x, y) == pytest.approx(visit.target[:2], abs=0.03)


@pytest.fixture
def controllers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ViewerController]]:
    """Collect the controllers that are made."""
    made: list[ViewerController] = []

    class Collected(ViewerController):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            made.append(self)

    monkeypatch.setattr(run, "ViewerController", Collected)
    yield made


def test_scene_panel_and_overlays_in_a_browser(controllers: list[ViewerController], tmp_path: Path) -> None:
    pytest.importorskip("viser", reason="viser is not installed (pip install -e '.[viser]')")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    mistakes: list[BaseException] = []

    def visit() -> None:
        try:
            wait_for(lambda: controllers and controllers[0].on_wait is not None, "viewer", timeout=180.0)
            with chromium(f"http://127.0.0.1:{port}", tmp_path / "profile") as page:
                wait_for(lambda: "Seed 1000, trial 0, action 0, paused" in page.text, "panel")
                look(Visit(page, controllers[0]))
        except BaseException as mistake:
            mistakes.append(mistake)
        finally:
            if controllers:
                controllers[0].submit(controllers[0].close)

    thread = threading.Thread(target=visit)
    thread.start()
    command.main("", ["physics=mujoco", "--seed", "1", "--port", str(port)])
    thread.join()
    if mistakes:
        raise mistakes[0]

"""The page on which the target is named, asked over HTTP as a browser does."""

from __future__ import annotations

import base64
import io
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pushgrasp.deploy.target import HIDDEN, TargetWish
from pushgrasp.deploy.target_page import TargetPage
from pushgrasp.perception.segment.segments import Segments, take_apart
from pushgrasp.perception.workspace import Workspace
from pushgrasp.program import UserError

BLOCK = slice(90, 110), slice(130, 150)


class Browser:
    """What the page's script does."""

    def __init__(self, page: TargetPage) -> None:
        self.address = page.address

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"{self.address}/{path}") as reply:
            return reply.read()

    def post(self, path: str, number: object, target: str, **headers: str) -> dict[str, Any]:
        body = json.dumps({"number": number, "target": target}).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.address}/{path}", body, headers)) as reply:
            return json.load(reply)

    def state(self) -> dict[str, Any]:
        return json.loads(self.get("state"))

    def wait_until_asked(self) -> int:
        while not (state := self.state())["asks"]:
            time.sleep(0.005)
        return state["number"]


class User:
    """A session that asks; what it is answered."""

    def __init__(self, page: TargetPage) -> None:
        self.answers: list[TargetWish] = []
        self._thread = threading.Thread(target=self._run, args=(page,), daemon=True)
        self._thread.start()

    def _run(self, page: TargetPage) -> None:
        self.answers.append(page.ask(scene(), lambda colour, mask: mask))

    def answer(self) -> TargetWish:
        self._thread.join(10.0)
        return self.answers[0]


def scene() -> Segments:
    """A red and a blue box of 5 cm on a grey table, 4 mm per pixel."""
    colour, depth = np.full((200, 200, 3), 128, dtype=np.uint8), np.ones((200, 200), dtype=np.float32)
    for place, paint in (((slice(90, 110), slice(90, 110)), (200, 40, 40)), (BLOCK, (40, 60, 200))):
        colour[place], depth[place] = paint, 0.95
    matrix = np.array([[250.0, 0.0, 100.0], [0.0, 250.0, 100.0], [0.0, 0.0, 1.0]])
    workspace = Workspace(-0.3, 0.3, -0.3, 0.3)
    return take_apart(colour, depth, matrix, np.diag([1.0, -1.0, -1.0]), np.array([0.0, 0.0, 1.0]), workspace)


@pytest.fixture
def page() -> Iterator[TargetPage]:
    page = TargetPage(0)
    yield page
    page.close()


def test_a_click_shows_its_mask_and_is_taken(page: TargetPage) -> None:
    browser, user = Browser(page), User(page)
    number = browser.wait_until_asked()
    assert b"Which one is the target?" in browser.get("")
    seen = np.asarray(Image.open(io.BytesIO(browser.get(f"picture/{number}"))))
    np.testing.assert_array_equal(seen, scene().colour)
    shown = browser.post("show", number, "click:140,100")["mask"]
    overlay = np.asarray(Image.open(io.BytesIO(base64.b64decode(shown.partition(",")[2]))))
    expected = np.zeros((200, 200), dtype=bool)
    expected[BLOCK] = True
    np.testing.assert_array_equal(overlay[..., 3] > 0, expected)
    assert browser.state()["asks"]  # showing is not taking
    assert browser.post("take", number, "click:140,100") == {}
    assert user.answer() == TargetWish("click", pixels=(140, 100))
    assert not browser.state()["asks"]


def test_another_try_a_box_and_the_next_picture(page: TargetPage) -> None:
    browser, user = Browser(page), User(page)
    first = browser.wait_until_asked()
    for word, fault in (
        ("click:20,20", "nothing stands"),
        ("box:80,80,160,120", "2 parts"),
        ("click:140", "is needed"),
        ("browser", "a click or a box is needed here"),
        ("mask:/etc/hostname", "a click or a box is needed here"),
    ):
        for path in ("show", "take"):
            assert fault in browser.post(path, first, word)["fault"]
    assert browser.post("take", first, "box:80,80,120,120") == {}
    assert user.answer() == TargetWish("box", pixels=(80, 80, 120, 120))
    user = User(page)
    second = browser.wait_until_asked()
    assert "another picture" in browser.post("take", first, "click:140,100")["fault"]
    assert browser.post("take", second, "hidden") == {}
    assert user.answer() == HIDDEN


@pytest.mark.parametrize("headers", [{"Host": "example.org"}, {"Origin": "http://example.org"}])
def test_other_sites_do_not_name_targets(headers: dict[str, str], page: TargetPage) -> None:
    browser, user = Browser(page), User(page)
    number = browser.wait_until_asked()
    with pytest.raises(urllib.error.HTTPError, match="403"):
        browser.post("take", number, "click:140,100", **headers)
    assert not user.answers
    browser.post("take", number, "hidden")


def test_a_taken_port_is_one_line(page: TargetPage) -> None:
    port = int(page.address.rpartition(":")[2])
    with pytest.raises(UserError, match="choose another port with --port"):
        TargetPage(port)

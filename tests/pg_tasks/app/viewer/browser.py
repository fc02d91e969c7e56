"""A real, headless Chromium, driven through its DevTools protocol."""

from __future__ import annotations

import base64
import io
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

FLAGS = (
    "--headless=new",
    "--no-sandbox",  # it refuses to run as root, as containers do, with one
    "--use-gl=angle",
    "--use-angle=swiftshader",  # WebGL without a graphics card
    "--enable-unsafe-swiftshader",
    "--remote-debugging-port=0",
    "--no-first-run",
    "--window-size=1280,940",
)

CENTRE = """(() => {
  const found = [...document.querySelectorAll('button, label, [role=tab]')].find(e => e.innerText.trim() === %s);
  if (!found) return null;
  const box = found.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
})()"""


class Page:
    """One page of the browser."""

    def __init__(self, socket: Any) -> None:
        self._socket, self._count = socket, 0

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        self._count += 1
        self._socket.send(json.dumps({"id": self._count, "method": method, "params": parameters}))
        while True:
            reply = json.loads(self._socket.recv(timeout=60))
            if reply.get("id") == self._count:
                return reply["result"]

    def evaluate(self, expression: str) -> Any:
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    @property
    def text(self) -> str:
        return self.evaluate("document.body.innerText") or ""

    def click(self, label: str) -> None:
        """Click the button or switch with this text as a hand would."""
        x, y = wait_for(lambda: self.evaluate(CENTRE % json.dumps(label)), f"button {label!r}")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def screenshot(self, path: Path | None = None) -> np.ndarray:
        """Return what is to be seen as uint8 (H, W, 3)."""
        data = base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
        if path is not None:
            path.write_bytes(data)
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def wait_for(value: Callable[[], Any], what: str, timeout: float = 60.0) -> Any:
    """Return what ``value`` gives as soon as it is something; fail after a while."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if found := value():
            return found
        time.sleep(0.2)
    raise TimeoutError(f"{what} did not come within {timeout} s")


@contextmanager
def chromium(url: str, folder: Path) -> Iterator[Page]:
    """Open a page; the browser keeps its files in ``folder``."""
    from websockets.sync.client import connect

    process = subprocess.Popen([str(CHROMIUM), *FLAGS, f"--user-data-dir={folder}", url], stderr=subprocess.DEVNULL)
    try:
        file = folder / "DevToolsActivePort"
        port = wait_for(lambda: file.exists() and file.read_text().splitlines()[:1], "port of the browser")[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as reply:
            (target,) = [page for page in json.load(reply) if page["type"] == "page"]
        with connect(target["webSocketDebuggerUrl"], max_size=None) as socket:
            yield Page(socket)
    finally:
        process.terminate()
        process.wait(timeout=20)

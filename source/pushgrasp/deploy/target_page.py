"""A page in the browser on which the user names the target by a click or a box, sees its mask and confirms it."""

from __future__ import annotations

import base64
import io
import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files

import numpy as np
from PIL import Image

from pushgrasp.deploy.target import HIDDEN, Refinement, TargetWish, find_target, parse_target
from pushgrasp.perception.segment.segments import Segments
from pushgrasp.program import UserError

HOST = "127.0.0.1"
"""Only this machine sees the page."""

HOSTS = (HOST, "localhost")
"""How a browser may have called it; anything else is another site's page that asks through the user's browser."""

OVERLAY = (0, 224, 75, 110)
"""Colour of the mask, RGBA."""

LONGEST = 1000
"""Bytes of a request at most."""


@dataclass(frozen=True)
class _Question:
    """A picture in which the target is to be named."""

    number: int
    segments: Segments
    refine: Refinement

    def mask(self, word: str) -> np.ndarray:
        """Return the pixels (h, w), bool, of what a word names.

        Raises:
            ValueError: If it names nothing, or more than one thing.
        """
        wish = parse_target(word)
        if wish.way not in ("click", "box"):
            raise ValueError(f"target {word!r}: a click or a box is needed here")
        return find_target(self.segments, wish, self.refine)


class TargetPage:
    """Serves the page on loopback from when it is made until it is closed."""

    def __init__(self, port: int) -> None:
        """Listen.

        Args:
            port: Where; 0 for any free one.

        Raises:
            UserError: If the port is taken.
        """
        self._news = threading.Condition()
        self._number = 0
        self._question: _Question | None = None
        self._answer: TargetWish | None = None
        try:
            self._server = ThreadingHTTPServer((HOST, port), _handler(self))
        except (OSError, OverflowError) as error:
            raise UserError(f"no page at {HOST}:{port} ({error}); choose another port with --port") from error
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="target page", daemon=True).start()

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"http://{HOST}:{self._server.server_port}"

    def ask(self, segments: Segments, refine: Refinement) -> TargetWish:
        """Show a picture and wait until the user has named the target in it, or said that it is not to be seen."""
        with self._news:
            self._number += 1
            self._question, self._answer = _Question(self._number, segments, refine), None
            while self._answer is None:
                self._news.wait()
            self._question = None
            return self._answer

    def state(self) -> dict[str, object]:
        """Return whether the page asks, and for which picture."""
        return {"asks": self._question is not None, "number": self._number}

    def picture(self) -> bytes | None:
        """Return the picture that is asked about, as a PNG; None if nothing is asked."""
        question = self._question
        return None if question is None else _png(Image.fromarray(question.segments.colour))

    def show(self, number: int, word: str) -> dict[str, str]:
        """Return the mask of what a word names, as a PNG for the page.

        Raises:
            ValueError: If it names nothing, or another picture is asked about.
        """
        mask = self._asked(number).mask(word)
        pixels = np.where(mask[..., None], np.array(OVERLAY, dtype=np.uint8), np.uint8(0))
        return {"mask": f"data:image/png;base64,{base64.b64encode(_png(Image.fromarray(pixels))).decode()}"}

    def take(self, number: int, word: str) -> dict[str, str]:
        """End the question with what a word names.

        Raises:
            ValueError: As :meth:`show`.
        """
        question, wish = self._asked(number), parse_target(word)
        if wish != HIDDEN:
            question.mask(word)
        with self._news:
            self._answer = wish
            self._news.notify_all()
        return {}

    def close(self) -> None:
        """End the page."""
        self._server.shutdown()
        self._server.server_close()

    def _asked(self, number: int) -> _Question:
        question = self._question
        if question is None or question.number != number:
            raise ValueError("that was another picture: wait for the next one")
        return question


def _handler(page: TargetPage) -> type[BaseHTTPRequestHandler]:
    """Return the class that answers one request."""

    class Request(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/":
                content = files("pushgrasp.deploy").joinpath("templates/target.html").read_bytes()
                self._send("text/html; charset=utf-8", content)
            elif self.path == "/state":
                self._send("application/json", json.dumps(page.state()).encode())
            elif self.path.startswith("/picture/") and (picture := page.picture()) is not None:
                self._send("image/png", picture)
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            called = {"/show": page.show, "/take": page.take}.get(self.path)
            if called is None or not self._is_ours():
                self.send_error(403)
                return
            try:
                asked = json.loads(self.rfile.read(min(int(self.headers["Content-Length"]), LONGEST)))
                answer = called(int(asked["number"]), str(asked["target"]))
            except (ValueError, KeyError, TypeError) as error:
                answer = {"fault": str(error)}
            self._send("application/json", json.dumps(answer).encode())

        def _is_ours(self) -> bool:
            """Whether the request comes from our own page."""
            host, origin = self.headers.get("Host", ""), self.headers.get("Origin")
            return host.partition(":")[0] in HOSTS and origin in (None, f"http://{host}")

        def _send(self, kind: str, content: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the terminal is the session's."""

    return Request


def _png(picture: Image.Image) -> bytes:
    """Return a picture as a file."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()

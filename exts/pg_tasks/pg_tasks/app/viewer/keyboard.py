"""Single keys from the terminal, for viewers whose windows take no buttons of ours."""

from __future__ import annotations

import os
import select
import sys
import termios
import tty
from collections.abc import Callable, Mapping
from types import TracebackType

from .controller import ViewerController
from .layers import Layers

HELP = "keys: s step, space play or pause, n new scene, p next policy, 1-5 overlays, q quit"


def commands(controller: ViewerController, layers: Layers) -> dict[str, Callable[[], object]]:
    """Return what each key does."""

    def next_policy() -> None:
        index = controller.policies.index(controller.policy) + 1
        controller.choose(controller.policies[index % len(controller.policies)])

    keys: dict[str, Callable[[], object]] = {
        "s": controller.step,
        " ": controller.toggle,
        "n": controller.new_scene,
        "p": next_policy,
        "q": controller.close,
    }
    for index, name in enumerate(layers.shown):
        keys[str(index + 1)] = lambda name=name: layers.switch(name, not layers.shown[name])
    return keys


class Keyboard:
    """Reads keys without waiting for the return key while it is entered; does nothing where there is no terminal."""

    def __init__(self, keys: Mapping[str, Callable[[], object]], terminal: int | None = None) -> None:
        """Read from a file descriptor; None takes standard input."""
        self._keys = keys
        self._terminal = _standard_input() if terminal is None else terminal
        self.active = self._terminal >= 0 and os.isatty(self._terminal)
        """Whether there is a terminal."""

    def __enter__(self) -> Keyboard:
        if self.active:
            self._settings = termios.tcgetattr(self._terminal)
            tty.setcbreak(self._terminal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.active:
            termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._settings)

    def poll(self) -> None:
        """Do what the keys pressed since the last call say; other keys do nothing."""
        while self.active and select.select([self._terminal], [], [], 0.0)[0]:
            pressed = os.read(self._terminal, 64).decode(errors="ignore")
            if not pressed:
                self.active = False  # the terminal has gone
            for key in pressed:
                self._keys.get(key, bool)()


def _standard_input() -> int:
    """Return the file descriptor of standard input, or -1 where it is not a file, in a notebook say."""
    try:
        return sys.stdin.fileno()
    except (AttributeError, OSError):
        return -1

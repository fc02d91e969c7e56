"""Fake controllers with arms without mass.

``python -m pushgrasp.deploy.fake.controller left=127.0.0.1 right=127.0.0.2,local``

They run until the standard input ends. Each line of it is a fault (:func:`obey`), each line of the output an answer;
the first says ``ready``. A controller with ``,local`` is in local mode, one with ``,stopping`` ends its program at a
protective stop.
"""

from __future__ import annotations

import sys

import numpy as np

from pushgrasp.deploy.fake.controller.backend import KinematicBackend
from pushgrasp.deploy.fake.controller.controller import Controller
from pushgrasp.deploy.fake.controller.faults import obey
from pushgrasp.deploy.fake.controller.machine import MachineCfg

HOME = np.array([0.0, -1.57, 1.57, -1.57, -1.57, 0.0])
"""Where the arms begin [rad]."""


def main(arguments: list[str]) -> None:
    """Run the controllers that the arguments name."""
    named = dict(argument.split("=") for argument in arguments)
    controllers = {name: _controller(*text.split(",")) for name, text in named.items()}
    _answer("ready")
    for line in sys.stdin:
        _answer(obey(line, controllers))
    for controller in controllers.values():
        controller.close()


def _controller(address: str, *words: str) -> Controller:
    """Switch one controller on."""
    cfg = MachineCfg(remote_control="local" not in words, protective_pauses="stopping" not in words)
    return Controller(address, KinematicBackend(HOME), cfg)


def _answer(text: str) -> None:
    """Write one line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])

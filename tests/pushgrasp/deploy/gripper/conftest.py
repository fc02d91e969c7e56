"""A fake gripper in a process of its own."""

import multiprocessing
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fake_gripper import FakeGripper, serve

from pushgrasp.deploy.gripper.cfg import RobotiqCfg
from pushgrasp.deploy.gripper.robotiq import RobotiqGripper

CALM = {"address": "127.0.0.1", "stale": 0.5}
"""A gripper of these tests, which share the machine with others."""


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeGripper]:
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=serve, args=(there,), daemon=True)
    process.start()
    yield FakeGripper(here)
    process.kill()
    process.join()


@pytest.fixture
def connect(fake: FakeGripper) -> Iterator:
    """Return a function that makes a new fake gripper and connects to it."""
    grippers = []

    def connected(fake_options: dict | None = None, **options: object) -> RobotiqGripper:
        fake.renew(**{"active": True, **(fake_options or {})})
        grippers.append(RobotiqGripper(RobotiqCfg(**{**CALM, "port": fake.port, **options})))
        return grippers[-1]

    yield connected
    for gripper in grippers:
        gripper.close()

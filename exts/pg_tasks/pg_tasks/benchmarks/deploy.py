"""Whole sessions of ``scripts/deploy.py`` with a cell of physics, without protocols and waiting."""

from __future__ import annotations

import math
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch

from pg_tasks.envs.scene_sets import scene_set
from pg_tasks.envs.settling import settle
from pushgrasp.deploy.devices import DeviceFault
from pushgrasp.deploy.fake.in_process import in_process_cell
from pushgrasp.deploy.run import WORD, Order, Person, hold_session
from pushgrasp.deploy.session import LoggedAction, Session
from pushgrasp.deploy.settings import read_cell
from pushgrasp.deploy.target import parse_target
from pushgrasp.scenes.scene import Scene
from pushgrasp_assets import ROOT

from .figures import Figure

CASES = {"P1/case1": 40, "P1/case2": 20}
"""Families, and how many of their scenes."""

SEED = 4200
"""Of the scenes: one that nothing was tuned on."""

MAX_ACTIONS = 15
"""Actions of a session at most."""

CELL = ROOT / "cells" / "loopback.yaml"


def run(scenes: int | None = None, policy: str = "pretrained") -> list[Figure]:
    """Hold a session on each scene; ``scenes`` of each family, all of :data:`CASES` by default."""
    figures = []
    for family, count in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            held = [
                _hold(scene, policy, Path(folder) / str(i)) for i, scene in enumerate(draw(family, scenes or count))
            ]
        figures += _figures(family, held)
    return figures


def draw(family: str, count: int) -> list[Scene]:
    """Return the first scenes of a family that come to rest."""
    drawn = scene_set(family)
    found: list[Scene] = []
    for number in range(10 * count):
        scene = drawn.draw(torch.Generator().manual_seed(1_000_003 * SEED + number), number)
        settled = settle(scene)
        if settled.rested and not settled.lost and len(found) < count:
            found.append(settled.scene)
    return found


@dataclass(frozen=True)
class _Held:
    """One session."""

    done: bool
    """Whether the target is in the tray."""
    fault: str
    """What has ended it, if something did."""
    actions: list[LoggedAction]
    cycles: int
    """Control cycles."""


def _hold(scene: Scene, policy: str, folder: Path) -> _Held:
    order = Order(CELL, policy, parse_target("green"), folder, execute=True, max_actions=MAX_ACTIONS)
    cell, person = read_cell(CELL), Person(lambda line: None, lambda question: WORD)
    done, fault = False, ""
    try:
        done = hold_session(order, cell, in_process_cell(cell, scene)[0], person)
    except DeviceFault as error:
        fault = str(error)
    log = Session.read(folder)
    return _Held(done, fault, [action for action in log.actions if action.action is not None], len(log.cycles()))


def _figures(family: str, held: list[_Held]) -> list[Figure]:
    completed = [session for session in held if session.done]
    picks = [a for s in completed for a in s.actions if a.action is not None and bool(a.action.picks.any())]
    thought = [action.seconds or 0.0 for session in held for action in session.actions]
    numbers = {
        "sessions": (len(held), ""),
        "target in the tray": (100.0 * len(completed) / len(held), "%"),
        "ended by a stop": (sum(bool(session.fault) for session in held), ""),
        "grasp success": (100.0 * sum(bool(a.success) for a in picks) / max(1, len(picks)), "%"),
        "motion number": (statistics.fmean(len(s.actions) for s in completed) if completed else math.nan, ""),
        "from the pictures to the plan, median": (1e3 * statistics.median(thought), "ms"),
        "seconds of motion per session": (statistics.fmean(s.cycles for s in held) * read_cell(CELL).safety.cycle, "s"),
    }
    return [Figure("deploy", f"{family}: {name}", value, unit) for name, (value, unit) in numbers.items()]

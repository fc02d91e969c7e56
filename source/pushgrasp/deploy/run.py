"""A session with a cell: look, decide, show, and, if that is wanted, move, until what is wanted lies in the tray."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pushgrasp.deploy.cell import CellView, RobotCell
from pushgrasp.deploy.choosing import ChosenPolicy, choose_policy
from pushgrasp.deploy.grabcut import refined_by_grabcut
from pushgrasp.deploy.opening import Devices, connect
from pushgrasp.deploy.planning import CellPlan, NoPlanError, Planner
from pushgrasp.deploy.realtime import has_precedence, realtime
from pushgrasp.deploy.sam2 import sam2_refinement
from pushgrasp.deploy.seeing import Eye
from pushgrasp.deploy.session import SessionLog
from pushgrasp.deploy.settings import CellCfg, cell_digest, check_speed, read_cell
from pushgrasp.deploy.showing import save_decision
from pushgrasp.deploy.target import ALL, BROWSER, Naming, Refinement, TargetWish
from pushgrasp.deploy.target_page import TargetPage
from pushgrasp.interface.action import KIND_NAMES, Action, in_words
from pushgrasp.interface.outcome import Outcome
from pushgrasp.interface.world import Policy
from pushgrasp.perception.segment.segments import Segments
from pushgrasp.program import UserError

VAIN = 3
"""Actions in a row that the arms cannot carry out, after which a session ends."""

WORD = "move"
"""What has to be typed before anything moves."""

UNHURRIED = "No real-time priority: other programs can hold up the arms, which then stop (docs/deploy.md, Real time)"
"""Said where the system does not grant precedence."""


@dataclass(frozen=True)
class Order:
    """What the user wants."""

    cell: Path
    """The cell's file."""
    policy: str
    target: TargetWish
    out: Path
    """Folder of the session's log; it must not exist."""
    execute: bool = False
    """Whether anything may move; else no control connection is opened."""
    max_actions: int = 15
    speed: float = 1.0
    """Share of the cell's speeds; the first action takes ``safety.first_speed`` of it."""
    seed: int = 0
    """Of what the policy draws."""
    time_budget: float | None = None
    """Time in which a policy that plans decides [s]."""
    sam2: Path | None = None
    """Folder of the user's weights of SAM 2, which then mends the target's mask in the place of GrabCut."""
    port: int = 0
    """Of the page on which the user names the target in a browser; 0 for any free one."""


@dataclass(frozen=True)
class Person:
    """Who sits before the cell."""

    tell: Callable[[str], None]
    """Shows a line."""
    ask: Callable[[str], str]
    """Shows a question and returns what is typed."""

    def confirm(self, what: str) -> None:
        """Ask whether something may move.

        Raises:
            UserError: If the word is not typed.
        """
        try:
            typed = self.ask(f"{what}. Type {WORD!r} to go on: ")
        except EOFError:
            raise UserError("nobody is there to confirm it; nothing more has moved") from None
        if typed.strip() != WORD:
            raise UserError("not confirmed; nothing more has moved")


def run(order: Order, person: Person) -> bool:
    """Hold a session; return whether the target lies in the tray.

    Raises:
        UserError, ValueError, OSError: For what the user can mend; nothing has moved then.
        DeviceFault: If a device fails; every arm has been told to stop.
    """
    check_speed(order.speed)
    cell = read_cell(order.cell)
    require_calibration(cell, date.today())
    with ExitStack() as stack:
        if order.execute and not stack.enter_context(realtime()):
            person.tell(UNHURRIED)
        return hold_session(order, cell, connect(cell, stack), person)


def hold_session(order: Order, cell: CellCfg, devices: Devices, person: Person) -> bool:
    """Hold a session with devices that are connected; see :func:`run`."""
    planner = Planner(cell, order.speed * cell.safety.first_speed, devices.kinematics)
    refine = refined_by_grabcut if order.sam2 is None else sam2_refinement(order.sam2)
    chosen = choose_policy(order.policy, CellView(planner), order.time_budget)
    about = _about(order, cell, chosen, devices)
    with ExitStack() as stack:
        ask = _page(order, person, stack) if order.target == BROWSER else None
        eye = Eye(devices.camera, cell.camera, cell.workspace, cell.tray, refine=refine, ask=ask)
        log = stack.enter_context(closing(SessionLog(order.out, about, order.cell, len(cell.arms))))
        world = RobotCell(cell, eye, planner, devices, order.target, log)
        try:
            return _Session(order, world, chosen.policy, log, person).run()
        except BaseException as error:
            with suppress(OSError):  # of a full disk
                log.event("end", f"{type(error).__name__}: {error}")
            raise


def _page(order: Order, person: Person, stack: ExitStack) -> Naming:
    """Open the page on which the user names the target; it is closed with the stack."""
    page = stack.enter_context(closing(TargetPage(order.port)))

    def ask(segments: Segments, refine: Refinement) -> TargetWish:
        person.tell(f"Name the target in a browser: {page.address}")
        return page.ask(segments, refine)

    return ask


def require_calibration(cell: CellCfg, today: date) -> None:
    """Refuse a calibration that is too old.

    Raises:
        UserError: If it is.
    """
    if cell.calibration is not None and (age := cell.calibration.age(today)) > cell.calibration.age_limit:
        limit = cell.calibration.age_limit
        raise UserError(f"the calibration is {age} days old, {limit} are allowed: run scripts/calibrate.py again")


def _about(order: Order, cell: CellCfg, chosen: ChosenPolicy, devices: Devices) -> dict[str, Any]:
    versions = {name: version(name) for name in ("pushgrasp", "torch", "numpy")}
    return {
        "policy": order.policy,
        "policy_digest": chosen.digest,
        "time_budget": order.time_budget,
        "intrinsics": devices.camera.intrinsics.tolist(),
        "target": str(order.target),
        "sam2": str(order.sam2) if order.sam2 else None,
        "execute": order.execute,
        "speed": order.speed,
        "realtime": has_precedence(),
        "seed": order.seed,
        "cell": cell_digest(cell),
        "calibration": cell.calibration.digest if cell.calibration else None,
        "versions": {"python": platform.python_version(), **versions},
    }


class _Session:
    """One session."""

    def __init__(
        self,
        order: Order,
        world: RobotCell,
        policy: Policy,
        log: SessionLog,
        person: Person,
    ) -> None:
        self._order, self._world, self._policy, self._log, self._person = order, world, policy, log, person
        self._moves = False
        self._thought: list[float] = []  # from the pictures to each plan [s]
        self._policy.begin(0, torch.Generator().manual_seed(order.seed))

    def run(self) -> bool:
        """Act until the target is in the tray, or the table is clear."""
        if self._order.execute and not self._world.is_home():
            self._person.confirm("The arms are not at home: they go there slowly")
            self._make_ready()
            self._world.go_home()
        if self._world.seen.unclear or (self._clears and self._world.seen.missing):
            raise UserError(self._world.seen.missing)
        vain = taken = 0
        for number in range(self._order.max_actions):
            outcome = self._act(number)
            if outcome is None:
                return False
            vain = 0 if bool(outcome.executed) else vain + 1
            taken += int(outcome.taken.sum())
            if self._is_done(outcome):
                what = f"The table is clear: {taken} objects are" if self._clears else "The target is"
                self._end(f"{what} in the tray after {number + 1} actions.")
                return True
            if vain == VAIN:
                self._end(f"The arms could not carry out {VAIN} actions in a row.")
                return False
        what = f"The table is not clear ({taken} objects taken)" if self._clears else "The target was not taken"
        self._end(f"{what} in {self._order.max_actions} actions.")
        return False

    @property
    def _clears(self) -> bool:
        return self._order.target == ALL

    def _is_done(self, outcome: Outcome) -> bool:
        return not self._world.seen.ids.any() if self._clears else bool(outcome.grasped)

    def _act(self, number: int) -> Outcome | None:
        """Decide, show and do one action; None where nothing is to move."""
        seen = self._world.seen
        if seen.missing:
            self._say("target", f"The target is not seen: {seen.missing}")
        begun = time.perf_counter()
        with torch.inference_mode():
            action = self._policy.act(seen.observation, torch.tensor([True]))
        try:
            plan = self._world.plan(action)
        except NoPlanError as error:
            self._decided(action, begun)
            self._say("plan", f"Action {number + 1}: {words(action)}: {error}")
            return self._vain(action) if self._order.execute else None
        self._decided(action, begun)
        folder = self._log.folder / f"action_{number:03d}"
        save_decision(folder, self._world, action, plan)
        self._say("plan", f"Action {number + 1}: {words(action)}, {float(plan.motion.duration):.1f} s; see {folder}")
        return self._move(action, plan) if self._order.execute else self._stay()

    def _decided(self, action: Action, begun: float) -> None:
        """Keep an action that the policy has begun to choose at a moment of ``time.perf_counter()`` [s]."""
        self._thought.append(self._world.seen.seconds + time.perf_counter() - begun)
        self._log.decided(action, self._thought[-1])

    def _stay(self) -> None:
        self._end("Nothing has moved: --execute was not given.")

    def _vain(self, action: Action) -> Outcome:
        outcome = self._world.not_done(action)
        self._policy.learn_of(action, outcome)
        self._world.look_again()
        return outcome

    def _move(self, action: Action, plan: CellPlan) -> Outcome:
        if not self._moves:
            self._person.confirm(f"The arms are about to {words(plan.action)}")
        self._make_ready()
        outcome = self._world.carry_out(action)
        self._policy.learn_of(action, outcome)
        self._say("outcome", f"  {'succeeded' if bool(outcome.success) else 'failed'}")
        self._world.planner.set_speed(self._order.speed)
        return outcome

    def _make_ready(self) -> None:
        if not self._moves:
            self._log.event("control", "grippers ready")
            self._world.make_ready(self._person.confirm)
            self._moves = True

    def _end(self, text: str) -> None:
        if self._world.busy:
            self._say("cycles", told_of_cycles(self._world.busy))
        if self._thought:
            self._say("decisions", told_of_decisions(self._thought))
        self._say("end", text)

    def _say(self, kind: str, text: str) -> None:
        self._log.event(kind, text)
        self._person.tell(text)


def told_of_cycles(busy: Sequence[float]) -> str:
    """Return how long guards and set-points of the control cycles took, given the seconds of each, in words."""
    return f"Guards and set-points of {len(busy)} control cycles: {_spread(busy)}"


def told_of_decisions(thought: Sequence[float]) -> str:
    """Return how long it took from the pictures to the plans, given the seconds of each, in words."""
    return f"From the pictures to the plan ({len(thought)} actions): {_spread(thought)}"


def _spread(seconds: Sequence[float]) -> str:
    median, late = (1e3 * float(np.quantile(seconds, share)) for share in (0.5, 0.99))
    return f"{median:.2f} ms median, {late:.2f} ms p99, {1e3 * max(seconds):.2f} ms at most"


def words(action: Action) -> str:
    """Return what the arms do, in words."""
    return in_words(KIND_NAMES[kind] for kind in action.kind[0].tolist())

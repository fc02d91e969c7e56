"""A robot cell as a world: what a policy sees of it, and what it does there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch
from torch.nn.functional import one_hot

from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.deploy.devices import DeviceFault
from pushgrasp.deploy.follower import Followed, Follower, FollowerCfg
from pushgrasp.deploy.gripper.holding import HoldCfg, is_holding
from pushgrasp.deploy.guards import CycleGuard
from pushgrasp.deploy.opening import Devices
from pushgrasp.deploy.planning import CellPlan, Planner
from pushgrasp.deploy.seeing import Eye, Seen
from pushgrasp.deploy.session import SessionLog
from pushgrasp.deploy.settings import CellCfg
from pushgrasp.deploy.target import TargetWish
from pushgrasp.interface.action import Action, Kind
from pushgrasp.interface.outcome import Outcome, push_succeeded
from pushgrasp.interface.world import Observation
from pushgrasp.perception.isolation import isolate_rate
from pushgrasp.perception.masks import is_visible, object_mask, target_mask
from pushgrasp.perception.workspace import Workspace

HOME_TOLERANCE = 0.01
"""Arms whose joints are all within this of home are at home [rad]."""

NEIGHBOUR_HEIGHT = 0.01
"""Cells higher than this count as occupied in the isolate rate [m], as in the simulation."""

ISOLATION_GAIN = 0.05
"""Rise of the isolate rate that makes a push good, as in the simulation."""

GONE = 0.3
"""A target of which less than this share of its cells is left, and that jaws hold, has been taken."""

CHANGE = 0.01
"""A cell whose height changes by more than this has changed [m]."""


class CellView:
    """What a policy is made for: as much of a :class:`~pushgrasp.interface.world.World` as there is without devices."""

    num_worlds = 1

    def __init__(self, planner: Planner, decoder: DecoderCfg | None = None) -> None:
        """Describe the arms that a planner plans for."""
        self.planner, self.decoder = planner, decoder or DecoderCfg()

    @property
    def workspace(self) -> Workspace:
        """Area of the heightmaps."""
        return Workspace()

    @property
    def arms(self) -> Planner:
        """What a policy has to know of the arms."""
        return self.planner

    def observe(self) -> Observation:
        """Refuse: there is no camera.

        Raises:
            DeviceFault: Always.
        """
        raise DeviceFault("there are no devices behind this cell")

    def carry_out(self, action: Action) -> Outcome:
        """Refuse: there are no arms.

        Raises:
            DeviceFault: Always.
        """
        raise DeviceFault("there are no devices behind this cell")


class RobotCell(CellView):
    """A table with real arms, N = 1; a :class:`~pushgrasp.interface.world.World`."""

    def __init__(
        self,
        cfg: CellCfg,
        eye: Eye,
        planner: Planner,
        devices: Devices,
        wish: TargetWish,
        log: SessionLog,
        decoder: DecoderCfg | None = None,
        control: FollowerCfg | None = None,
    ) -> None:
        """Put the parts together; nothing moves."""
        super().__init__(planner, decoder)
        self._cfg, self._eye, self._wish, self._log = cfg, eye, wish, log
        self._arms, self._grippers = devices.arms, devices.grippers
        control = control or FollowerCfg(cycle=cfg.safety.cycle, descent_force=cfg.limits.descent_force)
        self._follower = Follower(self._arms, self._grippers, CycleGuard(cfg), log, control, devices.clock)
        self.busy: list[float] = []
        """How long guards and set-points took in each control cycle so far [s]."""
        self._seen: Seen | None = None
        self._plan: tuple[Action, CellPlan] | None = None  # the last one, so that arms under control do not wait for it

    @property
    def seen(self) -> Seen:
        """The last look at the table; the first one is taken when it is asked for."""
        if self._seen is None:
            self._seen = self._look()
        return self._seen

    def observe(self) -> Observation:
        """Return what is seen."""
        return self.seen.observation

    def look_again(self) -> Seen:
        """Take new pictures."""
        self._seen = self._look()
        return self._seen

    @property
    def camera(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Intrinsics (1, 3, 3) [pixel], rotation to the world (1, 3, 3) and place (1, 3) [m] of the camera."""
        matrix = torch.from_numpy(self._eye.intrinsics.astype(np.float32))
        return matrix[None], self._eye.rotation[None], self._eye.position[None]

    def plan(self, action: Action) -> CellPlan:
        """Return how an action would be carried out (see :meth:`Planner.plan`)."""
        self._plan = action, self.planner.plan(action, self._measured())
        return self._plan[1]

    def carry_out(self, action: Action) -> Outcome:
        """Plan an action, unless that was done last, carry it out, look again, and return what it achieved.

        Raises:
            NoPlanError, EnvelopeError, ValueError: If it cannot be planned; nothing has moved.
            DeviceFault: If something fails; every arm has been told to stop.
        """
        before = self.seen
        plan = self._plan[1] if self._plan is not None and self._plan[0] is action else self.plan(action)
        self._log.planned(plan)
        with self._under_control():
            followed = self._follower.follow(plan.course, plan.sent)
        self.busy.extend(followed.busy)
        self._log.next_action()
        outcome = self._judge(action, followed, before, self.look_again())
        self._log.achieved(outcome)
        return outcome

    def not_done(self, action: Action) -> Outcome:
        """Return the outcome of an action that the arms cannot carry out."""
        outcome = nothing_done(action, int(self.seen.ids.max(initial=1)))
        self._log.next_action()
        self._log.achieved(outcome)
        return outcome

    def is_home(self) -> bool:
        """Whether all arms are at home."""
        return bool((self._measured() - self.planner.home).abs().max() <= HOME_TOLERANCE)

    def go_home(self) -> None:
        """Bring the arms home slowly.

        Raises:
            EnvelopeError: If the way leaves the safety envelope; nothing has moved.
            DeviceFault: If something fails; every arm has been told to stop.
        """
        widths = torch.tensor([gripper.state().width for gripper in self._grippers], dtype=torch.float64)
        course = self.planner.home_course(self._measured(), widths)
        with self._under_control():
            self._follower.follow(course)

    def make_ready(self, confirm: Callable[[str], None]) -> None:
        """Activate the grippers; ``confirm`` is asked before jaws sweep, and raises if not."""
        for gripper in self._grippers:
            if not gripper.state().active:
                confirm(f"{gripper.name}: the jaws open and close once")
                gripper.activate()

    @contextmanager
    def _under_control(self) -> Iterator[None]:
        """Take control of the arms for one motion: while nothing is sent their watchdogs would stop them."""
        try:
            for arm in self._arms:
                arm.start()
            yield
        finally:
            silent = self.stop()
        if silent:
            raise DeviceFault(f"{', '.join(silent)}: could not be told to stop; look at the controller")

    def stop(self) -> list[str]:
        """Tell every arm to stop; return the names of those that could not be told."""
        return self._follower.stop()

    def _look(self) -> Seen:
        seen, frames = self._eye.look(self._wish)
        self._log.seen(seen, frames)
        return seen

    def _measured(self) -> torch.Tensor:
        return torch.from_numpy(np.stack([arm.state().joints for arm in self._arms]))

    def _judge(self, action: Action, followed: Followed, before: Seen, after: Seen) -> Outcome:
        """Judge from the pictures before and after, and from what the grippers have told."""
        slots = int(before.ids.max(initial=1))
        grasps = action.valid & (action.kind == Kind.GRASP)
        holds = torch.tensor([[_held(followed, arm) for arm in range(action.kind.shape[1])]]) & grasps
        clears = before.observation.clearing and bool(grasps.any())
        wanted = _grasped(action, before) if clears else torch.zeros_like(action.kind)
        taken = holds & _gone(before, after, slots).gather(1, wanted)
        outcome = nothing_done(action, slots)
        outcome.lifted[0] = one_hot(wanted[0], slots).bool() & taken[0, :, None]
        return replace(
            outcome,
            executed=torch.ones(1, dtype=torch.bool),
            success=taken.any(dim=1) if bool(grasps.any()) else _pushed(before, after, self.workspace),
            wrong_lifted=holds.any(dim=1) & ~taken.any(dim=1),
            moved=_moved(before, after, slots),
        )


def nothing_done(action: Action, slots: int) -> Outcome:
    """Return the outcome of an action of one world that was not carried out, with S slots for objects."""
    none, each = torch.zeros(1, dtype=torch.bool), torch.zeros(1, slots, dtype=torch.bool)
    return Outcome(
        kind=action.kind,
        executed=none,
        success=none,
        wrong_lifted=none,
        target_lost=none,
        fault=none,
        lifted=each[:, None].repeat(1, action.kind.shape[1], 1),
        moved=each,
        lost=each,
    )


def _held(followed: Followed, arm: int) -> bool:
    before, after = followed.closed[arm], followed.held[arm]
    return before is not None and after is not None and is_holding(before, after, HoldCfg())


def _grasped(action: Action, before: Seen) -> torch.Tensor:
    """Slot of the object that lies nearest to where each arm's jaws close, shape (1, A), long."""
    maps, area = before.observation.heightmaps, before.observation.workspace
    cells = (maps.ids[0] > 0).nonzero()
    away = torch.cdist(action.position[0, :, :2], area.cell_to_xy(cells.float()))
    nearest = cells[away.argmin(dim=1)]
    return maps.ids[0, nearest[:, 0], nearest[:, 1]][None] - 1


def _gone(before: Seen, after: Seen, slots: int) -> torch.Tensor:
    """Objects that are not where they were, shape (1, S), bool: the target as it is found again, others by height."""
    old, new = before.observation, after.observation
    if not old.clearing:
        cells = [int(target_mask(seen.heightmaps.ids, seen.target_id).sum()) for seen in (old, new)]
        return torch.tensor([[cells[1] < GONE * max(cells[0], 1)]]).repeat(1, slots)
    return _share_of_cells(old.heightmaps.height - new.heightmaps.height > CHANGE, old, slots) > 1.0 - GONE


def _share_of_cells(where: torch.Tensor, seen: Observation, slots: int) -> torch.Tensor:
    """Share of each object's cells that lies in a mask (1, H, W), shape (1, S)."""
    ids = seen.heightmaps.ids[0].long().clamp(min=0, max=slots)
    whole = torch.bincount(ids.flatten(), minlength=slots + 1)
    return (torch.bincount(ids[where[0]].flatten(), minlength=slots + 1) / whole.clamp(min=1))[None, 1:]


def _pushed(before: Seen, after: Seen, workspace: Workspace) -> torch.Tensor:
    """Whether the target stands freer or came into view, shape (1,), bool."""
    rates, visible = [], []
    for seen in (before, after):
        maps = seen.observation.heightmaps
        target = target_mask(maps.ids, seen.observation.target_id)
        occupied = object_mask(maps.ids, maps.height, NEIGHBOUR_HEIGHT)
        rates.append(isolate_rate(target, occupied, workspace.resolution))
        visible.append(is_visible(target))
    return push_succeeded(rates[0], rates[1], visible[0], visible[1], ISOLATION_GAIN)


def _moved(before: Seen, after: Seen, slots: int) -> torch.Tensor:
    """Objects of whose cells more than half went up or down by over 1 cm, shape (1, S), bool."""
    old, new = before.observation.heightmaps.height, after.observation.heightmaps.height
    return _share_of_cells((old - new).abs() > CHANGE, before.observation, slots) > 0.5

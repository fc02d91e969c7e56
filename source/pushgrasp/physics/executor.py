"""One action on its way: a motion cut into the simulation's ticks, and where everything was when it was judged."""

from __future__ import annotations

from collections.abc import Callable

import torch

from pushgrasp.interface.action import Action, Kind
from pushgrasp.interface.outcome import lifted_slots
from pushgrasp.interface.world import only
from pushgrasp.physics.rig_protocol import Motion, Mover, SetPoints


class Execution[M: Motion, C: SetPoints, Tick]:
    """Carries a motion out in N worlds with S slots, from one stop to the next.

    Between stops a rig that ticks on demand is left alone; at a stop somebody looks. Whoever steps the simulation calls
    :meth:`look`, :meth:`command` and the step in turn; in copies of a world :meth:`run` takes the place of the latter
    two.
    """

    def __init__(
        self,
        rig: Mover[M, C, Tick],
        motion: M,
        dt: float,
        positions: Callable[[], torch.Tensor],
        picks: torch.Tensor | None = None,
        every_tick: bool = False,
    ) -> None:
        """Begin; the arms are at home and nothing moves.

        Args:
            rig: The arms.
            motion: What they do.
            dt: Duration of a tick [s].
            positions: Gives where the slots are [m], shape (N, S, 3).
            picks: Arms that are meant to lift something, shape (N, A), bool; None means those that do.
            every_tick: Stop after each tick, as always where the rig does not tick on demand.
        """
        self._rig, self._positions, self._before = rig, positions, positions()
        judged = motion.measure_time
        self._tcp, self._holds = motion.tcp_positions(judged).transpose(1, 2), judged > 0.0
        self._picks = self._holds if picks is None else picks
        self.ticks = ticks_until(motion.duration, dt).clamp(min=1)
        """Ticks that each world takes, shape (N,), long."""
        self.at_top = self._before[:, None].repeat(1, judged.shape[1], 1, 1)
        """Where the slots were when each arm was judged, else before the action [m], shape (N, A, S, 3)."""
        self.tick = 0
        """Ticks that have passed."""
        self._judged_after = torch.where(self._holds, ticks_until(judged, dt) - 1, 0)
        count = int(self.ticks.max())
        looked_at = self._judged_after[self._judged_after > 0].tolist()
        every_tick = every_tick or not rig.is_direct
        self.stops = list(range(1, count + 1)) if every_tick else sorted({*looked_at, count})
        """Numbers of ticks after which it stops, rising."""
        clocks = dt * torch.arange(1, count + 1, device=self.ticks.device, dtype=torch.float64)
        self._set_points = rig.sample(motion, clocks.expand(len(self.ticks), -1))
        rig.begin_action()

    def look(self) -> torch.Tensor:
        """Keep where everything is for arms that are judged now; return in which worlds the last one is, (N,), bool."""
        now = (self._judged_after == self.tick) & (self._judged_after > 0)
        if bool(now.any()):
            self.at_top = torch.where(now[..., None, None], self._positions()[:, None], self.at_top)
        return (now & (self._judged_after == self._judged_after.amax(dim=1, keepdim=True))).any(dim=1)

    def lifted(self, active: torch.Tensor) -> torch.Tensor:
        """Return which of the slots of a mask (N, S) each arm has lifted, shape (N, A, S), bool."""
        return lifted_slots(self._before, self.at_top, self._tcp, self._holds, self._picks, active)

    @property
    def rise(self) -> torch.Tensor:
        """How much higher than before each slot was at most when an arm was judged [m], shape (N, S)."""
        return (self.at_top - self._before[:, None])[..., 2].amax(dim=1)

    def command(self) -> None:
        """Send the set-points of the tick that ends at the next stop; those before it pass at once."""
        stop = self._next_stop()
        if self._rig.is_direct:
            self._rig.run(self._set_points, self.tick, stop - 1, self.ticks)
        self._rig.command(self._set_points.at(stop - 1), self.ticks >= stop)
        self.tick = stop

    def run(self) -> bool:
        """Let all ticks up to the next stop pass; return whether any are left."""
        stop = min(self._next_stop(), int(self.ticks.max()))
        self._rig.run(self._set_points, self.tick, stop, self.ticks)
        self.tick = stop
        return stop < int(self.ticks.max())

    def rehearse(self, actions: Action, active: torch.Tensor, target: int, to_lift: bool = False) -> None:
        """Let all ticks pass in copies of one world, each of which carries out one of C actions.

        A single grasp that has not lifted the slot ``target`` alone, of the slots of a mask (1, S), ends there; with
        ``to_lift`` every single grasp does.
        """
        lone = actions.does(Kind.GRASP) & (actions.valid.sum(dim=1) == 1)
        while self.run():
            judged = self.look() & lone
            self.leave(judged if to_lift else judged & ~only(self.lifted(active), target))

    def leave(self, worlds: torch.Tensor) -> None:
        """Let no more time pass in the worlds of a mask (N,)."""
        self.ticks = torch.where(worlds, self.tick, self.ticks)

    def _next_stop(self) -> int:
        return next(stop for stop in self.stops if stop > self.tick)


def ticks_until(seconds: torch.Tensor, dt: float) -> torch.Tensor:
    """Whole ticks until given times [s], long."""
    return (seconds.double() / dt).ceil().long()

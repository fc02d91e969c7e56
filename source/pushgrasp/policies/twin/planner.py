"""One step ahead: which of the candidates of trained networks does best in the reconstruction."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch
from torch import Tensor

from pushgrasp.grasping.labels.surface import SurfacePoints
from pushgrasp.interface.action import Action
from pushgrasp.interface.outcome import lost_slots
from pushgrasp.policies.baselines.oracle.geometry import best_cost
from pushgrasp.policies.baselines.oracle.grasps import true_grasps
from pushgrasp.policies.pg4da.policy import AgentSettings
from pushgrasp.policies.pg4da.spatial.rehearsal import EASE
from pushgrasp.policies.twin.world import TwinWorld
from pushgrasp.settings import Count, NotNegative, Positive, Settings

LEAST_WORTH = 0.02
"""Worths of strokes are taken as no nearer than this to 0 and 1."""

THREADS = 2
"""Copies that run at once, and threads that look for grasps after strokes."""


@dataclass
class TwinCfg(Settings):
    """What is tried, and what its outcome says."""

    grasps: Count = 8
    """Grasps that are tried at most."""
    strokes: Count = 6
    """Strokes that are tried at most, half of them those that the networks prefer."""
    time_budget: Positive | None = None
    """Time after which nothing more is tried [s]; with it, a trial may come out differently on a slower machine."""
    say: NotNegative = 0.75
    """What the outcome of a tried grasp adds to its log-odds, or takes from them."""
    sure: NotNegative = 2.5
    """Log-odds above which a grasp is done without a look at strokes; one of less, but above 0, is done if no stroke is
    worth more than its chance."""
    trust: NotNegative = 0.3
    """What the networks' log-odds of a stroke's worth count beside the one that was found."""
    networks: AgentSettings | None = None
    """What the networks were trained with; None takes the defaults of their head."""
    margin: NotNegative = 0.03
    """Strokes that leave something that they have moved nearer to the table's edge than this are worth nothing [m]."""
    good: Positive = 0.8
    """Worth of a stroke that makes it needless to try others."""


@dataclass
class Planner:
    """Tries candidates of one world in its reconstruction."""

    twin: TwinWorld
    target: int
    """Slot of the target."""
    action: Callable[[Tensor], Action]
    """Gives the actions (C) of numbers (C,) of choices."""
    cfg: TwinCfg

    def __post_init__(self) -> None:
        """Begin to count time."""
        self._begun = time.perf_counter()

    def best(self, grasps: Tensor, strokes: Tensor, odds: Tensor) -> tuple[int, float, float]:
        """Return the number of what is best, the log-odds of the best grasp, and the worth of the best stroke.

        Args:
            grasps: Numbers of grasps, the likeliest first, shape (G,), long.
            strokes: Numbers of strokes, those that the networks prefer first, shape (S,), long; not both are empty.
            odds: The networks' log-odds of all choices.

        Returns:
            Log-odds and worth are -inf where nothing was looked for.
        """
        grasp, log_odds = self.best_grasp(grasps, odds[grasps]) if len(grasps) else (0, -math.inf)
        if log_odds > self.cfg.sure or len(strokes) == 0:
            return grasp, log_odds, -math.inf
        stroke, worth = self.best_stroke(strokes, odds[strokes])
        grasps_first = log_odds > 0.0 and 1.0 / (1.0 + math.exp(-log_odds)) > worth
        return (grasp if grasps_first else stroke), log_odds, worth

    def best_grasp(self, numbers: Tensor, odds: Tensor) -> tuple[int, float]:
        """Return the number of the best grasp and its log-odds, those of what was tried corrected.

        Args:
            numbers: Grasps, the likeliest first, shape (G,), long.
            odds: Their log-odds by the networks, shape (G,).
        """
        odds, most = odds.clone(), 0.0
        for some in self._in_time(range(min(len(numbers), self.cfg.grasps))):
            some = [index for index in some if float(odds[index]) + self.cfg.say > most]
            if not some:
                break  # none of those that are left can do better
            odds[some] += self.cfg.say * (2.0 * self.holds(self.action(numbers[some])) - 1.0)
            most = max(most, float(odds[some].max()))
        best = int(odds.argmax())
        return int(numbers[best]), float(odds[best])

    def best_stroke(self, numbers: Tensor, odds: Tensor) -> tuple[int, float]:
        """Return the number of the best stroke and its worth; the arguments are as above, of strokes (S,)."""
        worth = torch.full_like(odds, math.nan)
        for some in self._in_time(spread(len(numbers), self.cfg.strokes)):
            worth[some] = self.worth(self.action(numbers[some]))
            if float(worth[some].max()) > self.cfg.good:
                break
        tried = worth.clamp(LEAST_WORTH, 1.0 - LEAST_WORTH).logit() + self.cfg.trust * odds
        best = int(tried.nan_to_num(-math.inf).argmax())
        return int(numbers[best]), float(worth[best])

    def holds(self, grasps: Action) -> Tensor:
        """Which of C grasps lift the target alone, shape (C,), float."""
        imagined = self.twin.imagine(grasps, self.target)
        return (imagined.lifts_only(self.target) & imagined.reachable & grasps.planned).float()

    def worth(self, strokes: Action) -> Tensor:
        """What C strokes are worth, shape (C,): see ``Rehearsal`` of ``pg4da.spatial``."""
        imagined = self.twin.imagine(strokes, self.target)
        lost = lost_slots(imagined.after.position, imagined.moved, self.cfg.margin).any(dim=1)
        useful = imagined.moved.any(dim=1) & ~lost & imagined.reachable & strokes.planned
        poses = torch.cat((imagined.after.position, imagined.after.quaternion), dim=-1)
        surfaces = [self.twin.surface(place) for place in poses[useful]]
        worth = torch.zeros(len(useful))
        with ThreadPoolExecutor(THREADS) as pool:
            costs = list(pool.map(self.cost, surfaces))
        worth[useful] = (-torch.tensor(costs) / EASE).exp()
        return worth

    def cost(self, surface: SurfacePoints) -> float:
        """What the best grasp of the target costs where the bodies' surfaces are."""
        return best_cost(true_grasps(surface, self.target + 1))

    def _in_time(self, order: range | list[int]) -> Iterator[list[int]]:
        """Give a few of some indices after the other, as long as there is time; the first ones always."""
        for start in range(0, len(order), THREADS):
            spent = time.perf_counter() - self._begun
            if start and self.cfg.time_budget is not None and spent > self.cfg.time_budget:
                return
            yield list(order[start : start + THREADS])


def spread(count: int, most: int) -> list[int]:
    """Return up to ``most`` of ``count`` indices: the first half of them the first ones, the others evenly spaced."""
    if count <= most:
        return list(range(count))
    first = most // 2
    step = (count - first) / (most - first)
    return [*range(first), *(first + int(step * index) for index in range(most - first))]

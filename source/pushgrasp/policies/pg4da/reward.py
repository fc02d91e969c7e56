"""Fuzzy reward for pushing and grasping (Wang & Kasaei 2025, Sec. III-C3 and Fig. 6)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import torch

from pushgrasp.perception.isolation import require_rates
from pushgrasp.settings import Settings, Share


@dataclass(unsafe_hash=True)
class LevelRules(Settings):
    """Rewards of the four outcomes at one level of the isolate rate.

    A rule is one number, or a pair (value at rate 0, value at rate 1) joined by a straight line.

    Raises:
        ValueError: If a rule is neither, or leaves [0, 1].
    """

    push_succeeded: Share | tuple[Share, Share]
    push_failed: Share | tuple[Share, Share]
    grasp_succeeded: Share | tuple[Share, Share]
    grasp_failed: Share | tuple[Share, Share]

    def ends(self) -> dict[str, tuple[float, ...]]:
        """(value at rate 0, value at rate 1) of every rule."""
        rules = {rule.name: getattr(self, rule.name) for rule in fields(self)}
        return {name: tuple(rule) if isinstance(rule, Sequence) else (rule, rule) for name, rule in rules.items()}


@dataclass
class FuzzyRewardCfg(Settings):
    """Rule table of the fuzzy reward; the default rules are the paper's, which gives no break points.

    Raises:
        ValueError: If the break points are not 0 <= a < b <= c < d <= 1.
    """

    # Isolate rates a, b, c, d: low is full up to a and gone at b, medium is full from b to c, high is full from d on.
    break_points: tuple[Share, Share, Share, Share] = (0.2, 0.4, 0.6, 0.8)
    low: LevelRules = field(default=LevelRules(1.0, 0.5, 0.0, 0.0))
    medium: LevelRules = field(default=LevelRules(1.0, (0.5, 0.25), 1.0, (0.25, 0.5)))
    high: LevelRules = field(default=LevelRules(0.0, 0.0, 1.0, 0.5))

    def check(self, where: str) -> None:
        """Refuse break points that are not in order."""
        super().check(where)
        a, b, c, d = self.break_points
        if not a < b <= c < d:
            raise ValueError(f"{where}.break_points={self.break_points}: a < b <= c < d are needed")


def memberships(isolate_rate: torch.Tensor, break_points: Sequence[float]) -> torch.Tensor:
    """Membership of each rate in the levels low, medium, high: trapezoids that sum to one.

    Args:
        isolate_rate: Rates in [0, 1], shape (N,), floating.
        break_points: a, b, c, d of :class:`FuzzyRewardCfg`.

    Returns:
        Memberships in [0, 1], shape (N, 3).
    """
    a, b, c, d = break_points
    low = ((b - isolate_rate) / (b - a)).clamp(0.0, 1.0)
    high = ((isolate_rate - c) / (d - c)).clamp(0.0, 1.0)
    return torch.stack((low, 1.0 - low - high, high), dim=1)


def fuzzy_reward(
    isolate_rate: torch.Tensor,
    is_grasp: torch.Tensor,
    is_push: torch.Tensor,
    success: torch.Tensor,
    cfg: FuzzyRewardCfg,
) -> torch.Tensor:
    """Reward of one action: the rules' values weighted by the memberships (a Takagi-Sugeno system).

    The rules know grasps and pushes: what is neither is worth nothing. What is both counts as a grasp.

    Args:
        isolate_rate: Isolate rate of the target when the action was chosen, in [0, 1], shape (N,), floating.
        is_grasp: Whether an arm was to grasp, shape (N,), bool.
        is_push: Whether an arm was to push, shape (N,), bool.
        success: Whether it succeeded, shape (N,), bool.
        cfg: Rule table.

    Returns:
        Rewards in [0, 1], shape (N,), dtype of ``isolate_rate``.

    Raises:
        ValueError: If a shape or dtype is wrong, or a rate is NaN or outside [0, 1].
    """
    require_rates("isolate_rate", isolate_rate, is_grasp=is_grasp, is_push=is_push, success=success)
    rules = [list(level.ends().values()) for level in (cfg.low, cfg.medium, cfg.high)]
    table = torch.tensor(rules, device=isolate_rate.device, dtype=isolate_rate.dtype)  # (level, outcome, end)
    ends = table[:, is_grasp.long() * 2 + (~success).long()]  # (level, N, end)
    values = torch.lerp(ends[..., 0], ends[..., 1], isolate_rate)
    reward = (memberships(isolate_rate, cfg.break_points) * values.T).sum(dim=1)
    return reward.masked_fill(~(is_grasp | is_push), 0.0)

"""Draw the fuzzy reward over the isolate rate, as in Fig. 6 of Wang & Kasaei 2025."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pushgrasp.program import readable_errors

if TYPE_CHECKING:
    import torch
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pushgrasp.policies.pg4da.reward import FuzzyRewardCfg

KINDS = ("jpg", "pdf", "png", "svg")
OUTCOMES = {  # label: (is_grasp, success, line style)
    "grasp succeeded": (True, True, "C3-"),
    "grasp failed": (True, False, "C3--"),
    "push succeeded": (False, True, "C0-"),
    "push failed": (False, False, "C0--"),
}


def reward_rows(rates: torch.Tensor, cfg: FuzzyRewardCfg) -> torch.Tensor:
    """Reward of every outcome (rows, in the order of OUTCOMES) at every isolate rate, shape (4, R)."""
    import torch

    from pushgrasp.policies.pg4da.reward import fuzzy_reward

    flags = [
        (torch.full_like(rates, g, dtype=torch.bool), torch.full_like(rates, s, dtype=torch.bool))
        for g, s, _ in OUTCOMES.values()
    ]
    return torch.stack([fuzzy_reward(rates, grasp, ~grasp, success, cfg) for grasp, success in flags])


def draw_memberships(axes: Axes, rates: torch.Tensor, cfg: FuzzyRewardCfg) -> None:
    """Draw the levels of the isolate rate."""
    from pushgrasp.policies.pg4da.reward import memberships

    for level, values in zip(("low", "medium", "high"), memberships(rates, cfg.break_points).T, strict=True):
        axes.plot(rates, values, label=level)
    axes.set(ylabel="membership", title="Levels of the isolate rate")
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))


def draw_curves(axes: Axes, rates: torch.Tensor, rewards: torch.Tensor) -> None:
    """Draw the reward of each outcome as a line."""
    for (label, (_, _, style)), values in zip(OUTCOMES.items(), rewards, strict=True):
        axes.plot(rates, values, style, label=label)
    axes.set(ylabel="reward", ylim=(-0.03, 1.03), title="Reward of an action")
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))


def draw_surface(figure: Figure, axes: Axes, rewards: torch.Tensor) -> None:
    """Draw the reward of each outcome as a coloured band, blue 0 to red 1."""
    extent = (0.0, 1.0, 4.0, 0.0)
    image = axes.imshow(rewards, "RdYlBu_r", vmin=0.0, vmax=1.0, aspect="auto", extent=extent, interpolation="nearest")
    axes.hlines(range(1, 4), 0.0, 1.0, color="white", linewidth=2)
    axes.set_yticks([row + 0.5 for row in range(4)], list(OUTCOMES))
    axes.set(xlabel="isolate rate", title="Reward surface")
    figure.colorbar(image, cax=axes.inset_axes((1.02, 0.0, 0.03, 1.0)), label="reward")


def plot(cfg: FuzzyRewardCfg, out: Path) -> None:
    """Write the picture of the reward's levels, curves and surface to ``out``."""
    import torch
    from matplotlib.figure import Figure

    from pushgrasp.files.atomic import atomic_write

    rates = torch.linspace(0.0, 1.0, 501)
    rewards = reward_rows(rates, cfg)
    figure = Figure(figsize=(9, 9), layout="constrained")
    top, middle, bottom = figure.subplots(3, 1, sharex=True)
    draw_memberships(top, rates, cfg)
    draw_curves(middle, rates, rewards)
    draw_surface(figure, bottom, rewards)
    out.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(out, lambda file: figure.savefig(file, dpi=120, format=out.suffix[1:]))


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    from pg_tasks.app.parser import Parser

    parser = Parser(
        __doc__,
        epilog="The rules are pushgrasp.policies.pg4da.reward.FuzzyRewardCfg; the isolate rate is the free share of "
        "the 3 cm strip around the target (0 = enclosed or not visible, 1 = free).",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("reward_surface.png"),
        metavar="FILE",
        help=f"picture to write; its ending sets the format, one of {', '.join(KINDS)} (default: %(default)s)",
    )
    arguments = parser.parse_args()
    if arguments.out.suffix[1:].lower() not in KINDS:
        parser.error(f"--out {arguments.out}: ending must be one of {', '.join(KINDS)}")
    return arguments


def main() -> None:
    """Draw the default reward and say where the picture is."""
    with readable_errors():
        from pushgrasp.console import Console
        from pushgrasp.policies.pg4da.reward import FuzzyRewardCfg

        out = parse_arguments().out
        plot(FuzzyRewardCfg(), out)
        Console().print(f"wrote {out}")


if __name__ == "__main__":
    main()

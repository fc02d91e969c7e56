"""Settings that trainings share which are no PPO."""

from __future__ import annotations

from isaaclab.utils import configclass

from pushgrasp.settings import Count, Index, check_settings


@configclass
class LoopCfg:
    """How long it takes, and where it goes."""

    seed: int = 1
    device: str = "auto"
    """Device of the nets; ``auto`` is the environment's."""
    max_iterations: Index = 0
    """Iterations in all; 0 takes those of the stages."""
    save_interval: Count = 5
    """Iterations between checkpoints."""
    keep_checkpoints: Count | None = 3
    """Numbered checkpoints that are kept; null keeps all."""
    experiment_name: str = ""
    run_name: str = ""

    def backbone_file(self) -> None:
        """There is no backbone."""

    def check(self) -> None:
        """Refuse values that are out of range.

        Raises:
            ValueError: Naming the field and what is allowed.
        """
        check_settings(self, "agent")

"""Settings that trainings share which are no PPO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import reduce
from typing import Any

from isaaclab.utils import configclass

from pushgrasp.files.typed_json import build, to_plain
from pushgrasp.settings import Count, Index, Settings, check_settings


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
    rule: Settings = field(default_factory=Settings)
    """What is done at run time."""

    def follow(self, trained: Mapping[str, Any], typed: Sequence[str]) -> None:
        """Act by the rule of a training, but for what was typed.

        Args:
            trained: Settings that a checkpoint holds.
            typed: Names such as ``agent.rule.max_pushes``, whose values are here.

        Raises:
            ValueError: If it is another rule.
        """
        rule: Any = to_plain(build(type(self.rule), trained["rule"]))
        for name in typed:
            if name.startswith("agent.rule."):
                *groups, last = name.split(".")[2:]
                reduce(dict.__getitem__, groups, rule)[last] = to_plain(reduce(getattr, [*groups, last], self.rule))
        self.rule = build(type(self.rule), rule)

    def method(self) -> str:
        """Return the name of the method that these settings are for."""
        return self.experiment_name

    def pretrained(self) -> str:
        """Return the name of the policy that comes with the project for them."""
        return self.method()

    def backbone_file(self) -> None:
        """There is no backbone."""

    def check(self) -> None:
        """Refuse values that are out of range.

        Raises:
            ValueError: Naming the field and what is allowed.
        """
        check_settings(self, "agent")

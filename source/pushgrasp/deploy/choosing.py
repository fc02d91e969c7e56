"""The policy that acts in a cell, by the word of the command line."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path

from pushgrasp.evaluation.digests import file_digest
from pushgrasp.interface.world import Policy, World
from pushgrasp.learning.checkpoint import load_checkpoint
from pushgrasp.policies.pg4da.pretrained import PRETRAINED, SHIPPED, pretrained_policy
from pushgrasp.policies.registry import METHODS, NAMED, find_method, find_planner, is_method
from pushgrasp.policies.twin.planner import TwinCfg


@dataclass(frozen=True)
class ChosenPolicy:
    """A policy, and what it was made of."""

    name: str
    policy: Policy
    digest: str | None
    """SHA-256 of its weights or of the file of its class; None where the project has all."""


def choose_policy(word: str, world: World, time_budget: float | None = None) -> ChosenPolicy:
    """Return the policy that a word names: pretrained, a checkpoint (.pt), a method, or ``package.module:Class``.

    Args:
        word: What the user has written; ``twin:FILE`` plans with other networks than those of the project.
        world: The cell.
        time_budget: Time in which a policy that plans decides [s]; None for as long as it takes.

    Raises:
        ValueError: If it names none; the message lists what is allowed.
        FileNotFoundError: If there is no such file.
        CheckpointError: If a checkpoint cannot be used.
    """
    planner = find_planner(word)
    if planner is not None:
        method, weights = planner
        file = pretrained_policy(SHIPPED[world.arms.num_arms]) if weights == PRETRAINED else Path(weights).expanduser()
        return ChosenPolicy(word, method.make(world, file, TwinCfg(time_budget=time_budget)), file_digest(file))
    if time_budget is not None:
        raise ValueError(f"--time_budget: policy {word} tries nothing out; twin does")
    shipped = SHIPPED[world.arms.num_arms] if word == PRETRAINED else None
    shipped = METHODS[word].weights if word in METHODS else shipped
    if shipped is not None or word.endswith(".pt"):
        file = Path(word).expanduser() if shipped is None else pretrained_policy(shipped)
        method = METHODS[load_checkpoint(file)[0].method]
        return ChosenPolicy(word, method.make(world, file), file_digest(file))
    method = find_method(word) if is_method(word) else None
    if method is None or method.needs_simulation:
        usable = [name for name in NAMED if not METHODS[name].needs_simulation]
        raise ValueError(f"policy {word!r}: {', '.join(usable)}, package.module:Class, pretrained or a .pt is needed")
    digest = file_digest(Path(inspect.getfile(method.maker()))) if ":" in word else None
    return ChosenPolicy(word, method.make(world), digest)

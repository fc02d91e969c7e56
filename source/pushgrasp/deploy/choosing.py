"""The policy that acts in a cell, by the word of the command line."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path

from pushgrasp.evaluation.digests import file_digest
from pushgrasp.interface.world import Policy, World
from pushgrasp.learning.checkpoint import load_checkpoint
from pushgrasp.policies.pg4da.pretrained import PRETRAINED, pretrained_policy
from pushgrasp.policies.registry import METHODS, UNTRAINED, find_method, is_method

SHIPPED = {1: "single_arm_push_grasp", 2: "dual_arm_push_grasp"}
"""Trained policies that come with the project, by the number of arms."""

NEEDS_SIMULATION = ("oracle",)
"""Methods that ask for what no camera tells."""


@dataclass(frozen=True)
class ChosenPolicy:
    """A policy, and what it was made of."""

    name: str
    policy: Policy
    digest: str | None
    """SHA-256 of its weights or of the file of its class; None where the project has all."""


def choose_policy(word: str, world: World) -> ChosenPolicy:
    """Return the policy that a word names: pretrained, a checkpoint (.pt), a method, or ``package.module:Class``.

    Raises:
        ValueError: If it names none; the message lists what is allowed.
        FileNotFoundError: If there is no such file.
        CheckpointError: If a checkpoint cannot be used.
    """
    shipped = SHIPPED[world.arms.num_arms] if word == PRETRAINED else None
    shipped = METHODS[word].weights if word in METHODS else shipped
    if shipped is not None or word.endswith(".pt"):
        file = Path(word).expanduser() if shipped is None else pretrained_policy(shipped)
        method = METHODS[load_checkpoint(file)[0].method]
        return ChosenPolicy(word, method.make(world, file), file_digest(file))
    usable = [name for name in UNTRAINED if name not in NEEDS_SIMULATION]
    if word in NEEDS_SIMULATION or not is_method(word):
        raise ValueError(f"policy {word!r}: {', '.join(usable)}, package.module:Class, pretrained or a .pt is needed")
    method = find_method(word)
    digest = file_digest(Path(inspect.getfile(method.maker()))) if ":" in word else None
    return ChosenPolicy(word, method.make(world), digest)

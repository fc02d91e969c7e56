"""Policies by name; each is loaded when it is asked for."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass

from pushgrasp.interface.world import Policy, World


@dataclass(frozen=True)
class PolicyEntry:
    """A policy that a command line can name.

    Attributes:
        description: What it does, for lists.
        where: Its class as ``package.module:Class``; made with the :class:`pushgrasp.interface.world.World` it acts in.
    """

    description: str
    where: str


POLICIES: dict[str, PolicyEntry] = {
    "random": PolicyEntry("actions of standard normal numbers", "pushgrasp.policies.baselines.numbers:RandomPolicy"),
    "zero": PolicyEntry(
        "actions of zeros: what the decoders prefer", "pushgrasp.policies.baselines.numbers:ZeroPolicy"
    ),
    "heuristic": PolicyEntry(
        "grasps where the jaws fit best, else sweeps away what is in the way",
        "pushgrasp.policies.baselines.heuristic:HeuristicPolicy",
    ),
    "oracle": PolicyEntry(
        "knows where everything is and tries its actions in copies of the physics",
        "pushgrasp.policies.baselines.oracle.policy:OraclePolicy",
    ),
}
"""Policies without weights, by name."""


def is_policy(word: str) -> bool:
    """Whether a word names a policy here, or says where one is (``package.module:Class``)."""
    return word in POLICIES or re.fullmatch(r"\w+(\.\w+)*:\w+", word) is not None


def policy_class(word: str) -> type[Policy]:
    """Return the class of one of :data:`POLICIES`, or of ``package.module:Class``.

    Raises:
        ValueError: If there is none; the message says what is missing, or lists the names.
    """
    where = POLICIES[word].where if word in POLICIES else word
    module, _, name = where.partition(":")
    if not module or not name:
        raise ValueError(f"unknown policy {word!r}; policies: {', '.join(POLICIES)}, or package.module:Class")
    try:
        found = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        raise ValueError(f"policy {word!r}: there is no module {error.name!r} on the search path") from error
    except AttributeError as error:
        raise ValueError(f"policy {word!r}: the module {module!r} has no {name!r}") from error
    missing = [method for method in ("begin", "act", "learn_of") if not callable(getattr(found, method, None))]
    if not isinstance(found, type) or missing:
        raise ValueError(f"policy {word!r}: a class with begin, act and learn_of is needed; it lacks {missing}")
    return found


def make_policy(word: str, world: World) -> Policy:
    """Return a policy for a world; raises the errors of :func:`policy_class`."""
    return policy_class(word)(world)  # pyright: ignore[reportCallIssue] - a protocol says nothing of its making

"""PhysX only logs that a buffer on the GPU was too small, and goes on without the contacts: make an error of that."""

from __future__ import annotations

import re
import weakref
from collections import deque
from collections.abc import Callable

from isaaclab_physx.physics import PhysxCfg

from .physx_buffers import LARGEST, power_of_two

FIELDS = {
    "foundLostPairsCapacity": "gpu_found_lost_pairs_capacity",
    "foundLostAggregatePairsCapacity": "gpu_found_lost_aggregate_pairs_capacity",
    "totalAggregatePairsCapacity": "gpu_total_aggregate_pairs_capacity",
    "collisionStackSize": "gpu_collision_stack_size",
    "Contact buffer overflow": "gpu_max_rigid_contact_count",
    "Force buffer overflow": "gpu_max_rigid_contact_count",
    "Patch buffer overflow": "gpu_max_rigid_patch_count",
}
"""What PhysX 5 names in its messages, and the field of Isaac Lab's :class:`PhysxCfg` for it."""

_SIGNS = ("overflow detected", "application needs to increase")
_NEEDED = re.compile(r"\bto(?: at least)? (\d+)")
_KEPT = 1024
"""Messages kept until the end of an action: a full buffer speaks at every step."""


class PhysxBufferError(ValueError):
    """A buffer of PhysX was too small; the simulation has left contacts out since."""


class BufferWatch:
    """Listens to what PhysX logs from its construction on; with other physics it does nothing.

    Make it when the scene stands: a listener in Python slows down the threads that load materials.
    """

    def __init__(self, physics: object) -> None:
        """Begin to listen if the physics is PhysX.

        Args:
            physics: ``cfg.sim.physics``.
        """
        self._physics = physics
        self._messages: deque[str] = deque(maxlen=_KEPT)
        if isinstance(physics, PhysxCfg):
            self._listen()

    def check(self) -> None:
        """Raise if a buffer has been too small since the last call.

        Raises:
            PhysxBufferError: Naming the fields to set and their values.
        """
        messages = [self._messages.popleft() for _ in range(len(self._messages))]
        if messages:
            raise PhysxBufferError(describe(messages, self._physics))

    def _listen(self) -> None:
        import carb

        logging = carb.logging.acquire_logging()
        handle = logging.add_logger(_collector(self._messages))  # carb forgets a logger whose handle is gone
        # At exit Kit closes its log before Python ends.
        weakref.finalize(self, logging.remove_logger, handle).atexit = False


def _collector(messages: deque[str]) -> Callable[[str, int, str, int, str], None]:
    """Return a logger that keeps the messages of interest; carb calls it from any thread."""

    def keep(source: str, level: int, filename: str, line: int, message: str) -> None:
        del source, level, filename, line
        if any(sign in message for sign in _SIGNS):
            messages.append(message)

    return keep


def describe(messages: list[str], physics: object) -> str:
    """Return one line that says what to set, for messages of PhysX about buffers that were too small."""
    needed: dict[str, int] = {}
    unknown: list[str] = []
    for message in messages:
        field = next((field for name, field in FIELDS.items() if name in message), None)
        if field is None:
            unknown.append(message)
            continue
        found = _NEEDED.search(message)
        size = int(found.group(1)) if found else 2 * getattr(physics, field)
        needed[field] = max(needed.get(field, 0), size)
    advice = [_advice(field, size) for field, size in needed.items()]
    return " ".join(["PhysX ran out of room and has left contacts out.", *advice, *dict.fromkeys(unknown)])


def _advice(field: str, size: int) -> str:
    if size > LARGEST:
        return f"{field} would have to be {size}, more than PhysX takes: set --num_envs lower."
    return f"Set env.sim.physics.{field}={min(power_of_two(size), LARGEST)} (PhysX asked for {size})."

"""Sizes of PhysX's GPU buffers: they do not grow, and what does not fit is left out of the simulation.

PhysX has not been run with these scenes. What a world needs is estimated from MuJoCo: twelve heaps of 35 blocks (75
parts; six of P1/case5, six of the cluttered layout), every contact counted that is nearer than 4 mm, twice
:data:`~pg_tasks.physics.physx_props.CONTACT_OFFSET`:

| per world | at rest | while dropped, most | per part |
|---|---|---|---|
| pairs of parts with overlapping bounds | 165 to 256 | 279 | 3.7 |
| pairs of parts that touch | 156 to 219 | 205 | 2.9 |
| contacts | 366 to 543 | 469 | 7.2 |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from isaaclab_physx.physics import PhysxCfg

from pushgrasp.scenes.collision import collision_primitives
from pushgrasp.scenes.shapes import shape_named
from pushgrasp.settings import Range, check_number

LARGEST = 2**31 - 1
"""PhysX's capacities are 32-bit numbers."""

SAFETY = 2
"""How many times the estimate the buffers hold."""

RIG_PARTS = 56
"""Colliders of two arms with grippers, their columns, table and ground; two free grippers have fewer."""

REACHING_PARTS = 16
"""Colliders of two forearms, wrists and grippers, which alone come over the table."""

PAIRS = 4
"""Pairs of parts with overlapping bounds, per part: measured 3.7 at most."""

CONTACTS = 8
"""Contacts per pair, as between two boxes face to face; measured 2.5 in the mean."""

PATCHES = 2
"""Contact patches per pair: one per normal; parts are convex."""

PARTITIONS = (1, 2, 4, 8, 16, 32)
"""What PhysX takes for ``gpu_max_num_partitions``."""


@dataclass(frozen=True)
class Need:
    """What one world asks of a buffer when it is fullest, in the buffer's own unit."""

    per_part: int
    """For each collision part of an object."""
    per_world: int
    """For robots, table and ground."""

    def of(self, parts: int) -> int:
        """Return the need of a world whose objects have so many parts."""
        return self.per_part * parts + self.per_world


NEEDS: dict[str, Need] = {
    "gpu_max_rigid_contact_count": Need(PAIRS * CONTACTS, PAIRS * CONTACTS * RIG_PARTS),
    "gpu_max_rigid_patch_count": Need(PAIRS * PATCHES, PAIRS * PATCHES * RIG_PARTS),
    # A reset lets go of all old pairs and finds all new ones in one step.
    "gpu_found_lost_pairs_capacity": Need(2 * PAIRS, 2 * PAIRS * RIG_PARTS),
    # Robots are aggregates; this many of their parts may be over the heap at once. Found and lost.
    "gpu_found_lost_aggregate_pairs_capacity": Need(2 * REACHING_PARTS, 2 * PAIRS * RIG_PARTS),
    # Two aggregates, each with each other body and with the other aggregate.
    "gpu_total_aggregate_pairs_capacity": Need(2, 16),
}
"""Needs by field of :class:`isaaclab_physx.physics.PhysxCfg`.

The heap and the temporary buffer grow by themselves. The collision stack serves meshes and height fields, and other
buffers what is soft: every part here is convex and rigid, so they stay as Isaac Lab has them.
"""


def count_parts(shapes: Sequence[str]) -> int:
    """Return how many collision parts objects of these shapes have.

    Raises:
        ValueError: If a shape is unknown.
    """
    return sum(len(collision_primitives(shape_named(name))) for name in shapes)


def power_of_two(number: int) -> int:
    """Return the least power of two that is not below a positive number."""
    return 1 << (number - 1).bit_length()


def room(field: str, worlds: int, parts: int) -> int:
    """Return the size of a buffer for so many worlds whose objects have so many parts each: a power of two.

    Raises:
        ValueError: If PhysX cannot have as much.
    """
    size = power_of_two(SAFETY * worlds * NEEDS[field].of(parts))
    if size > LARGEST:
        raise ValueError(f"env.scene.num_envs={worlds}: PhysX's {field} would be {size}, more than {LARGEST}")
    return size


def size_buffers(physx: PhysxCfg, worlds: int, shapes: Sequence[str]) -> None:
    """Raise the buffers to what the worlds need; never below Isaac Lab's default or what is set.

    Args:
        physx: Changed in place.
        worlds: How many worlds there are.
        shapes: Shapes of the objects in each world.

    Raises:
        ValueError: If there are too many worlds for PhysX, or a shape is unknown.
    """
    parts, defaults = count_parts(shapes), PhysxCfg()
    for field in NEEDS:
        sizes = room(field, worlds, parts), getattr(defaults, field), getattr(physx, field)
        setattr(physx, field, max(sizes))


def check_physx(physx: PhysxCfg, device: str) -> None:
    """Refuse values that PhysX cannot take; Isaac Lab hands them on unseen.

    Args:
        physx: The settings.
        device: Where PhysX runs.

    Raises:
        ValueError: Naming the field.
    """
    where = "env.sim.physics"
    for field in (name for name in vars(physx) if name.startswith("gpu_") and name != "gpu_max_num_partitions"):
        check_number(f"{where}.{field}", getattr(physx, field), Range(least=1, most=LARGEST), whole=True)
    for field, allowed in (("gpu_max_num_partitions", PARTITIONS), ("solver_type", (0, 1))):
        if getattr(physx, field) not in allowed:
            choices = ", ".join(map(str, allowed))
            raise ValueError(f"{where}.{field}={getattr(physx, field)}: one of {choices} is needed")
    for kind in ("position", "velocity"):
        low, high = (getattr(physx, f"{end}_{kind}_iteration_count") for end in ("min", "max"))
        if not 0 <= low <= high <= 255:
            raise ValueError(f"{where}.min_{kind}_iteration_count={low} and max={high}: 0 <= min <= max <= 255")
    for field in ("bounce_threshold_velocity", "friction_offset_threshold", "friction_correlation_distance"):
        check_number(f"{where}.{field}", getattr(physx, field), Range(above=0))
    if physx.enable_ccd and "cuda" in device:
        raise ValueError(f"{where}.enable_ccd=True: PhysX has it on the CPU only; leave it out or set --device cpu")

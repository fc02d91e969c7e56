"""The scene families of the five papers' protocols, by name: seeded generators of numbered scenes.

    scene = family_named("P1/case2").draw(torch.Generator().manual_seed(3), 7)

The same generator state and index give the same scene to the bit. Families with a visibility rule draw candidates: the
scene must settle first, then :func:`pushgrasp.scenes.targets.with_target` gives it its target or rejects it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import pi

import torch

from pushgrasp.scenes.designs import designs, moved
from pushgrasp.scenes.generators import cluttered
from pushgrasp.scenes.piles import Heap, covered, gaussian_drop, heaps, packed
from pushgrasp.scenes.scene import Scene
from pushgrasp.scenes.shapes import NOVEL, SHAPES
from pushgrasp.scenes.slots import SlotLayout
from pushgrasp.scenes.targets import VisibilityRule

Draw = Callable[[torch.Generator, int], Scene]

CASE_TARGETS = ("cuboid", "cylinder", "prism", "arch")
"""Shapes of the targets of the four scenes of each case of P1."""
COVERS, WALLS = ("slab", "slab", "cuboid"), ("cube", "cuboid", "cube", "cuboid")
"""What lies on the target of case 4, and what stands next to it."""
COVER_TURN = 0.2
"""Largest angle between the target of case 4 and its covers [rad]."""
CASE1_OBJECTS = (6, 8, 9, 10)
"""Objects in the four scenes of case 1, which grow more complex."""
CASE5_RADIUS = 0.12
"""Radius of the disc over which case 5 is dropped [m]: two thirds of that of other heaps, to bury the target."""
GAUSSIAN_SPREAD = {10: 0.05, 20: 0.055, 30: 0.075}
"""Standard deviation of P2's drop by the number of objects [m]: as narrow as lets heaps stay on the table."""
DESIGN_TURN, DESIGN_SHIFT = pi / 12, 0.02
"""Hand-made scenes are turned by up to so much [rad] either way and shifted by up to so much [m] along each axis."""
OCCLUSION_GROUPS = {"mild": (0.2, 0.4), "moderate": (0.4, 0.6), "severe": (0.6, 0.8)}
"""P4's groups: share of the target that is hidden."""
HEAP_DISTANCE, AROUND_DISTANCE = 0.19, 0.24
"""Distance between three heaps, and where the target lies between them [m]."""
LOW, MIDDLE = Heap(5, ("slab",), 1), Heap(5, ("slab", "cuboid"), 2)
HIGH = Heap(4, ("slab", "cuboid", "slab"), 3)
"""The heaps in which a target is searched for: 7, 9 and 10 objects."""
BETWEEN = Heap(3, ("slab",), 0)
"""The target under a slab, which two blocks next to it carry, too."""

AT_REST = VisibilityRule()
"""Of dropped heaps only those are taken that come to rest with every object on the table."""


@dataclass(frozen=True)
class Family:
    """A family of scenes.

    Attributes:
        name: Key in :func:`families`.
        description: What it is, in a line.
        num_objects: Greatest number of objects.
        layout: Slots that hold every scene of it.
        draw: Draws the scene of an index: hand-made layouts and target shapes follow from the index alone.
        variants: After so many indices they repeat; 1 if the index does not matter.
        rule: Which target a settled scene must have, and that none of it was lost; None if it is right as it is drawn.
    """

    name: str
    description: str
    num_objects: int
    layout: SlotLayout
    draw: Draw
    variants: int = 1
    rule: VisibilityRule | None = None


def family_named(name: str) -> Family:
    """Look a family up.

    Raises:
        ValueError: If there is none of that name; the message lists the names.
    """
    if name not in families():
        raise ValueError(f"unknown scene family {name!r}; families: {', '.join(families())}")
    return families()[name]


def _p1() -> list[Family]:
    def case(number: int, text: str, count: int, draw: Draw, rule: VisibilityRule | None = None) -> Family:
        text = f"{text}; four target shapes (Wang & Kasaei 2025, case {number})"
        layout = SlotLayout.default(max(count, 14))
        return Family(f"P1/case{number}", text, count, layout, draw, len(CASE_TARGETS), rule)

    small = SlotLayout.default(14).shapes
    pools = {count: SlotLayout.default(count).shapes for count in (20, 25, 30)}
    return [
        case(1, "packed", 10, lambda g, i: packed(g, CASE1_OBJECTS[i % 4], small, CASE_TARGETS[i % 4])),
        case(2, "dense layer", 20, lambda g, i: packed(g, 20, pools[20], CASE_TARGETS[i % 4])),
        case(
            3,
            "target partly hidden in a dense heap",
            25,
            lambda g, i: covered(g, 25, 7, pools[25], CASE_TARGETS[i % 4], ["slab"]),
            VisibilityRule(0.05, 0.6, "same shape"),
        ),
        case(
            4,
            "target hidden in a dense heap",
            30,
            lambda g, i: covered(g, 30, 15, pools[30], CASE_TARGETS[i % 4], COVERS, WALLS, COVER_TURN),
            VisibilityRule(0.0, 0.05, "same shape"),
        ),
        case(
            5,
            "random heap, half of the target or more hidden",
            35,
            lambda g, i: cluttered(g, 35, CASE5_RADIUS, 0.1, target=0, target_shape=CASE_TARGETS[i % 4]),
            VisibilityRule(0.05, 0.5),
        ),
    ]


def _p2() -> list[Family]:
    text = "2-D Gaussian drop, target first or second object (Li et al., target switching)"

    def dropped(count: int) -> Family:
        layout, spread = SlotLayout.default(count), GAUSSIAN_SPREAD[count]

        def draw(generator: torch.Generator, index: int) -> Scene:
            del index
            return gaussian_drop(generator, count, layout.shapes, spread, 2)

        return Family(f"P2/random{count}", f"{count} objects: {text}", count, layout, draw, rule=AT_REST)

    hard = _designed("P2/hard", "P2_hard", "ten hard scenes of 20 objects; the target of 1, 3, 8 and 9 is hidden")
    return [*(dropped(count) for count in (10, 20, 30)), hard]


def _p3() -> list[Family]:
    return [
        _heap(f"P3/drop{n}", n, "target among the first five objects (Li et al. 2024, MPGNet)", 5) for n in (15, 30)
    ]


def _p4() -> list[Family]:
    text = "(Ding et al., OPG-Policy)"
    random = [_heap(f"P4/random{n}", n, f"random target {text}") for n in (15, 30)]
    least = _heap("P4/most-occluded30", 30, f"most occluded target {text}", rule=VisibilityRule(choice="least visible"))
    groups = [
        _heap(f"P4/{name}30", 30, f"{low} to {high} of the target hidden {text}", rule=_hidden(low, high))
        for name, (low, high) in OCCLUSION_GROUPS.items()
    ]
    hard = _designed("P4/hard", "P4_hard", f"six hard scenes: targets walled in and roofed over {text}")
    return [*random, least, *groups, hard]


def _hidden(low: float, high: float) -> VisibilityRule:
    return VisibilityRule(1.0 - high, 1.0 - low, "any")


def _p5() -> list[Family]:
    text = "(Hu et al. 2025, EPG)"
    counts = (10, 15, 20, 25)
    clutter = [_heap(f"P5/clutter{n}", n, f"random target {text}") for n in counts]
    clearing = [_heap(f"P5/clearing{n}", n, f"to be cleared: the target does not matter {text}") for n in counts]
    tight = _designed("P5/tight", "P5_tight", f"eight tight layouts about a yellow box, at any angle {text}", turn=pi)
    return [*clutter, *clearing, tight]


def _novel() -> list[Family]:
    """The rule takes any scene that has settled: bowls and bottles roll off the table now and then."""
    pools = {
        "household15": ("household-like objects", tuple(NOVEL) * 2),
        "mixed20": ("blocks and household-like objects", tuple(NOVEL) + tuple(SHAPES) * 2),
    }
    return [
        _heap(f"novel/{name}", int(name[-2:]), text, None, AT_REST, SlotLayout.of(pool), 0.22, 0.0)
        for name, (text, pool) in pools.items()
    ]


def _mpg() -> list[Family]:
    """Where mpg learns (Li et al. 2024, Sec. III-C): grasping, moving what lies on the target, all together."""
    layout = SlotLayout.default(10)

    def family(name: str, count: int, text: str, draw: Callable[[torch.Generator], Scene]) -> Family:
        return Family(f"mpg/{name}", f"{text} (Li et al. 2024, MPGNet)", count, layout, lambda g, _: draw(g))

    def stacked(count: int, radius: float) -> Callable[[torch.Generator], Scene]:
        return lambda g: cluttered(g, count, radius, target=0, layout=layout)

    def heap10(generator: torch.Generator) -> Scene:
        target = int(torch.randint(2, (), generator=generator))
        return cluttered(generator, 10, None, 0.1, target, layout)

    return [
        family("stack2", 2, "an object dropped on the target", stacked(2, 0.02)),
        family("stack6", 6, "five objects dropped on the target", stacked(6, 0.05)),
        family("heap10", 10, "heap of 10, target the first or second", heap10),
    ]


def _search() -> list[Family]:
    layout = SlotLayout.default(35)

    def family(name: str, text: str, of: Sequence[Heap], distance: float, walls: Sequence[str] = ()) -> Family:
        def draw(generator: torch.Generator, index: int) -> Scene:
            return heaps(generator, of, distance, layout.shapes, CASE_TARGETS[index % 4], walls)

        text = f"three heaps of different height, target {text}; four target shapes"
        count, rule = sum(heap.size for heap in of), VisibilityRule(0.0, 0.05)
        return Family(f"search/{name}", text, count, layout, draw, len(CASE_TARGETS), rule)

    return [
        family("lowest", "in the lowest", (LOW, MIDDLE, HIGH), HEAP_DISTANCE, WALLS),
        family("middle", "in the one of middle height", (MIDDLE, HIGH, LOW), HEAP_DISTANCE, WALLS),
        family(
            "beside", "under a slab between them", (BETWEEN, LOW, MIDDLE, HIGH), AROUND_DISTANCE, ("cuboid", "cuboid")
        ),
    ]


def _heap(
    name: str,
    count: int,
    text: str,
    first_targets: int | None = None,
    rule: VisibilityRule | None = AT_REST,
    layout: SlotLayout | None = None,
    radius: float | None = None,
    centre_extent: float = 0.1,
) -> Family:
    slots = layout or SlotLayout.default(count)

    def draw(generator: torch.Generator, index: int) -> Scene:
        del index
        target = None if first_targets is None else int(torch.randint(first_targets, (), generator=generator))
        return cluttered(generator, count, radius, centre_extent, target=target, layout=slots)

    return Family(name, f"heap of {count}: {text}", count, slots, draw, rule=rule)


def _designed(name: str, folder: str, text: str, turn: float = DESIGN_TURN) -> Family:
    scenes = designs(folder)

    def draw(generator: torch.Generator, index: int) -> Scene:
        angle, x, y = (2.0 * torch.rand(3, generator=generator, dtype=torch.float64) - 1.0).tolist()
        return moved(scenes[index % len(scenes)], turn * angle, (DESIGN_SHIFT * x, DESIGN_SHIFT * y))

    most = max(len(scene.objects) for scene in scenes)
    return Family(name, text, most, SlotLayout.holding(scenes), draw, len(scenes))


@cache
def families() -> dict[str, Family]:
    """All families by name."""
    groups = (_p1(), _p2(), _p3(), _p4(), _p5(), _mpg(), _search(), _novel())
    return {family.name: family for group in groups for family in group}

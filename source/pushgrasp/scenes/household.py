"""Household-like objects that no policy has been trained on: cups, bowls, bottles, cans, boxes and tools.

Made of boxes, cylinders and surfaces of revolution, with collision geometry built by hand of the same primitives. Each
fits into a jaw of 140 mm from some side. All are symmetrical about their body's planes, so their inertia is diagonal.
"""

from math import cos, pi, sin, sqrt

import numpy as np

from pushgrasp.scenes.solids import Box, Cylinder, Hull, Primitive, Revolved, Solid, corner_points

WALL_FACETS = 12
"""Convex pieces around a hollow wall."""
Profile = tuple[tuple[float, float], ...]
Parts = tuple[tuple[Solid, ...], tuple[Primitive, ...]]


def cup(base: float, rim: float, height: float, wall: float, floor: float) -> Parts:
    """Conical beaker, radii of its outside at base and rim, about its middle."""
    low, high = -height / 2, height / 2
    inner = base + (rim - base) * floor / height - wall
    profile = ((0.0, low), (base, low), (rim, high), (rim - wall, high), (inner, low + floor), (0.0, low + floor))
    section = ((base, low), (rim, high), (rim - wall, high), (base - wall, low))
    foot = Cylinder(base - wall, floor, (0.0, 0.0, low + floor / 2))
    return (Revolved(profile),), (foot, *_wall(section))


def bowl(base: float, rim: float, height: float, wall: float, floor: float) -> Parts:
    """Bowl that bulges between a flat foot and a rim, radii of its outside, about its middle."""
    low, middle, high = -height / 2, -height / 8, height / 2
    belly = base + 0.68 * (rim - base)
    profile = (
        (0.0, low), (base, low), (belly, middle), (rim, high),
        (rim - wall, high), (belly - wall, middle + wall / 2), (base - wall / 2, low + floor), (0.0, low + floor),
    )  # fmt: skip
    lower = ((base, low), (belly, middle), (belly - wall, middle + wall / 2), (base - wall / 2, low + floor))
    upper = ((belly, middle), (rim, high), (rim - wall, high), (belly - wall, middle + wall / 2))
    foot = Cylinder(base, floor, (0.0, 0.0, low + floor / 2))
    return (Revolved(profile),), (foot, *_wall(lower), *_wall(upper))


def bottle(radius: float, neck: float, height: float) -> Parts:
    """Filled bottle: body, conical shoulder, neck and a cap a little wider than the neck, about its middle."""
    low, high = -height / 2, height / 2
    cap, body, shoulder = neck + 0.003, low + 0.62 * height, low + 0.80 * height
    lid = high - 0.022
    profile = (
        (0.0, low), (radius, low), (radius, body), (neck, shoulder), (neck, lid), (cap, lid), (cap, high), (0.0, high)
    )  # fmt: skip
    cone = ((radius, body), (neck, shoulder))
    return (Revolved(profile),), (
        Cylinder(radius, body - low, (0.0, 0.0, (body + low) / 2)),
        Hull(tuple((r * cos(a), r * sin(a), z) for r, z in cone for a in np.arange(24) * pi / 12)),
        Cylinder(neck, lid - shoulder, (0.0, 0.0, (lid + shoulder) / 2)),
        Cylinder(cap, high - lid, (0.0, 0.0, (high + lid) / 2)),
    )


def can(radius: float, height: float) -> Parts:
    """Filled can."""
    body = Cylinder(radius, height)
    return (body,), (body,)


def carton(width: float, depth: float, height: float) -> Parts:
    """Filled box."""
    body = Box((width, depth, height))
    return (body,), (body,)


def hammer(length: float) -> Parts:
    """Handle along x and a head across its end."""
    handle, head = Box((length - 0.03, 0.024, 0.022)), Box((0.03, 0.085, 0.028))
    return _placed_along_x((handle, length - 0.03), (head, 0.03))


def screwdriver(length: float) -> Parts:
    """Thick six-sided handle and thin shaft along x; the handle collides as three boxes, whose union it is."""
    grip, rod, side = 0.55 * length, 0.45 * length, 0.017
    start, middle, end = -length / 2, (grip - length) / 2, length / 2
    corners = [(side * cos(a), side * sin(a)) for a in (np.arange(6) * pi / 3).tolist()]
    handle = Hull(tuple((x, y, z) for x in (start, start + grip) for y, z in corners))
    turns = [(sin(a / 2), 0.0, 0.0, cos(a / 2)) for a in (0.0, pi / 3, 2 * pi / 3)]
    slices = [Box((grip, side, sqrt(3) * side), (middle, 0.0, 0.0), turn) for turn in turns]
    shaft = Cylinder(0.004, rod, (end - rod / 2, 0.0, 0.0), "x")
    return (handle, shaft), (*slices, shaft)


def spatula(length: float) -> Parts:
    """Handle along x and a flat blade."""
    handle, blade = Box((0.6 * length, 0.022, 0.018)), Box((0.4 * length, 0.065, 0.006))
    return _placed_along_x((handle, 0.6 * length), (blade, 0.4 * length))


def spanner(length: float) -> Parts:
    """Flat bar along x with a wide end on each side."""
    end = Box((0.03, 0.045, 0.014))
    return _placed_along_x((end, 0.03), (Box((length - 0.06, 0.02, 0.012)), length - 0.06), (end, 0.03))


def _placed_along_x(*pieces: tuple[Box | Cylinder, float]) -> Parts:
    """Pieces with their lengths, end to end along x about the middle of the whole."""
    start = -sum(length for _, length in pieces) / 2
    placed: list[Primitive] = []
    for piece, length in pieces:
        centre = (start + length / 2, 0.0, 0.0)
        if isinstance(piece, Box):
            placed.append(Box(piece.size, centre))
        else:
            placed.append(Cylinder(piece.radius, piece.height, centre, piece.axis))
        start += length
    return tuple(placed), tuple(placed)


def _wall(section: Profile) -> list[Hull]:
    """Convex pieces of a ring with a convex section of points (radius, z) [m]; their corners lie on its circles."""
    edges = np.arange(WALL_FACETS + 1) * 2 * pi / WALL_FACETS
    return [
        Hull(tuple((r * cos(a), r * sin(a), z) for a in (start, stop) for r, z in section))
        for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    ]


def extent(parts: tuple[Primitive, ...]) -> tuple[float, float, float]:
    """Size [m] of the bounding box of collision geometry that is centred at the body frame."""
    points = np.concatenate([corner_points(part, 96) for part in parts])
    x, y, z = np.ptp(points, axis=0).tolist()
    return x, y, z


HOUSEHOLD: dict[str, tuple[Parts, float]] = {
    "cup": (cup(0.028, 0.040, 0.095, 0.004, 0.006), 1200.0),
    "tumbler": (cup(0.036, 0.040, 0.085, 0.005, 0.007), 1500.0),
    "bowl": (bowl(0.030, 0.062, 0.050, 0.005, 0.006), 1200.0),
    "bottle": (bottle(0.032, 0.013, 0.170), 750.0),
    "flask": (bottle(0.026, 0.015, 0.130), 700.0),
    "can": (can(0.033, 0.115), 800.0),
    "tin": (can(0.042, 0.040), 1000.0),
    "carton": (carton(0.060, 0.090, 0.130), 400.0),
    "packet": (carton(0.110, 0.070, 0.025), 500.0),
    "soap": (carton(0.085, 0.055, 0.030), 1000.0),
    "hammer": (hammer(0.190), 1000.0),
    "screwdriver": (screwdriver(0.190), 1200.0),
    "spatula": (spatula(0.200), 800.0),
    "spanner": (spanner(0.170), 2000.0),
}
"""Solids, collision geometry and density [kg/m^3] of each household-like object."""

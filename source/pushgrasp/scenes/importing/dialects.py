"""The field's text formats: columns, frames, mesh sets, workspaces, and which object is the target."""

from dataclasses import dataclass, field
from typing import Literal

from pushgrasp.scenes.importing.meshes import DIPN, VFT, VPG, Mesh, own_mesh

POSE = ("x", "y", "z", "alpha", "beta", "gamma")
COLUMNS = {
    10: ("mesh", "r", "g", "b", *POSE),
    8: ("name", "mesh", *POSE),
    1: ("name",),
}
"""Columns of a line by their number; lengths in metres, angles in radians, colours 0 to 1."""

COLOURS = {
    "blue": (0.306, 0.475, 0.655),
    "green": (0.349, 0.631, 0.310),
    "brown": (0.612, 0.459, 0.373),
    "orange": (0.949, 0.557, 0.169),
    "yellow": (0.929, 0.788, 0.282),
    "gray": (0.729, 0.690, 0.675),
    "red": (1.000, 0.341, 0.349),
    "purple": (0.690, 0.478, 0.631),
    "cyan": (0.463, 0.718, 0.698),
    "pink": (1.000, 0.616, 0.655),
}
"""RGB of the colour words by which files with names call their targets (the palette of Zeng et al. 2018)."""


@dataclass(frozen=True)
class Dialect:
    """A text format.

    Attributes:
        description: What it is, for listings.
        columns: Numbers of columns that occur.
        meshes: Meshes that occur, besides own objects.
        euler: Axes of the three angles: "XYZ" turns about the object's own axes (CoppeliaSim), "xyz" about fixed ones.
        centre: Middle of the workspace (x, y) [m] in the file's frame.
        half: Half the side of the workspace [m].
        shift: What the format's own loader adds to every y [m].
        target: Which object is the target: the first, the first with a colour's name, or the one nearest the middle.
        goals: Index of the target by the number at the end of the file's name, where it is known.
        colours: Whether the colours in the file are the ones that its own loader shows.
    """

    description: str
    columns: tuple[int, ...] = (10,)
    meshes: dict[str, Mesh] = field(default_factory=lambda: VPG)
    euler: Literal["XYZ", "xyz"] = "XYZ"
    centre: tuple[float, float] = (-0.5, 0.0)
    half: float = 0.224
    shift: float = 0.0
    target: Literal["first", "named", "middle"] = "middle"
    goals: tuple[int, ...] | dict[int, int] = ()
    colours: bool = True

    def mesh(self, name: str) -> Mesh | None:
        """Mesh of a name: one of the format's, else an own object; None if there is none."""
        return self.meshes.get(name) or own_mesh(name)

    @property
    def coppelia(self) -> bool:
        """Whether poses are those of CoppeliaSim's object frames."""
        return self.euler == "XYZ"


_NAMED = {"columns": (8, 1), "target": "named"}
_BULLET = {"meshes": VFT, "euler": "xyz", "target": "first"}

DIALECTS = {
    "vpg": Dialect("Zeng et al. 2018, Visual Pushing for Grasping: tight arrangements without a target"),
    "xukechun": Dialect(
        "Xu et al. 2021, efficient goal-oriented push-grasping", shift=0.1, goals=(4, 7, 8, 7, 7, 3, 1, 7, 5, 9)
    ),
    "lzalza": Dialect(
        "Li et al., target switching: ten scenes of 20 objects",
        shift=0.1,
        goals=dict(enumerate((1, 1, 0, 2, 4, 5, 0, 0, 2, 3), 1)),
        colours=False,
    ),
    "spg": Dialect("Wang & Kasaei, self-supervised push-grasping (CoppeliaSim files)", shift=0.1),
    "dipn": Dialect("Huang et al. 2021, deep interaction prediction: boxes only", meshes=DIPN),
    "gti": Dialect("Yang et al. 2020, grasping the invisible: named targets, or names to drop", **_NAMED),
    "ge-grasp": Dialect("Liu et al. 2022, GE-Grasp: as gti", **_NAMED),
    "dafaren": Dialect("Ren et al., fast-learning grasping: as gti", **_NAMED),
    "vft": Dialect("Huang et al. 2021, visual foresight trees", centre=(0.5, 0.0), **_BULLET),
    "more": Dialect("Huang et al. 2022, MORE", centre=(0.5, 0.0), **_BULLET),
    "pg4da": Dialect("Wang & Kasaei 2025, dual-arm push-grasping", centre=(0.0, 0.5), half=0.5, **_BULLET),
}
"""Formats by name."""


def dialect_named(name: str) -> Dialect:
    """Look a format up.

    Raises:
        ValueError: If there is none of that name; the message lists the names.
    """
    if name not in DIALECTS:
        raise ValueError(f"unknown format {name!r}; formats: {', '.join(DIALECTS)}")
    return DIALECTS[name]

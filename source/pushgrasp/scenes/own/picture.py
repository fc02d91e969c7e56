"""Picture of an own object: its surface, and the convex parts that stand for it in collisions."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d.art3d import Poly3DCollection

from pushgrasp.files.atomic import atomic_write
from pushgrasp.scenes.own.store import OwnObject
from pushgrasp.scenes.solids import corner_points, hull_mesh

COLOURS = ("tab:blue", "tab:orange", "tab:purple", "tab:cyan", "tab:pink", "tab:olive", "tab:red", "tab:green")


def draw(own: OwnObject, path: Path) -> None:
    """Write a PNG.

    Raises:
        OSError: If the file cannot be written.
    """
    figure = Figure(figsize=(9, 4.5), layout="constrained")
    size = " x ".join(f"{1e3 * side:.0f}" for side in np.ptp(own.vertices, axis=0))
    figure.suptitle(f"{own.name}: {size} mm, {own.mass:.3g} kg, friction {own.friction:g}")
    left, right = (figure.add_subplot(1, 2, i, projection="3d") for i in (1, 2))
    left.set_title(f"as it is seen: {len(own.faces)} faces")
    right.set_title(f"as it collides: {len(own.parts)} convex parts")
    left.add_collection3d(_shaded(own.vertices[own.faces], "tab:gray"))
    for index, part in enumerate(own.parts):
        vertices, faces = hull_mesh(corner_points(part))
        right.add_collection3d(_shaded(vertices[faces], COLOURS[index % len(COLOURS)]))
    half = float(np.ptp(own.vertices, axis=0).max()) / 2
    for axes in (left, right):
        axes.set(xlim=(-half, half), ylim=(-half, half), zlim=(-half, half), xlabel="x [m]", ylabel="y [m]")
        axes.set_aspect("equal")
    atomic_write(path, lambda file: figure.savefig(file, format="png", dpi=90))


def _shaded(triangles: np.ndarray, colour: str) -> Poly3DCollection:
    return Poly3DCollection(triangles, facecolors=colour, shade=True, linewidths=0)

"""What a mesh must be to become a rigid object, and what is mended or told about it."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import trimesh

from pushgrasp.scenes.own.store import ObjectError

LENGTHS = (0.005, 0.5)
"""Least and greatest length of an object [m]."""
UNITS = {1.0: "metres", 0.001: "millimetres", 0.01: "centimetres", 0.0254: "inches", 1000.0: "shrunk twice"}
"""Units of mesh files, by metres per unit."""
USUAL = (0.02, 0.4)
"""Least and greatest length of usual objects [m], by which units are guessed."""
MOST_FACES = 50_000
MOST_PIECES = 200
LEAST_FILL = 1e-5
"""Least volume of a body, relative to the cube of its length: that of a sheet of paper."""
THIN = 0.001
"""Thickness of a wall that is told [m]."""
THIN_SHARE, INNER_SHARE = 0.3, 0.02
"""Shares of the surface that may bound thin walls, or lie inside the body, without being told."""
TOUCH = 0.002
"""Parts of an object whose bounding boxes are no further apart belong together [m]."""
SAMPLES = 100


def mend(mesh: trimesh.Trimesh) -> list[str]:
    """Join corners, drop flat and doubled faces, close small holes, turn faces outward; tell what was done."""
    notes = []
    mesh.merge_vertices(merge_tex=True, merge_norm=True)
    mesh.update_faces(mesh.nondegenerate_faces())
    mesh.update_faces(_single_faces(mesh.faces))
    mesh.remove_unreferenced_vertices()
    if not mesh.is_watertight and mesh.fill_holes():
        notes.append("small holes in the mesh were closed")
    before = mesh.faces.copy()
    mesh.fix_normals(multibody=True)
    turned = int((before != mesh.faces).any(axis=1).sum())
    if turned:
        notes.append(f"{turned} of {len(before)} faces looked inward and were turned")
    return notes


def _single_faces(faces: np.ndarray) -> np.ndarray:
    """Which faces (F,) to keep of those that lie on each other: one, or none of a wall between two bodies.

    A mesh that is doubled all over, with a face for either side, keeps one of each.
    """
    order = np.argsort(faces, axis=1)
    _, first, group = np.unique(np.sort(faces, axis=1), axis=0, return_index=True, return_inverse=True)
    turn = np.where(np.linalg.det(np.eye(3)[order]) > 0.0, 1, -1)
    net = np.bincount(group.ravel(), turn)
    keep = np.zeros(len(faces), dtype=bool)
    keep[first[net != 0] if net.any() else first] = True
    return keep


def check_size(mesh: trimesh.Trimesh, path: Path, scale: float) -> None:
    """Refuse what no gripper could meet.

    Raises:
        ObjectError: Naming the length, and the scale that fits if one of the usual units does.
    """
    length = float(mesh.extents.max())
    if LENGTHS[0] <= length <= LENGTHS[1]:
        return
    units = ((unit, length / scale * unit) for unit in UNITS)
    hints = [f"; --scale {u:g} ({UNITS[u]}) makes it {new:.3g} m" for u, new in units if USUAL[0] <= new <= USUAL[1]]
    limits = f"objects are {LENGTHS[0]:g} to {LENGTHS[1]:g} m long"
    raise ObjectError(f"{path}: is {length:.3g} m long with --scale {scale:g}; {limits}{''.join(hints[:1])}")


def check_faces(mesh: trimesh.Trimesh, path: Path) -> None:
    """Refuse meshes that would slow every scene down.

    Raises:
        ObjectError: If there are more than :data:`MOST_FACES` faces.
    """
    if len(mesh.faces) > MOST_FACES:
        raise ObjectError(f"{path}: {len(mesh.faces)} faces, at most {MOST_FACES}: --faces 20000 simplifies it")


def connected_pieces(mesh: trimesh.Trimesh, path: Path) -> list[trimesh.Trimesh]:
    """Connected pieces of the surface; those that meet only at an edge are apart.

    Raises:
        ObjectError: If they are bodies apart from each other, or more than :data:`MOST_PIECES`.
    """
    pieces = list(mesh.split(only_watertight=False))
    if len(pieces) > MOST_PIECES:
        raise ObjectError(f"{path}: {len(pieces)} separate surfaces, at most {MOST_PIECES}: join them, or give --hull")
    groups = trimesh.graph.connected_components(
        edges=[pair for pair in combinations(range(len(pieces)), 2) if _touch(*(pieces[i] for i in pair))],
        nodes=np.arange(len(pieces)),
        min_len=1,
    )
    if len(groups) > 1:
        raise ObjectError(f"{path}: {len(groups)} bodies apart from each other; an object is one rigid body")
    return pieces


def check_closed(pieces: Sequence[trimesh.Trimesh], path: Path) -> None:
    """Refuse surfaces that bound no body.

    Raises:
        ObjectError: If a piece of the surface has holes, or bounds no volume.
    """
    for piece in pieces:
        edges = len(trimesh.grouping.group_rows(piece.edges_sorted, require_count=1))
        if edges or not piece.is_watertight:
            what = f"{edges} open edges" if edges else "edges of more than two faces"
            raise ObjectError(f"{path}: its surface is not closed ({what}): mend it, or take its convex hull by --hull")
        if not piece.volume > LEAST_FILL * piece.extents.max() ** 3:
            raise ObjectError(f"{path}: its surface bounds no volume ({1e6 * piece.volume:.3g} cm3)")


def doubts(mesh: trimesh.Trimesh) -> Iterator[str]:
    """What a closed surface should not have: walls that are thin, pieces of it inside the body."""
    points, index, *_ = trimesh.sample.sample_surface(mesh, SAMPLES, seed=0)
    inward = -mesh.face_normals[index]
    inner = float((winding_numbers(mesh, points + 1e-5 * inward) > 1.5).mean())
    if inner > INNER_SHARE:
        yield f"{100 * inner:.0f} % of the surface lie inside the body: what overlaps counts twice in the inertia"
    thin = float((winding_numbers(mesh, points + THIN * inward) < 0.5).mean())
    if thin > THIN_SHARE:
        yield f"{100 * thin:.0f} % of the walls are thinner than {1e3 * THIN:g} mm: fingers may pass through them"


def winding_numbers(mesh: trimesh.Trimesh, points: np.ndarray) -> np.ndarray:
    """How often the surface goes round each of some points (P, 3): 0 outside, 1 inside, more where it overlaps itself.

    The sum of the solid angles of all faces (van Oosterom and Strackee 1983).
    """
    result = np.empty(len(points))
    for index, point in enumerate(points):
        corners = mesh.triangles - point
        a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
        la, lb, lc = (np.linalg.norm(side, axis=1) for side in (a, b, c))
        triple = np.einsum("fi,fi->f", a, np.cross(b, c))
        dots = [np.einsum("fi,fi->f", p, q) for p, q in ((a, b), (b, c), (c, a))]
        result[index] = np.arctan2(triple, la * lb * lc + dots[0] * lc + dots[1] * la + dots[2] * lb).sum()
    return result / (2.0 * np.pi)


def _touch(one: trimesh.Trimesh, other: trimesh.Trimesh) -> bool:
    low, high = np.maximum(one.bounds[0], other.bounds[0]), np.minimum(one.bounds[1], other.bounds[1])
    return bool((low <= high + TOUCH).all())

"""A mesh file as an own object: mended, checked, cut into convex parts for collision."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import coacd
import numpy as np
import trimesh
from scipy.spatial.transform import Rotation

from pushgrasp.scenes.mass import BLOCK_DENSITY
from pushgrasp.scenes.own import checking
from pushgrasp.scenes.own.reading import MeshFile, read_mesh_file
from pushgrasp.scenes.own.store import NAME, ObjectError, OwnObject, name_of, own_names
from pushgrasp.scenes.shapes import ALL_SHAPES, BLOCK_FRICTION

DIGITS = 6
"""Surfaces are kept to the micrometre: formats of single precision give the same as others."""
DENSITIES = (5.0, 25_000.0)
"""Least and greatest mean density that an object may have [kg/m^3]."""
FRICTIONS = (0.01, 3.0)
LEAST_FACES = 12
"""Of a simplified mesh: those of a box."""
CONCAVITY = 0.05
"""Greatest concavity of a convex part, relative to its size (Wei et al. 2022)."""
MOST_PARTS = 24
"""Of each connected piece of the surface."""
MOST_CORNERS = 48
"""Of a convex part; engines on a GPU take 64."""
BOX_FILL = 0.995
"""A part that fills so much of its oriented bounding box collides as that box."""


@dataclass(frozen=True)
class Wishes:
    """What a user says about an object; None leaves it to the file, or to the default.

    Attributes:
        name: What scenes call it; the file's name if None.
        scale: Metres per unit of the file.
        up: Axis of the file that points up: x, y or z.
        mass: Mass [kg].
        friction: Coulomb friction.
        faces: Number of faces to simplify the mesh to.
        hull: Whether the mesh's convex hull becomes the body.
        replace: Whether an own object of that name may be replaced.
    """

    name: str | None = None
    scale: float = 1.0
    up: str = "z"
    mass: float | None = None
    friction: float | None = None
    faces: int | None = None
    hull: bool = False
    replace: bool = False


def build(path: Path, wishes: Wishes) -> tuple[OwnObject, list[str]]:
    """Make an object of a file.

    Returns:
        The object, and one line for each thing that its user should know.

    Raises:
        ObjectError: If the file is no good, or a wish cannot be met; the message says what to do.
        OSError: If the file cannot be read.
    """
    name = chosen_name(path, wishes)
    if not 0.0 < wishes.scale < np.inf:
        raise ObjectError(f"--scale {wishes.scale:g}: a positive number is needed, metres per unit of the file")
    if wishes.faces is not None and wishes.faces < LEAST_FACES:
        raise ObjectError(f"--faces {wishes.faces}: at least {LEAST_FACES} are needed")
    file = read_mesh_file(path, wishes.scale, wishes.up)
    checking.check_size(file.mesh, path, wishes.scale)
    pieces, notes = _checked_pieces(file, path, wishes)
    mesh = cast(trimesh.Trimesh, trimesh.util.concatenate(pieces))
    boxes, hulls = _collision(pieces)
    if file.painted:
        notes.append("its colours and textures are left out: objects are painted in plain colours")
    mass, friction = _mass(mesh, path, wishes, file, notes), _friction(path, wishes, file)
    middle = np.round(mesh.bounds.mean(axis=0), DIGITS)
    boxes[:, 3:6] -= middle
    points = np.concatenate([np.zeros((0, 3)), *hulls]) - middle * bool(hulls)
    vertices, faces = np.round(mesh.vertices - middle, DIGITS), np.asarray(mesh.faces, dtype=np.int64)
    counts = np.array([len(hull) for hull in hulls], dtype=np.int64)
    return OwnObject(name, path.name, mass, friction, -middle, vertices, faces, boxes, points, counts), notes


def chosen_name(path: Path, wishes: Wishes) -> str:
    """Name of the object: as wished, else that of the file, in small letters.

    Raises:
        ObjectError: If it cannot be a name, or is taken.
    """
    name = wishes.name or name_of(path)
    if not NAME.fullmatch(name):
        raise ObjectError(
            f"object name {name!r}: small letters, digits and _ are needed, a letter first, at most 40; give --name"
        )
    if name in ALL_SHAPES:
        raise ObjectError(f"{name!r} is a built-in shape; give another --name")
    if name in own_names() and not wishes.replace:
        raise ObjectError(f"there is an own object {name!r}; give --replace, or another --name")
    return name


def _checked_pieces(file: MeshFile, path: Path, wishes: Wishes) -> tuple[list[trimesh.Trimesh], list[str]]:
    """Connected pieces of the mended surface, and what was mended or is doubtful."""
    mesh = file.mesh
    notes = checking.mend(mesh)
    if wishes.hull:
        mesh, notes = mesh.convex_hull, []
    if wishes.faces is not None and wishes.faces < len(mesh.faces):
        mesh = mesh.simplify_quadric_decimation(face_count=wishes.faces)
        notes += checking.mend(mesh)
    checking.check_faces(mesh, path)
    pieces = checking.connected_pieces(mesh, path)
    checking.check_closed(pieces, path)
    return pieces, [*notes, *checking.doubts(mesh)]


def _mass(mesh: trimesh.Trimesh, path: Path, wishes: Wishes, file: MeshFile, notes: list[str]) -> float:
    volume = float(mesh.volume)
    mass = wishes.mass if wishes.mass is not None else file.mass
    if mass is None:
        notes.append(f"--mass not given: {BLOCK_DENSITY:g} kg/m3 make {BLOCK_DENSITY * volume:.3g} kg")
        return BLOCK_DENSITY * volume
    low, high = (density * volume for density in DENSITIES)
    if not low <= mass <= high:
        raise ObjectError(
            f"{path}: a mass of {mass:g} kg; a body of {1e6 * volume:.3g} cm3 weighs {low:.2g} to {high:.2g} kg"
        )
    return float(mass)


def _friction(path: Path, wishes: Wishes, file: MeshFile) -> float:
    given = wishes.friction if wishes.friction is not None else file.friction
    friction = BLOCK_FRICTION if given is None else given
    if not FRICTIONS[0] <= friction <= FRICTIONS[1]:
        raise ObjectError(f"{path}: friction {friction:g}: {FRICTIONS[0]:g} to {FRICTIONS[1]:g} is needed")
    return float(friction)


def _collision(pieces: list[trimesh.Trimesh]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Boxes (B, 10) and corners (k, 3) of other convex parts that make up some pieces."""
    coacd.set_log_level("error")
    boxes, hulls = [], []
    for part in (part for piece in pieces for part in _convex_parts(piece)):
        box = _as_box(part)
        hulls += [part] if box is None else []
        boxes += [] if box is None else [box]
    return np.array(boxes).reshape(-1, 10), hulls


def _convex_parts(piece: trimesh.Trimesh) -> list[np.ndarray]:
    parts = coacd.run_coacd(
        coacd.Mesh(piece.vertices, piece.faces),
        threshold=CONCAVITY,
        max_convex_hull=MOST_PARTS,
        resolution=1000,
        mcts_iterations=60,
        mcts_max_depth=2,
        decimate=True,
        max_ch_vertex=MOST_CORNERS,
        seed=0,
    )
    return [np.round(vertices, DIGITS) for vertices, _ in parts]


def _as_box(corners: np.ndarray) -> np.ndarray | None:
    """Size, centre and quaternion (10,) of the box that a convex part is; None if it is none."""
    hull = trimesh.convex.convex_hull(corners)
    to_box, size = trimesh.bounds.oriented_bounds(hull)
    if hull.volume < BOX_FILL * np.prod(size):
        return None
    pose = np.linalg.inv(to_box)
    return np.concatenate([size, pose[:3, 3], Rotation.from_matrix(pose[:3, :3]).as_quat()])

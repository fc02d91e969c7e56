"""Mesh files and URDF as one triangle mesh in metres."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from xml.etree import ElementTree

import numpy as np
import trimesh
from scipy.spatial.transform import Rotation

from pushgrasp.files.text_files import read_text
from pushgrasp.scenes.own.store import ObjectError

FORMATS = (".obj", ".stl", ".ply", ".glb", ".urdf")
UP = {"x": Rotation.from_euler("y", -90, degrees=True), "y": Rotation.from_euler("x", 90, degrees=True)}
"""Turn of a file whose x or y points up."""
_ZERO = "0 0 0"


@dataclass(frozen=True)
class MeshFile:
    """What a file holds.

    Attributes:
        mesh: The surface [m] as it is in the file.
        mass: Mass [kg]; None if the file does not say.
        friction: Coulomb friction; None if the file does not say.
        painted: Whether it has colours or textures.
    """

    mesh: trimesh.Trimesh
    mass: float | None = None
    friction: float | None = None
    painted: bool = False


def read_mesh_file(path: Path, scale: float = 1.0, up: str = "z") -> MeshFile:
    """Read a file.

    Args:
        path: File of one of :data:`FORMATS`.
        scale: Metres per unit of the file.
        up: Axis of the file that points up: x, y or z.

    Raises:
        ObjectError: If it is no such file, or holds no triangles.
        OSError: If it cannot be read.
    """
    if path.suffix.lower() not in FORMATS:
        raise ObjectError(f"{path}: unknown format {path.suffix!r}; formats: {', '.join(FORMATS)}")
    found = _read_urdf(path) if path.suffix.lower() == ".urdf" else _read_mesh(path)
    vertices = scale * np.asarray(found.mesh.vertices, dtype=np.float64)
    if not np.isfinite(vertices).all():
        bad = int((~np.isfinite(vertices)).any(axis=1).sum())
        raise ObjectError(f"{path}: {bad} of {len(vertices)} vertices are not finite")
    turned = UP[up].apply(vertices) if up in UP else vertices
    mesh = trimesh.Trimesh(turned, found.mesh.faces, process=False)
    return MeshFile(mesh, found.mass, found.friction, found.painted)


def _read_mesh(path: Path) -> MeshFile:
    with path.open("rb"):  # a missing file, a folder, a file of others: the system's own message
        pass
    try:
        loaded = trimesh.load_scene(path, process=False, skip_materials=True)
        mesh = loaded.to_mesh() if loaded.geometry else trimesh.Trimesh()
    except Exception as error:
        raise ObjectError(f"{path}: no {path.suffix[1:]} mesh: {error or type(error).__name__}") from None
    if not len(mesh.faces):
        raise ObjectError(f"{path}: holds no triangles")
    if mesh.vertices.shape[1] != 3:
        raise ObjectError(f"{path}: its vertices have {mesh.vertices.shape[1]} of 3 coordinates")
    first, last, count = int(mesh.faces.min()), int(mesh.faces.max()), len(mesh.vertices)
    if first < 0 or last >= count:
        raise ObjectError(f"{path}: its faces name vertices that there are not, {first} to {last} of {count}")
    return MeshFile(mesh, painted=bool(mesh.visual and mesh.visual.defined))


def _read_urdf(path: Path) -> MeshFile:
    """The link that has meshes: those that are seen, or, if it has none, those that collide."""
    try:
        robot = ElementTree.fromstring(read_text(path))
    except ElementTree.ParseError as error:
        raise ObjectError(f"{path}: no URDF: {error}") from None
    links = [link for link in robot.iter("link") if link.find(".//mesh") is not None]
    if len(links) != 1:
        names = ", ".join(link.get("name", "?") for link in links) or "none"
        raise ObjectError(f"{path}: an object is one rigid body; links with a mesh: {names}")
    (link,) = links
    seen = list(_meshes(path, link, "visual")) or list(_meshes(path, link, "collision"))
    mesh = cast(trimesh.Trimesh, trimesh.util.concatenate([part.mesh for part in seen]))
    mass = _number(path, link, "inertial/mass", "value")
    friction = _number(path, link, "contact/lateral_friction", "value")
    return MeshFile(mesh, mass, friction, any(part.painted for part in seen))


def _meshes(path: Path, link: ElementTree.Element, kind: str) -> Iterator[MeshFile]:
    """Meshes of a link in the link's frame."""
    for element in link.iter(kind):
        geometry = element.find("geometry/mesh")
        if geometry is None:
            raise ObjectError(f"{path}: link {link.get('name')!r}: its {kind} geometry is not a mesh")
        origin = element.find("origin")
        place = {} if origin is None else origin.attrib
        name = geometry.get("filename", "")
        if not _mesh_path(path, name).is_file():
            raise ObjectError(f"{path}: link {link.get('name')!r}: there is no mesh file {name!r}")
        part = _read_mesh(_mesh_path(path, name))
        turn = Rotation.from_euler("xyz", _vector(path, place.get("rpy", _ZERO)))
        vertices = part.mesh.vertices * _vector(path, geometry.get("scale", "1 1 1"))
        part.mesh.vertices = turn.apply(vertices) + _vector(path, place.get("xyz", _ZERO))
        yield part


def _mesh_path(urdf: Path, name: str) -> Path:
    """File that a URDF names: beside it, or, for `package://`, below one of the folders above it."""
    name = name.removeprefix("file://")
    if not name.startswith("package://"):
        return urdf.parent / name
    inside = Path(name.removeprefix("package://"))
    places = [folder / part for folder in urdf.absolute().parents for part in (inside, Path(*inside.parts[1:]))]
    return next((place for place in places if place.is_file()), urdf.parent / Path(*inside.parts[1:]))


def _vector(path: Path, text: str) -> np.ndarray:
    try:
        x, y, z = (float(word) for word in text.split())
    except ValueError:
        raise ObjectError(f"{path}: {text!r}: three numbers are needed") from None
    return np.array((x, y, z))


def _number(path: Path, link: ElementTree.Element, place: str, key: str) -> float | None:
    element = link.find(place)
    if element is None or element.get(key) is None:
        return None
    try:
        return float(element.get(key, ""))
    except ValueError:
        raise ObjectError(f"{path}: {place}: {element.get(key)!r} is not a number") from None

"""Text files of the field as scenes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from pushgrasp.files.text_files import FileError, fault_lines, read_text
from pushgrasp.scenes.contacts import gaps, supported, table_gaps
from pushgrasp.scenes.generators import cluttered
from pushgrasp.scenes.importing.dialects import COLOURS, DIALECTS, Dialect, dialect_named
from pushgrasp.scenes.importing.lines import ImportFailedError, Line, parse_lines, shown
from pushgrasp.scenes.own.store import own_names
from pushgrasp.scenes.scene import MOST_OBJECTS, Scene, SceneObject
from pushgrasp.scenes.validation import FLOAT

HEIGHTS = (-0.05, 0.4)
"""Least and greatest height [m] of an object that is not parked."""
BORDER = 1e-9
"""What lies on the workspace's border is inside, whatever rounding adds [m]."""
SUNK = 0.001
"""Objects deeper in the table than this are raised onto it [m]."""


@dataclass(frozen=True)
class Imported:
    """What became of a file.

    Attributes:
        scene: The scene, in this project's world frame.
        format: Name of the format.
        parked: Objects left out because they lie outside the workspace.
        raised: Objects that lay in the table and were raised onto it.
    """

    scene: Scene
    format: str
    parked: tuple[str, ...] = ()
    raised: tuple[str, ...] = ()


def import_scene(path: Path, format_name: str | None = None, target: int | None = None, seed: int = 0) -> Imported:
    """Read a text file.

    Args:
        path: The file.
        format_name: Name of its format; told from its content if None, which cannot tell `vpg` from the other formats
            of ten columns and `.obj` meshes.
        target: Index of the target among the file's lines, from 0; the format's own rule if None.
        seed: Seed of the drop, for lists of names.

    Raises:
        FileError: Naming file, lines and what is expected, if the file is no text or not of the format, nothing lies in
            the workspace, or the target does not.
        ValueError: If the format is unknown.
        OSError: If the file cannot be read.
    """
    text = read_text(path)
    name = detect_format(text, str(path)) if format_name is None else format_name
    dialect = dialect_named(name)
    lines = parse_lines(text, str(path), dialect.columns)
    if len(lines) > MOST_OBJECTS:
        raise ImportFailedError(f"{path}: {len(lines)} objects; a scene has at most {MOST_OBJECTS}")
    if target is not None and not 0 <= target < len(lines):
        raise ImportFailedError(f"{path}: target {target}: the file's objects are 0 to {len(lines) - 1}")
    if not lines[0].mesh:
        return Imported(_dropped(path, lines, target, seed), name)
    unknown = [line for line in lines if dialect.mesh(line.mesh) is None]
    if unknown:
        *others, last = (f"{line.place}: unknown mesh {shown(line.mesh)} of format {name}" for line in unknown)
        raise ImportFailedError(*others, f"{last}; meshes: {', '.join([*dialect.meshes, *own_names()])}")
    return _arranged(path, name, dialect, lines, target)


def import_scenes(
    paths: Iterable[Path], format_name: str | None = None, target: int | None = None, seed: int = 0
) -> tuple[dict[Path, Imported], list[str]]:
    """Read many text files; a bad one does not keep the others from being read.

    Returns:
        What became of each file, and one line for each fault of those that are no good.
    """
    imported, errors = {}, []
    for path in paths:
        try:
            imported[path] = import_scene(path, format_name, target, seed)
        except (FileError, OSError) as error:
            errors += fault_lines(path, error)
    return imported, errors


def detect_format(text: str, where: str) -> str:
    """Tell a format from the columns, the meshes and where the objects are.

    Raises:
        ImportFailedError: If no format has such lines.
    """
    lines = parse_lines(text, where, (10, 8, 1))
    if not lines[0].colour:
        return "gti"
    if all(line.mesh.endswith(".urdf") for line in lines):
        return "vft" if any(_inside(DIALECTS["vft"], line) for line in lines) else "pg4da"
    return "vpg"


def _arranged(path: Path, name: str, dialect: Dialect, lines: list[Line], target: int | None) -> Imported:
    kept = [i for i, line in enumerate(lines) if _inside(dialect, line)]
    if not kept:
        (x, y), half = dialect.centre, dialect.half
        limits = f"x {x - half:g} to {x + half:g}, y {y - half:g} to {y + half:g} m"
        raise ImportFailedError(f"{path}: no object lies in the workspace of format {name} ({limits})")
    objects = tuple(_object(dialect, lines[i]) for i in kept)
    goal = _goal(path, dialect, lines, kept) if target is None else target
    if goal >= len(lines):
        raise ImportFailedError(
            f"{path}: the target of this scene of format {name} is line {goal} from 0, and the file's are 0 to "
            f"{len(lines) - 1}; --target names another"
        )
    if goal not in kept:
        raise ImportFailedError(f"{lines[goal].place}: the target, {lines[goal].mesh}, lies outside the workspace")
    scene = Scene(objects, kept.index(goal), name=path.stem)
    depth = table_gaps(scene)
    sunk = np.flatnonzero(depth < -SUNK)
    raised = tuple(f"{lines[kept[i]].place}: {objects[i].shape} raised by {-1e3 * depth[i]:.1f} mm" for i in sunk)
    objects = tuple(_raised(item, max(0.0, -gap)) for item, gap in zip(objects, depth.tolist(), strict=True))
    scene = replace(scene, objects=objects)
    floats = not supported(gaps(scene), table_gaps(scene), FLOAT).all()
    parked = tuple(f"{line.place}: {line.mesh}" for i, line in enumerate(lines) if i not in kept)
    return Imported(replace(scene, start="drop" if floats else "rest"), name, parked, raised)


def _inside(dialect: Dialect, line: Line) -> bool:
    x, y, z = _place(dialect, line)
    return max(abs(x), abs(y)) <= dialect.half + BORDER and HEIGHTS[0] <= z <= HEIGHTS[1]


def _place(dialect: Dialect, line: Line) -> tuple[float, float, float]:
    """Where the format's own loader puts an object [m], in this project's world frame."""
    x, y, z = line.position
    return x - dialect.centre[0], y + dialect.shift - dialect.centre[1], z


def _object(dialect: Dialect, line: Line) -> SceneObject:
    mesh = dialect.mesh(line.mesh)
    if mesh is None:
        raise ImportFailedError(f"{line.place}: unknown mesh {line.mesh!r}")
    angles = Rotation.from_euler(dialect.euler, line.angles)
    turn = angles * mesh.in_object_frame(dialect.coppelia)
    offset = np.zeros(3) if dialect.coppelia else angles.apply(mesh.centre)
    x, y, z = (np.array(_place(dialect, line)) + offset).tolist()
    a, b, c, d = turn.as_quat().tolist()
    colour = COLOURS.get(line.name) if not line.colour else _rgb(line) if dialect.colours else None
    return SceneObject(mesh.shape, (x, y, z), (a, b, c, d), colour, line.name)


def _rgb(line: Line) -> tuple[float, float, float]:
    red, green, blue = line.colour
    return red, green, blue


def _raised(item: SceneObject, height: float) -> SceneObject:
    x, y, z = item.position
    return replace(item, position=(x, y, z + height))


def _goal(path: Path, dialect: Dialect, lines: list[Line], kept: list[int]) -> int:
    """Line of the target, by the format's own rule."""
    number = re.search(r"(\d+)$", path.stem)
    goals = dialect.goals if isinstance(dialect.goals, dict) else dict(enumerate(dialect.goals))
    if number and int(number[1]) in goals:
        return goals[int(number[1])]
    if dialect.target == "first":
        return 0
    if dialect.target == "named":
        return next((i for i in kept if lines[i].name != "block"), kept[0])
    places = np.array([lines[i].position[:2] for i in kept])
    return kept[int(np.linalg.norm(places - places.mean(axis=0), axis=1).argmin())]


def _dropped(path: Path, lines: list[Line], target: int | None, seed: int) -> Scene:
    """Scene of a list of names: blocks of random shapes in those colours, to be dropped."""
    unknown = [line for line in lines if line.name not in ("block", *COLOURS)]
    if unknown:
        *others, last = (f"{line.place}: unknown name {shown(line.name)}" for line in unknown)
        raise ImportFailedError(*others, f"{last}; names: block, {', '.join(COLOURS)}")
    named = next((i for i, line in enumerate(lines) if line.name != "block"), 0)
    goal = named if target is None else target
    try:
        scene = cluttered(torch.Generator().manual_seed(seed), len(lines), target=goal, centre_extent=0.1)
    except ValueError as error:
        raise ImportFailedError(f"{path}: {error}") from None
    items = zip(scene.objects, lines, strict=True)
    objects = tuple(replace(item, name=line.name, colour=COLOURS.get(line.name)) for item, line in items)
    return replace(scene, objects=objects, name=path.stem)

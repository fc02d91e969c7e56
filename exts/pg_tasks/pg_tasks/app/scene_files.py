"""Scenes as users name them: families, scene files, text files of the field; settled, written, listed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from rich.table import Table
from scipy.spatial.transform import Rotation

from pg_tasks.envs.scene_sets import FamilyScenes, FileScenes, named, scene_set
from pg_tasks.envs.settling import settle
from pushgrasp.program import UserError
from pushgrasp.scenes.dropping import lifted_apart
from pushgrasp.scenes.families import AT_REST, Family, families, family_named
from pushgrasp.scenes.file import write_scene
from pushgrasp.scenes.importing.reader import Imported
from pushgrasp.scenes.scene import Scene
from pushgrasp.scenes.validation import problems
from pushgrasp.scenes.visibility import visible_shares

IMPORT_TIME = 10.0
"""So long an imported scene may take to come to rest [s]."""
DROPS = 20
"""Drops of a scene until one loses nothing off the table."""


def family_table() -> Table:
    """Return the list of all families."""
    table = Table("family", "objects", "variants", "target seen", "what it is")
    for family in families().values():
        rule = family.rule
        seen = "" if rule is None else f"{rule.low:.2g} to {rule.high:.2g}" if rule.high < 1.0 else rule.choice
        table.add_row(family.name, str(family.num_objects), str(family.variants), seen, family.description)
    return table


def scene_table(scene: Scene) -> Table:
    """Return a scene's objects with poses and how much of each the overhead camera sees."""
    seen = "not measured" if scene.visibility is None else f"{100 * scene.visibility:.0f} %"
    title = f"{scene.name or 'scene'}: starts with a {scene.start}; target seen: {seen}"
    table = Table("", "shape", "name", "x, y, z (m)", "turn (degrees) about", "seen", title=title, title_justify="left")
    shares = visible_shares(scene).tolist()
    for index, (item, share) in enumerate(zip(scene.objects, shares, strict=True)):
        mark = "target" if index == scene.target else str(index)
        place = ", ".join(f"{value:+.3f}" for value in item.position)
        table.add_row(mark, item.shape, item.name, place, _turn(item.quaternion), f"{100 * share:.0f} %")
    return table


def family_scenes(name: str, count: int, seed: int, settled: bool) -> list[Scene]:
    """Draw the first scenes of a family.

    Args:
        name: The family's name.
        count: How many.
        seed: Seed of the first; each has a seed of its own, as the trials of an evaluation have.
        settled: Whether they are brought to rest. Those with a rule about what is seen of the target always are.

    Raises:
        ValueError: If the family is unknown.
    """
    family = family_named(name)
    return [family_scene(family, index, seed, settled) for index in range(count)]


def family_scene(family: Family, index: int, seed: int, settled: bool = True) -> Scene:
    """Draw the scene of an index of a family, as :func:`family_scenes` does.

    Raises:
        ValueError: If none comes out as it must be.
    """
    generator = torch.Generator().manual_seed(seed * 1_000_003 + index)
    if not settled and family.rule in (None, AT_REST):
        return named(family.draw(generator, index), family, index)
    for _ in range(DROPS):
        scene = FamilyScenes(family).draw(generator, index)
        if scene.visibility is not None:
            return scene
        result = settle(scene)
        if not result.lost:
            share = float(visible_shares(result.scene)[scene.target])
            return named(replace(result.scene, visibility=share), family, index)
    raise UserError(f"scene {index} of {family.name}: {DROPS} drops in a row lost an object off the table")


def scenes_of(words: Sequence[str], seed: int, count: int | None) -> dict[str, Scene]:
    """Return settled scenes by a name that can be a file's: of families, of scene files, or of all families.

    Args:
        words: Names of families, paths and patterns of scene files, or ``all``.
        seed: Seed of the families' scenes.
        count: Scenes per family; one of each variant if None.

    Raises:
        ValueError: If a word is neither.
    """
    found: dict[str, Scene] = {}
    for word in families() if list(words) == ["all"] else words:
        if word in families():
            drawn = family_scenes(word, count or families()[word].variants, seed, settled=True)
        else:
            drawn = [settle(scene).scene for scene in read_set(word)]
        for scene in drawn:
            found[_free_name((scene.name or "scene").replace("/", "_"), found)] = scene
    return found


def read_set(word: str) -> tuple[Scene, ...]:
    """Return the scenes of files that a path, folder or pattern names.

    Raises:
        ValueError: If it names none, or more than files.
    """
    scenes = scene_set(word)
    if not isinstance(scenes, FileScenes):
        raise UserError(f"scenes {word!r}: families and files must be named one by one here, with blanks between")
    return scenes.scenes


def _free_name(name: str, taken: dict[str, Scene]) -> str:
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


def write_scenes(scenes: dict[str, Scene], folder: Path) -> None:
    """Write one JSON file per scene; the folder is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, scene in scenes.items():
        write_scene(folder / f"{name}.json", scene)


def import_lines(path: Path, imported: Imported, out: Path) -> list[str]:
    """Write an imported scene; return what to tell the user about it."""
    write_scene(out / f"{path.stem}.json", imported.scene)
    scene = imported.scene
    target = f"target {scene.called(scene.target)}"
    lines = [f"{path} ({imported.format}): {len(scene.objects)} objects, {target} -> {out / path.stem}.json"]
    lines += [f"  left out, outside the workspace: {text}" for text in imported.parked]
    return lines + [f"  {text}" for text in imported.raised]


def settled_import(imported: Imported) -> tuple[Imported, list[str]]:
    """Bring an imported scene to rest and measure its target's visibility.

    Objects that overlap are lifted apart and dropped, the lowest first.

    Returns:
        The scene at rest, and what is wrong with it: objects that fell off the table or do not come to rest.
    """
    scene = imported.scene
    overlap = problems(replace(scene, start="drop"))
    settled = settle(lifted_apart(scene) if overlap else scene, IMPORT_TIME)
    faults = [f"{scene.called(index)} falls off the table" for index in settled.lost]
    faults += [f"{scene.called(index)} does not come to rest" for index in settled.restless if not settled.lost]
    scene = settled.scene
    scene = replace(scene, visibility=float(visible_shares(scene)[scene.target]))
    return replace(imported, scene=scene), faults or problems(scene)


def clashes(paths: Iterable[Path]) -> dict[Path, str]:
    """Return what to tell about each file whose scene would be written over that of an earlier one."""
    first: dict[str, Path] = {}
    earlier = {path: first.setdefault(path.stem, path) for path in paths}
    return {
        path: f"has the name of {other}; import it into another folder"
        for path, other in earlier.items()
        if path != other
    }


def _turn(quaternion: tuple[float, float, float, float]) -> str:
    """Angle and axis of a rotation as text."""
    vector = Rotation.from_quat(quaternion).as_rotvec()
    angle = float(np.linalg.norm(vector))
    if angle < 1e-4:
        return "0"
    return f"{np.degrees(angle):.0f} " + ", ".join(f"{value:+.2f}" for value in vector / angle)

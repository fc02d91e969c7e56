"""Scene files: one scene as JSON, written whole or not at all, checked when read.

    {
      "schema": "pushgrasp.scene/1",
      "name": "corner", "start": "rest", "target": "yellow cube", "visibility": 0.8,
      "workspace": {"x": [-0.5, 0.5], "y": [-0.5, 0.5]},
      "objects": [
        {"name": "yellow cube", "shape": "cube", "position": [0, 0, 0.025], "quaternion": [0, 0, 0, 1],
         "colour": [1, 0.8, 0.1]}
      ]
    }

Only schema, target, and the objects' shape and position must be there. The target is an object's name, or its index
from 0. Positions are the centres of bounding boxes [m] in the world frame, quaternions are (x, y, z, w), `start` is
"rest" or "drop", `visibility` is the share of the target that the overhead camera sees.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pushgrasp.files.atomic import atomic_write
from pushgrasp.files.json_files import parse_json
from pushgrasp.files.text_files import FileError, fault_lines, read_text
from pushgrasp.scenes.json_fields import Fields, SceneFileError
from pushgrasp.scenes.scene import Extent, Scene, SceneObject
from pushgrasp.scenes.validation import problems

SCHEMA = "pushgrasp.scene/1"


def write_scene(path: Path, scene: Scene) -> None:
    """Write a scene file; a crash leaves the old file or the new one.

    Raises:
        OSError: If the file cannot be written.
    """
    text = scene_to_json(scene)
    atomic_write(path, lambda file: file.write(text.encode()))


def read_scene(path: Path) -> Scene:
    """Read a scene file and check that the scene can be.

    Raises:
        FileError: Naming the file, the place in it and the object, if it is no scene file or the scene cannot be.
        OSError: If the file cannot be read.
    """
    scene = parse_scene(read_text(path), str(path))
    found = problems(scene)
    if found:
        raise SceneFileError(*(f"{path}: {problem}" for problem in found))
    return scene


def read_scenes(paths: Iterable[Path]) -> tuple[dict[Path, Scene], list[str]]:
    """Read many scene files; a bad one does not keep the others from being read.

    Returns:
        The scenes by file, and one line for each fault of those that are no good.
    """
    scenes, errors = {}, []
    for path in paths:
        try:
            scenes[path] = read_scene(path)
        except (FileError, OSError) as error:
            errors += fault_lines(path, error)
    return scenes, errors


def scene_to_json(scene: Scene) -> str:
    """Return a scene as the text of its file: one object per line."""
    head: dict[str, Any] = {"schema": SCHEMA, "name": scene.name, "start": scene.start, "target": scene.target}
    if scene.visibility is not None:
        head["visibility"] = scene.visibility
    head["workspace"] = asdict(scene.workspace)
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
    objects = ",\n".join(f"    {json.dumps(_object_fields(item))}" for item in scene.objects)
    return "\n".join(["{", *lines, '  "objects": [', objects, "  ]", "}", ""])


def parse_scene(text: str, where: str) -> Scene:
    """Read a scene from the text of a file without looking at its geometry.

    Args:
        text: The JSON.
        where: What messages call the file.

    Raises:
        FileError: With all faults, if it is no JSON or fields are missing, unknown, or of a wrong kind.
    """
    fields = Fields(parse_json(text, where), where)
    schema = fields.take("schema", str)
    if schema not in (None, SCHEMA):
        raise SceneFileError(f"{where}: schema: unknown schema {schema!r}; this version reads {SCHEMA!r}")
    objects = tuple(_read_object(part) for part in fields.parts("objects"))
    scene = fields.built(
        Scene,
        objects=objects,
        target=_target(fields, objects),
        start=fields.take("start", str, "rest"),
        name=fields.take("name", str, ""),
        workspace=_read_workspace(fields),
        visibility=fields.take("visibility", float, None),
    )
    fields.finish()
    return fields.checked(scene)


def _object_fields(item: SceneObject) -> dict[str, Any]:
    return {key: value for key, value in asdict(item).items() if value not in (None, "")}


def _read_object(fields: Fields) -> SceneObject | None:
    item = fields.built(
        SceneObject,
        shape=fields.take("shape", str),
        position=fields.numbers("position", 3),
        quaternion=fields.numbers("quaternion", 4, (0.0, 0.0, 0.0, 1.0)),
        colour=fields.numbers("colour", 3, None),
        name=fields.take("name", str, ""),
    )
    fields.finish()
    return item


def _read_workspace(fields: Fields) -> Extent | None:
    part = fields.part("workspace")
    if part is None:
        return Extent()
    extent = part.built(Extent, x=part.numbers("x", 2), y=part.numbers("y", 2))
    part.finish()
    return extent


def _target(fields: Fields, objects: tuple[SceneObject | None, ...]) -> int | None:
    """Index of the target, which is given as one or as an object's name."""
    target = fields.take("target", int | str)
    if target is None or not objects or None in objects:
        return 0  # what there is to say has been said
    if isinstance(target, int):
        if not 0 <= target < len(objects):
            fields.refuse("target", f"there is no object {target}; the scene's objects are 0 to {len(objects) - 1}")
        return target
    names = [item.name for item in objects if item]
    if names.count(target) != 1:
        named = ", ".join(repr(name) for name in names if name) or "none"
        fields.refuse(
            "target", f"{'more than one' if target in names else 'no'} object is named {target!r}; named are: {named}"
        )
        return None
    return names.index(target)

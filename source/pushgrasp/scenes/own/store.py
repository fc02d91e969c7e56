"""The folder that keeps the user's own objects: `<name>/object.npz`, with a USD file and a picture beside it.

The USD file carries the digest of `object.npz` in its name and is written first: whoever reads `object.npz` finds the
USD file of just that object, also after a kill or while an object is replaced.
"""

import hashlib
import io
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from pushgrasp.files.atomic import atomic_write
from pushgrasp.files.text_files import FileError
from pushgrasp.files.user_folders import user_folder
from pushgrasp.scenes.solids import Box, Hull

SCHEMA = "pushgrasp.object/1"
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""What an object may be called: the name is a folder's and a USD prim's."""


class ObjectError(FileError):
    """An object that cannot be used; the text says why, and what to do."""


@dataclass(frozen=True, eq=False)
class OwnObject:
    """A rigid object whose body frame sits at the centre of its bounding box, along the axes of its file.

    Attributes:
        name: What scenes call it.
        source: Name of the file it comes from.
        mass: Mass [kg], spread evenly over the body.
        friction: Coulomb friction.
        origin: Origin of the file's own frame (3,) [m], body frame.
        vertices: Surface (V, 3) [m], body frame.
        faces: Triangles (F, 3), outward.
        boxes: Collision boxes (B, 10): size and centre [m], quaternion (x, y, z, w).
        points: Corners (P, 3) [m] of the convex collision parts, one part after the other.
        counts: How many corners each convex part has (K,).
    """

    name: str
    source: str
    mass: float
    friction: float
    origin: np.ndarray
    vertices: np.ndarray
    faces: np.ndarray
    boxes: np.ndarray
    points: np.ndarray
    counts: np.ndarray

    @property
    def parts(self) -> tuple[Box | Hull, ...]:
        """What it collides with."""
        boxes = (row.tolist() for row in self.boxes)
        hulls = np.split(self.points, np.cumsum(self.counts)[:-1]) if len(self.counts) else []
        return (
            *(Box(tuple(row[:3]), tuple(row[3:6]), tuple(row[6:])) for row in boxes),
            *(Hull(tuple(map(tuple, corners.tolist()))) for corners in hulls),
        )

    @cached_property
    def content(self) -> bytes:
        """What `object.npz` holds; the same object gives the same bytes."""
        file = io.BytesIO()
        values = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "name"}
        np.savez(file, schema=np.array(SCHEMA), **values)
        return file.getvalue()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def usd(self) -> Path:
        """Its USD file."""
        return objects_folder() / self.name / f"{self.digest[:16]}.usda"

    @property
    def picture(self) -> Path:
        """Its picture."""
        return objects_folder() / self.name / f"{self.name}.png"


def objects_folder() -> Path:
    """Where own objects are kept: `$PUSHGRASP_OBJECTS`, else `pushgrasp/objects` where the system keeps user data."""
    chosen = os.environ.get("PUSHGRASP_OBJECTS")
    if chosen:
        return Path(os.path.expanduser(chosen)).absolute()
    return user_folder("XDG_DATA_HOME", ".local/share") / "pushgrasp" / "objects"


def name_of(path: Path) -> str:
    """Name that an object gets of its file: small letters, and _ for whatever is neither letter nor digit."""
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in path.stem.lower()).strip("_")


def own_names() -> list[str]:
    """Names of the own objects."""
    return sorted(path.parent.name for path in objects_folder().glob("*/object.npz") if _is_name(path.parent.name))


def own_object(name: str) -> OwnObject | None:
    """The object of a name, as this process read it first; None if there is none.

    Raises:
        ObjectError: If its file cannot be used.
    """
    path = objects_folder() / name / "object.npz"
    return _read(path) if _is_name(name) and path.is_file() else None


def save(item: OwnObject, write_beside: Callable[[], None]) -> None:
    """Keep an object; one of the same name is replaced.

    Args:
        item: The object.
        write_beside: Writes its USD file and its picture.

    Raises:
        OSError: If the folder cannot be written to; an object that was there is then untouched.
    """
    folder = objects_folder() / item.name
    folder.mkdir(parents=True, exist_ok=True)
    write_beside()
    atomic_write(folder / "object.npz", lambda file: file.write(item.content))
    _read.cache_clear()
    for path in set(folder.glob("*.usda")) - {item.usd}:
        path.unlink()


def remove(name: str) -> None:
    """Forget an object.

    Raises:
        ObjectError: If there is none of that name.
    """
    if name not in own_names():
        raise ObjectError(f"no own object is called {name!r}; own objects: {', '.join(own_names()) or 'none'}")
    (objects_folder() / name / "object.npz").unlink()
    _read.cache_clear()
    shutil.rmtree(objects_folder() / name)


def _is_name(name: str) -> bool:
    return NAME.fullmatch(name) is not None


@cache
def _read(path: Path) -> OwnObject:
    try:
        with np.load(path, allow_pickle=False) as file:
            values = dict(file)
        schema = str(values.pop("schema"))
        if schema != SCHEMA:
            raise ObjectError(f"{path}: unknown schema {schema!r}; this version reads {SCHEMA!r}: add the object again")
        numbers = {"mass": float(values.pop("mass")), "friction": float(values.pop("friction"))}
        return OwnObject(path.parent.name, str(values.pop("source")), **numbers, **values)
    except ObjectError:
        raise
    except Exception as error:  # NumPy promises no kinds of errors for damaged files
        raise ObjectError(f"{path}: no object of this project ({error}): add it again with --replace") from None

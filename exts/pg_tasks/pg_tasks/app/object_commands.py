"""The commands of ``scripts/scenes.py objects``: own objects added, listed, shown, removed."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

import numpy as np
import torch
from rich.table import Table

from pushgrasp.console import Console
from pushgrasp.gripper import GripperGeometry
from pushgrasp.scenes.own.building import Wishes, build
from pushgrasp.scenes.own.store import ObjectError, OwnObject, objects_folder, own_names, own_object, remove, save
from pushgrasp.scenes.resting import resting_poses
from pushgrasp.scenes.rotations import rotate
from pushgrasp.scenes.shapes import own_shape


def run(args: argparse.Namespace) -> int:
    """Run the command that the arguments name; return the exit status.

    Raises:
        ValueError: If a file or an argument is no good.
        OSError: If a file cannot be read or written.
    """
    return _COMMANDS[args.objects_command](args, Console())


def add(path: Path, wishes: Wishes) -> tuple[OwnObject, list[str]]:
    """Make an object of a file and keep it, with its USD file and its picture; return it and what to tell its user.

    Raises:
        ObjectError: If the file is no good, or a wish cannot be met.
        OSError: If a file cannot be read or written.
    """
    from pushgrasp.scenes.own.picture import draw
    from pushgrasp_assets.authoring.objects import author_object

    own, notes = build(path, wishes)

    def write_beside() -> None:
        author_object(own_shape(own), own.usd)
        draw(own, own.picture)

    save(own, write_beside)
    return own, notes


def _add(args: argparse.Namespace, console: Console) -> int:
    wishes = Wishes(**{field.name: getattr(args, field.name) for field in fields(Wishes)})
    own, notes = add(args.file, wishes)
    for note in notes:
        console.print(f"note: {note}")
    console.print(description(own))
    return 0


def _list(args: argparse.Namespace, console: Console) -> int:
    del args
    columns = ("name", "size (mm)", "mass (kg)", "friction", "parts", "from")
    table = Table(*columns, title=f"Own objects in {objects_folder()}", title_justify="left")
    for name in own_names():
        own = _named(name)
        table.add_row(name, _size(own), f"{own.mass:.3g}", f"{own.friction:g}", str(len(own.parts)), own.source)
    console.table(table)
    return 0


def _show(args: argparse.Namespace, console: Console) -> int:
    console.print(description(_named(args.name)))
    return 0


def _remove(args: argparse.Namespace, console: Console) -> int:
    remove(args.name)
    console.print(f"removed {args.name}")
    return 0


def description(own: OwnObject) -> str:
    """Return what a user wants to know of an object, in a few lines."""
    poses = resting_poses(own_shape(own))
    stroke = GripperGeometry().stroke
    width = least_width(own)
    grip = f"{1e3 * width:.0f} mm across; a jaw of {1e3 * stroke:.0f} mm"
    return "\n".join(
        (
            f"{own.name}: {_size(own)} mm, {own.mass:.3g} kg, friction {own.friction:g}, from {own.source}",
            f"  {len(own.faces)} faces, {len(own.parts)} collision parts, {len(poses.height)} resting poses",
            f"  {grip} {'holds it' if width < stroke else 'cannot hold it from above'}",
            f"  picture: {own.picture}",
        )
    )


def least_width(own: OwnObject) -> float:
    """Return the least horizontal width of an object over its resting poses and all directions [m]."""
    poses = resting_poses(own_shape(own))
    angle = torch.arange(0, np.pi, np.pi / 90, dtype=torch.float64)
    across = torch.stack([angle.cos(), angle.sin()])
    points = rotate(poses.quaternion[:, None], torch.as_tensor(own.vertices))[..., :2] @ across
    return float((points.amax(dim=1) - points.amin(dim=1)).min())


def _size(own: OwnObject) -> str:
    return " x ".join(f"{1e3 * side:.0f}" for side in np.ptp(own.vertices, axis=0))


def _named(name: str) -> OwnObject:
    own = own_object(name)
    if own is None:
        raise ObjectError(f"no own object is called {name!r}; own objects: {', '.join(own_names()) or 'none'}")
    return own


_COMMANDS = {"add": _add, "list": _list, "show": _show, "remove": _remove}

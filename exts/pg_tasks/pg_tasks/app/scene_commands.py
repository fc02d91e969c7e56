"""The commands of ``scripts/scenes.py``."""

from __future__ import annotations

import argparse
import contextlib
import glob
import sys
from pathlib import Path

import torch

from pg_tasks.envs.scene_sets import FileScenes, scene_set
from pushgrasp.console import Console
from pushgrasp.files.text_files import FileError, fault_lines
from pushgrasp.program import UserError, tell
from pushgrasp.scenes.families import families, family_named
from pushgrasp.scenes.file import read_scenes
from pushgrasp.scenes.importing.dialects import DIALECTS
from pushgrasp.scenes.importing.reader import import_scenes
from pushgrasp.scenes.validation import problems
from pushgrasp.settings import Range, check_number

from . import scene_files

_RANGES = {"count": Range(least=1), "index": Range(least=0), "seed": Range(least=0, most=1e12)}


def run(args: argparse.Namespace) -> int:
    """Run the command that the arguments name; return the exit status.

    Raises:
        UserError: If an argument is wrong.
        ValueError: If a number is out of its range, or a family or file is unknown or not right.
    """
    for name, allowed in _RANGES.items():
        if getattr(args, name, None) is not None:
            check_number(f"--{name}", getattr(args, name), allowed, whole=True)
    console = Console(file=sys.stdout)  # render() redirects sys.stdout
    return _COMMANDS[args.command](args, console)


def _list(args: argparse.Namespace, console: Console) -> int:
    del args
    console.table(scene_files.family_table())
    formats = "\n".join(f"  {name}: {dialect.description}" for name, dialect in DIALECTS.items())
    console.print(f"Text formats of import:\n{formats}")
    return 0


def _show(args: argparse.Namespace, console: Console) -> int:
    if args.words in families():
        scene = scene_files.family_scene(family_named(args.words), args.index, args.seed)
    else:
        scenes = scene_set(args.words)
        if isinstance(scenes, FileScenes) and args.index >= len(scenes.scenes):
            raise UserError(f"--index {args.index}: the scenes of {args.words} are 0 to {len(scenes.scenes) - 1}")
        scene = scenes.draw(torch.Generator(), args.index)
    console.table(scene_files.scene_table(scene))
    return 0


def _validate(args: argparse.Namespace, console: Console) -> int:
    scenes, errors = read_scenes(_paths(args.words))
    for path, scene in scenes.items():
        console.print(f"{path}: {len(scene.objects)} objects, target {scene.called(scene.target)}")
    return _told(errors)


def _render(args: argparse.Namespace, console: Console) -> int:
    from .scene_pictures import render

    scenes = scene_files.scenes_of(args.words, args.seed, args.count)
    with contextlib.redirect_stdout(sys.stderr):  # what the simulator prints
        render(scenes, args.out, args.view, lambda path: console.print(str(path)))
    return 0


def _export(args: argparse.Namespace, console: Console) -> int:
    for name in args.words:
        count = args.count or family_named(name).variants
        drawn = scene_files.family_scenes(name, count, args.seed, settled=not args.drop)
        scenes = {scene.name.replace("/", "_"): scene for scene in drawn}
        scene_files.write_scenes(scenes, args.out)
        console.print(f"{name}: {len(scenes)} scenes -> {args.out}")
    return 0


def _import(args: argparse.Namespace, console: Console) -> int:
    imported, errors = import_scenes(_paths(args.words), args.format, args.target, args.seed)
    clashes = scene_files.clashes(imported)
    args.out.mkdir(parents=True, exist_ok=True)
    for path, item in imported.items():
        item, faults = scene_files.settled_import(item) if args.settle else (item, problems(item.scene))
        if faults and not args.settle:
            faults.append("not written; with --settle objects are lifted apart and fall to rest")
        if path in clashes:
            faults = [clashes[path]]
        errors += fault_lines(path, FileError(*(f"{path}: {fault}" for fault in faults)))
        for line in [] if faults else scene_files.import_lines(path, item, args.out):
            console.print(line)
    return _told(errors)


def _paths(words: list[str]) -> list[Path]:
    """Files that paths and patterns name.

    Raises:
        UserError: If a pattern names none.
    """
    found = {word: sorted(glob.glob(word)) if glob.has_magic(word) else [word] for word in words}
    for word, paths in found.items():
        if not paths:
            raise UserError(f"no file matches {word!r}")
    return [Path(path) for paths in found.values() for path in paths]


def _told(errors: list[str]) -> int:
    for error in errors:
        tell(f"error: {error}")
    return 1 if errors else 0


_COMMANDS = {
    "list": _list,
    "show": _show,
    "validate": _validate,
    "render": _render,
    "export": _export,
    "import": _import,
}

"""Scene families and scene files: list, look at, check, draw, write, import.

python scripts/scenes.py list
python scripts/scenes.py show P1/case4 --index 2
python scripts/scenes.py render all --out pictures
python scripts/scenes.py export P4/severe30 --count 100 --seed 7 --out severe
python scripts/scenes.py import test-10-obj-*.txt --format vpg --out vpg
python scripts/scenes.py validate "vpg/*.json"
python scripts/scenes.py objects add mug.obj --scale 0.001 --mass 0.3

What is exported or imported runs anywhere a scene family does: scripts/train.py env.clutter.scenes=severe
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pushgrasp.program import readable_errors

if TYPE_CHECKING:
    from pg_tasks.app.parser import Parser

FORMAT_HELP = "format of the text files; without it columns, meshes and places tell (vpg for the formats like it)"


def make_parser() -> Parser:
    """Return the parser."""
    from pg_tasks.app.parser import Parser

    parser = Parser(__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, text: str, words: str | None = None, nargs: str | None = "+") -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if words:
            sub.add_argument("words", metavar=words, nargs=nargs)
        return sub

    add("list", "list the scene families")
    show = add("show", "print a scene's objects, their poses and how much of each is seen", "FAMILY|FILE", nargs=None)
    show.add_argument("--index", type=int, default=0, help="which scene of a family (default: 0)")
    add("validate", "check scene files; exit status 1 if one is no good", "FILE|PATTERN")
    render = add("render", "write a picture of each scene at rest", "FAMILY|FILE|all")
    render.add_argument("--view", choices=("front", "overhead"), default="front", help="camera (default: front)")
    export = add("export", "write scenes of families as scene files, at rest", "FAMILY")
    export.add_argument("--drop", action="store_true", help="write them as they are dropped, not as they come to rest")
    imports = add("import", "turn text files of the field into scene files", "FILE")
    imports.add_argument("--format", help=FORMAT_HELP)
    imports.add_argument("--target", type=int, help="line of the target, from 0 (default: the format's own rule)")
    imports.add_argument("--settle", action="store_true", help="write the scenes as they come to rest")
    _add_object_commands(add("objects", "your own objects: meshes that become shapes for scene files"))
    for sub in (show, render, export, imports):
        sub.add_argument("--seed", type=int, default=0, help="seed of what is drawn (default: 0)")
    for sub in (render, export):
        sub.add_argument("--count", type=int, help="scenes of each family (default: one of each variant)")
    for sub in (render, export, imports):
        sub.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to; it is made")
    return parser


def _add_object_commands(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="objects_command", required=True, metavar="COMMAND")
    text = "make a shape of a mesh (.obj, .stl, .ply, .glb) or of a URDF with one"
    add = commands.add_parser("add", help=text, description=text[0].upper() + text[1:] + ".")
    add.add_argument("file", type=Path, metavar="FILE")
    add.add_argument("--name", help="what scenes call it (default: the file's name)")
    add.add_argument("--scale", type=float, default=1.0, help="metres per unit of the file (default: 1)")
    add.add_argument("--up", choices=("x", "y", "z"), default="z", help="axis of the file that points up (default: z)")
    add.add_argument("--mass", type=float, help="mass in kg (default: that of the URDF, or of 1000 kg/m3)")
    add.add_argument("--friction", type=float, help="Coulomb friction (default: that of the URDF, or 0.8)")
    add.add_argument("--faces", type=int, help="simplify the mesh to so many faces")
    add.add_argument("--hull", action="store_true", help="take the convex hull of the mesh, which may have holes")
    add.add_argument("--replace", action="store_true", help="replace the object of that name")
    commands.add_parser("list", help="list your objects")
    for name, what in (("show", "print what is known of an object"), ("remove", "forget an object")):
        commands.add_parser(name, help=what).add_argument("name", metavar="NAME")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script; return the exit status."""
    with readable_errors():
        args = make_parser().parse_args(argv)
        if args.command == "objects":
            from pg_tasks.app import object_commands

            return object_commands.run(args)
        from pg_tasks.app import scene_commands

        return scene_commands.run(args)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""Scene families and scene files: list, look at, check, draw, write, import.

python scripts/scenes.py list
python scripts/scenes.py show P1/case4 --index 2
python scripts/scenes.py render all --out pictures
python scripts/scenes.py export P4/severe30 --count 100 --seed 7 --out severe
python scripts/scenes.py import test-10-obj-*.txt --format vpg --out vpg
python scripts/scenes.py validate "vpg/*.json"

What is exported or imported runs anywhere a scene family does: scripts/train.py env.clutter.scenes=severe
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pg_tasks.app.errors import readable_errors
from pg_tasks.app.parser import Parser

FORMAT_HELP = "format of the text files; without it columns, meshes and places tell (vpg for the formats like it)"


def make_parser() -> Parser:
    """Return the parser."""
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
    for sub in (show, render, export, imports):
        sub.add_argument("--seed", type=int, default=0, help="seed of what is drawn (default: 0)")
    for sub in (render, export):
        sub.add_argument("--count", type=int, help="scenes of each family (default: one of each variant)")
    for sub in (render, export, imports):
        sub.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to; it is made")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script; return the exit status."""
    with readable_errors():
        args = make_parser().parse_args(argv)
        from pg_tasks.app import scene_commands

        return scene_commands.run(args)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

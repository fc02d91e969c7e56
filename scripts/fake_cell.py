"""A robot cell on this machine, for trying scripts/deploy.py without a robot: controllers, grippers, camera, physics.

python scripts/fake_cell.py --scene P1/case1 --number 3
python scripts/fake_cell.py --cell assets/cells/loopback.yaml --scene scene.json --noise

It speaks the real protocols at the addresses of the cell's file. Lines typed here cause faults: "left protective_stop",
"left release", "right freeze", "right unfreeze", "left gripper silent", "camera stale", "camera fine". "poses" prints
where the objects are, "motion" how the arms move; "anew" puts everything back to where it was at the start.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from pushgrasp.program import UserError, readable_errors

if TYPE_CHECKING:
    import argparse

    from pg_tasks.app.parser import Parser
    from pushgrasp.deploy.fake.cell import FakeCell
    from pushgrasp.scenes.scene import Scene

SWITCH = 0.0005
"""How long one thread may keep the others waiting [s]: two controllers and the physics share this process."""

PRIORITY = 20
"""Above that of a session: the cell stands for machines of their own."""

ANEW = "anew"
"""Line that puts everything back to where it was."""


def make_parser() -> Parser:
    """Return the parser."""
    from pg_tasks.app.parser import Parser

    parser = Parser(__doc__)
    parser.add_argument(
        "--cell", type=Path, metavar="FILE", help="the cell's file (default: assets/cells/loopback.yaml)"
    )
    parser.add_argument("--scene", default="P1/case1", metavar="NAME", help="a scene family or a scene file")
    parser.add_argument("--number", type=int, default=0, metavar="N", help="number of the scene (default: 0)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of scene and noise (default: 0)")
    parser.add_argument("--noise", action="store_true", help="depth of the camera as noisy as a real one's")
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run the script."""
    with readable_errors():
        args = make_parser().parse_args(argv)
        _serve(args)


def _serve(args: argparse.Namespace) -> None:
    """Serve the cell until the input ends, or for ever where there is none."""
    from pushgrasp.deploy.fake.cell import FakeCell
    from pushgrasp.deploy.realtime import realtime
    from pushgrasp.deploy.settings import read_cell
    from pushgrasp.perception.camera_noise import CameraNoiseCfg
    from pushgrasp_assets import ROOT

    cell = read_cell(args.cell or ROOT / "cells" / "loopback.yaml")
    noise = CameraNoiseCfg(depth=0.0015, holes=0.02, colour=0.1) if args.noise else None
    sys.setswitchinterval(SWITCH)
    scene = draw_scene(args.scene, args.seed, args.number)
    answer = ANEW
    while answer == ANEW:
        with realtime(PRIORITY), closing(FakeCell(cell, scene, noise, args.seed)) as fake:
            print("ready", flush=True)
            answer = _answer(fake)


def _answer(fake: FakeCell) -> str:
    """Obey lines until one asks for a new cell, or the input ends; return the last one."""
    for line in map(str.strip, sys.stdin):
        if line == ANEW:
            return line
        print(fake.obey(line), flush=True)
    return ""


def draw_scene(name: str, seed: int, number: int) -> Scene:
    """Return a scene at rest."""
    import torch

    from pg_tasks.envs.scene_sets import scene_set
    from pg_tasks.envs.settling import settle

    generator = torch.Generator().manual_seed(1_000_003 * seed + number)
    scene = scene_set(name).draw(generator, number)
    if scene.start == "rest":
        return scene
    settled = settle(scene)
    if not settled.rested or settled.lost:
        raise UserError(f"scene {number} of {name} does not come to rest; take another --number")
    return settled.scene


if __name__ == "__main__":
    main()

"""Command line of the benchmarks. The simulator exists once per process, so ``all`` runs one process per setting."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pg_tasks.app.parser import Parser
from pushgrasp.console import Console
from pushgrasp.files.atomic import atomic_write
from pushgrasp.program import UserError

from .figures import Figure, all_met, to_table

HELP = {
    "grasps": "60 isolated top-down grasps at true poses: lifted, held 2 s, penetration and slip",
    "moves": "60 isolated blocks moved to another place and turned: put down within 1 cm and 10 degrees",
    "push": "straight 20 cm pushes of every shape: the block goes 20 cm minus the free run",
    "pile": "24 heaps of 20 dropped blocks: at rest in 3 s, penetration, nothing below the table",
    "scenes": "100 scenes of every family: at rest on the table, penetration, the same for the same seed",
    "heightmap": "known blocks seen by the simulated camera: heights and outlines in the heightmap",
    "throughput": "actions per minute of DualArmPushGrasp under a random policy, everything included",
    "arms": "UR5e arms: inverse kinematics against pinocchio, the table within reach, 500 planned motions",
    "full_grasps": "60 isolated grasps by UR5e arms, upright and leaning: lifted, held 2 s, TCP error, touches",
    "full_moves": "the same moves by UR5e arms",
    "full_throughput": "actions per minute of DualArmPushGrasp with UR5e arms and 20 blocks",
    "avn_speed": "milliseconds per picture of the angle-view net: PyTorch, ONNX Runtime and others, and their parity",
    "avn_grasps": "200 + 200 grasps chosen by the angle-view net, from above and at random: target lifted",
    "decision": "milliseconds from the camera's image to the plan of the motion, part by part",
    "evaluation": "actions per minute of an evaluation of P1/case2 under a random policy, start included",
    "solver": "cost of whole actions with the mujoco preset over plain MuJoCo on the same model and controls",
}
LONG = {
    "physx": "grasps, moves, push and pile again, in PhysX: the same as each with --physics sapien",
    "deploy": "60 sessions with a cell of physics, from the picture to the tray, under a real cell's limits",
    "deploy_faults": "scripts/deploy.py against the cell on loopback, with a fault in the middle of a motion",
    "deploy_trials": "40 + 20 sessions over the real protocols, and the simulator's full rig on the same scenes",
    "jobs": "what sharing out units of work costs; two Ray nodes against two processes, and under kills",
    "envelope": "random plans through the safety envelope, looked at again by pinocchio: about 1 s each",
    "twin": "rehearsals in a reconstruction of P1's cases 1 to 3: cost, and accuracy against copies of the true state",
    "segmentation": "objects told apart in simulated pictures: overlap with the truth, with and without noise",
}
"""Those that ``all`` leaves out."""

WHERE = {"full_throughput": ("throughput", "run_full"), "full_moves": ("moves", "run_full")}
"""Module and function of the benchmarks that are no module of their name with a function ``run``."""

IN_PHYSX = ("grasps", "moves", "push", "pile")
"""Those that run with ``--physics sapien``, too."""

SETTINGS = tuple((objects, worlds) for objects in (10, 20, 35) for worlds in (4, 8, 16, 32))
"""Numbers of blocks and worlds that ``throughput`` measures when it is not told."""


def make_parser(description: str) -> Parser:
    """Return the parser of the benchmark script."""
    parser = Parser(description)
    names = parser.add_subparsers(dest="benchmark", required=True, metavar="BENCHMARK")
    for name, text in {**HELP, **LONG, "all": "all of these, one after the other"}.items():
        sub = names.add_parser(name, help=text, description=text)
        sub.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to a file")
        if name in IN_PHYSX:
            sub.add_argument(
                "--physics", choices=("mujoco", "sapien"), default="mujoco", help="preset (default: mujoco)"
            )
        if name in ("throughput", "all"):
            sub.add_argument(
                "--actions", type=int, default=160, help="actions per setting of throughput (default: 160)"
            )
        if name == "evaluation":
            sub.add_argument("--trials", type=int, default=60, help="trials of the evaluation (default: 60)")
            sub.add_argument("--processes", type=int, default=2, help="processes that share them (default: 2)")
        if name == "scenes":
            sub.add_argument("--families", metavar="NAMES", help="families, separated by commas (default: all)")
            sub.add_argument("--scenes", type=int, default=100, help="scenes of each family (default: 100)")
        if name == "avn_grasps":
            sub.add_argument("--weights", type=Path, metavar="FILE", help="weights (default: those in assets/weights)")
            sub.add_argument("--trials", type=int, default=200, help="scenes of each setting (default: 200)")
            sub.add_argument("--setting", help="light clutter, or leaning or walled (default: both)")
        if name == "twin":
            sub.add_argument("--case", help="such as P1/case2 (default: cases 1, 2 and 3)")
            sub.add_argument("--scenes", type=int, default=12, help="scenes of each case (default: 12)")
            sub.add_argument("--picture", type=Path, metavar="FILE", help="shows a scene of --case")
        if name == "deploy":
            sub.add_argument("--scenes", type=int, help="scenes of each case (default: 40 and 20)")
            sub.add_argument("--policy", default="pretrained", help="who decides (default: pretrained)")
        if name == "deploy_faults":
            sub.add_argument("--trials", type=int, default=20, help="trials of each fault (default: 20)")
            sub.add_argument("--faults", metavar="NAMES", help="faults, separated by commas (default: all)")
            sub.add_argument("--seed", type=int, default=0, help="of the scene and the moments (default: 0)")
            sub.add_argument("--records", type=Path, metavar="FILE", help="JSON lines; trials in it are not repeated")
        if name == "deploy_trials":
            sub.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="what is done there is kept")
            sub.add_argument("--scenes", type=int, help="scenes of each case (default: 40 and 20)")
            sub.add_argument("--policy", default="pretrained", help="who decides (default: pretrained)")
            sub.add_argument("--seed", type=int, default=0, help="of the scenes (default: 0)")
        if name == "jobs":
            sub.add_argument("--units", type=int, default=10_000, help="units of 10 ms (default: 10000)")
            sub.add_argument("--trials", type=int, default=200, help="of an evaluation (default: 200)")
            sub.add_argument("--turns", type=int, default=2, help="evaluations of each kind (default: 2)")
            sub.add_argument("--kills", type=int, default=20, help="of workers, in one more (default: 20)")
        if name == "envelope":
            sub.add_argument("--plans", type=int, default=1000, help="plans that are drawn (default: 1000)")
        if name == "throughput":
            sub.add_argument("--worlds", type=int, help="parallel worlds (default: 4, 8, 16 and 32 in turn)")
            sub.add_argument("--objects", type=int, help="blocks per scene (default: 10, 20 and 35 in turn)")
    return parser


def main(description: str, argv: Sequence[str]) -> int:
    """Run the benchmarks that the command line names; return 1 when a target is missed.

    Raises:
        UserError: If the JSON file cannot be written to or a benchmark did not finish.
    """
    args = make_parser(description).parse_args(argv)
    if args.json is not None and not args.json.resolve().parent.is_dir():
        raise UserError(f"--json: there is no folder {args.json.resolve().parent}")
    console = Console()
    figures = _run(args, console)
    console.table(to_table(figures))
    if args.json is not None:
        text = json.dumps([figure.as_dict() for figure in figures], indent=2) + "\n"
        atomic_write(args.json, lambda file: file.write(text.encode()))
    return 0 if all_met(figures) else 1


def _run(args: argparse.Namespace, console: Console) -> list[Figure]:
    name = args.benchmark
    if getattr(args, "actions", 1) < 1:
        raise UserError("--actions must be positive")
    if name == "all":
        parts = (
            _sweep(args.actions, console) if part == "throughput" else _elsewhere([part], console) for part in HELP
        )
        return [figure for part in parts for figure in part]
    if name == "physx":
        parts = (_elsewhere([part, "--physics", "sapien"], console) for part in IN_PHYSX)
        return [figure for part in parts for figure in part]
    if name in IN_PHYSX:
        return _here(name, {"physics": args.physics})
    if name == "scenes":
        if args.scenes < 1:
            raise UserError("--scenes must be positive")
        return _here(name, {"scenes": args.scenes, "only": args.families})
    if name == "evaluation":
        if min(args.trials, args.processes) < 1:
            raise UserError("--trials and --processes must be positive")
        return _here(name, {"trials": args.trials, "processes": args.processes})
    if name == "avn_grasps":
        if args.trials < 1:
            raise UserError("--trials must be positive")
        return _here(name, {"weights": args.weights, "trials": args.trials, "setting": args.setting})
    if name == "twin":
        return _twin(args, console)
    if name == "deploy":
        return _here(name, {"scenes": args.scenes, "policy": args.policy})
    if name == "deploy_faults":
        if args.trials < 1:
            raise UserError("--trials must be positive")
        options = {"trials": args.trials, "only": args.faults, "seed": args.seed, "records": args.records}
        return _here(name, options)
    if name == "deploy_trials":
        if args.scenes is not None and args.scenes < 1:
            raise UserError("--scenes must be positive")
        return _here(name, {"out": args.out, "scenes": args.scenes, "policy": args.policy, "seed": args.seed})
    if name == "jobs":
        options = {"units": args.units, "trials": args.trials, "turns": args.turns, "kills": args.kills}
        if min(args.units, args.turns) < 1 or min(options.values()) < 0:
            raise UserError("--units and --turns must be positive, --trials and --kills not negative")
        return _here(name, options)
    if name == "envelope":
        return _here(name, {"plans": args.plans})
    if name != "throughput":
        return _here(name, {})
    if args.worlds is None or args.objects is None:
        return _sweep(args.actions, console, args.objects, args.worlds)
    options = {"worlds": args.worlds, "num_objects": args.objects, "actions": args.actions}
    if min(options.values()) < 1:
        raise UserError("--worlds, --objects and --actions must be positive")
    return _here(name, options)


def _twin(args: argparse.Namespace, console: Console) -> list[Figure]:
    """Rehearsals of one case, or of all."""
    from .twin import CASES

    if args.scenes < 1:
        raise UserError("--scenes must be positive")
    if args.case is not None:
        return _here("twin", {"case": args.case, "scenes": args.scenes, "picture": args.picture})
    if args.picture is not None:
        raise UserError("--picture shows a scene of one case: give --case, too")
    words = ["twin", "--scenes", str(args.scenes), "--case"]
    return [figure for case in CASES for figure in _elsewhere([*words, case], console)]


def _sweep(actions: int, console: Console, objects: int | None = None, worlds: int | None = None) -> list[Figure]:
    """Throughput of all settings that fit, and the best of each number of blocks."""
    from .throughput import best

    figures = []
    for blocks, parallel in SETTINGS:
        if objects in (None, blocks) and worlds in (None, parallel):
            words = ["--objects", blocks, "--worlds", parallel, "--actions", actions]
            figures += _elsewhere(["throughput", *map(str, words)], console)
    if not figures:
        raise UserError("name both --objects and --worlds, or values out of " + ", ".join(map(str, SETTINGS)))
    return figures + best(figures)


def _here(name: str, options: dict[str, Any]) -> list[Figure]:
    """Run one benchmark in this process; what the simulator prints goes to stderr."""
    with contextlib.redirect_stdout(sys.stderr):
        module, function = WHERE.get(name, (name, "run"))
        return getattr(importlib.import_module(f"pg_tasks.benchmarks.{module}"), function)(**options)


def _elsewhere(words: list[str], console: Console) -> list[Figure]:
    """Run one benchmark in a process of its own."""
    console.print(f"{' '.join(words)} ...")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "figures.json")
        command = [sys.executable, sys.argv[0], *words, "--json", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ), check=False)
        if not file.exists():
            raise UserError(f"benchmark {' '.join(words)} did not finish:\n{done.stderr[-2000:]}")
        rows = json.loads(file.read_text())
    return [Figure(**{key: value for key, value in row.items() if key != "met"}) for row in rows]

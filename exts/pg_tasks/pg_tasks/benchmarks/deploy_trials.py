"""Sessions over the real protocols beside the simulator's full rig: the same scenes, the same limits of speed.

Each scene gets a fake cell and a session of ``scripts/deploy.py --execute`` of its own. What is done stays in the
folder: a trial that came to its end is never run again.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from pg_tasks.app.scene_files import scenes_of
from pushgrasp.deploy.session import Session
from pushgrasp.deploy.settings import CellCfg, arms_cfg, motion_limits, read_cell
from pushgrasp.evaluation.intervals import mean, share
from pushgrasp.evaluation.protocols import FREE_LIMIT
from pushgrasp.evaluation.record_file import read_records
from pushgrasp.evaluation.records import TrialRecord
from pushgrasp.evaluation.runs import records_path, run_folder
from pushgrasp.motion.arm.model import ArmsCfg
from pushgrasp.motion.limits import arm_rig_limits
from pushgrasp.program import UserError
from pushgrasp.scenes.file import write_scene

from .deploy import CASES, CELL
from .figures import Figure
from .loopback import SCRIPTS, Loopback, environment, start_deploy

PATIENCE = 3600.0
"""A session that lasts longer is ended [s]."""


@dataclass(frozen=True)
class Trial:
    """One session with the fake cell."""

    scene: str
    completed: bool
    """Whether the target lies in the tray."""
    grasps: int
    """Grasps that were carried out to their end."""
    held: int
    """Those that took the target."""
    actions: int
    seconds: float
    """Of the whole session [s]."""
    end: str
    """What the session said last."""
    load: float
    """Processes that wanted to run, mean of the last minute."""


def run(out: Path, scenes: int | None = None, policy: str = "pretrained", seed: int = 0) -> list[Figure]:
    """Hold the sessions and run the simulator on their scenes, as far as that is not done.

    Args:
        out: Folder of all that is kept.
        scenes: Scenes of each family; all of :data:`~pg_tasks.benchmarks.deploy.CASES` by default.
        policy: Who decides.
        seed: Of the scenes: numbers 0, 1, ... of it are those of an evaluation's trials.
    """
    about = out / "about.json"
    _require_same(about, {"policy": policy, "seed": seed, "cell": CELL.read_text()})
    folders = {family: out / family.replace("/", "_") for family in CASES}
    for family, folder in folders.items():
        _export(family, scenes or CASES[family], seed, folder / "scenes")
    for folder in folders.values():
        for scene in sorted((folder / "scenes").glob("*.json"))[:scenes]:
            _once(folder, scene, policy, seed)
    return [
        figure
        for family, folder in folders.items()
        for figure in _compared(family, read_trials(folder), _simulated(folder, policy, seed))
    ]


def _require_same(file: Path, about: dict[str, Any]) -> None:
    """Refuse a folder that holds the trials of something else.

    Raises:
        UserError: If it does.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.write_text(json.dumps(about))
    if json.loads(file.read_text()) != about:
        raise UserError(f"{file.parent} holds trials of another policy, seed or cell; name another --out")


def _export(family: str, count: int, seed: int, folder: Path) -> None:
    """Write the scenes of a family at rest, unless they are there."""
    if len(list(folder.glob("*.json"))) >= count:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, scene in scenes_of([family], seed, count).items():
        write_scene(folder / f"{name}.json", scene)


def read_trials(folder: Path) -> dict[str, Trial]:
    """Return the trials of a family that came to their end, by scene."""
    file = folder / "cell.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    return {trial.scene: trial for trial in (Trial(**json.loads(line)) for line in lines)}


def _once(folder: Path, scene: Path, policy: str, seed: int) -> None:
    """Hold the session of a scene, unless that is done, and keep a line of it."""
    if scene.stem in read_trials(folder):
        return
    own = folder / "sessions" / scene.stem
    shutil.rmtree(own, ignore_errors=True)  # of a trial that was broken off
    own.mkdir(parents=True)
    begun = time.monotonic()
    with closing(Loopback(own, "--scene", str(scene))) as cell:
        words = ("--policy", policy, "--max_actions", str(FREE_LIMIT), "--seed", str(seed))
        errors = _finish(start_deploy(cell.file, own / "session", own / "deploy.log", *words), own / "deploy.log")
    trial = judged(scene.stem, own / "session", errors, time.monotonic() - begun)
    with (folder / "cell.jsonl").open("a") as file:
        file.write(json.dumps(asdict(trial)) + "\n")


def _finish(process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait for a session; return what it complains about."""
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return f"it lasted longer than {PATIENCE:g} s"
    lines = log.read_text().strip().splitlines()
    return lines[-1] if lines and process.returncode else ""


def judged(scene: str, session: Path, errors: str, seconds: float) -> Trial:
    """Return what became of a session, by its log; ``errors`` is what it complained about."""
    log = Session.read(session) if (session / "session.json").exists() else None
    actions = [action for action in (log.actions if log else []) if action.success is not None]
    grasps = [action for action in actions if action.action is not None and bool(action.action.picks.any())]
    ends = [event["text"] for event in log.events() if event["kind"] == "end"] if log else []
    held = sum(bool(grasp.success) for grasp in grasps)
    end = errors or (ends[-1] if ends else "it never began")
    return Trial(scene, held > 0, len(grasps), held, len(actions), seconds, end, os.getloadavg()[0])


def limits_of_cell(cell: CellCfg) -> list[str]:
    """Return overrides that give the simulator's full rig a cell's limits of speed, acceleration and distance."""
    parts = (("limits", arm_rig_limits(), motion_limits(cell)), ("arms", ArmsCfg(), arms_cfg(cell)))
    sections = {"limits": "env.arm_limits", "arms": "env.arms"}
    return [
        f"{sections[name]}.{field.name}={getattr(wanted, field.name)}"
        for name, usual, wanted in parts
        for field in fields(wanted)
        if isinstance(getattr(wanted, field.name), float) and getattr(wanted, field.name) != getattr(usual, field.name)
    ]


def _simulated(folder: Path, policy: str, seed: int) -> list[TrialRecord]:
    """Run the simulator on the scenes of a family, as far as that is not done; return its trials."""
    scenes, out = sorted((folder / "scenes").glob("*.json")), folder / "simulator"
    protocol = f"scenes:{folder / 'scenes'}/*.json"
    words = ["--policy", policy, "--protocol", protocol, "--trials", str(len(scenes)), "--seed", str(seed)]
    command = [sys.executable, str(SCRIPTS / "evaluate.py"), *words, "--rig", "full", "--out", str(out)]
    done = subprocess.run([*command, *limits_of_cell(read_cell(CELL))], env=environment(), check=False)
    if done.returncode:
        raise UserError("the simulator's trials did not come to their end; what is done is kept: call it again")
    return read_records(records_path(run_folder(out, protocol)))


def _compared(family: str, cell: dict[str, Trial], simulator: Sequence[TrialRecord]) -> list[Figure]:
    """Return the figures of the pairs of trials, one with the cell and one in the simulator."""
    numbers = {name: number for number, name in enumerate(sorted(cell))}
    both = [(cell[name], record) for name, number in numbers.items() for record in simulator if record.trial == number]
    trials, records = [trial for trial, _ in both], [record for _, record in both]
    fewer = mean([float(record.completed) - float(trial.completed) for trial, record in both])
    figures = {
        "pairs": (len(both), ""),
        **_share("completed, cell", sum(t.completed for t in trials), len(trials)),
        **_share("completed, simulator", sum(r.completed for r in records), len(records)),
        "fewer completed with the cell": (sum(r.completed for r in records) - sum(t.completed for t in trials), ""),
        **_share("grasps that held, cell", sum(t.held for t in trials), sum(t.grasps for t in trials)),
        **_share(
            "grasps that held, simulator",
            sum(r.grasp_successes for r in records),
            sum(r.count("grasp") for r in records),
        ),
        "seconds of a session": (sum(t.seconds for t in trials) / max(1, len(trials)), "s"),
    }
    if fewer is not None and fewer.low is not None and fewer.high is not None:
        figures["fewer completed, of a hundred, low"] = (100.0 * fewer.low, "%")
        figures["fewer completed, of a hundred, high"] = (100.0 * fewer.high, "%")
    return [Figure("deploy_trials", f"{family}: {name}", float(value), unit) for name, (value, unit) in figures.items()]


def _share(name: str, hits: int, base: int) -> dict[str, tuple[float, str]]:
    """Return a share and its 95 % interval as figures [%]."""
    found = share(hits, base)
    if found is None:
        return {}
    return {
        name: (100.0 * found.value, "%"),
        f"{name}, low": (100.0 * found.low, "%"),
        f"{name}, high": (100.0 * found.high, "%"),
    }

"""Records of evaluations, curves and the small files that say what a folder is."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path

import mutators
import numpy as np
from scripts_of_project import script
from target import FILE, Target, written


@functools.cache
def _run_files() -> dict[str, bytes]:
    """Files of a run of an evaluation."""
    import torch

    from pushgrasp.evaluation.records import ActionRecord, TrialRecord
    from pushgrasp.evaluation.replay import Setup, to_text
    from pushgrasp.evaluation.runs import RUN_SCHEMA

    facts = {"isolate_rate": 0.3, "levels": (0.2, 0.8, 0.0), "reward": 0.4, "simulated_s": 3.0}
    path = {"valid": True, "path": to_text(torch.zeros(2, 3)), "yaw": to_text(torch.zeros(2))}
    replay = {"motion": {"points": 2, "arms": [path]}, "before": {"target": 4, "poses": to_text(torch.zeros(1, 7))}}
    push = ActionRecord(("push",), True, {"push": 0.5, "grasp": 0.4}, **facts, **replay)
    grasp = ActionRecord(("grasp",), True, pad_penetration_m=0.001)
    setup = Setup("training", 1, (4,), ("cube",))
    whole = TrialRecord(
        0, True, (push, grasp), end="completed", scene="P1/case1/000", objects=6, taken=1, target="cube", setup=setup
    )
    failed = TrialRecord(
        1, False, (push,), end="action limit", cause="imprecise grasp", objects=7, visibility=0.5, setup=setup
    )
    info = {
        "schema": RUN_SCHEMA, "protocol": "P1/case1", "policy": "heuristic", "weights": None, "seed": 0, "config": "ab",
        "task": "DualArmPushGrasp", "rig": "training", "physics": "mujoco", "git_commit": "c0ffee", "trials": 2,
        "command": "python scripts/evaluate.py --protocol P1/case1", "backbone": None, "scenes": "cd", "left_out": [],
    }  # fmt: skip
    lines = f"{whole.to_line()}\n{failed.to_line()}\n".encode()
    return {"run.json": json.dumps(info, indent=2).encode(), "trials.jsonl": lines}


def _report(name: str) -> Callable[[bytes, Path], object]:
    """Read a run whose file of this name is damaged, and write the report on it."""

    def read(content: bytes, folder: Path) -> object:
        from pushgrasp.evaluation.report.contents import build_report
        from pushgrasp.evaluation.report.pages import report_markdown, report_page
        from pushgrasp.evaluation.runs import read_runs

        for other, whole in _run_files().items():
            written(folder, f"{FILE}/{other}", content if other == name else whole)
        report = build_report(read_runs([folder / FILE]))
        return report_page(report, "Title"), report_markdown(report)

    return read


def _event_files(folder: Path) -> list[bytes]:
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder)) as writer:
        for step in range(3):
            for tag in ("Train/actions", "Train/reward_per_action", "Episode/completion"):
                writer.add_scalar(tag, 16.0 * step, step)
    return [path.read_bytes() for path in folder.glob("events.*")]


def _curves(content: bytes, folder: Path) -> object:
    from pushgrasp.evaluation.curve_table import curve_table
    from pushgrasp.evaluation.curves import read_curves

    run = written(folder, f"{FILE}/events.out.tfevents.1.host", content).parent
    return curve_table({"name": [read_curves(run)]})


def _training_records(folder: Path) -> list[bytes]:
    del folder
    return [b"data: grasps\nval: null\ncommand: python scripts/train_avn.py --data d\ntraining: {batch: 2}\n"]


def _read_training_record(content: bytes, folder: Path) -> object:
    run = written(folder, f"{FILE}/config.yaml", content).parent
    module = script("train_avn")
    return module._read_record(module.make_parser().parse_args(["--resume", str(run)]))


def _recipes(folder: Path) -> list[bytes]:
    from pg_tasks.grasp_data.plan import begin
    from pg_tasks.grasp_data.samples import RecipeCfg

    begin(folder / "data", RecipeCfg())
    return [next((folder / "data").glob("*.json")).read_bytes()]


def _begin(content: bytes, folder: Path) -> object:
    from pg_tasks.grasp_data.plan import RECIPE, begin
    from pg_tasks.grasp_data.samples import RecipeCfg

    return begin(written(folder, f"{FILE}/{RECIPE}", content).parent, RecipeCfg())


def _object_lists(folder: Path) -> list[bytes]:
    del folder
    return [b"1\n5\n87\n"]


def _read_object_list(content: bytes, folder: Path) -> object:
    from pushgrasp.grasping.graspnet.layout import SceneFiles

    files = SceneFiles(folder / FILE, 100, "kinect")
    written(files.folder, "object_id_list.txt", content)
    return files.object_ids()


def _poses(folder: Path) -> list[bytes]:
    """Camera poses as GraspNet-1Billion has them."""
    np.save(folder / "a.npy", np.tile(np.eye(4), (3, 1, 1)))
    return [(folder / "a.npy").read_bytes()]


def _read_poses(content: bytes, folder: Path) -> object:
    from pushgrasp.grasping.graspnet.dataset import SceneReader
    from pushgrasp.grasping.graspnet.layout import SceneFiles

    reader = SceneReader.__new__(SceneReader)  # which would need graspnetAPI
    reader.files = SceneFiles(folder / FILE, 100, "kinect")
    written(reader.files.camera_folder, "camera_poses.npy", content)
    return reader._matrices("camera_poses.npy", (None, 4, 4))


TARGETS = (
    Target("run", lambda folder: [_run_files()["run.json"]], _report("run.json"), mutators.damaged_json),
    Target("trials", lambda folder: [_run_files()["trials.jsonl"]], _report("trials.jsonl"), mutators.damaged_json),
    Target("events", _event_files, _curves, mutators.damaged_events),
    Target("training record", _training_records, _read_training_record, share=0.2),
    Target("data recipe", _recipes, _begin, mutators.damaged_json),
    Target("camera poses", _poses, _read_poses),
    Target("object list", _object_lists, _read_object_list),
)  # fmt: skip

"""The page on files says which versions the programs read and write."""

from __future__ import annotations

from pathlib import Path

import pytest

from pg_tasks.training.pg4da import demonstrations
from pushgrasp.evaluation import records, runs
from pushgrasp.learning import checkpoint, export, exported_policy
from pushgrasp.policies.maps import tries
from pushgrasp.policies.pg4da.backbone import weights
from pushgrasp.policies.pg4da.backbone.train import checkpoint as backbone_checkpoint
from pushgrasp.policies.pg4da.spatial.nets import GROUP_SHAPES
from pushgrasp.policies.pg4da.training.exported_policy import INPUTS
from pushgrasp.policies.q import replay
from pushgrasp.scenes import file as scene_file

PAGE = Path(__file__).resolve().parents[1] / "docs" / "files.md"

VERSIONS = {
    "`model_*.pt` in a run folder": f"`schema_version` {checkpoint.SCHEMA_VERSION}",
    "`exported/policy.pt`, `.onnx`": f"`schema_version` {exported_policy.SCHEMA_VERSION}",
    "demonstrations": f"`format` {demonstrations.FORMAT}",
    "weights of a backbone, `*.safetensors`": f"`schema` {weights.SCHEMA}",
    "`checkpoint.pt` of a backbone": f"`schema` {backbone_checkpoint.SCHEMA}",
    "`trials.jsonl` of an evaluation": f"`{records.SCHEMA}`",
    "`run.json` of an evaluation": f"`{runs.RUN_SCHEMA}`",
    "shards of tried grasps, `*.safetensors`": f"`schema` {tries.SCHEMA}",
    "`replay/*.safetensors` in a run folder": f"`schema` {replay.SCHEMA}",
    "scene files": f"`{scene_file.SCHEMA}`",
}


@pytest.mark.parametrize("name", VERSIONS)
def test_versions_on_the_page_are_those_of_the_code(name: str) -> None:
    rows = [
        line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(f"| {name} |")
    ]
    assert [row[3] for row in rows] == [VERSIONS[name]]


def test_operator_set() -> None:
    assert f"operator set {export.OPSET}" in PAGE.read_text(encoding="utf-8")


def test_inputs_of_exports_are_those_of_the_code() -> None:
    shapes = {"rgb": (3, 224, 224), "avh": (360, 56, 56), **GROUP_SHAPES}
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    for name, (unit, meaning) in INPUTS.items():
        assert f"| `{name}` | {' x '.join(map(str, shapes[name]))} | {unit} | {meaning} |" in rows
    assert INPUTS.keys() == shapes.keys()

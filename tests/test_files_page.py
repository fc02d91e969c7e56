"""The page on files says which versions the programs read and write."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from pg_tasks.app import demonstrations
from pushgrasp.evaluation import records, runs
from pushgrasp.files.typed_json import MAY_LACK
from pushgrasp.policies.pg4da.backbone import weights
from pushgrasp.policies.pg4da.backbone.train import checkpoint as backbone_checkpoint
from pushgrasp.scenes import file as scene_file
from pushgrasp.training import checkpoint, export

PAGE = Path(__file__).resolve().parents[1] / "docs" / "files.md"

VERSIONS = {
    "`model_*.pt` in a run folder": f"`schema_version` {checkpoint.SCHEMA_VERSION}",
    "`exported/policy.pt`, `.onnx`": f"`schema_version` {export.SCHEMA_VERSION}",
    "demonstrations": f"`format` {demonstrations.FORMAT}",
    "weights of a backbone, `*.safetensors`": f"`schema` {weights.SCHEMA}",
    "`checkpoint.pt` of a backbone": f"`schema` {backbone_checkpoint.SCHEMA}",
    "`trials.jsonl` of an evaluation": f"`{records.SCHEMA}`",
    "`run.json` of an evaluation": f"`{runs.RUN_SCHEMA}`",
    "scene files": f"`{scene_file.SCHEMA}`",
}


@pytest.mark.parametrize("name", VERSIONS)
def test_versions_on_the_page_are_those_of_the_code(name: str) -> None:
    rows = [
        line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(f"| {name} |")
    ]
    assert [row[3] for row in rows] == [VERSIONS[name]]


def test_operator_set_and_exceptions() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert f"operator set {export.OPSET}" in text
    lacking = [item.name for item in fields(records.ActionRecord) if item.metadata == MAY_LACK]
    assert lacking and all(f"`{name}`" in text for name in lacking)

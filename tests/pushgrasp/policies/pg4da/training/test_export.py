"""TorchScript and ONNX policies compute what the trained one does, and say what they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
import torch
from rsl_rl.utils import resolve_class
from tensordict import TensorDict
from training_fakes import ACTIONS, FakeEnv, TinyBackbone, tiny_cfg

from pushgrasp.files.text_files import FileError
from pushgrasp.learning.checkpoint import CheckpointInfo
from pushgrasp.learning.export import export_policy
from pushgrasp.learning.exported_policy import ONNX_METADATA, Cell, load_jit_policy, load_onnx_policy
from pushgrasp.learning.parity import ParityError, check_parity, relative_error
from pushgrasp.learning.runner import PushGraspRunner
from pushgrasp.policies.pg4da.training.config import runner_config
from pushgrasp.policies.pg4da.training.features import FeatureEnv

CELL = Cell({"x_min": -0.5, "x_max": 0.5, "cells": 224, "cell_size": 1.0 / 224}, 2, {"stroke": 0.14})


def trained(backbone: str) -> PushGraspRunner:
    env = FakeEnv()
    runner = PushGraspRunner(env if backbone == "trainable" else FeatureEnv(env, TinyBackbone()), tiny_cfg(backbone))
    runner.learn(1)
    return runner


@pytest.mark.parametrize("backbone", ["frozen", "trainable"])
def test_exports_equal_the_trained_policy(tmp_path: Path, backbone: str) -> None:
    runner = trained(backbone)
    actor = runner.alg.actor
    frozen = runner.env.backbone if backbone == "frozen" else None
    report = export_policy(actor.as_jit(frozen), tmp_path / "exported", runner.info(), CELL, commit="c0ffee")
    pictures = torch.rand(5, 3, 224, 224)
    maps = pictures if frozen is None else frozen(pictures)
    with torch.no_grad():
        expected = actor.mlp(maps if frozen is not None else actor.backbone(maps))
    jit, onnx_policy = load_jit_policy(report.jit_path), load_onnx_policy(report.onnx_path)
    torch.testing.assert_close(jit({"rgb": pictures}), expected)
    torch.testing.assert_close(onnx_policy({"rgb": pictures}), expected, atol=1e-5, rtol=1e-4)
    assert max(report.jit_error, report.onnx_error) < 1e-4
    info = jit.info
    assert info == onnx_policy.info and (info.format, info.schema_version) == ("pushgrasp-policy", 3)
    assert (info.method, info.network, info.action_size, info.git_commit) == ("pg4da", "pg4da", ACTIONS, "c0ffee")
    assert list(info.inputs) == ["rgb"] and info.inputs["rgb"].shape == (3, 224, 224)
    assert "row 0 is the far edge" in info.inputs["rgb"].meaning and info.inputs["rgb"].unit == "0 to 1"
    assert info.trained_for == CELL
    onnx.checker.check_model(onnx.load(report.onnx_path), full_check=True)
    assert sorted(file.name for file in (tmp_path / "exported").iterdir()) == ["policy.onnx", "policy.pt"]


def test_spatial_policy_is_exported_with_what_it_reads(tmp_path: Path) -> None:
    torch.manual_seed(0)
    shapes = {"avh": (360, 56, 56), "maps": (7, 56, 56), "grasps": (9, 360, 8)}
    shapes |= {"strokes": (42, 15), "swaths": (42, 2, 14, 10), "cells": (177,), "looked": (256,)}
    shapes["profiles"] = (256, 2, 33, 3)
    scene = {name: torch.rand(2, *shape) for name, shape in shapes.items()}
    scene["cells"] = torch.randint(3136, (2, 177)).float()
    scene["looked"] = torch.full((2, 256), -1.0)
    scene["looked"][0, :100] = torch.randperm(3240)[:100].float()  # no grasp at all in the second scene
    obs, cfg = TensorDict(scene, batch_size=[2]), runner_config()
    actor_class, kwargs = resolve_class(cfg["actor"])
    actor = actor_class(obs, cfg["obs_groups"], "actor", 1, **kwargs)
    report = export_policy(actor.as_jit(), tmp_path, CheckpointInfo("pg4da_spatial", 1, "avh", 0), CELL)
    expected = actor(obs)
    for policy in (load_jit_policy(report.jit_path), load_onnx_policy(report.onnx_path)):
        assert {name: item.shape for name, item in policy.info.inputs.items()} == shapes
        torch.testing.assert_close(policy(scene), expected, atol=1e-4, rtol=1e-4)
        for k in range(2):
            one = {name: value[k : k + 1] for name, value in scene.items()}
            torch.testing.assert_close(policy(one), expected[k : k + 1], atol=1e-4, rtol=1e-4)


def test_policy_without_backbone_reads_the_heatmap() -> None:
    actor = trained("frozen").alg.actor
    policy = actor.as_jit()
    assert policy.input_names == ["avh"] and policy.inputs["avh"].shape == (4, 56, 56)
    maps = torch.rand(2, 4, 56, 56)
    torch.testing.assert_close(policy(maps), actor.mlp(maps))


def test_second_backbone_is_refused() -> None:
    with pytest.raises(ValueError, match="trainable backbone of its own"):
        trained("trainable").alg.actor.as_jit(TinyBackbone())


def test_export_is_cut_from_the_trainer() -> None:
    actor = trained("frozen").alg.actor
    policy = actor.as_jit()
    before = policy(torch.ones(1, 4, 56, 56))
    with torch.no_grad():
        actor.mlp.layers[2].weight.zero_()
    assert torch.equal(policy(torch.ones(1, 4, 56, 56)), before)


def test_runner_exports_as_rsl_rl_does(tmp_path: Path) -> None:
    runner = trained("frozen")
    runner.export_policy_to_jit(str(tmp_path))
    maps = torch.rand(2, 4, 56, 56)
    torch.testing.assert_close(torch.jit.load(tmp_path / "policy.pt")(maps), runner.alg.actor.mlp(maps))


def test_relative_error_is_relative_to_the_largest_number() -> None:
    reference = torch.tensor([0.0, 10.0])
    assert relative_error(reference, torch.tensor([0.001, 10.0])) == pytest.approx(1e-4)  # 0.001 / 10
    assert relative_error(reference, torch.tensor([0.0, float("nan")])) == float("inf")
    assert relative_error(reference, torch.zeros(3)) == float("inf")


def test_differing_policy_is_refused() -> None:
    inputs = [(torch.ones(1, 2),)]
    assert check_parity("same", lambda x: x, lambda x: x + 5e-5, inputs) == pytest.approx(5e-5, rel=0.01)
    with pytest.raises(ParityError, match=r"copy differs from the trained policy by 2.00e-04"):
        check_parity("copy", lambda x: x, lambda x: x + 2e-4, inputs)


def test_missing_policy_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no exported policy .*policy.onnx"):
        load_onnx_policy(tmp_path / "policy.onnx")


@pytest.mark.parametrize("load", [load_jit_policy, load_onnx_policy])
def test_damaged_policy_is_named(tmp_path: Path, load: Callable[[Path], object]) -> None:
    path = tmp_path / "policy"
    for content in (b"", b"PK\x03\x04", b"nonsense"):
        path.write_bytes(content)
        with pytest.raises(FileError, match="policy is no readable exported policy: "):
            load(path)
    with pytest.raises(FileNotFoundError, match=r"no exported policy .*none"):
        load(tmp_path / "none")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ONNX file of a tiny policy."""
    actor, folder = trained("frozen").alg.actor, tmp_path_factory.mktemp("exported")
    return export_policy(actor.as_jit(), folder, CheckpointInfo("pg4da", ACTIONS, "avh", 0), CELL).onnx_path


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({}, r"input 'avh' is missing; expected \(N, 4, 56, 56\): angle-view heatmap"),
        ({"avh": torch.zeros(2, 3, 56, 56)}, r"input 'avh' is \(2, 3, 56, 56\); expected \(N, 4, 56, 56\)"),
    ],
)
def test_inputs_that_do_not_fit_are_named(exported: Path, inputs: dict[str, torch.Tensor], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        load_onnx_policy(exported)(inputs)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema_version": 2}, "exported policy of schema version 2, this program reads 3"),
        (
            {"trained_for": {"num_arms": 2}},
            "trained_for: fields of Cell that are missing or unknown: gripper, workspace",
        ),
        ({"inputs": {}}, "1 inputs, 0 described"),
    ],
)
def test_description_that_does_not_fit_is_refused(exported: Path, tmp_path: Path, changes: dict, said: str) -> None:
    model = onnx.load(exported)
    (kept,) = [item for item in model.metadata_props if item.key == ONNX_METADATA]
    kept.value = json.dumps({**json.loads(kept.value), **changes})
    onnx.save(model, tmp_path / "changed.onnx")
    with pytest.raises(FileError, match=rf"changed\.onnx.*{said}"):
        load_onnx_policy(tmp_path / "changed.onnx")


def test_script_of_others_is_no_policy(tmp_path: Path) -> None:
    torch.jit.save(torch.jit.trace(torch.nn.Linear(2, 2), torch.zeros(1, 2)), tmp_path / "other.pt")
    with pytest.raises(FileError, match=r"other\.pt is no readable exported policy: "):
        load_jit_policy(tmp_path / "other.pt")

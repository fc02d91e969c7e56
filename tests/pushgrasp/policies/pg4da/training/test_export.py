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
from pushgrasp.learning.export import export_policy, load_jit_policy, load_onnx_policy
from pushgrasp.learning.parity import ParityError, check_parity, relative_error
from pushgrasp.learning.runner import PushGraspRunner
from pushgrasp.policies.pg4da.training.config import runner_config
from pushgrasp.policies.pg4da.training.features import FeatureEnv


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
    report = export_policy(actor.as_jit(frozen), tmp_path / "exported", runner.info(), commit="c0ffee")
    pictures = torch.rand(5, 3, 224, 224)
    maps = pictures if frozen is None else frozen(pictures)
    with torch.no_grad():
        expected = actor.mlp(maps if frozen is not None else actor.backbone(maps))
    jit, jit_info = load_jit_policy(report.jit_path)
    run, onnx_info = load_onnx_policy(report.onnx_path)
    torch.testing.assert_close(jit(pictures), expected)
    torch.testing.assert_close(run(pictures), expected, atol=1e-5, rtol=1e-4)
    assert max(report.jit_error, report.onnx_error) < 1e-4
    assert jit_info["format"] == "pushgrasp-policy" and jit_info["schema_version"] == 2
    assert (jit_info["network"], jit_info["action_size"], jit_info["git_commit"]) == ("pg4da", ACTIONS, "c0ffee")
    assert jit_info["inputs"] == json.loads(onnx_info["inputs"]) == {"rgb": [3, 224, 224]}
    expected = {"network": "pg4da", "action_size": str(ACTIONS), "input_group": "rgb"}
    assert onnx_info.items() >= expected.items()
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
    report = export_policy(actor.as_jit(), tmp_path, CheckpointInfo("pg4da_spatial", 1, "avh", 0))
    expected = actor(obs)
    _, info = load_jit_policy(report.jit_path)
    assert info["inputs"] == {name: list(shape) for name, shape in shapes.items()}
    for run in (load_jit_policy(report.jit_path)[0], load_onnx_policy(report.onnx_path)[0]):
        torch.testing.assert_close(run(*scene.values()), expected, atol=1e-4, rtol=1e-4)
        for k in range(2):
            one = [value[k : k + 1] for value in scene.values()]
            torch.testing.assert_close(run(*one), expected[k : k + 1], atol=1e-4, rtol=1e-4)


def test_policy_without_backbone_reads_the_heatmap() -> None:
    actor = trained("frozen").alg.actor
    policy = actor.as_jit()
    assert policy.input_names == ["avh"] and policy.inputs == {"avh": (4, 56, 56)}
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


def test_script_of_others_is_no_policy(tmp_path: Path) -> None:
    torch.jit.save(torch.jit.trace(torch.nn.Linear(2, 2), torch.zeros(1, 2)), tmp_path / "other.pt")
    with pytest.raises(FileError, match=r"other\.pt is no readable exported policy: "):
        load_jit_policy(tmp_path / "other.pt")

"""Files of tensors: weights, labelled pictures, trainings, demonstrations, exported policies."""

from __future__ import annotations

import functools
import io
import os
import pickle
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import mutators
import torch
from safetensors.torch import save
from target import FILE, ROOT, Target, of_file, written


def _pickled(folder: Path) -> bytes:
    """A pickle that would write a file beside the damaged one if anything executed it."""
    payload = type("Payload", (), {"__reduce__": lambda self: (os.mkdir, (str(folder.parent / "executed"),))})
    return pickle.dumps(payload())


def _saved(content: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


def _torch_examples(content: dict[str, Any]) -> Callable[[Path], list[bytes]]:
    return lambda folder: [_saved(content)]


def _net() -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))


def _weights_files(folder: Path) -> list[bytes]:
    from pushgrasp.policies.pg4da.backbone.weights import save_weights

    save_weights(_net(), folder / "a", notes={"encoder": "resnet18"})
    save_weights(_net(), folder / "b", half=True)
    return [(folder / "a").read_bytes(), (folder / "b").read_bytes(), save({"x": torch.zeros(2)})]


def _read_weights(path: Path) -> object:
    from pushgrasp.policies.pg4da.backbone.weights import load_weights, read_metadata

    try:
        return read_metadata(path)
    finally:
        load_weights(_net(), path)


def _shards(folder: Path) -> list[bytes]:
    from pushgrasp.grasping.data.sample import SIZE, GraspSample
    from pushgrasp.grasping.data.shards import write_shard

    zeros = torch.zeros(SIZE, SIZE)
    labels = torch.tensor([1, 2], dtype=torch.int16)
    rgb = torch.zeros(3, SIZE, SIZE, dtype=torch.uint8)
    sample = GraspSample(rgb, zeros.half(), zeros.byte(), labels, labels, labels.half(), {"seed": 1, "family": "x"})
    write_shard(folder / "a", [sample])
    return [(folder / "a").read_bytes()]


def _read_shard(path: Path) -> object:
    from pushgrasp.grasping.data.shards import read_shard, shard_count

    return shard_count(path), read_shard(path)


@functools.cache
def _runner() -> Any:
    """A training of tiny networks."""
    sys.path.insert(0, str(ROOT / "tests" / "pushgrasp" / "learning"))
    from training_fakes import FakeEnv, TinyBackbone, tiny_cfg

    from pushgrasp.learning.runner import PushGraspRunner
    from pushgrasp.policies.pg4da.training.features import FeatureEnv

    torch.manual_seed(0)
    return PushGraspRunner(FeatureEnv(FakeEnv(), TinyBackbone()), tiny_cfg())


def _checkpoints(folder: Path) -> list[bytes]:
    _runner().save(folder / "a.pt")
    return [(folder / "a.pt").read_bytes(), _pickled(folder)]


def _resume(path: Path) -> object:
    return _runner().load(path)


def _damaged_checkpoint(rng: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    return (mutators.damaged_torch if content.startswith(b"PK") else mutators.damaged_bytes)(rng, content, others)


def _backbone_trainings(folder: Path) -> list[bytes]:
    from pushgrasp.policies.pg4da.backbone.train.cfg import TrainCfg
    from pushgrasp.policies.pg4da.backbone.train.checkpoint import TrainState, save_checkpoint

    save_checkpoint(folder, TrainCfg(encoder="resnet18"), TrainState(3, 1.5, 0.2), {"net": _net()})
    return [(folder / "checkpoint.pt").read_bytes()]


def _read_backbone_training(content: bytes, folder: Path) -> object:
    from pushgrasp.policies.pg4da.backbone.train.checkpoint import read_checkpoint

    return read_checkpoint(written(folder, f"{FILE}/checkpoint.pt", content).parent)


def _demonstrations(folder: Path) -> list[bytes]:
    from tensordict import TensorDict

    from pg_tasks.training.pg4da.demonstrations import save as save_demonstrations

    shown = {"choices": torch.zeros(3, dtype=torch.long), "worth": torch.zeros(3, 5), "maps": torch.zeros(3, 2, 2)}
    save_demonstrations(folder / "a.pt", TensorDict(shown, batch_size=[3]), {"teacher": "heuristic", "seed": 1})
    return [(folder / "a.pt").read_bytes()]


def _read_demonstrations(path: Path) -> object:
    from pg_tasks.training.pg4da.demonstrations import load

    return load([path])


def _exported(folder: Path) -> list[bytes]:
    from pushgrasp.learning.export import export_policy
    from pushgrasp.learning.exported_policy import Cell

    runner = _runner()
    policy, cell = runner.policy.as_jit(runner.env.backbone), Cell({"cell_size": 0.0045}, 2, {"stroke": 0.14})
    report = export_policy(policy, folder, runner.info(), cell, "c0ffee")
    return [report.jit_path.read_bytes(), report.onnx_path.read_bytes()]


def _read_exported(path: Path) -> object:
    from pushgrasp.learning.exported_policy import load_jit_policy, load_onnx_policy

    return (load_jit_policy if path.read_bytes().startswith(b"PK") else load_onnx_policy)(path)


TARGETS = (
    Target("weights", _weights_files, of_file(_read_weights, ".safetensors"), mutators.damaged_safetensors),
    Target("shard", _shards, of_file(_read_shard, ".safetensors"), mutators.damaged_safetensors, share=0.3),
    Target("checkpoint", _checkpoints, of_file(_resume, ".pt"), _damaged_checkpoint, share=0.3),
    Target("backbone training", _backbone_trainings, _read_backbone_training, mutators.damaged_torch, share=0.3),
    Target("demonstrations", _demonstrations, of_file(_read_demonstrations, ".pt"), mutators.damaged_torch, share=0.3),
    Target("exported policy", _exported, of_file(_read_exported, ".pt"), share=0.05),
)  # fmt: skip

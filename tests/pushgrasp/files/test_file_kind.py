"""Files given in place of a checkpoint: each is called what it is, with what it is good for."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from torch import nn

from pushgrasp.files.file_kind import describe_file
from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo, load_checkpoint, save_checkpoint
from pushgrasp.policies.pg4da.backbone.weights import save_weights


class AngleViewNet(nn.Linear):
    """Bears the name that weights files of the backbone hold."""


def write_script(path: Path) -> None:
    torch.jit.save(torch.jit.trace(nn.Linear(2, 2), torch.zeros(1, 2)), path)


WRITERS = {
    "policy.pt": (write_script, r"a TorchScript policy made by an export; give the checkpoint .* \(model_\*\.pt, two"),
    "policy.onnx": (lambda path: path.write_bytes(b"\x08\x0a\x12\x00onnx"), "an ONNX policy made by an export"),
    "avn.safetensors": (
        lambda path: save_weights(AngleViewNet(2, 2), path),
        "weights of a backbone; they go to agent.backbone.weights",
    ),
    "agent.yaml": (lambda path: path.write_text("seed: 1\n"), "text"),
    "empty.pt": (lambda path: path.touch(), "empty"),
    "shown.pt": (
        lambda path: torch.save({"format": 1, "about": {}, "shown": {"choices": torch.zeros(1)}}, path),
        "demonstrations; they go to agent.imitation.demonstrations",
    ),
    "checkpoint.pt": (
        lambda path: torch.save({"schema": 2, "cfg": {}, "progress": {}, "net": {}}, path),
        r"a training of the backbone, for train_avn\.py --resume",
    ),
    "rsl.pt": (
        lambda path: torch.save({"actor_state_dict": {"a": torch.zeros(1)}, "iter": 3, "infos": None}, path),
        "a checkpoint of rsl-rl that no script of this project has written",
    ),
    "old.pt": (lambda path: torch.save({"model_state_dict": {}, "iter": 3}, path), "a checkpoint of rsl-rl"),
    "bare.pt": (lambda path: torch.save(OrderedDict(weight=torch.zeros(2)), path), "bare weights of a network"),
    "module.pt": (lambda path: torch.save(nn.Linear(2, 2), path), "a file of torch.save with classes in it"),
    "list.pt": (lambda path: torch.save([1, 2], path), "a file of torch.save with a list in it"),
    "data.pkl": (lambda path: path.write_bytes(pickle.dumps({"a": 1})), "a pickle, which could execute anything"),
}


@pytest.mark.parametrize("name", WRITERS)
def test_file_that_is_no_checkpoint_is_called_what_it_is(tmp_path: Path, name: str) -> None:
    write, kind = WRITERS[name]
    write(tmp_path / name)
    with pytest.raises(CheckpointError, match=rf"{name} is no checkpoint: it is {kind}") as raised:
        load_checkpoint(tmp_path / name)
    assert "weights_only" not in str(raised.value) and "\n" not in str(raised.value)


def test_checkpoint_in_place_of_weights(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "model_1.pt", CheckpointInfo("pg4da", 3496, "avh", 1), {}, {})
    assert describe_file(tmp_path / "model_1.pt") == "a checkpoint of a policy"


def test_what_is_not_known_is_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "noise.pt").write_bytes(bytes(range(129, 256)))
    assert describe_file(tmp_path / "noise.pt") is None


@pytest.mark.parametrize("header", ["[1]", '{"__metadata__": 3}', '{"__metadata__": {"net": ["x"]}}', "{" + "[" * 9000])
def test_damaged_header_of_weights_is_not_guessed(tmp_path: Path, header: str) -> None:
    content = f"{{}}{header}"[2:].encode()
    (tmp_path / "a.safetensors").write_bytes(len(content).to_bytes(8, "little") + content)
    assert describe_file(tmp_path / "a.safetensors") in (None, "weights in the safetensors format")

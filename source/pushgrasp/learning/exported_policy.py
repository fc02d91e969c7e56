"""Policies as deployed: what their files say of them, and how they are read and run without a trainer."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pushgrasp.files.picture_files import readable
from pushgrasp.files.text_files import FileError
from pushgrasp.files.typed_json import Whole, build
from pushgrasp.settings import Count

FORMAT = "pushgrasp-policy"
SCHEMA_VERSION = 3
JIT_METADATA = "metadata.json"
"""Extra file inside the TorchScript archive that holds the description."""
ONNX_METADATA = "description"
"""Property of an ONNX file that holds the description."""

EXAMPLE = 0.5
"""Value of an example input."""


@dataclass(frozen=True)
class Input:
    """What a policy reads in each world."""

    shape: tuple[Whole, ...]
    """In one world; tensors have the worlds before it and are float32."""
    unit: str
    meaning: str


@dataclass(frozen=True)
class Cell:
    """Table, arms and gripper that a policy was trained with."""

    workspace: Mapping[str, float]
    """Area of the heightmaps: ``x_min`` to ``y_max`` [m], ``cells`` a side, and ``cell_size`` [m]."""
    num_arms: Count
    gripper: Mapping[str, float]
    """Sizes of the gripper [m], as :class:`pushgrasp.gripper.GripperGeometry` names them."""


@dataclass(frozen=True)
class PolicyInfo:
    """What an exported policy is."""

    format: str
    schema_version: Whole
    method: str
    network: str
    inputs: Mapping[str, Input]
    """By name, in their order."""
    output: str
    """Meaning of the action (N, ``action_size``)."""
    action_size: Whole
    trained_for: Cell
    iteration: Whole
    backbone: str | None
    """Fingerprint of the frozen backbone, which is part of the file where the policy reads pictures."""
    mean_reward: float | None
    git_commit: str
    torch: str
    """Version of PyTorch that wrote the file."""


class ExportedPolicy(nn.Module):
    """Deterministic policy from named inputs to an action, on the CPU and in evaluation mode, cut from the trainer."""

    def __init__(self, inputs: Mapping[str, Input], output: str) -> None:
        """Describe it; subclasses add their parts.

        Args:
            inputs: Inputs by name, in the order of ``forward``.
            output: Meaning of the action.
        """
        super().__init__()
        self.inputs, self.output = dict(inputs), output
        self.input_names, self.output_names = list(inputs), ["action"]
        self.eval()

    def get_dummy_inputs(self) -> tuple[torch.Tensor, ...]:
        """Return an example input of two worlds."""
        return tuple(torch.full((2, *item.shape), EXAMPLE) for item in self.inputs.values())


def cut(part: nn.Module) -> nn.Module:
    """Return a copy of a part of a policy, on the CPU, in evaluation mode and without gradients."""
    return copy.deepcopy(part).cpu().eval().requires_grad_(False)


class LoadedPolicy:
    """An exported policy that has been read from its file."""

    def __init__(self, info: PolicyInfo, run: Callable[..., torch.Tensor]) -> None:
        """Run with ``run``, which takes the inputs in their order."""
        self.info, self._run = info, run

    def __call__(self, inputs: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """Return the actions (N, action size) of N worlds.

        Args:
            inputs: What ``info.inputs`` names, each of shape (N, ...); what else there is, is not looked at.

        Raises:
            ValueError: Naming the first input that is missing or of another shape.
        """
        worlds = None
        for name, item in self.info.inputs.items():
            found = tuple(inputs[name].shape) if name in inputs else None
            worlds = found[0] if found and worlds is None else worlds
            if found != (worlds, *item.shape):
                wanted = ", ".join(map(str, ("N", *item.shape)))
                raise ValueError(f"input {name!r} is {found or 'missing'}; expected ({wanted}): {item.meaning}")
        return self._run(*(inputs[name].detach().cpu().float().contiguous() for name in self.info.inputs))


def load_jit_policy(path: Path) -> LoadedPolicy:
    """Return a TorchScript policy, which runs on the CPU.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, no exported policy, or of another version.
    """
    extra = {JIT_METADATA: ""}
    with readable(path, "exported policy"):
        module = torch.jit.load(str(path), map_location="cpu", _extra_files=extra)
        names = [argument.name for argument in module.forward.schema.arguments[1:]]
        info = _described(path, extra[JIT_METADATA], len(names))
        return LoadedPolicy(info, torch.inference_mode()(module))


def load_onnx_policy(path: Path) -> LoadedPolicy:
    """Return an ONNX policy, which ONNX Runtime runs on the CPU.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, no exported policy, or of another version.
    """
    with readable(path, "exported policy"):
        session = onnx_session(str(path))
        description = session.get_modelmeta().custom_metadata_map.get(ONNX_METADATA, "")
        return LoadedPolicy(_described(path, description, len(session.get_inputs())), onnx_function(session))


def onnx_session(source: str | bytes) -> Any:  # noqa: ANN401 - onnxruntime's type, which is imported when needed
    """Return a session of ONNX Runtime on the CPU for a file or its content."""
    try:
        import onnxruntime
    except ImportError as error:
        raise ImportError("running an ONNX policy needs the package onnxruntime (pip install onnxruntime)") from error
    return onnxruntime.InferenceSession(source, providers=["CPUExecutionProvider"])


def onnx_function(session: Any) -> Callable[..., torch.Tensor]:  # noqa: ANN401 - see above
    """Return a function of tensors, in the order of the inputs, that a session computes."""
    names: Sequence[str] = [tensor.name for tensor in session.get_inputs()]

    def run(*inputs: torch.Tensor) -> torch.Tensor:
        named = {name: tensor.contiguous().numpy() for name, tensor in zip(names, inputs, strict=True)}
        return torch.from_numpy(session.run(None, named)[0])

    return run


def _described(path: Path, text: str, num_inputs: int) -> PolicyInfo:
    """Return what a file says of itself; raise FileError unless that is complete and fits its inputs."""
    if not text:
        raise FileError(f"{path} is no readable exported policy: it does not say what it is")
    content = json.loads(text)
    version = content.get("schema_version") if isinstance(content, dict) else None
    if version != SCHEMA_VERSION:
        raise FileError(f"{path}: exported policy of schema version {version!r}, this program reads {SCHEMA_VERSION}")
    info = build(PolicyInfo, content)
    if info.format != FORMAT or len(info.inputs) != num_inputs:
        raise FileError(f"{path} is no readable exported policy: {num_inputs} inputs, {len(info.inputs)} described")
    return info

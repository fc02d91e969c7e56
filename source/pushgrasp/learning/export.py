"""Trained policy as TorchScript and ONNX, with a description inside and proof that both compute the same."""

from __future__ import annotations

import importlib.metadata
import io
import json
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import torch

from pushgrasp.files.atomic import atomic_write
from pushgrasp.learning.checkpoint import CheckpointInfo
from pushgrasp.learning.exported_policy import (
    FORMAT,
    JIT_METADATA,
    ONNX_METADATA,
    SCHEMA_VERSION,
    Cell,
    ExportedPolicy,
    PolicyInfo,
    onnx_function,
    onnx_session,
)
from pushgrasp.learning.parity import Inputs, check_parity

OPSET = 18


@dataclass(frozen=True)
class ExportReport:
    """What was written, and how far it is from the trained policy."""

    jit_path: Path
    onnx_path: Path
    jit_error: float  # largest relative error
    onnx_error: float  # largest relative error


def export_policy(
    policy: ExportedPolicy, folder: Path, info: CheckpointInfo, cell: Cell, commit: str | None = None
) -> ExportReport:
    """Write ``policy.pt`` and ``policy.onnx``, both with the same description.

    Args:
        policy: Trained policy, cut from its trainer.
        folder: Folder of the run for exports; made when missing.
        info: What the policy is for (``runner.info()``).
        cell: Table, arms and gripper that it was trained with.
        commit: Git commit of the source, None when unknown.

    Raises:
        ParityError: When an exported policy does not compute what the trained one does; the files are then not left.
        ImportError: When ``onnx``, ``onnxscript`` or ``onnxruntime`` is missing.
    """
    description = json.dumps(asdict(_description(policy, info, cell, commit)))
    folder.mkdir(parents=True, exist_ok=True)
    inputs = _test_inputs(policy)
    jit_error = _export_jit(policy, folder / "policy.pt", description, inputs)
    onnx_error = _export_onnx(policy, folder / "policy.onnx", description, inputs)
    return ExportReport(folder / "policy.pt", folder / "policy.onnx", jit_error, onnx_error)


def _description(policy: ExportedPolicy, info: CheckpointInfo, cell: Cell, commit: str | None) -> PolicyInfo:
    """Return what is stored in both files."""
    return PolicyInfo(
        format=FORMAT,
        schema_version=SCHEMA_VERSION,
        method=info.method,
        network=info.network,
        inputs=policy.inputs,
        output=policy.output,
        action_size=info.action_size,
        trained_for=cell,
        iteration=info.iteration,
        backbone=info.backbone,
        mean_reward=info.mean_reward,
        git_commit=commit or "unknown",
        torch=importlib.metadata.version("torch"),
    )


def _export_jit(policy: ExportedPolicy, path: Path, description: str, inputs: list[Inputs]) -> float:
    """Trace the policy, compare and write it; return the error."""
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore", torch.jit.TracerWarning)  # constant shape checks; parity is tested below
        warnings.simplefilter("ignore", DeprecationWarning)
        traced = torch.jit.trace(policy, policy.get_dummy_inputs(), check_trace=False)
    buffer = io.BytesIO()
    torch.jit.save(traced, buffer, _extra_files={JIT_METADATA: description.encode()})
    buffer.seek(0)
    error = check_parity("TorchScript policy", policy, torch.jit.load(buffer), inputs)
    atomic_write(path, lambda file: file.write(buffer.getbuffer()))
    return error


def _export_onnx(policy: ExportedPolicy, path: Path, description: str, inputs: list[Inputs]) -> float:
    """Convert the policy, add the description, compare and write it; return the error."""
    worlds = torch.export.Dim("worlds")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        warnings.filterwarnings("ignore", "# The axis name")  # the inputs share their number of worlds
        warnings.simplefilter("ignore", DeprecationWarning)
        program = torch.onnx.export(
            policy,
            policy.get_dummy_inputs(),
            input_names=policy.input_names,
            output_names=policy.output_names,
            dynamic_shapes=tuple({0: worlds} for _ in policy.input_names),
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    model = cast("torch.onnx.ONNXProgram", program).model_proto  # None is for dynamo=False only
    model.metadata_props.add(key=ONNX_METADATA, value=description)
    content = model.SerializeToString()
    error = check_parity("ONNX policy", policy, onnx_function(onnx_session(content)), inputs)
    atomic_write(path, lambda file: file.write(content))
    return error


def _test_inputs(policy: ExportedPolicy) -> list[Inputs]:
    """Return seeded noise for one world and for three: batch sizes that the conversion did not see."""
    generator = torch.Generator().manual_seed(0)
    return [
        tuple(torch.rand(worlds, *item.shape, generator=generator) for item in policy.inputs.values())
        for worlds in (1, 3)
    ]

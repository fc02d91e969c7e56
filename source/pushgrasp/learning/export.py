"""Trained policy as TorchScript and ONNX, with a description inside and proof that both compute the same."""

from __future__ import annotations

import importlib.metadata
import io
import json
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import torch

from pushgrasp.files.atomic import atomic_write
from pushgrasp.files.picture_files import readable
from pushgrasp.files.text_files import FileError
from pushgrasp.learning.checkpoint import CheckpointInfo
from pushgrasp.learning.exported_policy import ExportedPolicy
from pushgrasp.learning.parity import Inputs, check_parity

FORMAT = "pushgrasp-policy"
SCHEMA_VERSION = 2
OPSET = 18
JIT_METADATA = "metadata.json"  # extra file inside the TorchScript archive


@dataclass(frozen=True)
class ExportReport:
    """What was written, and how far it is from the trained policy."""

    jit_path: Path
    onnx_path: Path
    jit_error: float  # largest relative error
    onnx_error: float  # largest relative error


def export_policy(
    policy: ExportedPolicy, folder: Path, info: CheckpointInfo, commit: str | None = None
) -> ExportReport:
    """Write ``policy.pt`` and ``policy.onnx``.

    Args:
        policy: Trained policy, cut from its trainer.
        folder: Folder of the run for exports; made when missing.
        info: What the policy is for (``runner.info()``).
        commit: Git commit of the source, None when unknown.

    Raises:
        ParityError: When an exported policy does not compute what the trained one does; the files are then not left.
        ImportError: When ``onnx``, ``onnxscript`` or ``onnxruntime`` is missing.
    """
    metadata = _metadata(info, policy, commit)
    folder.mkdir(parents=True, exist_ok=True)
    inputs = _test_inputs(policy)
    jit_error = _export_jit(policy, folder / "policy.pt", metadata, inputs)
    onnx_error = _export_onnx(policy, folder / "policy.onnx", metadata, inputs)
    return ExportReport(folder / "policy.pt", folder / "policy.onnx", jit_error, onnx_error)


def load_jit_policy(path: Path) -> tuple[torch.jit.ScriptModule, dict[str, Any]]:
    """Return a TorchScript policy on the CPU and its description.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, or no exported policy.
    """
    extra = {JIT_METADATA: ""}
    with readable(path, "exported policy"):
        module = torch.jit.load(str(path), map_location="cpu", _extra_files=extra)
        if not extra[JIT_METADATA]:
            raise FileError(f"{path} is no readable exported policy: it does not say what it is")
        return module, json.loads(extra[JIT_METADATA])


def load_onnx_policy(path: Path) -> tuple[Callable[..., torch.Tensor], dict[str, str]]:
    """Return an ONNX policy as a function of tensors, run by ONNX Runtime on the CPU, and its description.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, or no exported policy.
    """
    with readable(path, "exported policy"):
        return _run_onnx(str(path))


def _metadata(info: CheckpointInfo, policy: ExportedPolicy, commit: str | None) -> dict[str, Any]:
    """Return the description that is stored in both files."""
    return {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        **asdict(info),
        "input_group": policy.input_names[0],
        "inputs": {name: list(shape) for name, shape in policy.inputs.items()},
        "git_commit": commit or "unknown",
        "torch": importlib.metadata.version("torch"),
    }


def _export_jit(policy: ExportedPolicy, path: Path, metadata: dict[str, Any], inputs: list[Inputs]) -> float:
    """Trace the policy, compare and write it; return the error."""
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore", torch.jit.TracerWarning)  # constant shape checks; parity is tested below
        warnings.simplefilter("ignore", DeprecationWarning)
        traced = torch.jit.trace(policy, policy.get_dummy_inputs(), check_trace=False)
    buffer = io.BytesIO()
    torch.jit.save(traced, buffer, _extra_files={JIT_METADATA: json.dumps(metadata).encode()})
    buffer.seek(0)
    error = check_parity("TorchScript policy", policy, torch.jit.load(buffer), inputs)
    atomic_write(path, lambda file: file.write(buffer.getbuffer()))
    return error


def _export_onnx(policy: ExportedPolicy, path: Path, metadata: dict[str, Any], inputs: list[Inputs]) -> float:
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
    for key, value in metadata.items():
        model.metadata_props.add(key=key, value=value if isinstance(value, str) else json.dumps(value))
    content = model.SerializeToString()
    run, _ = _run_onnx(content)
    error = check_parity("ONNX policy", policy, run, inputs)
    atomic_write(path, lambda file: file.write(content))
    return error


def _run_onnx(source: str | bytes) -> tuple[Callable[..., torch.Tensor], dict[str, str]]:
    """Return a function that runs an ONNX file or its content, and its description."""
    try:
        import onnxruntime
    except ImportError as error:
        raise ImportError("running an ONNX policy needs the package onnxruntime (pip install onnxruntime)") from error
    session = onnxruntime.InferenceSession(source, providers=["CPUExecutionProvider"])
    names = [tensor.name for tensor in session.get_inputs()]

    def run(*inputs: torch.Tensor) -> torch.Tensor:
        named = {name: tensor.contiguous().numpy() for name, tensor in zip(names, inputs, strict=True)}
        return torch.from_numpy(session.run(None, named)[0])

    return run, dict(session.get_modelmeta().custom_metadata_map)


def _test_inputs(policy: ExportedPolicy) -> list[Inputs]:
    """Return seeded noise for one world and for three: batch sizes that the conversion did not see."""
    generator = torch.Generator().manual_seed(0)
    return [
        tuple(torch.rand(worlds, *shape, generator=generator) for shape in policy.inputs.values()) for worlds in (1, 3)
    ]

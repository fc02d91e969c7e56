"""Ways to run a frozen angle-view net: PyTorch's own, and compilers for the CPU that give the same heatmap faster."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from copy import deepcopy

import torch
from torch import nn

from pushgrasp.policies.pg4da.backbone.avn import AngleViewNet

Encode = Callable[[torch.Tensor], torch.Tensor]
"""Pictures (N, 3, H, W) to heatmaps (N, 360, H/4, W/4)."""

BACKENDS = ("eager", "channels_last", "compiled", "onnx", "openvino")
"""PyTorch as it is, with channels last, or compiled; ONNX Runtime; OpenVINO (optional, the CPU only)."""

OPSET = 17


def fast_inference(net: AngleViewNet, device: torch.device | str) -> Encode:
    """Return the fastest way to run ``net`` on a device that needs no optional package.

    On the CPU that is ONNX Runtime, about twice as fast as PyTorch (benchmark ``avn_speed``); the weights are copied,
    so it fits a frozen net only. Elsewhere it is the net itself.

    Raises:
        ValueError: If the net is not frozen.
    """
    if any(parameter.requires_grad for parameter in net.parameters()):
        raise ValueError("the net has trainable weights; a compiled copy would keep the old ones. Call freeze() first")
    return with_backend(net, "onnx") if torch.device(device).type == "cpu" else net


def with_backend(net: AngleViewNet, backend: str) -> Encode:
    """Return a function that computes what ``net`` (evaluation mode) does with its present weights, without gradients.

    All but "eager", "channels_last" and "compiled" run on the CPU, with as many threads as PyTorch uses.

    Raises:
        ValueError: If the backend is unknown.
        ImportError: If "openvino" is not installed.
    """
    makers = {
        "eager": lambda: _copy(net, torch.contiguous_format),
        "channels_last": lambda: _channels_last(net),
        "compiled": lambda: torch.compile(_copy(net, torch.channels_last)),
        "onnx": lambda: _onnx_runtime(net),
        "openvino": lambda: _openvino(net),
    }
    if backend not in makers:
        raise ValueError(f"unknown backend {backend!r}; backends: {', '.join(BACKENDS)}")
    return torch.no_grad()(makers[backend]())


def to_onnx(net: AngleViewNet) -> bytes:
    """Return ``net`` as an ONNX file with input "rgb" and output "avh", for any number of pictures of any size."""
    plain, buffer = _copy(net, torch.contiguous_format).cpu(), io.BytesIO()
    picture = torch.zeros(2, 3, 224, 224)
    axes = {name: {0: "pictures", 2: f"{name}_rows", 3: f"{name}_columns"} for name in ("rgb", "avh")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", torch.jit.TracerWarning)  # checks of the shape, constant for a fixed net
        warnings.simplefilter("ignore", DeprecationWarning)  # the newer exporter takes four times as long
        torch.onnx.export(
            plain,
            (picture,),
            buffer,  # pyright: ignore[reportArgumentType] - files are taken, too
            input_names=["rgb"],
            output_names=["avh"],
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
    return buffer.getvalue()


def _copy(net: AngleViewNet, layout: torch.memory_format) -> nn.Module:
    """Copy of the net in a memory layout."""
    return deepcopy(net).eval().to(memory_format=layout)  # pyright: ignore[reportCallIssue] - not in the stub


def _channels_last(net: AngleViewNet) -> Encode:
    laid_out = _copy(net, torch.channels_last)
    return lambda rgb: laid_out(rgb.contiguous(memory_format=torch.channels_last))


def _onnx_runtime(net: AngleViewNet) -> Encode:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # leaves idle cores to the physics
    session = onnxruntime.InferenceSession(to_onnx(net), options, providers=["CPUExecutionProvider"])
    return lambda rgb: torch.from_numpy(session.run(None, {"rgb": rgb.contiguous().numpy()})[0])


def _openvino(net: AngleViewNet) -> Encode:
    try:
        import openvino  # pyright: ignore[reportMissingImports] - optional
    except ImportError as error:
        raise ImportError("the backend openvino needs the package openvino (pip install openvino)") from error
    settings = {
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        "INFERENCE_PRECISION_HINT": "f32",
        "PERFORMANCE_HINT": "LATENCY",
    }
    core = openvino.Core()
    model = core.compile_model(core.read_model(to_onnx(net)), "CPU", settings)
    return lambda rgb: torch.from_numpy(model([rgb.contiguous().numpy()])[0].copy())

"""Cost of one picture through the frozen angle-view net: PyTorch, compilers for the CPU, and how well they agree."""

from __future__ import annotations

import importlib.util
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from pushgrasp.learning.parity import relative_error
from pushgrasp.policies.pg4da.backbone.avn import ENCODERS, build_backbone
from pushgrasp.policies.pg4da.backbone.inference import BACKENDS, Encode, with_backend

from .figures import Figure

THREADS = 2
ROUNDS = 15
BATCH = 4
TARGET = 80.0
"""For ResNet-50 on two cores [ms per picture]."""

PARITY = 1e-3
USED = "onnx"
"""Backend of `pushgrasp.policies.pg4da.backbone.inference.fast_inference` on the CPU."""


def run() -> list[Figure]:
    """Run the benchmark; the ways take turns, so that a busy machine slows all of them alike."""
    figures = []
    with threads(THREADS):
        for encoder in ENCODERS:
            figures += _measure(encoder)
    return figures


def _measure(encoder: str) -> list[Figure]:
    """Figures of one encoder."""
    net = build_backbone(None, 0, frozen=True, encoder=encoder)
    ways = {name: with_backend(net, name) for name in BACKENDS if name != "openvino" or _installed(name)}
    pictures = torch.rand(BATCH, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    reference = ways["eager"](pictures)
    errors = {name: relative_error(reference, way(pictures)) for name, way in ways.items()}
    times = {count: _times(ways, pictures[:count]) for count in (1, BATCH)}
    median = {name: statistics.median(times[1][name]) for name in ways}
    bound = {USED: TARGET} if encoder == "resnet50" else {}
    figures = [Figure("avn_speed", f"{encoder}, {w}", median[w], "ms", at_most=bound.get(w)) for w in ways]
    return [
        *figures,
        Figure("avn_speed", f"{encoder}, {USED}, best of {ROUNDS}", min(times[1][USED]), "ms"),
        Figure("avn_speed", f"{encoder}, {USED}, {BATCH} at a time", statistics.median(times[BATCH][USED]), "ms"),
        Figure("avn_speed", f"{encoder}, {USED} over eager", _ratio(times[1], "eager"), at_least=1.0),
        Figure("avn_speed", f"{encoder}, largest relative error", max(errors.values()), at_most=PARITY),
    ]


def _times(ways: dict[str, Encode], pictures: torch.Tensor) -> dict[str, list[float]]:
    """Times per picture [ms] of each way, one of each per round."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS + 1):
        for name, way in ways.items():
            start = time.perf_counter()
            way(pictures)
            times[name].append(1e3 * (time.perf_counter() - start) / len(pictures))
    return {name: values[1:] for name, values in times.items()}  # the first round warms up


def _ratio(times: dict[str, list[float]], slower: str) -> float:
    """Median over rounds of how many times faster the used way is than another."""
    return statistics.median(a / b for a, b in zip(times[slower], times[USED], strict=True))


def _installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


@contextmanager
def threads(count: int) -> Iterator[None]:
    """PyTorch and the compilers use so many threads inside."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)

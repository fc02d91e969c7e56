"""Time of one decision, from the camera's image to the plan of the motion, part by part."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any, cast

import torch
from tensordict import TensorDict

from pg_tasks.app.bench import open_bench
from pg_tasks.training.pg4da.vec_env import ImageVecEnv
from pushgrasp.policies.pg4da.backbone.avn import build_backbone
from pushgrasp.policies.pg4da.backbone.inference import fast_inference
from pushgrasp.policies.pg4da.pretrained import pretrained_policy
from pushgrasp.policies.pg4da.spatial.nets import SpatialPolicyNet
from pushgrasp.policies.pg4da.training.choice_distribution import LikeliestChoice
from pushgrasp.policies.pg4da.training.config import SCENE_GROUPS
from pushgrasp.policies.registry import find_method

from .avn_speed import THREADS, threads
from .figures import Figure

ENCODERS = ("resnet50", "resnet18_lateral")
"""The published one, which has the target, and the one that comes trained."""

TARGET = 200.0
"""On two cores, with ResNet-50 [ms]."""

METHODS = {"epg": 250.0, "switch": 150.0, "mpg": 150.0, "opg": 150.0}
"""How long decisions of the other methods may take, from the heightmap on, with the weights of the project [ms]."""

SCENES, ROUNDS = 6, 4
"""Scenes of P1/case2, twenty objects, and how often a decision is taken in each."""


def run() -> list[Figure]:
    """Run the benchmark; weights are random, which costs what trained ones do."""
    with threads(THREADS), open_bench(1, 20, ["env.clutter.scenes=P1/case2"]) as bench:
        nets = {name: build_backbone(None, 0, frozen=True, encoder=name) for name in ENCODERS}
        encode = {name: fast_inference(net, "cpu") for name, net in nets.items()}
        times = _measure(bench.env, encode)
        others = _measure_methods(bench.env)
    median = {part: statistics.median(values) for part, values in times.items()}
    shared = sum(value for part, value in median.items() if part not in ENCODERS)
    bounds = {"resnet50": TARGET}
    return [
        *(Figure("decision", part, value, "ms") for part, value in median.items()),
        *(Figure("decision", f"all, {name}", shared + median[name], "ms", at_most=bounds.get(name)) for name in nets),
        *(
            Figure("decision", name, statistics.median(values), "ms", at_most=METHODS[name])
            for name, values in others.items()
        ),
    ]


@torch.no_grad()
def _measure(env: Any, encode: dict[str, Callable[[torch.Tensor], torch.Tensor]]) -> dict[str, list[float]]:  # noqa: ANN401
    """Times [ms] of each part; the first scene warms up."""
    vec_env, policy, choose = ImageVecEnv(env), SpatialPolicyNet().eval(), LikeliestChoice()
    times: dict[str, list[float]] = defaultdict(list)
    for scene in range(SCENES + 1):
        env.reset(seed=scene)
        for _ in range(ROUNDS):
            clock = _Clock(times if scene > 0 else defaultdict(list))
            heightmaps = clock("heightmap", env.observer.heightmaps)
            seen: TensorDict = clock("choices", vec_env.observe)
            for name, net in encode.items():
                heat = clock(name, net, heightmaps.colour)
            logits = clock("policy net", policy, (heat, *(seen[group] for group in SCENE_GROUPS)))
            action = clock("decoders", vec_env.action, choose(logits))
            trajectory = clock("motion", env.plan, action)
            clock("rig", env.rig.plan, trajectory)
    return dict(times)


def _measure_methods(env: Any) -> dict[str, list[float]]:  # noqa: ANN401
    """Times [ms] of whole decisions of the other methods; the first scene warms up."""
    files = {name: pretrained_policy(cast("str", find_method(name).weights)) for name in METHODS}
    policies = {name: find_method(name).make(env, file) for name, file in files.items()}
    times: dict[str, list[float]] = defaultdict(list)
    for scene in range(SCENES + 1):
        env.reset(seed=scene)
        seen, clock = env.observe(), _Clock(times if scene > 0 else defaultdict(list))
        for _ in range(ROUNDS):
            for name, policy in policies.items():
                policy.begin(0, torch.Generator())
                clock(name, policy.act, seen, torch.ones(1, dtype=torch.bool))
    return dict(times)


class _Clock:
    """Calls functions and notes how long they take [ms]."""

    def __init__(self, times: dict[str, list[float]]) -> None:
        self._times = times

    def __call__(self, part: str, function: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401
        begin = time.perf_counter()
        result = function(*args)
        self._times[part].append(1e3 * (time.perf_counter() - begin))
        return result

"""Demonstrations of choices: recorded from a teacher, kept in files, and made ready to learn from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, cast

import torch
from tensordict import TensorDict

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.training.atomic import atomic_write
from pushgrasp.training.config import SCENE_GROUPS
from pushgrasp.training.file_kind import refusal

from .errors import UserError
from .teachers import Teacher

FORMAT = 1

HALF = ("maps", "grasps", "swaths", "profiles")
"""Groups that are kept in half precision; cells and numbers would not fit into it."""

LARGE = 10_000
"""Groups with more numbers per scene are learned from in half precision."""

PART = 16
"""Scenes that go through the backbone at once."""

EVERY = 32
"""Actions after which what was recorded so far is handed out."""


@torch.no_grad()
def demonstrate(
    env: PushGraspEnv,
    vec_env: Any,  # noqa: ANN401 - rsl-rl's type lacks what the wrappers have
    teacher: Teacher,
    actions: int,
    on_part: Callable[[int, TensorDict], None] | None = None,
) -> TensorDict:
    """Let a teacher act.

    Args:
        env: The environment.
        vec_env: Gives its observations, with pictures.
        teacher: Who acts.
        actions: Actions, at least; all worlds act together.
        on_part: Told now and then how many actions were shown and all that there is so far.

    Returns:
        What was seen where something was shown, ``choices`` (M, K) and ``worth`` (M, K); pictures as bytes.
    """
    parts: list[TensorDict] = []
    observations, _ = vec_env.reset()
    teacher.begin(list(range(env.num_envs)), 0)
    for done in range(env.num_envs, actions + env.num_envs, env.num_envs):
        shown = teacher.show(observations)
        seen = TensorDict({**_packed(observations), "choices": shown.choices, "worth": shown.worth}, observations.shape)
        parts.append(seen[(shown.choices >= 0).any(dim=1)].cpu())
        action = shown.action
        if not isinstance(action, torch.Tensor):
            env.next_decision, action = action, torch.zeros(env.num_envs, env.cfg.action_space, device=env.device)
        observations, _, dones, _ = vec_env.step(action)
        teacher.begin(dones.bool().nonzero()[:, 0].tolist(), done)
        if on_part is not None and (done % EVERY < env.num_envs or done >= actions):
            on_part(min(done, actions), _joined(parts))
    return _joined(parts)


def _packed(observations: TensorDict) -> dict[str, torch.Tensor]:
    packed = {name: observations[name].half() if name in HALF else observations[name].clone() for name in SCENE_GROUPS}
    return {"rgb": (255.0 * observations["rgb"]).round().byte(), **packed}


def ready(shown: TensorDict, vec_env: Any) -> TensorDict:  # noqa: ANN401
    """Return demonstrations as the networks read them: heatmaps (2.3 MB each) where the backbone is frozen."""
    encode = getattr(vec_env, "encode", None)
    made: dict[str, torch.Tensor] = {}
    for first in range(0, len(shown), PART):
        part = shown[first : first + PART]
        full = {name: value.float() if value.dtype == torch.half else value for name, value in part.items()}
        seen = TensorDict({**full, "rgb": full["rgb"].float() / 255.0}, batch_size=part.shape)
        seen = seen if encode is None else encode(seen.to(vec_env.device)).cpu()
        for name, value in seen.items():
            kept = value.half() if value[0].numel() > LARGE else value
            whole = made.setdefault(name, kept.new_empty(len(shown), *kept.shape[1:]))
            whole[first : first + PART] = kept
    return TensorDict(made, batch_size=shown.shape)


def _joined(parts: Sequence[TensorDict]) -> TensorDict:
    return cast("TensorDict", torch.cat(list(parts)))


def save(path: Path, shown: TensorDict, about: dict[str, Any]) -> None:
    """Write demonstrations to a file, whole or not at all."""
    content = {"format": FORMAT, "about": about, "shown": dict(shown.items())}
    atomic_write(path, lambda file: torch.save(content, file))


def load(paths: Sequence[Path]) -> TensorDict:
    """Read and join demonstrations; raises the errors of :func:`opened`."""
    return _joined(opened(paths))


def opened(paths: Sequence[Path]) -> list[TensorDict]:
    """Return the demonstrations of each file, mapped into memory: what is not used is not read.

    Raises:
        UserError: If a file is missing or is none of demonstrations, or they do not go together.
    """
    parts = [_load(path) for path in paths]
    kinds = {tuple((name, value.shape[1:]) for name, value in sorted(part.items())) for part in parts}
    if len(kinds) > 1:
        raise UserError(f"{', '.join(map(str, paths))}: demonstrations of different teachers do not go together")
    return parts


def _load(path: Path) -> TensorDict:
    if not path.is_file():
        raise UserError(f"demonstrations {path}: no such file; scripts/demonstrate.py records them")
    try:
        content = torch.load(path, weights_only=True, mmap=True)
        shown = content["shown"]
        if content["format"] != FORMAT:
            raise UserError(f"{path} holds demonstrations of format {content['format']}; expected {FORMAT}")
        return TensorDict(shown, batch_size=[len(shown["choices"])])
    except (OSError, RuntimeError, KeyError, TypeError, ValueError, EOFError, UnpicklingError) as error:
        raise UserError(refusal(path, "file of demonstrations", str(error).splitlines()[0])) from error

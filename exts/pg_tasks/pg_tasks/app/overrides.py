"""Checks of ``key=value`` overrides: Isaac Lab itself sets any name and any type without a word."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from isaaclab_tasks.utils import PresetCfg
from isaaclab_tasks.utils.hydra import _parse_val as parse_value

from pushgrasp.program import UserError
from pushgrasp.settings import declared_types

_SELECTORS = ("physics", "renderer", "presets")

_WITHOUT_EFFECT = {
    "env.decimation": "every action sets it; env.sim.dt is the time of a physics step",
    "env.episode_length_s": "episodes end by env.max_actions",
    "env.action_space": "the decoders say what an action is",
    "env.observation_space": "it follows from the heightmaps",
    "env.state_space": "there is no state beside the observation",
}
"""Fields that Isaac Lab asks for and a user cannot choose."""

_KINDS = {
    "bool": ("true or false", (bool,)),
    "int": ("a whole number", (int,)),
    "float": ("a number", (int, float)),
    "str": ("text", (str,)),
    "list": ("a list", (list, tuple)),
    "None": ("null", (type(None),)),
}
_SAME_KIND = {"tuple": "list", "NoneType": "None"}


def check_overrides(overrides: Sequence[str], env_cfg: object, agent_cfg: object) -> None:
    """Check that every override names an existing field and gives it a value of its kind.

    Args:
        overrides: ``key=value`` words.
        env_cfg: Environment configuration with its presets unresolved.
        agent_cfg: Agent configuration.

    Raises:
        UserError: Naming the first wrong word and what is allowed.
    """
    roots = {"env": env_cfg, "agent": agent_cfg}
    for word in overrides:
        key, _, text = word.partition("=")
        if key in _SELECTORS:
            continue
        if key in _WITHOUT_EFFECT:
            raise UserError(f"override {word!r}: that has no effect: {_WITHOUT_EFFECT[key]}")
        root, *path = key.split(".")
        if root not in roots or not path:
            raise UserError(f"override {word!r}: keys start with env. or agent., or are one of {', '.join(_SELECTORS)}")
        _check_value(word, *_field(word, roots[root], root, path), parse_value(text))


def _field(word: str, cfg: Any, root: str, path: list[str]) -> tuple[Any, set[str]]:  # noqa: ANN401
    """Return the present value of the field at ``path`` and the kinds of value that it takes."""
    seen, kinds = root, set()
    for name in path:
        cfg = cfg.default if isinstance(cfg, PresetCfg) else cfg
        names = _names(cfg)
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise UserError(f"override {word!r}: {seen} has no field {name!r}; fields: {', '.join(names)}{hint}")
        kinds = _declared_kinds(cfg, name)
        cfg = cfg[name] if isinstance(cfg, Mapping) else getattr(cfg, name)
        seen = f"{seen}.{name}"
    return cfg, kinds or _kinds_of(cfg)


def _names(cfg: Any) -> list[str]:  # noqa: ANN401
    """Return the fields of a group; a plain value has none."""
    if isinstance(cfg, Mapping):
        return sorted(cfg)
    return sorted(name for name in getattr(cfg, "__dict__", {}) if not name.startswith("_"))


def _declared_kinds(cfg: object, name: str) -> set[str]:
    """Return the kinds in a field's annotation, or none where it has none or names anything but plain values."""
    declared = declared_types(type(cfg)).get(name) if is_dataclass(cfg) else None
    parts = get_args(declared) if get_origin(declared) in (Union, UnionType) else (declared,)
    kinds = {_SAME_KIND.get(_type_name(part), _type_name(part)) for part in parts}
    return kinds if kinds <= _KINDS.keys() else set()


def _type_name(declared: object) -> str:
    """Return the name of a type without its range and its parts."""
    plain = get_args(declared)[0] if get_origin(declared) is Annotated else declared
    return getattr(get_origin(plain) or plain, "__name__", "")


def _kinds_of(value: object) -> set[str]:
    """Return the kind of a present value, where nothing is declared; null stands for anything."""
    name = _SAME_KIND.get(type(value).__name__, type(value).__name__)
    return {name, "None"} if name in _KINDS and value is not None else set()


def _holds_groups(value: object) -> bool:
    return isinstance(value, tuple | list) and any(is_dataclass(part) for part in value)


def _check_value(word: str, old: Any, kinds: set[str], new: Any) -> None:  # noqa: ANN401
    """Check that a number stays a number, a switch a switch, and a tuple as long as it is."""
    if isinstance(old, PresetCfg):
        return
    if isinstance(old, Mapping) or is_dataclass(old):
        raise UserError(f"override {word!r}: that is a group; its fields: {', '.join(_names(old))}")
    if _holds_groups(old):
        raise UserError(f"override {word!r}: that is a list of groups, which only a configuration class can set")
    right = {kind for kind in kinds if isinstance(new, _KINDS[kind][1]) and isinstance(new, bool) == (kind == "bool")}
    if kinds and not right:
        allowed = " or ".join(_KINDS[kind][0] for kind in sorted(kinds - {"None"}))
        raise UserError(f"override {word!r}: the field is {allowed}, now {old!r}")
    if isinstance(old, tuple) and isinstance(new, list | tuple):
        numbers = not all(isinstance(value, int | float) for value in old) or all(
            isinstance(value, int | float) for value in new
        )
        if len(new) != len(old) or not numbers:
            raise UserError(f"override {word!r}: the field is a list of {len(old)} numbers, now {old!r}")

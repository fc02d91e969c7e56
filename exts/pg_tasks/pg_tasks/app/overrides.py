"""Checks of ``key=value`` overrides: Isaac Lab itself sets any name and any type without a word."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from isaaclab_tasks.utils import PresetCfg
from isaaclab_tasks.utils.hydra import _parse_val as parse_value

from .errors import UserError

_SELECTORS = ("physics", "renderer", "presets")


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
        root, *path = key.split(".")
        if root not in roots or not path:
            raise UserError(f"override {word!r}: keys start with env. or agent., or are one of {', '.join(_SELECTORS)}")
        _check_value(word, _field(word, roots[root], root, path), parse_value(text))


def _field(word: str, cfg: Any, root: str, path: list[str]) -> Any:  # noqa: ANN401
    """Return the present value of the field at ``path``."""
    seen = root
    for name in path:
        cfg = cfg.default if isinstance(cfg, PresetCfg) and not hasattr(cfg, name) else cfg
        names = sorted(cfg if isinstance(cfg, Mapping) else (n for n in vars(cfg) if not n.startswith("_")))
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise UserError(f"override {word!r}: {seen} has no field {name!r}; fields: {', '.join(names)}{hint}")
        cfg = cfg[name] if isinstance(cfg, Mapping) else getattr(cfg, name)
        seen = f"{seen}.{name}"
    return cfg


def _check_value(word: str, old: Any, new: Any) -> None:  # noqa: ANN401
    """Check that a number stays a number, a switch a switch and a list a list."""
    if isinstance(old, PresetCfg) or old is None or new is None:
        return
    for kinds, name in ((bool, "true or false"), ((int, float), "a number"), ((list, tuple), "a list"), (str, "text")):
        if isinstance(old, kinds):
            right = isinstance(new, kinds) and isinstance(new, bool) == isinstance(old, bool)
            if not right:
                raise UserError(f"override {word!r}: the field is {name}, now {old!r}")
            return

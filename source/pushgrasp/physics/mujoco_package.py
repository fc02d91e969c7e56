"""The package ``mujoco``, which is asked for when something is simulated: deciding and planning do without it."""

from __future__ import annotations

from typing import Any

from pushgrasp.program import UserError

MjModel = Any
"""``mujoco.MjModel``; the package comes without types."""

MjData = Any
"""``mujoco.MjData``."""


def import_mujoco() -> Any:  # noqa: ANN401 - a module
    """Return the package ``mujoco``.

    Raises:
        UserError: If it is not installed.
    """
    try:
        import mujoco
    except ModuleNotFoundError as error:
        raise UserError("mujoco is not installed: pip install 'pushgrasp[mujoco]'") from error
    return mujoco

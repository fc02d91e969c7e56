"""Spawns the project's USD files for PhysX: what Isaac Lab writes, and how frictions are combined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pxr import Usd

COMBINE: Literal["max"] = "max"
"""The larger friction of two surfaces counts: pads hold with their 1.0, and blocks slide with 0.8 on palm and table.

That is what the priorities in the files give with MuJoCo; PhysX's default, the mean, would weaken the grip.
"""


def spawn_from_usd(
    prim_path: str,
    cfg: Any,  # noqa: ANN401 - Isaac Lab's UsdFileCfg; importing it here would import pxr before Kit starts
    translation: tuple[float, float, float] | None = None,
    orientation: tuple[float, float, float, float] | None = None,
    **kwargs: object,
) -> Usd.Prim:
    """Spawn a USD file as :func:`isaaclab.sim.spawn_from_usd` does and set the combine mode of its contact materials.

    Args:
        prim_path: Where to, or a pattern whose parents exist.
        cfg: Configuration of the spawner.
        translation: Position in the parent's frame [m].
        orientation: Orientation there (x, y, z, w).
        **kwargs: Not used; the cloner passes some.
    """
    from isaaclab.sim.utils import clone

    del kwargs
    return clone(_spawn_one)(prim_path, cfg, translation, orientation)


def _spawn_one(
    prim_path: str,
    cfg: Any,  # noqa: ANN401
    translation: tuple[float, float, float] | None,
    orientation: tuple[float, float, float, float] | None,
) -> Usd.Prim:
    from isaaclab.sim.schemas import apply_namespaced
    from isaaclab.sim.spawners.from_files.from_files import spawn_from_usd_file
    from isaaclab_physx.sim.spawners.materials import PhysxMaterialCfg
    from pxr import Usd, UsdPhysics

    prim = spawn_from_usd_file(prim_path, cfg.usd_path, cfg, translation, orientation)
    for part in Usd.PrimRange(prim):
        if part.HasAPI(UsdPhysics.MaterialAPI):
            apply_namespaced(PhysxMaterialCfg(friction_combine_mode=COMBINE), str(part.GetPath()))
    return prim

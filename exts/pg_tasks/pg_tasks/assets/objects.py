"""Object slots: every world owns the same blocks; a scene fills some and parks the rest."""

from __future__ import annotations

import isaaclab.sim as sim_utils
from isaaclab.assets import RigidObjectCfg, RigidObjectCollectionCfg, VisualMaterialCfg

from pushgrasp.scenes.colours import PALETTE
from pushgrasp.scenes.own.store import own_object
from pushgrasp.scenes.shapes import ALL_SHAPES
from pushgrasp_assets import asset_path

SLOT_LABEL = "slot_"
"""Prefix of the semantic class of an object; the slot's index follows."""


def slot_name(index: int) -> str:
    """Return the name of slot ``index`` in the scene and its semantic class."""
    return f"{SLOT_LABEL}{index:02d}"


def object_slots(shapes: tuple[str, ...], parking: tuple[tuple[float, float, float], ...]) -> RigidObjectCollectionCfg:
    """Return the slots as one rigid object collection.

    Args:
        shapes: Shape of each slot.
        parking: Where each slot waits while unused [m], environment frame.
    """
    places = enumerate(zip(shapes, parking, strict=True))
    return RigidObjectCollectionCfg(
        rigid_objects={slot_name(i): _slot(i, shape, position) for i, (shape, position) in places}
    )


def slot_colour(index: int) -> VisualMaterialCfg:
    """Return the colour of slot ``index``, writable at run time."""
    return VisualMaterialCfg(
        prim_path=f"{{ENV_REGEX_NS}}/{slot_name(index)}/colour",
        spawn=sim_utils.PreviewSurfaceCfg(diffuse_color=PALETTE[index % len(PALETTE)]),
    )


def usd_path(shape: str) -> str:
    """Return the USD file of a shape, which may be an own object.

    Raises:
        FileNotFoundError: If there is none.
    """
    own = None if shape in ALL_SHAPES else own_object(shape)
    if own is not None and not own.usd.is_file():
        raise FileNotFoundError(f"{own.usd} is gone: add object {shape!r} again with --replace")
    return str(asset_path("objects", f"{shape}.usda") if own is None else own.usd)


def _slot(index: int, shape: str, position: tuple[float, float, float]) -> RigidObjectCfg:
    return RigidObjectCfg(
        prim_path=f"{{ENV_REGEX_NS}}/{slot_name(index)}",
        spawn=sim_utils.UsdFileCfg(
            usd_path=usd_path(shape),
            semantic_tags=[("class", slot_name(index))],
            visual_material_bindings={"visual": "./colour"},
        ),
        init_state=RigidObjectCfg.InitialStateCfg(pos=position),
    )

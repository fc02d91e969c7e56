"""Overhead perspective RGB-D camera with slot ids."""

from __future__ import annotations

import isaaclab.sim as sim_utils
from isaaclab.sensors import CameraCfg
from isaaclab.utils import configclass

from pushgrasp.settings import Count, NotNegative, Positive, check_settings

HEIGHT = 2.0
"""Height of the optical centre over the table [m]."""

FIELD = 1.20
"""Side of the square that the camera sees on the table top [m]: at its border, blocks are seen up to 0.33 m high."""

PIXELS = 288
"""Pixels along a side: 4.2 mm on the table, finer than a heightmap cell (4.5 mm). A CPU renders at a cost per pixel."""

FOCAL_LENGTH = 24.0
"""Focal length [mm]; with :data:`FIELD` and :data:`HEIGHT` it gives the aperture."""

_OptionalSize = Positive | None
_PLACE_RANGES = {"pos": tuple[float, float, float], "rot": tuple[float, float, float, float]}
_LENS_RANGES = {
    "focal_length": Positive,
    "horizontal_aperture": Positive,
    "vertical_aperture": _OptionalSize,
    "clipping_range": tuple[Positive, Positive],
}


def check_camera(cfg: CameraCfg, where: str) -> None:
    """Refuse a camera that takes no picture; Isaac Lab hands its settings on unseen.

    Args:
        cfg: The camera.
        where: How a user addresses it.

    Raises:
        ValueError: Naming the field and what is allowed.
    """
    check_settings(cfg, where, {"width": Count, "height": Count, "update_period": NotNegative})
    check_settings(cfg.offset, f"{where}.offset", _PLACE_RANGES)
    if cfg.spawn is None:
        raise ValueError(f"{where}.spawn=None: a camera model is needed, such as PinholeCameraCfg")
    check_settings(cfg.spawn, f"{where}.spawn", _LENS_RANGES)
    near, far = cfg.spawn.clipping_range
    if near >= far:
        raise ValueError(f"{where}.spawn.clipping_range={near, far}: (near, far) with near < far is needed")


@configclass
class OverheadCameraCfg(CameraCfg):
    """Looks straight down; the picture's right is world +x, its top world +y."""

    prim_path: str = "{ENV_REGEX_NS}/camera"
    offset: CameraCfg.OffsetCfg = CameraCfg.OffsetCfg(
        pos=(0.0, 0.0, HEIGHT), rot=(0.0, 0.0, 0.0, 1.0), convention="opengl"
    )
    spawn: sim_utils.PinholeCameraCfg = sim_utils.PinholeCameraCfg(
        focal_length=FOCAL_LENGTH,
        horizontal_aperture=FOCAL_LENGTH * FIELD / HEIGHT,
        clipping_range=(0.1, 5.0),
    )
    data_types: list = ["rgb", "distance_to_image_plane", "semantic_segmentation"]
    width: Count = PIXELS
    height: Count = PIXELS

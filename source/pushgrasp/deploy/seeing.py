"""What the cell's camera sees, as policies see it: pictures checked, filtered, taken apart and seen from above."""

from __future__ import annotations

import functools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from pushgrasp.deploy.devices import Camera, DeviceFault, Frame
from pushgrasp.deploy.frames import FrameCfg, check_frames, combine_frames
from pushgrasp.deploy.grabcut import refined_by_grabcut
from pushgrasp.deploy.sections import BoxCfg, CameraCfg, TrayCfg
from pushgrasp.deploy.target import ALL, BROWSER, Naming, Refinement, TargetWish, find_target
from pushgrasp.interface.world import Observation
from pushgrasp.perception.camera import deproject
from pushgrasp.perception.depth_filter import DepthFilterCfg
from pushgrasp.perception.heightmap import project_heightmaps
from pushgrasp.perception.segment.cfg import SegmentationCfg
from pushgrasp.perception.segment.grid import window_of
from pushgrasp.perception.segment.segments import TARGET_ID, PartsError, object_ids, take_apart
from pushgrasp.perception.table import fit_table, level_camera
from pushgrasp.perception.workspace import Workspace
from pushgrasp.scenes.rotations import rotate
from pushgrasp.settings import Settings

TRAY_RADIUS = 0.12
"""What lies this near to where a target is put down is not looked at [m]."""


@dataclass
class SeeingCfg(Settings):
    """How pictures become observations."""

    frames: FrameCfg = field(default_factory=FrameCfg)
    depth_filter: DepthFilterCfg = field(default_factory=DepthFilterCfg)
    segmentation: SegmentationCfg = field(default_factory=SegmentationCfg)


@dataclass(frozen=True)
class Seen:
    """One look at the table."""

    picture: Frame
    """Colour and filtered depth."""
    ids: np.ndarray
    """Object in each pixel, shape (h, w), int32: 0 for none, 1 for the target."""
    missing: str
    """Why the target was not found; empty if it was."""
    unclear: bool
    """Whether that is because of how it was named; otherwise it may be hidden."""
    wish: TargetWish
    """How the target was named in this picture."""
    observation: Observation
    seconds: float = 0.0
    """How long it took from the pictures to this, with naming the target by hand, if that was done [s]."""


class Eye:
    """The camera with its calibration."""

    def __init__(
        self,
        camera: Camera,
        cfg: CameraCfg,
        area: BoxCfg,
        trays: Sequence[TrayCfg],
        seeing: SeeingCfg | None = None,
        refine: Refinement = refined_by_grabcut,
        ask: Naming | None = None,
    ) -> None:
        """Wrap the camera.

        Args:
            camera: Takes the pictures.
            cfg: Where it stands.
            area: Where objects are looked for,
            trays: but not within :data:`TRAY_RADIUS` of them: what lies there has been taken.
            seeing: Checks, filter and segmentation.
            refine: Mends the target's mask.
            ask: Lets the user name the target, where the wish is :data:`~pushgrasp.deploy.target.BROWSER`.
        """
        self._camera, self._workspace, self._cfg = camera, Workspace(), seeing or SeeingCfg()
        quaternion = torch.tensor(cfg.quaternion, dtype=torch.float64)
        self.rotation = rotate(quaternion / quaternion.norm(), torch.eye(3, dtype=torch.float64)).mT.float()
        self.position, self._level = torch.tensor(cfg.position), cfg.level
        self._refine, self._ask = refine, ask
        self._area, self._trays = area, [tray.position[:2] for tray in trays]
        self._rays = functools.cache(self._rays_of)
        self.table_depth = functools.cache(self._table_depth)
        """Depth that the empty table would have in a picture of a size [m], shape (h, w); 0 outside the workspace."""

    @property
    def intrinsics(self) -> np.ndarray:
        """Pinhole matrix [pixel], shape (3, 3)."""
        return self._camera.intrinsics

    def _table_depth(self, height: int, width: int) -> np.ndarray:
        down = self._rays(height, width)[2]
        depth = -self.position[2].numpy() / down
        return np.where(self._inside(depth) & (down < 0.0), depth, np.float32(0.0))

    def look(self, wish: TargetWish) -> tuple[Seen, list[Frame]]:
        """Take pictures and return what they show, and them; a target that is not found may be hidden.

        Raises:
            DeviceFault: If pictures do not come, or none may be trusted.
        """
        frames = self._camera.grab(self._cfg.depth_filter.pictures)
        begun = time.perf_counter()
        table = self.table_depth(*frames[-1].depth.shape)
        check_frames(frames, self.intrinsics, table, self._cfg.frames)
        seen = self.see(combine_frames(frames, self._cfg.depth_filter), wish)
        return replace(seen, seconds=time.perf_counter() - begun), frames

    def see(self, picture: Frame, wish: TargetWish) -> Seen:
        """Return what a picture, depth filtered, shows.

        Raises:
            DeviceFault: If it cannot be taken apart: an arm stands in it, say.
        """
        picture = self._of_workspace(picture)
        matrix, (rotation, position) = self.intrinsics.astype(np.float64), self._pose(picture.depth)
        pose = rotation.numpy(), position.numpy()
        try:
            segments = take_apart(picture.colour, picture.depth, matrix, *pose, self._workspace, self._cfg.segmentation)
        except ValueError as error:
            raise DeviceFault(f"camera: {error}") from error
        if wish == BROWSER and self._ask is not None:
            wish = self._ask(segments, self._refine)
        target, missing, unclear = np.zeros(picture.depth.shape, dtype=bool), "", False
        try:
            target = find_target(segments, wish, self._refine)
        except ValueError as error:
            missing, unclear = str(error), wish.way in ("click", "box", "mask") or isinstance(error, PartsError)
        ids = object_ids(segments, target) if target.any() else _others(segments.pieces)
        observation = replace(self._observation(picture, ids, rotation, position), clearing=wish == ALL)
        return Seen(picture, ids, missing, unclear, wish, observation)

    def tilt(self, depth: np.ndarray) -> float:
        """Return by how much the table in a depth picture (h, w) [m] is tilted against the calibration [rad]."""
        return float(np.hypot(*fit_table(self._over_table(depth).numpy())[:2]))

    def _pose(self, depth: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """Rotation (3, 3) and position (3,) of the camera, by calibration or so that the table it sees is level."""
        if not self._level:
            return self.rotation, self.position
        return level_camera(self._over_table(depth), self.rotation, self.position)

    def _over_table(self, depth: np.ndarray) -> torch.Tensor:
        """What a depth picture (h, w) [m] shows over the workspace, by calibration [m], shape (K, 3)."""
        points = torch.from_numpy(self._rays(*depth.shape) * depth).movedim(0, -1) + self.position
        return points[torch.from_numpy(depth > 0.0) & self._workspace.contains(points[..., :2])]

    def _observation(
        self, picture: Frame, ids: np.ndarray, rotation: torch.Tensor, position: torch.Tensor
    ) -> Observation:
        rows, columns = window = window_of(picture.depth > 0.0)
        intrinsics = self.intrinsics - [[0, 0, columns.start], [0, 0, rows.start], [0, 0, 0]]
        maps = project_heightmaps(
            torch.from_numpy(picture.colour[window])[None],
            torch.from_numpy(picture.depth[window])[None],
            torch.from_numpy(ids[window])[None],
            torch.from_numpy(intrinsics.astype(np.float32))[None],
            rotation[None],
            position[None],
            self._workspace,
        )
        return Observation(maps, torch.tensor([TARGET_ID]), self._workspace)

    def _of_workspace(self, picture: Frame) -> Frame:
        """The picture without depth outside the area and over the trays."""
        return replace(picture, depth=np.where(self._inside(picture.depth), picture.depth, np.float32(0.0)))

    def _inside(self, depth: np.ndarray) -> np.ndarray:
        """Which points of a depth picture (h, w) [m] count, seen from above, shape (h, w), bool."""
        (x_low, x_high), (y_low, y_high), _ = self._area.sides
        x, y, _ = (ray * depth + at for ray, at in zip(self._rays(*depth.shape), self.position.numpy(), strict=True))
        inside = (x > x_low) & (x < x_high) & (y > y_low) & (y < y_high)
        for tray_x, tray_y in self._trays:
            inside &= (x - tray_x) ** 2 + (y - tray_y) ** 2 >= TRAY_RADIUS**2
        return inside

    def _rays_of(self, height: int, width: int) -> np.ndarray:
        """Ways from the camera to what has a depth of 1 in each pixel, world frame, shape (3, h, w), float32."""
        matrix = torch.from_numpy(self.intrinsics.astype(np.float32))[None]
        ends = deproject(torch.ones(1, height, width), matrix, self.rotation[None], torch.zeros(1, 3))
        return ends[0].movedim(-1, 0).contiguous().numpy()


def _others(pieces: np.ndarray) -> np.ndarray:
    """Ids (h, w) of objects none of which is the target."""
    return np.where(pieces > 0, pieces + TARGET_ID, 0).astype(np.int32)

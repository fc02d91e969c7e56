"""The published folder layout of GraspNet-1Billion: cameras, splits, and which parts of a scene are there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

CAMERAS = ("kinect", "realsense")
"""Cameras of every scene."""

SPLITS = {"train": range(100), "seen": range(100, 130), "similar": range(130, 160), "novel": range(160, 190)}
"""Scene numbers of each split: training scenes, and test scenes of seen, similar and novel objects."""

TEST_SPLITS = ("seen", "similar", "novel")
"""Splits that the published evaluation reports."""

_SHOWN = 6  # missing parts named at most


def scene_name(scene: int) -> str:
    """Name of a scene's folders, such as ``scene_0042``."""
    return f"scene_{scene:04d}"


def check_camera(camera: str) -> str:
    """The camera's name.

    Raises:
        ValueError: If it is none of :data:`CAMERAS`.
    """
    if camera not in CAMERAS:
        raise ValueError(f"unknown camera {camera!r}; cameras: {', '.join(CAMERAS)}")
    return camera


def split_scenes(root: Path, split: str) -> list[int]:
    """Numbers of a split's scenes that are in the folder, rising.

    Raises:
        FileNotFoundError: If there is no folder ``scenes``, or no scene of the split in it.
        ValueError: If the split is none of :data:`SPLITS`.
    """
    if split not in SPLITS:
        raise ValueError(f"unknown split {split!r}; splits: {', '.join(SPLITS)}")
    folder = Path(root) / "scenes"
    if not folder.is_dir():
        raise FileNotFoundError(f"{root} is no GraspNet-1Billion folder: it has no folder 'scenes'")
    found = [scene for scene in SPLITS[split] if (folder / scene_name(scene)).is_dir()]
    if not found:
        first, last = SPLITS[split][0], SPLITS[split][-1]
        raise FileNotFoundError(f"{folder} has no scene of split {split!r} ({scene_name(first)} to {scene_name(last)})")
    return found


@dataclass(frozen=True)
class SceneFiles:
    """Paths of one scene as one camera saw it.

    Raises:
        ValueError: If the camera's name is unknown.
    """

    root: Path
    scene: int
    camera: str

    def __post_init__(self) -> None:
        check_camera(self.camera)

    @property
    def folder(self) -> Path:
        """Folder of the scene."""
        return self.root / "scenes" / scene_name(self.scene)

    @property
    def camera_folder(self) -> Path:
        """Folder of the camera's pictures."""
        return self.folder / self.camera

    @property
    def collision_labels(self) -> Path:
        """File of the scene's collision labels."""
        return self.root / "collision_label" / scene_name(self.scene) / "collision_labels.npz"

    def grasp_labels(self, object_id: int) -> Path:
        """File of an object's grasp labels."""
        return self.root / "grasp_label" / f"{object_id:03d}_labels.npz"

    def model(self, object_id: int, name: str) -> Path:
        """File of an object's model: ``nontextured.ply``, ``textured.obj`` or ``textured.sdf``."""
        return self.root / "models" / f"{object_id:03d}" / name

    def annotations(self) -> list[int]:
        """Numbers of the pictures that are there, rising (256 in the published data).

        Raises:
            FileNotFoundError: If there is none.
        """
        found = sorted(int(path.stem) for path in (self.camera_folder / "rgb").glob("[0-9][0-9][0-9][0-9].png"))
        if not found:
            raise FileNotFoundError(f"{scene_name(self.scene)} has no pictures in {self.camera_folder / 'rgb'}")
        return found

    def object_ids(self) -> list[int]:
        """Numbers of the scene's objects.

        Raises:
            FileNotFoundError: If the list is missing.
            ValueError: If it holds something else than whole numbers.
        """
        path = self.folder / "object_id_list.txt"
        self.require([path])
        try:
            return [int(line) for line in path.read_text().split()]
        except ValueError as error:
            raise ValueError(f"{path} must hold one object number per line ({error})") from None

    def require_pictures(self, annotations: Iterable[int]) -> None:
        """Check for what belongs to the camera and to each of its pictures.

        Raises:
            FileNotFoundError: If something is missing; names it.
        """
        names = ("camK.npy", "camera_poses.npy", "cam0_wrt_table.npy")
        folders = (("rgb", "png"), ("depth", "png"), ("label", "png"), ("annotations", "xml"))
        views = [f"{folder}/{number:04d}.{suffix}" for number in annotations for folder, suffix in folders]
        self.require(self.camera_folder / name for name in (*names, *views))

    def require_labels(self) -> None:
        """Check for grasp and collision labels; errors as :meth:`require_pictures`."""
        self.require([self.collision_labels, *map(self.grasp_labels, self.object_ids())])

    def require_models(self) -> None:
        """Check for what the evaluation reads of the objects; errors as :meth:`require_pictures`."""
        names = ("nontextured.ply", "textured.obj", "textured.sdf")
        self.require(self.model(object_id, name) for object_id in self.object_ids() for name in names)

    def require(self, paths: Iterable[Path]) -> None:
        """Raise FileNotFoundError naming those of the files that are missing."""
        missing = [str(path.relative_to(self.root)) for path in paths if not path.is_file()]
        if missing:
            more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
            shown = ", ".join(missing[:_SHOWN])
            raise FileNotFoundError(f"{scene_name(self.scene)} is not complete: {self.root} lacks {shown}{more}")

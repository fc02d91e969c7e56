"""The published evaluation from end to end: predictions of every picture of the test splits, and their AP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from pushgrasp.grasping.graspnet.dataset import SceneReader
from pushgrasp.grasping.graspnet.evaluation import Precision, dump_path, evaluate_scene, write_dump
from pushgrasp.grasping.graspnet.labels import spread
from pushgrasp.grasping.graspnet.layout import TEST_SPLITS, SceneFiles, check_camera, split_scenes
from pushgrasp.grasping.graspnet.sources import GraspSource


@dataclass(frozen=True)
class Selection:
    """Which pictures of a dataset are evaluated.

    Raises:
        ValueError: If the camera is unknown, or the number of views below 1.
    """

    root: Path
    camera: str
    splits: tuple[str, ...] = TEST_SPLITS
    views: int | None = None
    """Pictures of each scene, evenly spread; None takes all, as published."""

    def __post_init__(self) -> None:
        check_camera(self.camera)
        if self.views is not None and self.views < 1:
            raise ValueError(f"views must be at least 1, got {self.views}")

    def scenes(self) -> list[tuple[str, int]]:
        """Split and number of every scene; errors as ``split_scenes``."""
        return [(split, scene) for split in self.splits for scene in split_scenes(self.root, split)]

    def require(self) -> None:
        """Check for all that the evaluation reads of the dataset; errors as ``SceneFiles.require``."""
        for _, scene in self.scenes():
            files = SceneFiles(self.root, scene, self.camera)
            files.require_models()
            files.require_pictures(spread(files.annotations(), self.views))


def predict(selection: Selection, source: GraspSource, dumps: Path) -> Iterator[tuple[int, int]]:
    """Write the grasps of every picture where graspnetAPI looks for them; hands out scenes done and scenes in all."""
    scenes = selection.scenes()
    for done, (_, scene) in enumerate(scenes, start=1):
        reader = SceneReader(selection.root, scene, selection.camera)
        for annotation in spread(reader.annotations, selection.views):
            write_dump(dump_path(dumps, scene, selection.camera, annotation), source(reader, annotation))
        yield done, len(scenes)


def score(selection: Selection, dumps: Path, processes: int = 1) -> Iterator[tuple[str, Precision]]:
    """Split and precision of each scene whose grasps :func:`predict` wrote, in the order in which they get ready.

    Args:
        selection: What is evaluated.
        dumps: Folder of the predictions.
        processes: Scenes evaluated at a time; a picture takes some seconds.

    Raises:
        ValueError: If ``processes`` is below 1; otherwise errors as ``evaluate_scene``.
    """
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    jobs = [(split, *_job(selection, scene, dumps)) for split, scene in selection.scenes()]
    if processes == 1:
        yield from ((split, evaluate_scene(*arguments)) for split, *arguments in jobs)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        waiting: dict[Future[Precision], str] = {
            pool.submit(evaluate_scene, *arguments): split for split, *arguments in jobs
        }
        yield from ((waiting[ready], ready.result()) for ready in as_completed(waiting))


def _job(selection: Selection, scene: int, dumps: Path) -> Sequence:
    """Arguments of ``evaluate_scene``."""
    reader = SceneReader(selection.root, scene, selection.camera)
    return selection.root, scene, selection.camera, dumps, spread(reader.annotations, selection.views)

"""Average precision by graspnetAPI's own code: its collision test, force closure and protocol, on any list of scenes.

Per picture: near duplicates go (30 mm, 30 degrees), the ten best grasps of each object and of these the fifty best are
kept, and grasps that collide count as failed. Precision of the k best for k = 1 to 50, with friction 0.2 to 1.2; AP is
the mean over all, AP_0.4 and AP_0.8 that for one friction (Fang et al. 2020).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pushgrasp.files.atomic import atomic_write
from pushgrasp.grasping.graspnet.dataset import silenced
from pushgrasp.grasping.graspnet.layout import SceneFiles, scene_name
from pushgrasp.grasping.graspnet.package import graspnet_module, old_numpy_names
from pushgrasp.grasping.graspnet.poses import GraspPoses, to_rows

TOP = 50
"""Grasps of each picture that count."""

FRICTIONS = (0.2, 0.4, 0.6, 0.8, 1.0, 1.2)
"""Friction coefficients of the protocol."""

MAX_WIDTH = 0.10
"""Openings beyond this are cut [m]."""

_PUBLISHED_PICTURES = 256


@dataclass(frozen=True)
class Precision:
    """Precision of pictures.

    Attributes:
        values: Precision of the k best with each friction, shape (pictures, 50, 6).
    """

    values: np.ndarray

    @property
    def ap(self) -> float:
        """AP in [0, 1]."""
        return float(self.values.mean())

    def at(self, friction: float) -> float:
        """AP with one of the frictions, in [0, 1]."""
        return float(self.values[:, :, FRICTIONS.index(friction)].mean())


def joined(parts: list[Precision]) -> Precision:
    """Precision over several scenes."""
    return Precision(np.concatenate([part.values for part in parts]))


def dump_path(folder: Path, scene: int, camera: str, annotation: int) -> Path:
    """Where graspnetAPI looks for the predictions of a picture."""
    return folder / scene_name(scene) / camera / f"{annotation:04d}.npy"


def write_dump(path: Path, grasps: GraspPoses) -> None:
    """Write the predictions of a picture; the folder is made.

    The evaluation cannot take a picture without grasps: an empty list becomes one worthless grasp far from everything.
    """
    rows = to_rows(grasps)
    if len(rows) == 0:
        rows = np.concatenate([(0.0, 0.0, 0.02, 0.0), np.eye(3).ravel(), (0.0, 0.0, -10.0, -1.0)])[None]
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, lambda file: np.save(file, rows))


def evaluate_scene(
    root: Path, scene: int, camera: str, dumps: Path, annotations: list[int], seed: int = 0
) -> Precision:
    """Precision of the predictions of a scene.

    Args:
        root: Folder of the dataset.
        scene: Number of the scene.
        camera: One of the cameras.
        dumps: Folder of the predictions, see :func:`dump_path`.
        annotations: Numbers of the pictures that count.
        seed: Seed of NumPy's global generator, which graspnetAPI draws surface samples from.

    Raises:
        ImportError: If graspnetAPI is missing; says what to type.
        FileNotFoundError: If models, annotations or predictions are missing; names them.
    """
    files = SceneFiles(Path(root), scene, camera)
    files.require_models()
    files.require_pictures(annotations)
    paths = [dump_path(Path(dumps), scene, camera, number) for number in annotations]
    absent = [path for path in paths if not path.is_file()]
    if absent:
        raise FileNotFoundError(
            f"no predictions for {scene_name(scene)}: {absent[0]} is missing ({len(absent)} in all)"
        )
    np.random.seed(seed)  # it is this generator that graspnetAPI uses
    with silenced(), old_numpy_names(), _pictures(annotations) as module:
        evaluator = _evaluator(module)(str(root), camera, scene)
        return Precision(np.asarray(evaluator.eval_scene(scene, str(dumps), TOP, max_width=MAX_WIDTH)))


def _evaluator(module: Any) -> Any:  # noqa: ANN401  # graspnetAPI comes without types
    """GraspNetEval for one scene: the published class knows the published splits only."""

    class SceneEvaluator(module.GraspNetEval):
        def __init__(self, root: str, camera: str, scene: int) -> None:
            module.GraspNet.__init__(self, root, camera, "custom", sceneIds=[scene])

    return SceneEvaluator


@contextlib.contextmanager
def _pictures(annotations: list[int]) -> Iterator[Any]:
    """The evaluation module of graspnetAPI, whose loop over 256 pictures goes over ``annotations`` in the block.

    ``GraspNetEval.eval_scene`` loops over ``range(256)``; a name of the module goes before the built-in one, so that
    the published code itself serves for fewer pictures.
    """
    module = graspnet_module("graspnetAPI.graspnet_eval")

    def chosen(*arguments: int) -> Any:  # noqa: ANN401
        return annotations if arguments == (_PUBLISHED_PICTURES,) else range(*arguments)

    module.__dict__["range"] = chosen
    try:
        yield module
    finally:
        del module.__dict__["range"]

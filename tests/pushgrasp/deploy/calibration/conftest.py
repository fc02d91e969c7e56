"""A simulated cell: true bases and camera, the guided poses, and pictures of the board with known noise."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from pushgrasp.deploy.calibration.board import BoardCfg
from pushgrasp.deploy.calibration.detection import Corners
from pushgrasp.deploy.calibration.poses import CellSketch, GuidedPose, guided_poses
from pushgrasp.deploy.calibration.reprojection import Observation
from pushgrasp.deploy.calibration.rigid import apply, inverse, project, rigid, rigid_of_vector, vector_of

SIZE = (1280, 720)
INTRINSICS = np.array(((921.3, 0.0, 642.1), (0.0, 919.8, 357.6), (0.0, 0.0, 1.0)))
NAMES = ("left", "right")
PLACES = ((0.0, 0.0, 0.0), (0.35, 0.22, 0.4), (-0.35, 0.22, -1.0), (-0.35, -0.22, 2.0), (0.35, -0.22, 0.1))
"""Where the board lies on the table: x, y [m], yaw [rad]."""


@dataclass
class SimulatedCell:
    """A cell of which everything is known."""

    board: BoardCfg
    world_from_camera: np.ndarray
    world_from_base: dict[str, np.ndarray]
    tool_from_board: dict[str, np.ndarray]
    noise: np.random.Generator
    pixel_noise: float = 0.3
    position_noise: float = 0.0003
    angle_noise: float = np.radians(0.05)

    def corners(self, world_from_board: np.ndarray) -> Corners:
        """The corners of a board as they are found: all of them, with noise."""
        seen = apply(inverse(self.world_from_camera) @ world_from_board, self.board.corners)
        pixels = project(seen, INTRINSICS) + self.pixel_noise * self.noise.standard_normal((len(seen), 2))
        return Corners(self.board.corners, pixels)

    def observation(self, arm: str, pose: GuidedPose, name: str) -> Observation:
        """The arm as it stands in a guided pose, and what it says of it: base_from_tool with noise."""
        base_from_tool = inverse(self.world_from_base[arm]) @ pose.world_from_tool
        board = pose.world_from_tool @ self.tool_from_board[arm]
        error = self.noise.standard_normal(6) * ([self.position_noise] * 3 + [self.angle_noise] * 3)
        said = base_from_tool @ rigid_of_vector(error)
        return Observation(name, said, self.corners(board))

    def observations(self, arm: str, count: int) -> list[Observation]:
        poses = guided(arm, count)
        return [self.observation(arm, pose, f"{arm}/{index:04d}.png") for index, pose in enumerate(poses)]

    def lying(self, x: float, y: float, yaw: float) -> np.ndarray:
        """world_from_board of the board on the table."""
        return rigid(Rotation.from_euler("z", yaw).as_matrix(), np.array((x, y, self.board.thickness)))

    def picture(self, world_from_board: np.ndarray) -> np.ndarray:
        """A rendered picture of the board, RGB, drawn twice as fine and averaged."""
        fine, per_metre, border = 2, 4000.0, 0.010
        print_ = np.pad(self.board.picture(per_metre), round(border * per_metre), constant_values=255)
        height, width = print_.shape
        edges = np.array(((0.0, 0.0), (width, 0.0), (width, height), (0.0, height)))
        flat = (edges - (0.5 * width, 0.5 * height)) * (1.0, -1.0) / per_metre
        camera_from_board = inverse(self.world_from_camera) @ world_from_board
        seen = project(apply(camera_from_board, np.pad(flat, ((0, 0), (0, 1)))), INTRINSICS)
        turn = cv2.getPerspectiveTransform((edges - 0.5).astype(np.float32), (fine * seen - 0.5).astype(np.float32))
        size = (fine * SIZE[0], fine * SIZE[1])
        drawn = cv2.warpPerspective(print_, turn, size, borderValue=110, flags=cv2.INTER_LINEAR)
        grey = cv2.resize(drawn, SIZE, interpolation=cv2.INTER_AREA) * 0.8 + 20.0
        grey += self.noise.normal(0.0, 3.0, grey.shape)
        return np.repeat(grey.clip(0, 255).astype(np.uint8)[..., None], 3, axis=-1)


_CACHE: dict[tuple[str, int], list[GuidedPose]] = {}


def guided(arm: str, count: int) -> list[GuidedPose]:
    """The guided poses of a nominal cell."""
    if (arm, count) not in _CACHE:
        _CACHE[arm, count] = guided_poses(CellSketch(), BoardCfg(), NAMES.index(arm), count)
    return _CACHE[arm, count]


def simulated(seed: int, camera_height: float = 1.4) -> SimulatedCell:
    """A cell somewhat unlike the sketch, as every cell is."""
    noise = np.random.default_rng(seed)
    down = Rotation.from_euler("x", np.pi)
    camera = rigid(
        (Rotation.from_rotvec(noise.normal(0.0, 0.02, 3)) * down).as_matrix(),
        np.array((0.0, 0.0, camera_height)) + noise.normal(0.0, 0.01, 3),
    )
    bases = {
        name: rigid(
            (Rotation.from_euler("z", yaw) * Rotation.from_rotvec(noise.normal(0.0, 0.01, 3))).as_matrix(),
            np.array((x, 0.0, 0.30)) + noise.normal(0.0, 0.01, 3),
        )
        for name, x, yaw in (("left", -0.70, 0.0), ("right", 0.70, np.pi))
    }
    boards = {}
    for name in NAMES:
        pose = guided(name, 15)[0]
        boards[name] = inverse(pose.world_from_tool) @ pose.world_from_board @ rigid_of_vector(noise.normal(0, 0.01, 6))
    return SimulatedCell(BoardCfg(), camera, bases, boards, noise)


def write_folder(folder: Path, cell: SimulatedCell, count: int = 15) -> None:
    """All that a calibration is solved from, with rendered pictures."""
    (folder / "table").mkdir(parents=True)
    (folder / "board.json").write_text(json.dumps(asdict(cell.board)))
    fx, fy, cx, cy = INTRINSICS[0, 0], INTRINSICS[1, 1], INTRINSICS[0, 2] - 0.5, INTRINSICS[1, 2] - 0.5
    lens = {"fx": fx, "fy": fy, "cx": cx, "cy": cy, "width": SIZE[0], "height": SIZE[1]}
    (folder / "camera.json").write_text(json.dumps(lens))
    for number, place in enumerate(PLACES):
        write_picture(folder / "table" / f"{number:04d}.png", cell.picture(cell.lying(*place)))
    for arm in NAMES:
        (folder / arm).mkdir()
        readings = []
        for pose, seen in zip(guided(arm, count), cell.observations(arm, count), strict=True):
            write_picture(folder / seen.name, cell.picture(pose.world_from_tool @ cell.tool_from_board[arm]))
            readings.append({"picture": Path(seen.name).name, "tcp": vector_of(seen.base_from_tool).tolist()})
        (folder / arm / "poses.json").write_text(json.dumps(readings))


def write_picture(path: Path, picture: np.ndarray) -> None:
    cv2.imwrite(str(path), picture[..., ::-1])


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SimulatedCell]:
    """A folder with rendered pictures, and the cell that they are of; tests copy what they change."""
    folder, made = tmp_path_factory.mktemp("cell") / "cell", simulated(11)
    write_folder(folder, made)
    return folder, made


@pytest.fixture(scope="session")
def cell() -> Callable[..., SimulatedCell]:
    """Make a simulated cell of a seed."""
    return simulated

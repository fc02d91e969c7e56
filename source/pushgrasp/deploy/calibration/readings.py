"""What an arm has said of each picture: the file ``poses.json``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from pushgrasp.deploy.calibration.rigid import rigid, rigid_of_vector
from pushgrasp.files.json_files import read_json
from pushgrasp.files.text_files import FileError
from pushgrasp.files.typed_json import MAY_LACK, build
from pushgrasp.motion.arm.forward import Frames, link_frames


@dataclass(frozen=True)
class Reading:
    """One line of ``poses.json``."""

    picture: str
    """Name of the picture."""
    tcp: tuple[float, ...] | None = field(default=None, metadata=MAY_LACK)
    """TCP in the base frame of the controller: position [m] and rotation vector [rad], 6 numbers."""
    joints: tuple[float, ...] | None = field(default=None, metadata=MAY_LACK)
    """Joint angles [rad], 6 numbers."""

    @property
    def base_from_tool(self) -> np.ndarray:
        """The tool in the arm's base, shape (4, 4).

        Raises:
            ValueError: If there are not six numbers.
        """
        numbers = self.joints if self.tcp is None else self.tcp
        if numbers is None or len(numbers) != 6 or (self.tcp is not None and self.joints is not None):
            raise ValueError(f"{self.picture}: either six numbers of tcp or six of joints are needed")
        return flange_of_joints(np.array(numbers)) if self.tcp is None else rigid_of_vector(np.array(numbers))


def flange_of_joints(joints: np.ndarray) -> np.ndarray:
    """Return base_from_flange, shape (4, 4), of joint angles [rad], shape (6,), by the nominal kinematics."""
    base = Frames(torch.eye(3, dtype=torch.float64), torch.zeros(3, dtype=torch.float64))
    frames = link_frames(torch.from_numpy(joints.astype(float)), base)
    return rigid(frames.rotation[-1].numpy(), frames.position[-1].numpy())


def read_readings(path: Path) -> list[Reading]:
    """Read the file.

    Raises:
        FileError: If it cannot be used, naming file and field.
        OSError: If it cannot be read.
    """
    content = read_json(path)
    try:
        readings = build(list[Reading], content)
        _ = [reading.base_from_tool for reading in readings]
    except ValueError as error:
        raise FileError(f"{path}: {error}") from None
    return readings

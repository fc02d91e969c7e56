"""A whole cell on loopback: what a cell's file describes, with physics in the place of metal."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from enum import Enum

import numpy as np

from pushgrasp.deploy.calibrated import nominal_kinematics
from pushgrasp.deploy.fake.camera import CameraServer, CameraTrouble
from pushgrasp.deploy.fake.controller.controller import Controller
from pushgrasp.deploy.fake.controller.faults import obey
from pushgrasp.deploy.fake.controller.machine import MachineCfg
from pushgrasp.deploy.fake.gripper import GripperServer, GripperTrouble
from pushgrasp.deploy.fake.physics.camera import CellCamera
from pushgrasp.deploy.fake.physics.cell import CellPhysics, CellPhysicsCfg
from pushgrasp.deploy.fake.physics.picture import CellCameraCfg
from pushgrasp.deploy.sections import CameraCfg
from pushgrasp.deploy.settings import CellCfg, arms_cfg
from pushgrasp.deploy.ur.kinematics import Kinematics
from pushgrasp.perception.camera_noise import CameraNoiseCfg
from pushgrasp.scenes.scene import Scene

CHECKSUM = "-".join(["00000000"] * 6)
"""Of the kinematics of arms that are exactly as UR draws them."""

SERIALS = ("20215500001", "20215500002")
"""Serial numbers of the controllers."""

TABLE_SEEN = 1.2
"""Side of the square of the table that the camera sees [m]."""


class FakeCell:
    """Controllers, grippers and a camera that listen where the cell's file says, until it is closed."""

    def __init__(self, cell: CellCfg, scene: Scene, noise: CameraNoiseCfg | None = None, seed: int = 0) -> None:
        """Switch it on; time passes as on the wall.

        Args:
            cell: Addresses, poses of arms and camera.
            scene: What is on the table, at rest.
            noise: Errors of the camera; None for a perfect one.
            seed: Of the noise.

        Raises:
            ValueError: If the cell's camera is no network camera on this machine.
            OSError: If another process listens at one of the addresses.
            UserError: If ``mujoco`` is not installed.
        """
        if cell.camera.driver != "network" or cell.camera.port is None or cell.camera.address is None:
            raise ValueError(f"camera.driver={cell.camera.driver!r}: 'network' with address and port is needed here")
        with ExitStack() as stack:
            self.physics = CellPhysics(scene, CellPhysicsCfg(arms=arms_cfg(cell)))
            self._controllers, self._grippers = {}, {}
            for index, arm in enumerate(cell.arms):
                nominal = nominal_kinematics(arm)
                told = Kinematics(nominal.theta, nominal.a, nominal.d, nominal.alpha, checksum=CHECKSUM)
                machine = MachineCfg(serial_number=SERIALS[index])
                controller = Controller(arm.address, self.physics.arm(index), machine, told)
                stack.callback(controller.close)
                gripper = GripperServer(self.physics.gripper(index), arm.gripper.address, arm.gripper.port)
                stack.callback(gripper.close)
                self._controllers[arm.name], self._grippers[arm.name] = controller, gripper
            self._camera = self._open_camera(cell.camera, noise, seed, stack)
            stack.enter_context(self.physics.real_time())
            self._stack = stack.pop_all()

    def _open_camera(self, cfg: CameraCfg, noise: CameraNoiseCfg | None, seed: int, stack: ExitStack) -> CameraServer:
        lens = fake_lens(cfg)
        camera = CellCamera(self.physics, lens, noise, seed)
        stack.callback(camera.close)

        def render() -> tuple[np.ndarray, np.ndarray]:
            picture = camera.picture()
            return picture.colour, picture.depth

        server = CameraServer(render, lens.lens.intrinsics, cfg.size, cfg.address or "", cfg.port or 0)
        thread = threading.Thread(target=server.serve, name="fake camera", daemon=True)
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.end)
        return server

    def obey(self, line: str) -> str:
        """Cause a fault and return an answer: ``left freeze``, ``left gripper silent``, ``camera stale``.

        ``poses`` is answered by where the objects are, ``motion`` by :meth:`motion`. Faults of controllers:
        :func:`pushgrasp.deploy.fake.controller.faults.obey`.
        """
        match line.split():
            case ["poses"]:
                return str(self.physics.object_poses().round(4).tolist())
            case ["motion"]:
                return json.dumps(self.motion())
            case ["camera", word]:
                return _trouble(CameraTrouble, word, lambda trouble: setattr(self._camera, "trouble", trouble))
            case [name, "gripper", word] if name in self._grippers:
                return _trouble(GripperTrouble, word, lambda trouble: setattr(self._grippers[name], "trouble", trouble))
            case _:
                return obey(line, self._controllers)

    def motion(self) -> dict[str, object]:
        """Return the time [s] and for each arm its angles [rad], its fastest joint's speed [rad/s] and what was asked.

        The arms are looked at themselves: their controllers may be frozen.
        """
        arms: dict[str, object] = {"time": time.monotonic()}
        for index, (name, controller) in enumerate(self._controllers.items()):
            found, machine = self.physics.arm(index).measure(), controller.machine
            asked = {"asked_to_stop": machine.asked_to_stop, "uploads": machine.uploads}
            arms[name] = {"joints": found.joints.tolist(), "speed": float(np.abs(found.velocity).max()), **asked}
        return arms

    @property
    def controllers(self) -> Mapping[str, Controller]:
        """Controllers by the names of their arms."""
        return self._controllers

    def close(self) -> None:
        """Switch it off."""
        self._stack.close()


def fake_lens(cfg: CameraCfg) -> CellCameraCfg:
    """Return the lens with which a camera at its place sees :data:`TABLE_SEEN` of the table."""
    width, height = cfg.size
    focal = min(width, height) * cfg.position[2] / TABLE_SEEN
    return CellCameraCfg(width, height, focal, cfg.position, cfg.quaternion)


def _trouble[T: Enum](kind: type[T], word: str, cause: Callable[[T | None], None]) -> str:
    """Cause what a word names, or end it with ``fine``."""
    words = {trouble.value.replace(" ", "_"): trouble for trouble in kind}
    if word != "fine" and word not in words:
        return f"unknown fault {word!r}; faults: {', '.join(words)}, fine"
    cause(words.get(word))
    return "ok"

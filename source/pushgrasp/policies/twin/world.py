"""The reconstruction as a world of MuJoCo with the training rig's free grippers, in which actions are tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from xml.etree import ElementTree

import numpy as np
import torch
from torch import Tensor

from pushgrasp.grasping.labels.surface import SurfacePoints, mesh_points
from pushgrasp.gripper import GripperGeometry
from pushgrasp.interface.action import Action
from pushgrasp.interface.outcome import lost_slots, moved_slots
from pushgrasp.interface.world import Imagined, State
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.plan import plan_action
from pushgrasp.physics.direct_joints import DirectJoints
from pushgrasp.physics.executor import Execution
from pushgrasp.physics.free_grippers import GRIPPER_JOINTS, FreeGrippers
from pushgrasp.physics.mujoco_package import MjData, MjModel, import_mujoco
from pushgrasp.physics.world_ticks import WorldCopies, WorldPool, WorldTicks
from pushgrasp.policies.twin.reconstruction import SeenBody
from pushgrasp.scenes.mass import BLOCK_DENSITY
from pushgrasp.scenes.mjcf import OBJECT_CLASS, geom_text, mesh_text, object_default, with_objects
from pushgrasp.scenes.rotations import rotate
from pushgrasp.scenes.shapes import BLOCK_FRICTION
from pushgrasp.scenes.solids import Primitive, corner_points, hull_mesh
from pushgrasp_assets import asset_path

SIDES = ("left_gripper", "right_gripper")
"""Grippers in the rig's files, in their order."""

RIGS = {1: "one_gripper.xml", 2: "two_grippers.xml"}
"""File of the rig by number of arms."""

DT = 0.02
"""Time between two commands [s]: a tick, as in the ``mujoco`` preset."""

DAMPED, FREE = 0.25, 0.30
"""Time in which bodies settle damped, and then at most freely until they rest [s]."""

DAMPING, FASTEST = 0.8, 0.3
"""What a step of damped settling leaves of velocities, and the most of them [m/s, rad/s]."""

RESTING = 0.005
"""Bodies slower than this rest [m/s]."""

DENSITY = 6
"""Samples per surface point, of bodies that are looked at for one decision only."""


class TwinWorld(WorldTicks):
    """What is seen of one world, in MuJoCo."""

    def __init__(self, bodies: Sequence[SeenBody], num_arms: int, limits: MotionLimits) -> None:
        """Build the world and let it come to rest.

        Args:
            bodies: What is on the table; each is a slot.
            num_arms: How many grippers there are.
            limits: Motion limits.

        Raises:
            UserError: If ``mujoco`` is not installed.
        """
        mujoco = import_mujoco()
        model = mujoco.MjModel.from_xml_string(twin_mjcf(bodies, num_arms))
        self.bodies, self.limits, self._copies = tuple(bodies), limits, dict[int, WorldCopies]()
        self.models, self.datas = [model], [mujoco.MjData(model)]
        self.substeps = round(DT / model.opt.timestep)
        self.active, self.pool = np.ones(1, dtype=bool), WorldPool(1)
        joints = DirectJoints(self, [(side, joint) for side in SIDES[:num_arms] for joint in GRIPPER_JOINTS])
        self._grippers = FreeGrippers(joints, (1, num_arms), GripperGeometry(), limits, DT)
        names = [_name(body) for body in bodies]
        self._coordinates = np.array([model.joint(name).qposadr[0] for name in names])[:, None] + np.arange(7)
        self._grippers.start()
        _settle(model, self.datas[0], np.array([model.joint(name).dofadr[0] for name in names])[:, None] + np.arange(6))
        self.start = self._poses(self)[0]
        """Where the bodies rest, shape (S, 7): position [m] and quaternion (x, y, z, w)."""

    def imagine(self, actions: Action, target: int) -> Imagined:
        """Return what each of C actions would lead to, single grasps up to the end of their lift only.

        ``target`` is the slot of the target.

        Raises:
            ValueError: For an action that cannot be planned.
        """
        copies = self._copies_of(len(actions.kind))
        rig = self._grippers.on(copies, 0)
        motion = plan_action(rig.home_position, rig.home_quaternion, actions, rig.geometry, rig.limits)
        execution = Execution(rig, motion, DT, lambda: self._poses(copies)[..., :3], actions.picks)
        active = torch.ones(1, len(self.bodies), dtype=torch.bool)
        execution.rehearse(actions, active, target, to_lift=True)
        position, quaternion = self._poses(copies).split((3, 4), dim=-1)
        everywhere = active.expand(len(position), -1)
        after = State(position, quaternion, everywhere, torch.full((len(position),), target), ())
        moved = moved_slots(self.start[:, :3], position, everywhere)
        lifted = execution.lifted(active)
        return Imagined(motion.reachable, lifted, moved, lost_slots(position, everywhere), after)

    def surface(self, poses: Tensor) -> SurfacePoints:
        """Return the surfaces of the bodies at poses (S, 7); ids are numbers of slots plus one."""
        points, normals, areas = zip(*self._surfaces, strict=True)
        turned = [
            (rotate(pose[3:], p) + pose[:3], rotate(pose[3:], n))
            for pose, p, n in zip(poses, points, normals, strict=True)
        ]
        ids = torch.arange(1, len(points) + 1).repeat_interleave(torch.tensor([len(p) for p in points]))
        return SurfacePoints(
            torch.cat([p for p, _ in turned]), torch.cat([n for _, n in turned]), torch.cat(areas), ids
        )

    @cached_property
    def _surfaces(self) -> list[tuple[Tensor, Tensor, Tensor]]:
        """Surface points of each body in its frame, sampled once."""
        return [surface_points(body) for body in self.bodies]

    def _copies_of(self, count: int) -> WorldCopies:
        if count not in self._copies:
            self._copies[count] = WorldCopies(self, count)
        self._copies[count].take(0)
        return self._copies[count]

    def _poses(self, worlds: WorldTicks) -> Tensor:
        """Poses of all bodies in every world, shape (N, S, 7): position [m] and quaternion (x, y, z, w)."""
        poses = torch.from_numpy(np.stack([data.qpos[self._coordinates] for data in worlds.datas])).float()
        return poses[..., [0, 1, 2, 4, 5, 6, 3]]


def surface_points(body: SeenBody) -> tuple[Tensor, Tensor, Tensor]:
    """Return points (P, 3) [m], normals (P, 3) and areas (P,) [m^2] of a body's surface in its frame."""
    meshes = (hull_mesh(corner_points(part)) for part in body.parts)
    return mesh_points(np.concatenate([vertices[faces] for vertices, faces in meshes]), DENSITY)


def twin_mjcf(bodies: Sequence[SeenBody], num_arms: int) -> str:
    """Return grippers, table and bodies as MJCF."""
    rig = ElementTree.parse(asset_path("robots", RIGS[num_arms])).getroot()
    meshes = "".join(mesh_text(name, part) for body in bodies for name, part in _named_parts(body))
    return with_objects(rig, object_default(), meshes, "".join(map(_body_text, bodies)))


def _body_text(body: SeenBody) -> str:
    friction, name = BLOCK_FRICTION, _name(body)
    geoms = "".join(geom_text(mesh, part, friction, BLOCK_DENSITY) for mesh, part in _named_parts(body))
    x, y, z = body.position
    joint = f'<freejoint name="{name}"/>'
    return f'<body name="{name}" childclass="{OBJECT_CLASS}" pos="{x} {y} {z}">{joint}{geoms}</body>'


def _name(body: SeenBody) -> str:
    return f"seen_{body.object_id}"


def _named_parts(body: SeenBody) -> Iterator[tuple[str, Primitive]]:
    """Parts with names for their meshes."""
    return ((f"{_name(body)}_{index}", part) for index, part in enumerate(body.parts))


def _settle(model: MjModel, data: MjData, speeds: np.ndarray) -> None:
    """Let bodies with velocities (S, 6) push each other apart, slowly, and come to rest; they are at rest then."""
    mujoco, dt = import_mujoco(), model.opt.timestep
    for _ in range(round(DAMPED / dt)):
        mujoco.mj_step(model, data)
        data.qvel[speeds] = (DAMPING * data.qvel[speeds]).clip(-FASTEST, FASTEST)
    for _ in range(round(FREE / dt)):
        mujoco.mj_step(model, data)
        if np.abs(data.qvel[speeds[:, :3]]).max() < RESTING:
            break
    data.qvel[:] = 0.0
    mujoco.mj_forward(model, data)

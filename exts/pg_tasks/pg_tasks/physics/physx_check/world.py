"""One world in PhysX."""

from __future__ import annotations

import warnings
from types import ModuleType
from typing import Any

import mujoco
import numpy as np
from scipy.spatial.transform import Rotation

from pg_tasks.physics.presets import PHYSX
from pushgrasp.program import UserError
from pushgrasp.scenes.shapes import BLOCK_FRICTION

from .stage import ANGULAR_DAMPING, Body, Collider, Joint, Pose, Robot, StageWorld
from .state import JointMap, StateMap

ROBOT_GROUP = 1
"""Bit of collision groups: shapes of one robot ignore each other."""


def import_sapien() -> ModuleType:
    """Return the package ``sapien``.

    Raises:
        UserError: If it is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it looks for a graphics driver, which is not needed
            import sapien
            import sapien.physx
    except ImportError as error:
        raise UserError(f"physics=sapien needs sapien ({error}): pip install 'pushgrasp[physx-check]'") from None
    return sapien


def mean_friction(friction: float) -> float:
    """Return the friction of a surface whose mean with a block's is the larger of the two.

    ``sapien`` leaves PhysX at its default, the mean of two surfaces; the stage asks for the larger one.
    """
    return 2.0 * max(friction, BLOCK_FRICTION) - BLOCK_FRICTION


class PhysxWorld:
    """A scene of PhysX that begins at the state of an ``MjData`` and writes back where it has come to."""

    def __init__(self, content: StageWorld, where: StateMap, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        """Build the scene.

        Raises:
            UserError: If ``sapien`` is not installed.
        """
        self._sapien = import_sapien()
        self._where, self._origin = where, where.origin(data)
        self._sapien.physx.set_scene_config(
            gravity=model.opt.gravity.tolist(),
            bounce_threshold=PHYSX.bounce_threshold_velocity,
            enable_tgs=PHYSX.solver_type == 1,
            enable_ccd=False,
            enable_enhanced_determinism=True,
        )
        self._scene = self._sapien.Scene([self._sapien.physx.PhysxCpuSystem()])
        self._scene.timestep = float(model.opt.timestep)
        for body in content.statics:
            self._add(self._fill(self._sapien.physx.PhysxRigidStaticComponent(), body), body.pose)
        self._centres = np.array([body.centre.position for body in content.objects])
        self._objects = [self._object(body) for body in content.objects]
        self._awake = list(range(len(self._objects)))
        self._place_objects(data)
        self._robots = []
        for index, (robot, joints) in enumerate(zip(content.robots, where.robots, strict=True), 1):
            self._robots.append(self._robot(robot, index, joints, model))
            self._robots[-1].set_qpos(data.qpos[joints.coordinates].astype(np.float32))
            self._robots[-1].set_qvel(data.qvel[joints.speeds].astype(np.float32))
        self._drives = [robot.active_joints for robot in self._robots]

    def advance(self, data: mujoco.MjData, steps: int) -> None:
        """Let steps pass under the controls in ``data``, and write the state there."""
        for drives, joints in zip(self._drives, self._where.robots, strict=True):
            targets, speeds = data.ctrl[joints.position_drives].tolist(), data.ctrl[joints.velocity_drives].tolist()
            for joint, target, speed in zip(drives, targets, speeds, strict=True):
                joint.set_drive_target(target)
                joint.set_drive_velocity_target(speed)
        for _ in range(steps):
            self._scene.step()
        self._publish(data)

    def _publish(self, data: mujoco.MjData) -> None:
        """Write where everything is; what slept before and still does has not moved."""
        for robot, joints in zip(self._robots, self._where.robots, strict=True):
            data.qpos[joints.coordinates], data.qvel[joints.speeds] = robot.qpos, robot.qvel
        awake = [index for index, (_, body) in enumerate(self._objects) if not body.is_sleeping]
        moved, self._awake = sorted({*awake, *self._awake}), awake
        if not moved:
            return
        entities, bodies = zip(*(self._objects[index] for index in moved), strict=True)
        poses = [entity.pose for entity in entities]
        position, quaternion = np.array([pose.p for pose in poses]), np.array([pose.q for pose in poses])
        linear = np.array([body.linear_velocity for body in bodies])
        angular = np.array([body.angular_velocity for body in bodies])
        data.qpos[self._where.coordinates[moved]] = np.concatenate((position + self._origin, quaternion), axis=1)
        if np.isfinite(quaternion).all():
            turn = Rotation.from_quat(quaternion, scalar_first=True)
            linear = linear - np.cross(angular, turn.apply(self._centres[moved]))
            angular = turn.apply(angular, inverse=True)  # MuJoCo has it in the body's frame
        data.qvel[self._where.speeds[moved]] = np.concatenate((linear, angular), axis=1)

    def _place_objects(self, data: mujoco.MjData) -> None:
        poses, speeds = data.qpos[self._where.coordinates], data.qvel[self._where.speeds]
        turn = Rotation.from_quat(poses[:, 3:], scalar_first=True)
        angular = turn.apply(speeds[:, 3:])
        linear = speeds[:, :3] + np.cross(angular, turn.apply(self._centres))
        for (entity, body), pose, forward, around in zip(self._objects, poses, linear, angular, strict=True):
            entity.pose = self._sapien.Pose(pose[:3] - self._origin, pose[3:])
            body.linear_velocity, body.angular_velocity = forward, around

    def _add(self, component: Any, pose: Pose) -> Any:  # noqa: ANN401
        entity = self._sapien.Entity()
        entity.add_component(component)
        entity.pose = _sapien_pose(self._sapien, pose)
        self._scene.add_entity(entity)
        return entity

    def _object(self, body: Body) -> tuple[Any, Any]:
        component = self._fill(self._sapien.physx.PhysxRigidDynamicComponent(), body)
        component.solver_position_iterations = int(body.solver["solverPositionIterationCount"])
        component.solver_velocity_iterations = int(body.solver["solverVelocityIterationCount"])
        component.sleep_threshold = float(body.solver["sleepThreshold"])
        return self._add(component, body.pose), component

    def _fill(self, component: Any, body: Body, group: int = 0) -> Any:  # noqa: ANN401
        """Give a component its shapes, and its mass if it can move."""
        for collider in body.colliders:
            shape = _shape(self._sapien, collider)
            if group:
                shape.set_collision_groups([1, 1, ROBOT_GROUP, group])
            component.attach(shape)
        if body.mass > 0.0:
            component.set_mass(body.mass)
            component.set_cmass_local_pose(_sapien_pose(self._sapien, body.centre))
            component.set_inertia(body.inertia)
            component.set_disable_gravity(bool(body.solver.get("disableGravity", False)))
            component.set_max_depenetration_velocity(float(body.solver["maxDepenetrationVelocity"]))
            component.set_angular_damping(float(body.solver.get("angularDamping", ANGULAR_DAMPING)))
        return component

    def _robot(self, robot: Robot, group: int, joints: JointMap, model: mujoco.MjModel) -> Any:  # noqa: ANN401
        links = {path: None for path in robot.links}
        base = robot.joints[0].parent
        links[base] = self._link(robot.links[base], None, group)
        for joint, gains in zip(robot.joints, joints.gains(model), strict=True):
            link = links[joint.child] = self._link(robot.links[joint.child], links[joint.parent], group)
            _connect(self._sapien, link.joint, joint, gains)
        links[base].joint.type = "fixed"
        for path, link in links.items():
            self._add(link, robot.links[path].pose)
        articulation = links[base].articulation
        articulation.set_solver_position_iterations(int(robot.solver["solverPositionIterationCount"]))
        articulation.set_solver_velocity_iterations(int(robot.solver["solverVelocityIterationCount"]))
        articulation.set_sleep_threshold(float(robot.solver["sleepThreshold"]))
        order = [joint.name for joint in articulation.active_joints]
        if order != [joint.name for joint in robot.joints]:
            raise ValueError(f"{robot.name}: PhysX has the joints in the order {', '.join(order)}, the stage has not")
        return articulation

    def _link(self, body: Body, parent: Any, group: int) -> Any:  # noqa: ANN401
        link = self._fill(self._sapien.physx.PhysxArticulationLinkComponent(parent), body, group)
        link.name = body.name
        return link


def _connect(sapien: ModuleType, made: Any, joint: Joint, gains: np.ndarray) -> None:  # noqa: ANN401
    stiffness, damping, force, armature = gains.tolist()
    made.name, made.type = joint.name, joint.kind
    made.pose_in_parent = _sapien_pose(sapien, joint.in_parent)
    made.pose_in_child = _sapien_pose(sapien, joint.in_child)
    made.limits = np.array([joint.limits], dtype=np.float32)
    made.set_drive_properties(stiffness, damping, force, "force")
    made.set_armature(np.array([armature], dtype=np.float32))
    made.set_friction(0.0)


def _shape(sapien: ModuleType, collider: Collider) -> Any:  # noqa: ANN401
    physx = sapien.physx
    friction = mean_friction(collider.static_friction), mean_friction(collider.dynamic_friction)
    material = physx.PhysxMaterial(*friction, collider.restitution)
    pose = _sapien_pose(sapien, collider.pose)
    if collider.kind == "Cube":
        shape = physx.PhysxCollisionShapeBox(0.5 * collider.size, material)
    elif collider.kind == "Cylinder":
        shape = physx.PhysxCollisionShapeCylinder(collider.size[0], 0.5 * collider.size[1], material)
        pose = pose * sapien.Pose([0.0, 0.0, 0.0], [0.5**0.5, 0.0, -(0.5**0.5), 0.0])  # its axis is x
    else:
        shape = physx.PhysxCollisionShapeConvexMesh(collider.size.astype(np.float32), [1.0, 1.0, 1.0], material)
    shape.local_pose = pose
    shape.contact_offset, shape.rest_offset = collider.contact_offset, collider.rest_offset
    shape.patch_radius, shape.min_patch_radius = collider.patch, collider.least_patch
    return shape


def _sapien_pose(sapien: ModuleType, pose: Pose) -> Any:  # noqa: ANN401
    return sapien.Pose(pose.position, pose.quaternion)

"""The training rig: free grippers that follow Cartesian set-points with limited force."""

from __future__ import annotations

import torch
from isaaclab.assets import Articulation

from pg_tasks.assets.gripper import BASE_DAMPING, BASE_STIFFNESS, FINGER_STIFFNESS, GRIPPER_JOINTS
from pushgrasp.motion.arms import home_poses
from pushgrasp.motion.follower import ForceLimitedFollower
from pushgrasp.motion.gripper import GripperGeometry
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.trajectory import GripperTargets, Phase

GRIP_FORCE = 15.0
"""Force with which a finger holds what it has closed on [N]; under its limit, so that the grip keeps its place."""

_HOLDING = (Phase.LIFT, Phase.HOLD, Phase.PLACE)


class TrainingRig:
    """One or two free grippers in N worlds; turns gripper targets into joint targets."""

    def __init__(
        self, grippers: list[Articulation], geometry: GripperGeometry, limits: MotionLimits, dt: float
    ) -> None:
        """Wrap the articulations.

        Args:
            grippers: Left gripper, then right gripper where there are two.
            geometry: Sizes of the gripper.
            limits: Motion limits.
            dt: Time between two commands [s].
        """
        self._grippers = grippers
        self._joints = [g.find_joints(list(GRIPPER_JOINTS), preserve_order=True)[0] for g in grippers]
        self.geometry, self._dt = geometry, dt
        worlds, device = grippers[0].num_instances, grippers[0].device
        self.home_position, self.home_quaternion = home_poses(len(grippers), limits, device)
        self._follower = ForceLimitedFollower(
            worlds, len(grippers), limits, BASE_STIFFNESS, BASE_DAMPING, dt=dt, device=device
        )
        self._last = self._home_joints(limits.home_width)[None].repeat(worlds, 1, 1)
        self._velocity = torch.zeros_like(self._last)
        self._latched = torch.zeros(worlds, len(grippers), 2, device=device)

    @property
    def num_arms(self) -> int:
        """How many grippers there are."""
        return len(self._grippers)

    @property
    def joint_positions(self) -> torch.Tensor:
        """Joint positions (x, y, z, a, b, c, left, right) [m, rad], shape (N, G, 8)."""
        states = [g.data.joint_pos.torch[:, ids] for g, ids in zip(self._grippers, self._joints, strict=True)]
        return torch.stack(states, dim=1)

    @property
    def joint_velocities(self) -> torch.Tensor:
        """Joint velocities [m/s, rad/s], shape (N, G, 8)."""
        states = [g.data.joint_vel.torch[:, ids] for g, ids in zip(self._grippers, self._joints, strict=True)]
        return torch.stack(states, dim=1)

    @property
    def stopped_early(self) -> torch.Tensor:
        """Which grippers met resistance while descending in this action, shape (N, G), bool."""
        return self._follower.stopped

    def begin_action(self) -> None:
        """Forget stops and offsets of the last action."""
        self._follower.reset()

    def command(self, targets: GripperTargets) -> None:
        """Send the set-points of one tick to the simulation."""
        measured = self.joint_positions
        relative = self.joint_velocities[..., :3] - self._velocity[..., :3]
        targets = self._follower.step(targets, measured[..., :3], relative)
        fingers = self._finger_targets(targets, measured[..., 6:])
        joints = torch.cat((targets.position, targets.angles, fingers), dim=-1)
        self._velocity = (joints - self._last) / self._dt
        self._velocity[..., 6:] = 0.0  # a grip that is latched must not let go for a tick because its set-point jumps
        self._last = joints
        self._send(joints, self._velocity)

    def hold(self) -> None:
        """Send the last set-points again, at rest."""
        self._velocity = torch.zeros_like(self._last)
        self._send(self._last, self._velocity)

    def reset(self, worlds: torch.Tensor) -> None:
        """Put the grippers of the worlds with indices ``worlds`` home, at rest."""
        home = self._home_joints(0.0)
        self._last[worlds], self._velocity[worlds] = home, 0.0
        for index, (gripper, joints) in enumerate(zip(self._grippers, self._joints, strict=True)):
            state = home[index].expand(len(worlds), -1).contiguous()
            env_ids = worlds.to(torch.int32)
            gripper.write_joint_position_to_sim_index(position=state, joint_ids=joints, env_ids=env_ids)
            gripper.write_joint_velocity_to_sim_index(
                velocity=torch.zeros_like(state), joint_ids=joints, env_ids=env_ids
            )
        self.hold()

    def _finger_targets(self, targets: GripperTargets, measured: torch.Tensor) -> torch.Tensor:
        """Half the jaw opening for each finger; while something is carried, a fixed grip around where they closed."""
        phase = targets.phase[..., None]
        holding = torch.stack([phase == p for p in _HOLDING]).any(dim=0)
        grip = measured - GRIP_FORCE / FINGER_STIFFNESS
        self._latched = torch.where(holding, self._latched, grip)
        return torch.where(holding, self._latched, 0.5 * targets.width[..., None].expand(-1, -1, 2))

    def _home_joints(self, width: float) -> torch.Tensor:
        """Joint positions at home, shape (G, 8)."""
        joints = torch.zeros(len(self._grippers), len(GRIPPER_JOINTS), device=self.home_position.device)
        joints[:, :3], joints[:, 6:] = self.home_position, 0.5 * width
        return joints

    def _send(self, position: torch.Tensor, velocity: torch.Tensor) -> None:
        for index, (gripper, joints) in enumerate(zip(self._grippers, self._joints, strict=True)):
            gripper.actuators.target_command.set_position_index(value=position[:, index].contiguous(), joint_ids=joints)
            gripper.actuators.target_command.set_velocity_index(value=velocity[:, index].contiguous(), joint_ids=joints)

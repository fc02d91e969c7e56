"""The training rig: free grippers as Isaac Lab's articulations."""

from __future__ import annotations

from pathlib import Path

import torch
from isaaclab.assets import Articulation

from pg_tasks.physics.mujoco_solver import SolverMuJoCoThreads
from pushgrasp.gripper import GripperGeometry
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.physics.direct_joints import DirectJoints
from pushgrasp.physics.free_grippers import GRIPPER_JOINTS, FreeGrippers


class TrainingRig(FreeGrippers):
    """One or two free grippers in N worlds of a simulation.

    ``command`` sends the set-points of the simulation's next tick. With the CPU solver, ``run`` carries many out at
    once instead, at a fraction of the cost; what Isaac Lab knows is then current again after the simulation's next
    tick. No time passes in worlds that are not ``active``; with other physics their grippers stay where they are.
    """

    def __init__(
        self,
        grippers: list[Articulation],
        geometry: GripperGeometry,
        limits: MotionLimits,
        dt: float,
        solver: object = None,
    ) -> None:
        """Wrap the articulations.

        Args:
            grippers: Left gripper, then right gripper where there are two.
            geometry: Sizes of the gripper.
            limits: Motion limits.
            dt: Time between two commands [s].
            solver: Physics solver; the one on the CPU is driven directly.
        """
        self._grippers = grippers
        self._joints = [g.find_joints(list(GRIPPER_JOINTS), preserve_order=True)[0] for g in grippers]
        direct = None
        if isinstance(solver, SolverMuJoCoThreads):
            names = [Path(gripper.cfg.prim_path).name for gripper in grippers]
            direct = DirectJoints(solver, [(name, joint) for name in names for joint in GRIPPER_JOINTS])
        shape = grippers[0].num_instances, len(grippers)
        super().__init__(direct, shape, geometry, limits, dt, grippers[0].device)

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

    def hold(self, active: torch.Tensor | None = None) -> None:
        """Send the last set-points again, at rest, for the simulation's next tick."""
        self._velocity = torch.zeros_like(self._last)
        if self._direct is not None:
            self._direct.set_active(active)
        self._send()

    def reset(self, worlds: torch.Tensor) -> None:
        """Put the grippers of the worlds with indices ``worlds`` home, at rest."""
        home = self._home_joints(self.limits.home_width)
        self._last[worlds], self._velocity[worlds] = home, 0.0
        for index, (gripper, joints) in enumerate(zip(self._grippers, self._joints, strict=True)):
            state = home[index].expand(len(worlds), -1).contiguous()
            env_ids = worlds.to(torch.int32)
            gripper.write_joint_position_to_sim_index(position=state, joint_ids=joints, env_ids=env_ids)
            gripper.write_joint_velocity_to_sim_index(
                velocity=torch.zeros_like(state), joint_ids=joints, env_ids=env_ids
            )
        self.hold()

    def _measure(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Joint positions and velocities now, each of shape (N, G, 8)."""
        return super()._measure() if self.is_direct else (self.joint_positions, self.joint_velocities)

    def _send(self) -> None:
        for index, (gripper, joints) in enumerate(zip(self._grippers, self._joints, strict=True)):
            position, velocity = self._last[:, index].contiguous(), self._velocity[:, index].contiguous()
            gripper.actuators.target_command.set_position_index(value=position, joint_ids=joints)
            gripper.actuators.target_command.set_velocity_index(value=velocity, joint_ids=joints)

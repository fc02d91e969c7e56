"""The joints of the arms in the simulation: measured, and given set-points."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import torch
from isaaclab.assets import Articulation

from pg_tasks.assets.jaws import Jaws, SlidingJaws, TurningJaws
from pg_tasks.assets.ur5e import ARM_JOINTS, UR5E_JOINTS
from pg_tasks.assets.ur5e_nvidia import NvidiaUR5eCfg
from pg_tasks.physics.mujoco_solver import SolverMuJoCoThreads
from pushgrasp.motion.arm.model import NUM_JOINTS
from pushgrasp.physics.direct_joints import DirectJoints
from pushgrasp.physics.world_ticks import WorldCopies


class ArmJoints:
    """Joints of G arms in N worlds: six of the arm [rad], left and right finger [m], whatever moves these."""

    def __init__(self, arms: list[Articulation], solver: object = None) -> None:
        """Find the joints.

        Args:
            arms: Left arm, then right arm where there are two.
            solver: Physics solver; the one on the CPU is driven directly.
        """
        self._arms = arms
        self._jaws: Jaws = TurningJaws() if isinstance(arms[0].cfg, NvidiaUR5eCfg) else SlidingJaws()
        names = [*ARM_JOINTS, *self._jaws.joints]
        self._joints = [arm.find_joints(names, preserve_order=True)[0] for arm in arms]
        self.direct: DirectJoints | None = None
        """Joints in the CPU solver's own arrays, None with other physics."""
        if isinstance(solver, SolverMuJoCoThreads):
            paths = [Path(arm.cfg.prim_path).name for arm in arms]
            self.direct = DirectJoints(solver, [(name, joint) for name in paths for joint in UR5E_JOINTS])

    def on(self, copies: WorldCopies, direct: DirectJoints) -> ArmJoints:
        """Return the joints in copies of a world; ``direct`` are those of the worlds themselves."""
        joints = copy.copy(self)
        joints.direct = direct.on(copies)
        return joints

    @property
    def positions(self) -> torch.Tensor:
        """Positions as Isaac Lab knows them, shape (N, G, 8)."""
        return self._state()[0]

    @property
    def velocities(self) -> torch.Tensor:
        """Velocities as Isaac Lab knows them, shape (N, G, 8)."""
        return self._state()[1]

    def measure(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return positions and velocities now, each of shape (N, G, 8)."""
        if self.direct is None:
            return self._state()
        position, velocity = (value.unflatten(1, (len(self._arms), -1)) for value in self.direct.measure())
        return position, velocity

    def send(self, positions: torch.Tensor, velocities: torch.Tensor) -> None:
        """Give the set-points of the next tick, each of shape (N, G, 8)."""
        positions, velocities = self._commands(positions, velocities)
        for index, (arm, joints) in enumerate(zip(self._arms, self._joints, strict=True)):
            position, velocity = positions[:, index].contiguous(), velocities[:, index].contiguous()
            arm.actuators.target_command.set_position_index(value=position, joint_ids=joints)
            arm.actuators.target_command.set_velocity_index(value=velocity, joint_ids=joints)

    def place(self, worlds: torch.Tensor, positions: torch.Tensor) -> None:
        """Put the joints of the worlds with indices ``worlds`` to positions (G, 8), at rest."""
        env_ids = worlds.to(torch.int32)
        positions, _ = self._commands(positions, torch.zeros_like(positions))
        for index, (arm, joints) in enumerate(zip(self._arms, self._joints, strict=True)):
            state = positions[index].expand(len(worlds), -1).contiguous()
            arm.write_joint_position_to_sim_index(position=state, joint_ids=joints, env_ids=env_ids)
            arm.write_joint_velocity_to_sim_index(velocity=torch.zeros_like(state), joint_ids=joints, env_ids=env_ids)

    def _state(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return positions and velocities as Isaac Lab knows them, each of shape (N, G, 8)."""
        pairs = list(zip(self._arms, self._joints, strict=True))
        position = torch.stack([arm.data.joint_pos.torch[:, ids] for arm, ids in pairs], 1)
        velocity = torch.stack([arm.data.joint_vel.torch[:, ids] for arm, ids in pairs], 1)
        return _with_jaws(self._jaws.fingers, position, velocity)

    def _commands(self, position: torch.Tensor, velocity: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return positions and velocities of the simulation's joints, each (..., 6 + J), of those planned (..., 8)."""
        return _with_jaws(self._jaws.commands, position, velocity)


def _with_jaws(
    convert: Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]],
    position: torch.Tensor,
    velocity: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Convert what follows the six joints of the arm."""
    jaws = convert(position[..., NUM_JOINTS:], velocity[..., NUM_JOINTS:])
    arm = position[..., :NUM_JOINTS], velocity[..., :NUM_JOINTS]
    return torch.cat((arm[0], jaws[0]), dim=-1), torch.cat((arm[1], jaws[1]), dim=-1)

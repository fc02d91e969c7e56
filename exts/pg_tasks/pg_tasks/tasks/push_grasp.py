"""The push-grasp tasks."""

from __future__ import annotations

from typing import Literal

from isaaclab.utils import configclass

from pg_tasks.envs.push_grasp_env_cfg import PushGraspEnvCfg


@configclass
class DualArmPushGraspCfg(PushGraspEnvCfg):
    """Two free grippers; two push paths at once where both sides of the target are crowded."""

    num_arms: Literal[1, 2] = 2


@configclass
class SingleArmPushGraspCfg(PushGraspEnvCfg):
    """One free gripper, one push path."""

    num_arms: Literal[1, 2] = 1

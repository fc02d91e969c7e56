"""Clearing a table: objects that were lifted leave it, and always another one is the target."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from isaaclab.assets import VisualMaterial

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.scenes.colours import PALETTE, TARGET_COLOUR


def on_table(env: PushGraspEnv) -> torch.Tensor:
    """Return which slots hold an object that is on the table, shape (N, S), bool."""
    position = env.objects.position
    return env.objects.active & (position[..., :2].abs() <= 0.5).all(dim=-1) & (position[..., 2] >= -0.01)


def take_off(env: PushGraspEnv, slots: torch.Tensor) -> None:
    """Park objects (N, S), let the others come to rest, and give the worlds concerned a new picture and target."""
    worlds = slots.any(dim=1).nonzero()[:, 0]
    if len(worlds) == 0:
        return
    parked = torch.cat(env._layout.parking_poses(), dim=-1).to(env.device)
    now = torch.cat((env.objects.position, env.objects.quaternion), dim=-1)
    poses = torch.where(slots[..., None], parked, now)[worlds]
    poses[..., :3] += env.scene.env_origins[worlds][:, None]
    env_ids = worlds.to(torch.int32)
    env.scene["objects"].write_body_link_pose_to_sim_index(body_poses=poses, env_ids=env_ids)
    still = torch.zeros(*poses.shape[:2], 6, device=env.device)
    env.scene["objects"].write_body_com_velocity_to_sim_index(body_velocities=still, env_ids=env_ids)
    env.objects.active &= ~slots
    env._settle(worlds.tolist())
    env.heightmaps = env._look()
    target_most_visible(env, worlds.tolist())


def target_most_visible(env: PushGraspEnv, worlds: Sequence[int]) -> None:
    """Make the object that covers most of the picture the target of each of these worlds, and colour it so.

    A new colour is seen only after time has passed.
    """
    slots = env.objects.active.shape[1]
    shown = torch.zeros(env.num_envs, slots + 1, dtype=torch.long, device=env.device)
    ids = env.heightmaps.ids.flatten(1)
    shown.scatter_add_(1, ids, torch.ones_like(ids))
    target = shown[:, 1:].masked_fill(~on_table(env), -1).argmax(dim=1)
    for world in worlds:
        old, new = int(env.objects.target[world]), int(target[world])
        env.objects.target[world] = new
        _paint(env, world, {old: PALETTE[old % len(PALETTE)], new: TARGET_COLOUR})
    env._settle(worlds)
    env.heightmaps = env._look()


def _paint(env: PushGraspEnv, world: int, colours: dict[int, Sequence[float]]) -> None:
    materials = [env.objects._colours[slot] for slot in colours]
    channels = {"color": torch.tensor([list(colour) for colour in colours.values()])[:, None]}
    VisualMaterial.write_channels(materials, channels, torch.tensor([world], dtype=torch.int32))

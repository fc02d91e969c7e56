"""One action in pictures: what the camera sees, what is made of it, what is done, what came of it."""

from __future__ import annotations

from pathlib import Path

import torch

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.evaluation.pictures import save_action, save_image, save_map, save_masks
from pushgrasp.interface.action import Kind
from pushgrasp.interface.world import Policy
from pushgrasp.perception.masks import object_mask, scale_mask, target_mask

from .trials import trial_generator


@torch.inference_mode()
def write_decision(env: PushGraspEnv, policy: Policy, folder: Path, seed: int) -> Path:
    """Carry out the first action of the first trial that ``seed`` gives and write world 0 in pictures.

    Returns:
        The folder.
    """
    env.scenes.begin_trials(seed)
    env.reset()
    seen = env.observe()
    before = seen.heightmaps
    rgb, depth, _ = env.observer.picture()
    save_image(folder / "1_rgb.png", rgb[0].cpu().numpy(), "camera, colour")
    save_map(folder / "2_depth.png", depth[0], "camera, depth", "m")
    save_map(folder / "3_heightmap.png", before.height[0], "heightmap", "m above the table")
    target = target_mask(before.ids, env.target_id)
    objects = object_mask(before.ids, before.height)
    masks = [("objects", objects[0]), ("target", target[0])]
    masks.append(("target x 1.5", scale_mask(target, env.cfg.decoder.push_scale)[0]))
    save_masks(folder / "4_masks.png", before.colour[0], masks, "masks")
    for world in range(env.num_envs):
        policy.begin(world, trial_generator(seed, world))
    env.step(policy.act(seen, torch.ones_like(seen.target_id, dtype=torch.bool)))
    save_action(folder / "5_action.png", before, env.action, env.cfg.workspace)
    save_image(folder / "6_before.png", before.colour[0].permute(1, 2, 0).cpu().numpy(), "before")
    after = env.after.colour[0].permute(1, 2, 0)
    verdict = "succeeded" if bool(env.outcome.success[0]) else "failed"
    if bool(env.action.does(Kind.GRASP)[0]):
        verdict += ", and put down again"  # as in the paper; whether it was lifted is measured in the air
    save_image(folder / "7_after.png", after.cpu().numpy(), f"after: {verdict}")
    env.scenes.end_trials()
    return folder

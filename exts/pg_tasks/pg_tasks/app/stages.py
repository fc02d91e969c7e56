"""One picture per stage of a trial: what the camera sees, what is made of it, what is done."""

from __future__ import annotations

from pathlib import Path

import torch

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.evaluation.pictures import save_decision, save_image, save_map, save_masks
from pushgrasp.perception.masks import object_mask, scale_mask, target_mask
from pushgrasp.policies.pg4da.action import split_action

from .trials import Policy


@torch.inference_mode()
def write_stages(env: PushGraspEnv, policy: Policy, folder: Path, seed: int) -> Path:
    """Carry out the first action of the first trial that ``seed`` gives and write its stages in world 0.

    Returns:
        The folder.
    """
    env.scenes.begin_trials(seed)
    observations, _ = env.reset()
    before = env.heightmaps
    rgb, depth, _ = env.observer.picture()
    save_image(folder / "1_rgb.png", rgb[0].cpu().numpy(), "camera, colour")
    save_map(folder / "2_depth.png", depth[0], "camera, depth", "m")
    save_map(folder / "3_heightmap.png", before.height[0], "heightmap", "m above the table")
    target = target_mask(before.ids, env.target_id)
    objects = object_mask(before.ids, before.height)
    masks = [("objects", objects[0]), ("target", target[0])]
    masks.append(("target x 1.5", scale_mask(target, env.cfg.decoder.push_scale)[0]))
    save_masks(folder / "4_masks.png", before.colour[0], masks, "masks")
    action = policy(observations["policy"])
    feature_map = split_action(action)[0][0]
    shown = feature_map.clamp_min(float(feature_map.quantile(0.05)))  # a few cells far below would hide the rest
    save_map(folder / "5_feature_map.png", shown, "feature map of the policy")
    env.step(action)
    save_decision(folder / "6_decision.png", before, env.decision, env.cfg.workspace)
    save_image(folder / "7_before.png", before.colour[0].permute(1, 2, 0).cpu().numpy(), "before")
    after = env.after.colour[0].permute(1, 2, 0)
    verdict = "succeeded" if bool(env.outcome.success[0]) else "failed"
    if bool(env.decision.is_grasp[0]):
        verdict += ", and put down again"  # as in the paper; whether it was lifted is measured in the air
    save_image(folder / "8_after.png", after.cpu().numpy(), f"after: {verdict}")
    env.scenes.end_trials()
    return folder

"""The policy's action vector."""
import torch
ACTION_SIZE = 3496
def split_action(action):
    if action.ndim != 2 or action.shape[1] != ACTION_SIZE:
        raise ValueError(f"action has shape {tuple(action.shape)}; (worlds, {ACTION_SIZE}) is needed")
    if not torch.isfinite(action).all():
        raise ValueError("action is not finite")
    return action[:, :3136].reshape(-1, 56, 56), action[:, 3136:]

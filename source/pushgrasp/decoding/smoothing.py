"""Savitzky-Golay smoothing of push paths, and the yaw that follows their tangent."""

import math

import torch
from scipy.signal import savgol_filter
from torch import Tensor


def smooth(paths: Tensor, window: int, order: int) -> Tensor:
    """Smooth paths (..., P, D) along P by `scipy.signal.savgol_filter`; both end points stay where they are.

    Device and dtype are those of the input.

    Raises:
        ValueError: if the window is even, not greater than the order or longer than the path.
    """
    if window % 2 == 0 or not order < window <= paths.shape[-2]:
        raise ValueError(f"window is {window}; an odd number above order {order} and up to {paths.shape[-2]} is needed")
    values = paths.detach().cpu().double().numpy()
    smoothed = torch.from_numpy(savgol_filter(values, window, order, axis=-2)).to(paths)
    smoothed[..., 0, :], smoothed[..., -1, :] = paths[..., 0, :], paths[..., -1, :]
    return smoothed


def tangent_yaw(paths: Tensor) -> Tensor:
    """Yaw of the closing axis along the tangent of paths (..., P, 2+), continuous, shape (..., P) [rad].

    The closing axis lies along the motion, so that the broad outer face of a pad (24 mm by 70 mm) meets what is pushed,
    the load presses the shut fingers together, and the palm is narrow across the path. A jaw looks the same turned by
    pi: the path starts in (-pi/2, pi/2], and from point to point the gripper turns by pi/2 at most.
    """
    xy = paths[..., :2]
    before = torch.cat((xy[..., :1, :], xy[..., :-1, :]), dim=-2)
    after = torch.cat((xy[..., 1:, :], xy[..., -1:, :]), dim=-2)
    step = after - before
    axis = torch.atan2(step[..., 1], step[..., 0])
    start = axis[..., :1] - math.pi * torch.ceil(axis[..., :1] / math.pi - 0.5)
    turn = axis.diff(dim=-1)
    turn = turn - math.pi * torch.ceil(turn / math.pi - 0.5)
    return torch.cat((start, start + turn.cumsum(dim=-1)), dim=-1)

"""Decoders: the policy's maps become push paths and 6-DoF grasps."""

from pushgrasp.decoding.decoder import Decision, DecoderCfg, decode
from pushgrasp.decoding.grasp import GraspDecoderCfg, Grasps, decode_grasps
from pushgrasp.decoding.push import Pushes, decode_pushes
from pushgrasp.decoding.push_cfg import PushDecoderCfg

__all__ = [
    "Decision",
    "DecoderCfg",
    "GraspDecoderCfg",
    "Grasps",
    "PushDecoderCfg",
    "Pushes",
    "decode",
    "decode_grasps",
    "decode_pushes",
]

"""Primitives turned into timed gripper trajectories: planning, timing, arm choice, limits, force-limited following."""

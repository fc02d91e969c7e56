"""Dual-arm push-grasping in clutter: a simulator-free library."""

"""The two-finger gripper: its geometry, and how its open jaws fit round a body of any surface, seen or true."""

from pushgrasp.gripper.geometry import GripperGeometry

__all__ = ["GripperGeometry"]

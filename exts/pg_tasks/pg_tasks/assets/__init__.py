"""Isaac Lab side of push-grasping."""

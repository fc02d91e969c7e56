"""Arms that carry the grippers: kinematics, reach, collisions, and joint trajectories from gripper trajectories."""

"""GraspNet-1Billion: its data as labels for the angle-view net, its grasps, and its evaluation through graspnetAPI."""

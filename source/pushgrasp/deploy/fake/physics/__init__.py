"""What is behind the fake cell: the simulator's full rig in plain MuJoCo, and the picture of its camera."""

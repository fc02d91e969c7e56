"""A real robot cell as a world: arms, grippers, camera, calibration, safety and log."""

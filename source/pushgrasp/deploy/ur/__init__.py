"""UR5e by ur_rtde: guards round every set-point, the dashboard, the arm's own kinematics."""

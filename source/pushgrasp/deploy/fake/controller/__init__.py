"""A UR controller on loopback: RTDE, dashboard, scripts and kinematics on one address, an arm behind them."""

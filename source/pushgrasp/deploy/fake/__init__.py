"""A robot cell on this machine's loopback: controllers, grippers and camera with the project's physics behind them."""

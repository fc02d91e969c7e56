"""Robotiq grippers over the socket of their URCap."""

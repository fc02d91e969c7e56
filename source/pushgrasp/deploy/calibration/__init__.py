"""Calibration of a cell: where the arms' bases and the camera stand in the world, and how wide the jaws open."""

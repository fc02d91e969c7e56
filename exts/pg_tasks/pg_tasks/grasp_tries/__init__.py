"""Grasps from above tried in copies of the physics: the labels of methods with dense action maps."""

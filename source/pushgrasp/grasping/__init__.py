"""Grasp orientations as angle-view classes: pictures with grasp labels, where they come from, and predictions."""

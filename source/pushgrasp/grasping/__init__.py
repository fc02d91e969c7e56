"""Grasp orientations: angle-view classes and the angle-view net that scores them from a picture."""

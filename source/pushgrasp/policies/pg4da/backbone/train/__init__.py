"""Training of the angle-view net on pictures with grasp labels."""

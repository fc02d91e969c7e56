"""Planning in a reconstruction: what the trained networks propose is tried in a copy of what the camera has seen."""

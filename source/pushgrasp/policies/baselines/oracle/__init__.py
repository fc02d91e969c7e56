"""The oracle's geometry: grasps and pushes from where everything really is."""

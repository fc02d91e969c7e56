"""Looking at a task while it runs: a controller, overlays, and a front end for each of Isaac Lab's viewers."""

"""OPG-Policy: what is hidden of the target is estimated, and a coordinator chooses push or grasp (Ding et al.)."""

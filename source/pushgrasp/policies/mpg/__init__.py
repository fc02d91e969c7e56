"""Move, push or grasp: what lies on the target is carried away, what hems it in is pushed (Li et al. 2024, MPGNet)."""

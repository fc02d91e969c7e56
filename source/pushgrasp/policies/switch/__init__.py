"""Target switching for occluded targets (Li et al., Learning Push-Grasp Synergy for Occluded Objects)."""

"""Grasp labels from true geometry."""

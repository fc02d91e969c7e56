"""Labelled pictures of clutter, rendered in Isaac Lab."""

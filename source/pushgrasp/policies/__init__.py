"""Policies: one folder per method."""

"""Metrics and pictures of trials."""

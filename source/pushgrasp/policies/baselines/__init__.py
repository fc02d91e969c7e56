"""Policies without anything learned, to compare others with."""

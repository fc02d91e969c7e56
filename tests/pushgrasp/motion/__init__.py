"""Tests of the motion package."""

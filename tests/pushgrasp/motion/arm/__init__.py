"""Tests of the arm package."""

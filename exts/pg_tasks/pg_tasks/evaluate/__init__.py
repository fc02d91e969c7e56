"""Evaluation of policies on the protocols of the field."""

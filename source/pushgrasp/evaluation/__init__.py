"""Protocols, trial records, metrics, pictures and reports of trials."""

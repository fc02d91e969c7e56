"""Dual-arm push-grasp policy on an angle-view backbone (Wang & Kasaei 2025)."""

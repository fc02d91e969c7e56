"""Colours of the objects in pictures."""

TARGET_COLOUR = (0.10, 0.60, 0.12)
"""Linear RGB of the target: green."""

PALETTE = (
    (0.306, 0.475, 0.655),
    (0.612, 0.459, 0.373),
    (0.949, 0.557, 0.169),
    (0.929, 0.788, 0.282),
    (0.729, 0.690, 0.675),
    (1.000, 0.341, 0.349),
    (0.690, 0.478, 0.631),
    (0.463, 0.718, 0.698),
    (1.000, 0.616, 0.655),
)
"""Linear RGB of the other blocks: the hues of the field's palette (Zeng et al. 2018) without its green."""

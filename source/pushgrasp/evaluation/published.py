"""Numbers that the papers print, each from the paper's own simulator and scenes.

They are what others measured elsewhere: to be shown next to results of this project, never as such.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """What a paper prints for one method on one protocol.

    Attributes:
        method: What the paper calls the method.
        source: Where the numbers stand.
        values: By metric (a field of :class:`pushgrasp.evaluation.metrics.Summary`); shares from 0 to 1.
    """

    method: str
    source: str
    values: dict[str, float]


_PG4DA, _SWITCH = "Wang & Kasaei 2025, Table {}", "Li et al. (target switching), Table I"
_MPG, _OPG, _EPG = "Li et al. 2024 (MPGNet), Table I", "Ding et al. (OPG-Policy), {}", "Hu et al. 2025, Table {}"

_P1 = {
    "dual arm": (
        (99.75, 93.08, 2.79),
        (98.51, 83.70, 4.05),
        (98.50, 84.64, 5.71),
        (97.00, 81.25, 6.09),
        (98.75, 78.49, 6.05),
    ),
    "single arm": (
        (99.25, 90.55, 2.93),
        (98.00, 81.34, 4.74),
        (98.25, 83.77, 5.64),
        (96.50, 79.42, 6.48),
        (98.80, 73.07, 5.05),
    ),
    "SPG": (
        (98.75, 69.90, 6.07),
        (89.50, 57.22, 11.60),
        (86.00, 58.86, 16.83),
        (91.00, 52.98, 29.96),
        (97.25, 67.17, 14.40),
    ),
    "Efficient Push-Grasping": (
        (96.00, 58.55, 6.48),
        (87.75, 52.07, 13.41),
        (84.50, 50.26, 16.13),
        (85.00, 47.98, 30.92),
        (91.25, 55.58, 13.03),
    ),
}
"""Completion and grasp success [%] and motion number of cases 1 to 5."""

_P2 = {
    "target switching": ((10, 97.58, 47.36, 2.80), (20, 83.11, 57.19, 5.04), (30, 73.27, 53.36, 5.80)),
    "without switching": ((10, 95.69, 43.00, 3.14), (20, 80.57, 45.73, 5.60), (30, 70.27, 47.92, 7.57)),
    "Wang et al.": ((10, 88.99, 46.84, 3.63), (20, 61.63, 46.74, 6.33), (30, 58.35, 47.37, 9.61)),
}

_P3 = {
    "MPGNet": ((15, 92, 2.85), (30, 84, 3.74)),
    "Efficient Push-Grasping": ((15, 84, 3.88), (30, 74, 4.97)),
    "Grasping the Invisible": ((15, 72, 4.64), (30, 66, 5.33)),
}

_P4 = {
    "OPG-Policy": (("random15", 96, 1.79), ("random30", 84, 2.38), ("most-occluded30", 68, 3.69)),
    "GE-Grasp": (("random15", 97, 1.66), ("random30", 81, 2.59), ("most-occluded30", 57, 3.98)),
    "GTI": (("random15", 88, 2.02), ("random30", 73, 3.03), ("most-occluded30", 33, 4.26)),
}
_P4_HARD = {"OPG-Policy": (99, 4.19), "GE-Grasp": (98, 4.98), "GTI": (88, 5.85)}

_P5 = {
    "EPG": ((10, 97.0, 77.6), (15, 95.1, 69.0), (20, 95.0, 65.2), (25, 92.0, 57.2)),
    "EPG, not equivariant": ((10, 81.2, 49.8), (15, 82.5, 49.8), (20, 81.0, 56.3), (25, 74.6, 55.9)),
    "Ren et al.": ((10, 54.1, 49.3), (15, 49.3, 57.0), (20, 49.0, 43.0), (25, 48.1, 28.9)),
}
_P5_CLEARING = {
    "EPG": ((10, 97.5, 93.9), (15, 97.6, 91.1), (20, 97.7, 91.1), (25, 97.8, 87.8)),
    "EPG without pushes": ((10, 83.0, 69.2), (15, 83.3, 62.0), (20, 83.6, 53.2), (25, 80.4, 35.5)),
}


def published(protocol: str) -> list[Published]:
    """Return what the papers print for a protocol, the paper's own method first; empty where they print nothing."""
    return _TABLES.get(protocol, [])


def _rows() -> dict[str, list[Published]]:
    tables: dict[str, list[Published]] = {}

    def add(protocol: str, method: str, source: str, **values: float) -> None:
        row = {name: value if name.startswith("motion_number") else value / 100.0 for name, value in values.items()}
        tables.setdefault(protocol, []).append(Published(method, source, row))

    for method, cases in _P1.items():
        for case, (c, gs, mn) in enumerate(cases, 1):
            table = _PG4DA.format("I" if case < 3 else "II")
            add(f"P1/case{case}", method, table, completion=c, grasp_success=gs, motion_number=mn)
    for method, rows in _P2.items():
        for n, c, gs, mn in rows:
            add(f"P2/random{n}", method, _SWITCH, completion=c, grasp_success=gs, motion_number=mn)
    for method, rows in _P3.items():
        for n, c, mn in rows:
            add(f"P3/drop{n}", method, _MPG, completion=c, motion_number=mn)
    for method, rows in _P4.items():
        for name, c, mn in rows:
            add(f"P4/{name}", method, _OPG.format("Table I"), completion=c, motion_number_all=mn)
    for method, (c, mn) in _P4_HARD.items():
        add("P4/hard", method, _OPG.format("Fig. 5, mean"), completion=c, motion_number_all=mn)
    for method, rows in _P5.items():
        for n, gs, me in rows:
            add(f"P5/clutter{n}", method, _EPG.format("I"), grasp_success_all=gs, motion_efficiency_all=me)
    for method, rows in _P5_CLEARING.items():
        for n, gs, dr in rows:
            add(f"P5/clearing{n}", method, _EPG.format("II"), grasp_success_all=gs, declutter=dr)
    add("P5/tight", "EPG (real robot)", _EPG.format("III"), completion=100.0 * 71 / 80)
    return tables


_TABLES = _rows()

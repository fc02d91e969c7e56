"""MuJoCo's options for contact, the same wherever it runs: in the presets and where scenes settle beforehand."""

from __future__ import annotations

TIMESTEP = 0.004
"""Solver step [s], the largest at which grasps in clutter held."""

CONTACT_OPTIONS: dict[str, str | float | bool] = {
    "solver": "newton",
    "integrator": "implicitfast",
    "cone": "elliptic",
    "impratio": 10.0,
    "iterations": 50,
    "ls_iterations": 50,
    "enable_multiccd": True,
}
"""As Newton's solver configuration calls them."""

CCD_TOLERANCE = 1.0e-9
"""Tolerance of collision detection between curved shapes [m] with which parallel cylinders that touch stay at rest.

With MuJoCo's default of 1e-6 about one in a hundred of such contacts comes out a centimetre deep, and the cylinders fly
apart. The ``newton`` preset keeps the default: single precision cannot do better.
"""


def option_xml() -> str:
    """Return the options as the element of a MuJoCo model."""
    numbers = {name: value for name, value in CONTACT_OPTIONS.items() if name != "enable_multiccd"}
    words = " ".join(f'{name}="{value}"' for name, value in numbers.items()).replace('"newton"', '"Newton"')
    multiccd = "enable" if CONTACT_OPTIONS["enable_multiccd"] else "disable"
    return (
        f'<option timestep="{TIMESTEP}" ccd_tolerance="{CCD_TOLERANCE}" {words}><flag multiccd="{multiccd}"/></option>'
    )

"""Whether a scene can be: objects on the table, inside the workspace, not inside each other, not in the air."""

import numpy as np

from pushgrasp.scenes.contacts import gaps, supported, table_gaps
from pushgrasp.scenes.scene import Extent, Scene

OVERLAP = 0.003
"""Greatest overlap of two objects, or of an object and the table, that settling undoes without a jump [m]."""
FLOAT = 0.005
"""Greatest height from which an object that is said to be at rest may fall [m]."""


_TABLE = Extent()


def problems(scene: Scene) -> list[str]:
    """What is wrong with a scene, one line for each fault, in the order of its objects."""
    found = [fault for i in range(len(scene.objects)) if (fault := _misplaced(scene, i))]
    table, gap = table_gaps(scene), gaps(scene)
    found += [
        f"{scene.called(i)} is {-1e3 * table[i]:.1f} mm deep in the table"
        for i in np.flatnonzero(table < -OVERLAP).tolist()
    ]
    found += [
        f"{scene.called(i)} and {scene.called(j)} overlap by {-1e3 * gap[i, j]:.1f} mm"
        for i, j in np.argwhere(np.triu(gap < -OVERLAP, 1)).tolist()
    ]
    if scene.start == "rest":
        hint = 'a scene of objects to be dropped has "start": "drop"'
        found += [
            f"{scene.called(i)} floats {1e3 * table[i]:.0f} mm above the table; {hint}"
            for i in np.flatnonzero(~supported(gap, table, FLOAT)).tolist()
        ]
    return found


def _misplaced(scene: Scene, index: int) -> str:
    x, y, _ = scene.objects[index].position
    if scene.workspace.holds(x, y):
        return "" if _TABLE.holds(x, y) else f"{scene.called(index)} at ({x:.3f}, {y:.3f}) is beside the table"
    limits = f"x {scene.workspace.x}, y {scene.workspace.y}"
    return f"{scene.called(index)} at ({x:.3f}, {y:.3f}) is outside the workspace {limits} [m]"

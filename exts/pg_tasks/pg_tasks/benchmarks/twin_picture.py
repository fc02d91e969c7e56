"""A scene and its reconstruction, seen from the side, as one picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.spatial.transform import Rotation

from pushgrasp.deploy.fake.physics.picture import CellCameraCfg, CellGeometry, take_picture
from pushgrasp.interface.world import Observation, State
from pushgrasp.policies.twin.world import TwinWorld
from pushgrasp.scenes.colours import PALETTE, TARGET_COLOUR
from pushgrasp.scenes.shapes import mesh, shape_named
from pushgrasp.scenes.solids import Box, corner_points, hull_mesh, solid_mesh

TABLE = (0.30, 0.30, 0.32)
"""Linear RGB of the table."""

ABOVE = CellCameraCfg(width=480, height=480, focal=1400.0, position=(0.0, 0.0, 1.6))
"""Camera over the scene."""

TILT = np.radians(40.0)

ASIDE = CellCameraCfg(
    width=480,
    height=480,
    focal=1400.0,
    position=(0.0, -1.4 * float(np.sin(TILT)), 1.4 * float(np.cos(TILT))),
    quaternion=tuple((Rotation.from_euler("x", TILT) * Rotation.from_quat((1.0, 0.0, 0.0, 0.0))).as_quat().tolist()),
)
"""Camera in front of the scene that looks at its middle."""

Part = tuple[np.ndarray, np.ndarray, int]
"""Vertices in the world [m], faces, and id of the object, 0 for the table."""


def save_twin_picture(path: Path, state: State, seen: Observation, twin: TwinWorld) -> None:
    """Write the true scene and its reconstruction, each from above and from the front, side by side.

    Args:
        path: Picture file.
        state: Where everything really is in the one world.
        seen: What is seen of it.
        twin: The reconstruction.
    """
    target = int(seen.target_id[0])
    rows = []
    for camera in (ABOVE, ASIDE):
        pictures = [_picture([_table(), *parts], target, camera) for parts in (_true(state), _reconstructed(twin))]
        rows.append(np.concatenate(pictures, axis=1))
    Image.fromarray(np.concatenate(rows)).save(path)


def _true(state: State) -> Iterator[Part]:
    for slot in state.active[0].nonzero()[:, 0].tolist():
        vertices, faces = mesh(shape_named(state.shapes[slot]))
        turn = Rotation.from_quat(state.quaternion[0, slot].numpy())
        yield turn.apply(vertices) + state.position[0, slot].numpy(), faces, slot + 1


def _reconstructed(twin: TwinWorld) -> Iterator[Part]:
    for body, pose in zip(twin.bodies, twin.start.numpy(), strict=True):
        for part in body.parts:
            vertices, faces = hull_mesh(corner_points(part))
            yield Rotation.from_quat(pose[3:]).apply(vertices) + pose[:3], faces, body.object_id


def _table() -> Part:
    return *solid_mesh(Box((1.0, 1.0, 0.05), (0.0, 0.0, -0.025))), 0


def _picture(parts: list[Part], target: int, camera: CellCameraCfg) -> np.ndarray:
    """Colours (h, w, 3) of parts; the target is green."""
    starts = np.cumsum([0, *(len(vertices) for vertices, _, _ in parts[:-1])])
    colours = {0: TABLE, target: TARGET_COLOUR}
    geometry = CellGeometry(
        vertices=np.concatenate([vertices for vertices, _, _ in parts]),
        body=np.zeros(sum(len(vertices) for vertices, _, _ in parts), dtype=int),
        faces=np.concatenate([part[1] + start for part, start in zip(parts, starts, strict=True)]),
        colour=np.concatenate([np.tile(colours.get(n, PALETTE[n % len(PALETTE)]), (len(f), 1)) for _, f, n in parts]),
        thing=np.concatenate([np.full(len(faces), number) for _, faces, number in parts]),
    )
    return take_picture(geometry, np.array([(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)]), camera).colour

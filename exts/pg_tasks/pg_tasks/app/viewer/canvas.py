"""Drawing overlays into Newton's viewers; Isaac Lab runs one of them for each of newton_gl, viser and rerun."""

from __future__ import annotations

from typing import Any

import torch
import warp as wp

from .overlays import Overlay
from .shapes import Lines, Points

POINT_RADIUS = 0.002
"""Of the points of an overlay [m]."""


class Canvas:
    """Shows overlays in one viewer."""

    def __init__(self, viewer: Any, line_width: float) -> None:  # noqa: ANN401
        """Draw into ``viewer`` (``newton.viewer.ViewerBase``), with lines of a width in that viewer's own unit."""
        self._viewer, self._line_width = viewer, line_width
        self._shown: dict[str, type] = {}

    def show(self, name: str, parts: list[Overlay]) -> None:
        """Replace what the overlay ``name`` shows; nothing to show hides it."""
        paths = {f"/overlays/{name.replace(' ', '_')}/{index}": part for index, part in enumerate(parts)}
        prefix = f"/overlays/{name.replace(' ', '_')}/"
        for path in [path for path in self._shown if path.startswith(prefix) and path not in paths]:
            self._hide(path)
        for path, part in paths.items():
            self._draw(path, part)
            self._shown[path] = type(part)

    def _draw(self, path: str, part: Overlay) -> None:
        if isinstance(part, Points):
            self._viewer.log_points(path, self._array(part.positions), POINT_RADIUS, self._array(part.colours))
        else:
            colours = torch.tensor(part.colour).expand(len(part.starts), 3)
            vectors = [self._array(values) for values in (part.starts, part.ends, colours)]
            self._viewer.log_lines(path, *vectors, width=self._line_width)

    def _hide(self, path: str) -> None:
        if self._shown.pop(path) is Lines:
            self._viewer.log_lines(path, None, None, None)
        else:
            self._viewer.log_points(path, None)

    def _array(self, values: torch.Tensor) -> wp.array | None:
        """Return rows (K, 3) as an array of vectors, or None where there are none."""
        if not len(values):
            return None
        return wp.array(values.float().numpy(), dtype=wp.vec3, device=self._viewer.device)

"""Every parser that takes what users bring."""

from __future__ import annotations

import camera_targets
import record_targets
import scene_targets
import tensor_targets
import word_targets
from target import Target

TARGETS: tuple[Target, ...] = (
    *scene_targets.TARGETS,
    *record_targets.TARGETS,
    *camera_targets.TARGETS,
    *tensor_targets.TARGETS,
    *word_targets.TARGETS,
)

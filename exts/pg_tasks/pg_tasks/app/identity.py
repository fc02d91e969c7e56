"""What of a configuration the results follow from: where files lie and how many worlds there are does not matter."""

from __future__ import annotations

import os
from typing import Any

from pushgrasp.evaluation.digests import content_digest, file_digest

_FREE = {"seed", "fault_folder", "num_envs", "log_dir", "device", "threads"}
"""Fields of a configuration that do not change a trial."""

_DIGESTED = {"scenes", "skip_bad_scenes", "weights"}
"""Fields in whose place an identity has digests of what they name."""


def configuration_digest(config: Any) -> str:  # noqa: ANN401 - plain data
    """Return the SHA-256 of a configuration's plain data and of the files that it names."""
    return content_digest(_identifying(config))


def _identifying(value: Any) -> Any:  # noqa: ANN401 - plain data
    """What of a configuration changes trials; in the place of files, what they hold."""
    if isinstance(value, dict):
        return {key: _identifying(item) for key, item in value.items() if key not in _FREE | _DIGESTED}
    if isinstance(value, list):
        return [_identifying(item) for item in value]
    return file_digest(value) if isinstance(value, str) and _names_file(value) else value


def _names_file(text: str) -> bool:
    """Whether a text is the path of a file; words without a suffix or a folder are none, whatever lies around."""
    return ("/" in text or "." in text) and os.path.isfile(text)

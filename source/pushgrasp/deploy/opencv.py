"""OpenCV, which pictures of real cameras and calibration need."""

from __future__ import annotations

from types import ModuleType

from pushgrasp.program import UserError


def opencv() -> ModuleType:
    """Return the module ``cv2``.

    Raises:
        UserError: If it is not installed.
    """
    try:
        import cv2
    except ImportError as error:
        raise UserError(f"OpenCV is needed ({error}): pip install 'pushgrasp[deploy]'") from error
    return cv2

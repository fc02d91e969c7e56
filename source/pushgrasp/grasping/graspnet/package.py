"""The package graspnetAPI, imported only where it is needed, with what it takes to run beside current libraries.

graspnetAPI 1.2.11 asks for NumPy 1.20 and other versions of that time, yet runs with current ones once ``numpy.int``,
an alias of ``int`` that NumPy dropped, exists while its scoring code is at work. Its licence allows non-commercial use
only: it is an extra of this project and no part of it.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import importlib.util
import logging
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np

INSTALL_HINT = (
    "make setup-graspnet   (in an environment of your own: pip install -e '.[graspnet]', "
    "then pip install --no-deps graspnetAPI==1.2.11 autolab_core==1.1.1)"
)
"""What to type where the package is missing."""

_LIBRARIES = {"libGL.so": "libgl1", "libusb-1.0.so": "libusb-1.0-0", "libgomp.so": "libgomp1", "libX11.so": "libx11-6"}
"""Debian packages of the shared libraries that open3d loads."""


def graspnet_module(name: str = "graspnetAPI") -> ModuleType:
    """graspnetAPI, or one of its modules.

    Args:
        name: Full name of the module.

    Raises:
        ImportError: If the package, something that it needs, or a system library is missing; says what to type.
    """
    load_libusb()
    try:
        with _quiet():
            return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(_remedy(error)) from error


@contextlib.contextmanager
def old_numpy_names() -> Iterator[None]:
    """Let ``numpy.int`` exist within the block."""
    if hasattr(np, "int"):
        yield
        return
    setattr(np, "int", int)  # noqa: B010  # the name is unknown to type checkers
    try:
        yield
    finally:
        delattr(np, "int")


def _remedy(error: ImportError) -> str:
    """What to do about a failed import, in one line."""
    text = str(error)
    for library, package in _LIBRARIES.items():
        if library in text:
            return f"open3d, which graspnetAPI needs, misses a system library ({text}): sudo apt install {package}"
    return f"graspnetAPI is not there or not complete ({text}). To install it: {INSTALL_HINT}"


def load_libusb() -> None:
    """Load the libusb of the Python package ``libusb-package``, if it is there, so that open3d and others find it.

    They link against Debian's ``libusb-1.0-0``; a library that is loaded under the same name serves as well.
    """
    spec = importlib.util.find_spec("libusb_package")
    if spec is None or spec.origin is None:
        return
    library = Path(spec.origin).with_name("libusb-1.0.so")
    if library.is_file():
        ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep warnings about ROS, which autolab_core logs when it is imported, off the screen."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)

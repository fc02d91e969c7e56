"""Pictures and arrays that users bring."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from pushgrasp.files.text_files import FileError

PICTURES = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF")
"""Formats of pictures that are read."""

_SHOWN = 200  # characters of a reader's own message


@contextmanager
def readable(path: Path, what: str) -> Iterator[None]:
    """Turn whatever a reader raises about a file's content into one error that names the file.

    Args:
        path: File that is read.
        what: What it should be, for messages.

    Raises:
        FileNotFoundError: If there is no such file.
        IsADirectoryError: If the path is a folder.
        FileError: If the reader fails.
    """
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder, no {what}")
    if not path.is_file():
        raise FileNotFoundError(f"no {what} {path}")
    with foreign_reader(path, what):
        yield


@contextmanager
def foreign_reader(path: Path, what: str) -> Iterator[None]:
    """As :func:`readable`, where it is known that there is something to read: a file or a folder."""
    try:
        yield
    except (FileError, ImportError):
        raise
    except Exception as error:  # readers of foreign formats promise no kinds of errors
        reason = " ".join(str(error).split())[:_SHOWN] or type(error).__name__
        raise FileError(f"{path} is no readable {what}: {reason}") from error


def read_array(path: Path) -> np.ndarray:
    """Array of an ``.npy`` file, without Python objects; errors as :func:`readable`."""
    with readable(path, "array"):
        mapped = np.lib.format.open_memmap(path, mode="r")  # compares the header with the file's size
        if mapped.size > 4 * (Image.MAX_IMAGE_PIXELS or mapped.size):
            raise FileError(f"{path}: an array of shape {mapped.shape} is too large for a picture")
        return np.array(mapped)


def open_picture(path: Path) -> Image.Image:
    """Picture of a file, upright as its EXIF orientation says; errors as :func:`readable`.

    Raises:
        FileError: If it is none of :data:`PICTURES`, damaged, animated, or far too large.
    """
    with readable(path, "picture"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            opened = Image.open(path, formats=PICTURES)
        except Image.UnidentifiedImageError:
            raise FileError(f"{path} is no readable picture; formats: {', '.join(PICTURES)}") from None
        with opened as image:
            count = getattr(image, "n_frames", 1)
            if count > 1 and image.format != "MPO":  # the JPEG of some cameras, with a preview behind the picture
                raise FileError(f"{path} holds {count} pictures; a file of one is needed")
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
            return image

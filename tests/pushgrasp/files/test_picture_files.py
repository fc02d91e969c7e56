"""Pictures and arrays of users: what is damaged, too large or executable gives one error that names the file."""

import io
import pickle
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from pushgrasp.files.picture_files import open_picture, read_array
from pushgrasp.files.text_files import FileError


def saved(kind: str, **words) -> bytes:
    noise = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, kind, **words)
    return buffer.getvalue()


def array_header(text: str) -> bytes:
    """An ``.npy`` file without numbers."""
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


def png_of_size(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds one byte."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no readable picture; formats: PNG, JPEG"),
        (b"#?RADIANCE", "is no readable picture; formats: PNG, JPEG"),
        (saved("PNG")[:3000], "is no readable picture: image file is truncated"),
        (saved("JPEG")[:1500], "is no readable picture: image file is truncated"),
        (png_of_size(30_000, 30_000), "exceeds limit of"),
        (png_of_size(10_000, 10_000), "exceeds limit of"),
        (saved("GIF", save_all=True, append_images=[Image.new("RGB", (60, 40))]), "holds 2 pictures"),
    ],
)
def test_picture_that_cannot_be_used(tmp_path, content, message, recwarn):
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    with pytest.raises(FileError, match=rf"picture\.png.*{message}"):
        open_picture(path)
    assert not len(recwarn)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY",
        array_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000)}\n"),
        array_header("{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999999999999999,)}\n"),
        array_header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 4)}\n"),
        array_header("(" * 5000),
        array_header("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}\n") + pickle.dumps([1]),
        array_header("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 3)}\n") + bytes(71),
        b"PK\x03\x04" + bytes(100),
    ],
    ids=["empty", "cut off", "10^12", "10^22", "negative", "brackets", "objects", "too short", "archive"],
)
def test_array_that_cannot_be_read(tmp_path, content):
    path = tmp_path / "array.npy"
    path.write_bytes(content)
    with warnings.catch_warnings(), pytest.raises(FileError, match=r"array\.npy"):
        warnings.simplefilter("error")
        read_array(path)


def test_any_flipped_bit_of_a_header_is_one_error_or_none(tmp_path):
    np.save(tmp_path / "whole.npy", np.arange(6.0).reshape(2, 3))
    whole, path = (tmp_path / "whole.npy").read_bytes(), tmp_path / "flipped.npy"
    for index in range(128):
        path.write_bytes(whole[:index] + bytes([whole[index] ^ 1 << index % 8]) + whole[index + 1 :])
        try:
            read_array(path)
        except FileError as error:
            assert "flipped.npy" in str(error)


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no array .*absent\.npy"):
        read_array(tmp_path / "absent.npy")
    with pytest.raises(IsADirectoryError, match="is a folder, no picture"):
        open_picture(tmp_path)

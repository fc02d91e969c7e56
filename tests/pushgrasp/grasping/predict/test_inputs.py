"""Pictures of any camera: units, modes of colour, and what cannot be read."""

import numpy as np
import pytest
import torch
from PIL import Image

from pushgrasp.grasping.predict.inputs import read_colour, read_depth, read_mask


def test_whole_numbers_are_millimetres_and_floats_metres(tmp_path):
    Image.fromarray(np.array([[0, 750], [1200, 65535]], dtype=np.uint16)).save(tmp_path / "depth.png")
    np.save(tmp_path / "depth.npy", np.array([[0.5, np.nan, 0.75]]))
    torch.testing.assert_close(read_depth(tmp_path / "depth.png"), torch.tensor([[0.0, 0.75], [1.2, 65.535]]))
    metres = torch.tensor([[0.5, torch.nan, 0.75]])
    torch.testing.assert_close(read_depth(tmp_path / "depth.npy"), metres, equal_nan=True)
    in_tenths = read_depth(tmp_path / "depth.png", 10_000.0)
    torch.testing.assert_close(in_tenths, torch.tensor([[0.0, 0.075], [0.12, 6.5535]]))


TABLE = np.linspace(0.5, 0.7, 12).reshape(3, 4)
"""Depth of a table [m]; median 0.6."""


@pytest.mark.parametrize(
    ("array", "scale", "message"),
    [
        (np.zeros((4, 4, 3), np.uint16), None, "one channel is needed"),
        (np.zeros((4, 4), np.uint8), None, "numbers of type uint8; integers of 16 bits or more, or floating point"),
        (np.ones((4, 4), bool), None, "numbers of type bool"),
        (TABLE.astype(complex), None, "numbers of type complex128"),
        (TABLE, 0.0, "depth scale is 0.0"),
        (TABLE, float("nan"), "depth scale is nan"),
        (np.zeros((4, 4)), None, "no pixel with a depth above 0"),
        (np.full((4, 4), np.nan), None, "no pixel with a depth above 0"),
        (np.full((4, 4), np.inf), None, "no pixel with a depth above 0"),
        (-TABLE, None, "depth is negative"),
        (np.full((4, 4), 0.6), None, "all 16 pixels that show something have the same depth, 0.6"),
        ((1000 * TABLE).astype(np.float32), None, r"600 m at 1 .*--depth-scale 1000 \(0.6 m\)"),
        ((5000 * TABLE).astype(np.uint16), None, r"3 m at 1000 .*5000 \(0.6 m\) or 10000 \(0.3 m\) would fit"),
        ((10_000 * TABLE).astype(np.uint16), None, r"6 m at 1000 .*10000 \(0.6 m\)"),
        ((1000 * TABLE).astype(np.uint16), 1e6, r"0.000599 m at 1e\+06 .*--depth-scale 1000 \(0.6 m\)"),
        (1e-9 * TABLE, None, "no usual --depth-scale does fit"),
        (1e300 * TABLE, None, "no usual --depth-scale does fit"),
    ],
)
def test_depth_that_no_camera_over_a_table_sees(tmp_path, array, scale, message):
    np.save(tmp_path / "depth.npy", array)
    with pytest.raises(ValueError, match=message):
        read_depth(tmp_path / "depth.npy", scale)


def test_single_pixels_may_be_anything(tmp_path):
    depth = TABLE.copy()
    depth[0] = np.nan, -1.0, np.inf, 1e300  # what sensors write where nothing came back
    np.save(tmp_path / "depth.npy", depth)
    assert torch.equal(read_depth(tmp_path / "depth.npy")[1:], torch.from_numpy(TABLE[1:]).float())


def test_big_endian_depth(tmp_path):
    np.save(tmp_path / "depth.npy", (1000 * TABLE).round().astype(">u2"))
    torch.testing.assert_close(read_depth(tmp_path / "depth.npy"), torch.from_numpy(TABLE).float(), atol=6e-4, rtol=0)


def test_colour_and_mask(tmp_path):
    picture = np.zeros((2, 3, 3), np.uint8)
    picture[1, 2] = (10, 20, 30)
    Image.fromarray(picture).save(tmp_path / "rgb.png")
    colour = read_colour(tmp_path / "rgb.png")
    assert colour.shape == (3, 2, 3) and colour[:, 1, 2].tolist() == [10, 20, 30]
    assert read_mask(tmp_path / "rgb.png").nonzero().tolist() == [[1, 2]]
    Image.fromarray(picture).convert("RGBA").save(tmp_path / "rgba.png")  # opacity is no mask
    assert read_mask(tmp_path / "rgba.png").nonzero().tolist() == [[1, 2]]


def corner(path) -> list[int]:
    """Colour of the first pixel."""
    return read_colour(path)[:, 0, 0].tolist()


def test_orientation_of_a_camera_is_followed(tmp_path):
    picture = np.zeros((16, 32, 3), np.uint8)
    picture[:, :16] = 255  # white on the left
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90 degrees clockwise: its left side is on top
    Image.fromarray(picture).save(tmp_path / "turned.jpg", exif=exif)
    colour = read_colour(tmp_path / "turned.jpg")
    assert colour.shape == (3, 32, 16)
    assert colour[:, :12].min() > 200 and colour[:, 20:].max() < 50


def test_every_mode_of_colour_is_read_right(tmp_path):
    wide = Image.fromarray(np.full((2, 2), 128 * 257, np.uint16))  # 16 bits; half of white, not white
    wide.save(tmp_path / "wide.png")
    assert corner(tmp_path / "wide.png") == [128, 128, 128]
    palette = Image.new("P", (2, 2), 1)
    palette.putpalette([0, 0, 0, 10, 20, 30])
    palette.save(tmp_path / "palette.png")
    assert corner(tmp_path / "palette.png") == [10, 20, 30]
    for mode, value, expected in (
        ("1", 1, [255, 255, 255]),
        ("L", 7, [7, 7, 7]),
        ("LA", (7, 0), [7, 7, 7]),
        ("RGBA", (1, 2, 3, 0), [1, 2, 3]),
    ):
        Image.new(mode, (2, 2), value).save(tmp_path / "colour.png")
        assert corner(tmp_path / "colour.png") == expected, mode
    Image.new("CMYK", (2, 2), (255, 0, 0, 0)).save(tmp_path / "cmyk.tiff")  # cyan ink takes red away
    assert corner(tmp_path / "cmyk.tiff") == [0, 255, 255]


def test_colours_that_cannot_be_told_are_refused(tmp_path):
    Image.fromarray(np.ones((2, 2), np.float32)).save(tmp_path / "float.tiff")
    with pytest.raises(ValueError, match=r"float\.tiff: colour has 32 bits per channel"):
        read_colour(tmp_path / "float.tiff")


def test_masks_of_every_mode(tmp_path):
    shown = np.array([[0, 1, 0]], np.uint8)
    for mode in ("L", "LA", "RGB", "RGBA", "1"):  # opacity is no mask
        Image.fromarray(255 * shown).convert(mode).save(tmp_path / "mask.png")
        assert read_mask(tmp_path / "mask.png").tolist() == [[False, True, False]], mode
    np.save(tmp_path / "mask.npy", np.array([[0.0, 2.0, np.nan]]))
    assert read_mask(tmp_path / "mask.npy").tolist() == [[False, True, False]]
    np.save(tmp_path / "mask.npy", np.zeros(3))
    with pytest.raises(ValueError, match=r"mask\.npy: a mask of float64 \(3,\) is none"):
        read_mask(tmp_path / "mask.npy")
    Image.fromarray(255 * shown).save(tmp_path / "mask.jpg")
    with pytest.raises(ValueError, match="JPEG blurs the edge of a mask"):
        read_mask(tmp_path / "mask.jpg")


def test_missing_and_unreadable_files_are_named(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    (tmp_path / "broken.npy").write_bytes(b"no array")
    with pytest.raises(FileNotFoundError, match=r"absent\.png"):
        read_colour(tmp_path / "absent.png")
    with pytest.raises(ValueError, match=r"broken\.png is no readable picture"):
        read_depth(tmp_path / "broken.png")
    with pytest.raises(ValueError, match=r"broken\.npy is no readable array"):
        read_mask(tmp_path / "broken.npy")

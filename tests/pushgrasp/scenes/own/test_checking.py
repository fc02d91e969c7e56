"""What meshes are refused for, what is mended and what is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh

from pushgrasp.scenes.own.checking import check_closed, check_size, connected_pieces, doubts, mend, winding_numbers
from pushgrasp.scenes.own.store import ObjectError

PATH = Path("mug.obj")


def box(*size: float, at: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> trimesh.Trimesh:
    body = trimesh.creation.box(size)
    body.apply_translation(at)
    return body


@pytest.mark.parametrize(
    ("length", "scale", "hint"),
    [
        (80.0, 1.0, r"80 m long .*--scale 0.001 \(millimetres\) makes it 0.08 m"),
        (8.0, 1.0, r"--scale 0.01 \(centimetres\) makes it 0.08 m"),
        (0.00008, 1.0, r"8e-05 m long .*--scale 1000 \(shrunk twice\) makes it 0.08 m"),
        (0.00008, 0.001, r"--scale 1 \(metres\) makes it 0.08 m"),
        (1e9, 1.0, "objects are 0.005 to 0.5 m long$"),
    ],
)
def test_scale(length: float, scale: float, hint: str) -> None:
    with pytest.raises(ObjectError, match=hint):
        check_size(box(length, length / 2, length / 2), PATH, scale)


def test_winding_numbers_count_overlaps() -> None:
    two = trimesh.util.concatenate([box(2, 2, 2), box(2, 2, 2, at=(1, 0, 0))])
    points = np.array([(-0.5, 0, 0), (0.5, 0, 0), (1.5, 0.2, 0.3), (3, 0, 0)])
    np.testing.assert_allclose(winding_numbers(two, points), [1, 2, 1, 0], atol=1e-9)
    two.invert()
    np.testing.assert_allclose(winding_numbers(two, points), [-1, -2, -1, 0], atol=1e-9)


def test_faces_that_look_inward_are_turned() -> None:
    inverted, mixed = box(0.1, 0.1, 0.1), box(0.1, 0.1, 0.1)
    inverted.invert()
    mixed.faces[3] = mixed.faces[3][::-1]
    for body, turned in ((inverted, 12), (mixed, 1), (box(0.1, 0.1, 0.1), 0)):
        notes = mend(body)
        assert body.volume == pytest.approx(1e-3)
        assert notes == ([f"{turned} of 12 faces looked inward and were turned"] if turned else [])


def test_small_holes_are_closed_and_great_ones_refused() -> None:
    body = box(0.1, 0.1, 0.1)
    body.update_faces(np.arange(12) > 0)
    assert mend(body) == ["small holes in the mesh were closed"]
    check_closed([body], PATH)
    tube = trimesh.creation.cylinder(0.03, 0.1, sections=32)
    tube.update_faces(np.abs(tube.face_normals[:, 2]) < 0.5)
    with pytest.raises(ObjectError, match=r"not closed \(64 open edges\)"):
        check_closed([tube], PATH)


def test_flat_bodies_are_refused() -> None:
    with pytest.raises(ObjectError, match="bounds no volume"):
        check_closed([box(0.1, 0.1, 1e-9)], PATH)


def test_bodies_apart_are_refused_and_those_that_touch_are_one() -> None:
    apart = trimesh.util.concatenate([box(0.02, 0.02, 0.02), box(0.02, 0.02, 0.02, at=(0.05, 0, 0))])
    with pytest.raises(ObjectError, match="2 bodies apart from each other"):
        connected_pieces(apart, PATH)
    one, mirrored = box(0.02, 0.02, 0.02, at=(0.01, 0, 0)), box(0.02, 0.02, 0.02, at=(0.01, 0, 0))
    mirrored.apply_transform(np.diag([-1.0, 1.0, 1.0, 1.0]))
    touching = trimesh.util.concatenate([one, mirrored])
    mend(touching)
    (piece,) = connected_pieces(touching, PATH)  # the wall between them is gone
    check_closed([piece], PATH)
    assert piece.volume == pytest.approx(16e-6)
    beside = trimesh.util.concatenate([box(0.02, 0.02, 0.02), box(0.02, 0.04, 0.02, at=(0.02, 0.01, 0))])
    mend(beside)  # edges of the two are now edges of four faces
    pieces = connected_pieces(beside, PATH)
    check_closed(pieces, PATH)
    assert [piece.volume for piece in pieces] == pytest.approx([8e-6, 16e-6])


def test_doubled_faces_are_dropped() -> None:
    once = box(0.1, 0.1, 0.1)
    for faces in (once.faces, once.faces[:, ::-1], once.faces[:5, [1, 2, 0]]):
        twice = trimesh.Trimesh(once.vertices, np.concatenate([once.faces, faces]), process=False)
        mend(twice)
        assert len(twice.faces) == 12
        assert twice.volume == pytest.approx(1e-3)


def test_thin_walls_and_overlaps_are_told() -> None:
    assert list(doubts(box(0.1, 0.06, 0.03))) == []
    (thin,) = doubts(box(0.1, 0.06, 0.0008))
    assert "thinner than 1 mm" in thin
    (inside,) = doubts(trimesh.util.concatenate([box(0.1, 0.1, 0.1), box(0.1, 0.1, 0.1, at=(0.03, 0.02, 0.01))]))
    assert "lie inside the body" in inside


def test_dust_is_refused_before_it_is_cut_into_parts() -> None:
    one = trimesh.creation.icosphere(0, 1e-4)
    dust = trimesh.util.concatenate([one.copy().apply_translation((1e-3 * n, 0.0, 0.0)) for n in range(201)])
    with pytest.raises(ObjectError, match=r"a\.obj: 201 separate surfaces, at most 200"):
        connected_pieces(dust, Path("a.obj"))

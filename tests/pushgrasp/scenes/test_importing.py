"""Text files of the field: columns, frames, targets, what is left out, and what is wrong with them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from pushgrasp.scenes.contacts import gaps, table_gaps
from pushgrasp.scenes.importing.dialects import DIALECTS
from pushgrasp.scenes.importing.lines import ImportFailedError
from pushgrasp.scenes.importing.reader import Imported, import_scene, import_scenes
from pushgrasp.scenes.scene import Scene
from pushgrasp.scenes.shapes import shape_named

VPG = Path(__file__).parent / "data" / "vpg"
CUBE = "4.obj 0.5 0.6 0.7 -0.45 0.10 0.025 0 0 0"
FAR = "3.obj 0.1 0.2 0.3 -0.80 0.40 0.025 0 0 0"


@pytest.fixture
def imported(tmp_path: Path) -> Callable[..., Imported]:
    """Function: import a file of these lines."""

    def run(*lines: str, name: str = "case.txt", **options: object) -> Imported:
        (tmp_path / name).write_text("\n".join(lines) + "\n")
        return import_scene(tmp_path / name, **options)

    return run


def up(scene: Scene, index: int) -> np.ndarray:
    """Share of each body axis that points up."""
    return Rotation.from_quat(scene.objects[index].quaternion).as_matrix()[2]


def test_ten_columns_with_parked_objects(imported: Callable[..., Imported]) -> None:
    result = imported(CUBE, FAR, "", "8.obj 1 0 0 -0.5 -0.1 0.025 1.5707963 0 1.5707963")
    scene = result.scene
    assert result.format == "vpg"
    assert scene.shapes == ("cube", "cylinder")
    # the workspace's middle at x = -0.5 is this project's origin
    assert scene.objects[0].position == pytest.approx((0.05, 0.10, 0.025))
    assert scene.objects[0].colour == (0.5, 0.6, 0.7)
    assert len(result.parked) == 1
    assert result.parked[0].endswith("case.txt:2: 3.obj")


@pytest.mark.parametrize("name", ["test-10-obj-05.txt", "test-10-obj-07.txt", "test-10-obj-09.txt"])
def test_scenes_of_vpg_lie_a_millimetre_above_the_table(name: str) -> None:
    """Their simulator's table is that much higher; wrong frames would leave blocks in each other or in the table."""
    scene = import_scene(VPG / name).scene
    heights = table_gaps(scene)
    stacked = np.array([item.position[2] for item in scene.objects]) > 0.04
    assert scene.start == "rest"
    assert ((heights > 0.0004) & (heights < 0.0012))[~stacked].all()
    assert gaps(scene).min() > 0.0


@pytest.mark.parametrize("name", ["test-10-obj-05.txt", "test-10-obj-07.txt", "test-10-obj-09.txt"])
def test_scenes_of_vpg_stay_where_they_are(name: str, settled_positions: Callable[[Scene, float], np.ndarray]) -> None:
    scene = import_scene(VPG / name).scene
    moved = settled_positions(scene, 0.5) - [item.position for item in scene.objects]
    assert np.linalg.norm(moved, axis=1).max() < 0.005


def test_a_cylinder_of_vpg_lies_in_the_groove_of_an_upturned_arch() -> None:
    scene = import_scene(VPG / "test-10-obj-09.txt").scene
    arch = next(i for i, item in enumerate(scene.objects) if item.shape == "arch" and up(scene, i)[2] < -0.99)
    cylinder = scene.shapes.index("cylinder")
    offset = np.subtract(scene.objects[cylinder].position, scene.objects[arch].position)
    across = Rotation.from_quat(scene.objects[arch].quaternion).inv().apply(offset)[0]
    assert abs(across) < 0.005
    assert offset[2] == pytest.approx(0.025, abs=0.003)


def test_euler_angles_turn_about_the_objects_own_axes_in_coppelia(imported: Callable[..., Imported]) -> None:
    # Rx(90) Ry(90): the object's z points along world z: first to (1, 0, 0) by Ry, which Rx leaves
    result = imported("3.obj 0 0 0 -0.5 0 0.05 1.5707963 1.5707963 0")
    # slab: its x (10 cm) is the mesh's x, which CoppeliaSim's frame calls z
    turn = Rotation.from_quat(result.scene.objects[0].quaternion)
    np.testing.assert_allclose(turn.apply([1, 0, 0]), [1, 0, 0], atol=1e-6)


@pytest.mark.parametrize(
    ("mesh", "shape", "size"),
    [
        # boxes of the untouched mesh: x, y, z [cm] in the file's frame
        ("cube.urdf", "small_cube", (4.5, 4.5, 4.5)),
        ("rect.urdf", "small_cuboid", (4.5, 9.0, 4.5)),
        ("half-cube.urdf", "small_tile", (2.25, 4.5, 4.5)),
        ("cylinder.urdf", "small_cylinder", (4.4, 4.4, 4.5)),
        ("half-cylinder.urdf", "small_half_cylinder", (4.4, 2.2, 4.5)),
        ("triangle.urdf", "small_prism", (4.5, 9.0, 4.5)),
        ("concave.urdf", "small_arch", (9.0, 4.5, 4.5)),
    ],
)
def test_meshes_of_vft_keep_their_boxes(imported: Callable[..., Imported], mesh: str, shape: str, size: tuple) -> None:
    result = imported(f"{mesh} 1 0 0 0.5 0.1 0.0225 0 0 0", f"{mesh} 0 1 0 0.6 -0.1 0.0225 0 0 1.5707963")
    assert result.format == "vft"
    assert result.scene.target == 0
    first, second = result.scene.objects
    assert first.shape == second.shape == shape
    assert first.position == pytest.approx((0.0, 0.1, 0.0225))
    extent = np.abs(Rotation.from_quat(first.quaternion).as_matrix()) @ shape_named(shape).size
    np.testing.assert_allclose(100 * extent, size, atol=1e-9)
    turned = np.abs(Rotation.from_quat(second.quaternion).as_matrix()) @ shape_named(shape).size
    np.testing.assert_allclose(100 * turned, (size[1], size[0], size[2]), atol=1e-4)


def test_fixed_axes_of_the_urdf_formats(imported: Callable[..., Imported]) -> None:
    # roll 90 then yaw 90 about fixed axes: the mesh's y goes to z and stays there
    scene = imported("rect.urdf 1 0 0 0.5 0 0.045 1.5707963 0 1.5707963").scene
    np.testing.assert_allclose(np.abs(up(scene, 0)), [1, 0, 0], atol=1e-6)  # the cuboid's long side is the mesh's y


def test_pg4da_is_told_by_its_places(imported: Callable[..., Imported]) -> None:
    result = imported("cube.urdf 1 0 0 0.1 0.6 0.0225 0 0 0")
    assert result.format == "pg4da"
    assert result.scene.objects[0].position == pytest.approx((0.1, 0.1, 0.0225))


def test_eight_columns_name_the_target(imported: Callable[..., Imported]) -> None:
    lines = (
        "block 4.obj -0.5 0 0.025 0 0 0",
        "red 3.obj -0.4 0.1 0.025 0 0 0",
        "green 8.obj -0.6 0 0.025 1.5707963 0 0",
    )
    scene = imported(*lines).scene
    assert scene.target == 1
    assert scene.objects[1].name == "red"
    assert scene.objects[0].colour is None
    assert scene.objects[1].colour == (1.0, 0.341, 0.349)
    assert imported(*lines, target=2).scene.target == 2


def test_names_alone_are_dropped(imported: Callable[..., Imported]) -> None:
    first, again, other = (imported("block", "blue", "block", "block", seed=seed).scene for seed in (0, 0, 1))
    assert first == again != other
    assert first.start == "drop"
    assert first.target == 1
    assert [item.name for item in first.objects] == ["block", "blue", "block", "block"]


def test_loaders_that_shift_and_know_their_goals(imported: Callable[..., Imported]) -> None:
    lines = [CUBE.replace("0.10", f"{0.06 * i - 0.2:.2f}") for i in range(6)]
    plain = imported(*lines, name="obj_20_5.txt", format_name="vpg").scene
    moved = imported(*lines, name="obj_20_5.txt", format_name="lzalza").scene
    # y + 0.1; the goal of the fifth scene is its fifth object; the loader has colours of its own
    assert moved.objects[0].position[1] == pytest.approx(plain.objects[0].position[1] + 0.1)
    assert moved.target == 4
    assert moved.objects[0].colour is None


@pytest.mark.parametrize(
    ("format_name", "place", "kept"),
    [
        # middle of the workspace + 0.224, in metres: -0.5 + 0.224 = -0.276
        ("vpg", (-0.276, 0.224), True),
        ("vpg", (-0.724, -0.224), True),
        ("vpg", (-0.5, 0.22401), False),
        # these loaders add 0.1 to y: it ends inside from -0.324 to 0.124
        ("lzalza", (-0.5, 0.124), True),
        ("lzalza", (-0.5, 0.12401), False),
        ("xukechun", (-0.5, -0.324), True),
        ("spg", (-0.5, -0.32401), False),
        ("spg", (-0.5, 0.2), False),
        ("vft", (0.724, -0.224), True),
        ("vft", (0.276, 0.224), True),
        ("vft", (0.27599, 0.0), False),
        ("pg4da", (0.5, 1.0), True),
        ("pg4da", (-0.5, 0.0), True),
        ("pg4da", (0.0, 1.00001), False),
    ],
)
def test_workspace_ends_where_the_loader_puts_things(
    imported: Callable[..., Imported], format_name: str, place: tuple[float, float], kept: bool
) -> None:
    dialect = DIALECTS[format_name]
    mesh = next(iter(dialect.meshes))
    middle = (dialect.centre[0], dialect.centre[1] - dialect.shift)
    lines = (f"{mesh} 0 0 0 {x} {y} 0.03 0 0 0" for x, y in (middle, place))
    result = imported(*lines, format_name=format_name, target=0)
    assert len(result.parked) == (0 if kept else 1)


def test_all_unknown_meshes_are_named(imported: Callable[..., Imported]) -> None:
    with pytest.raises(ImportFailedError) as caught:
        imported(CUBE, *(CUBE.replace("4.obj", mesh) for mesh in ("5.obj", "9.obj", "a/4.obj")))
    assert len(caught.value.faults) == 3
    for number, mesh in ((2, "5.obj"), (3, "9.obj"), (4, "a/4.obj")):
        assert f"case.txt:{number}: unknown mesh '{mesh}'" in str(caught.value)


def test_unknown_names_are_refused(imported: Callable[..., Imported]) -> None:
    with pytest.raises(ImportFailedError) as caught:
        imported("block", "oops", "red", "[" * 1000)
    first, second = (fault.partition("case.txt")[2] for fault in caught.value.faults)
    assert first == ":2: unknown name 'oops'"
    assert second.startswith(f":4: unknown name '{'[' * 37}...'; names: block, blue, green")


def test_all_wrong_lines_are_named(imported: Callable[..., Imported]) -> None:
    with pytest.raises(ImportFailedError) as caught:
        imported(CUBE, "4.obj 1 2", CUBE.replace("0.10", "0,10"), CUBE.replace("0.5 0.6", "5 x").replace("0.10", "1_0"))
    faults = [fault.partition("case.txt")[2] for fault in caught.value.faults]
    assert faults == [
        ":2: 3 columns; expected 10 (mesh r g b x y z alpha beta gamma)",
        ":3: column y: '0,10' is not a finite number; decimals have a point",
        ":4: column g: 'x' is not a finite number",
        ":4: column y: '1_0' is not a finite number",
        ":4: colour 5 0.7: r, g and b must be 0 to 1",
    ]


@pytest.mark.parametrize("text", [f"\ufeff{CUBE}\r\n", f"{CUBE}  \t\r\n\r\n", CUBE.replace(" ", "\t")])
def test_what_editors_add_is_no_fault(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_bytes(text.encode())
    assert import_scene(tmp_path / "a.txt").scene.shapes == ("cube",)
    (tmp_path / "b.txt").write_bytes(text.lstrip("\ufeff").encode("utf-16"))
    assert import_scene(tmp_path / "b.txt").scene.shapes == ("cube",)


@pytest.mark.parametrize("content", [b"4.obj\0", b"\x80", CUBE.encode("utf-16-le")])
def test_what_is_no_text_is_one_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    _, errors = import_scenes([tmp_path / "a.txt", tmp_path, tmp_path / ("n" * 300)])
    assert len(errors) == 3
    assert "a.txt:1: no" in errors[0]
    assert errors[1] == f"{tmp_path}: Is a directory"
    assert errors[2].endswith("nnn: File name too long")


def test_goal_of_a_file_with_too_few_lines_is_refused(imported: Callable[..., Imported]) -> None:
    with pytest.raises(ImportFailedError, match=r"lzalza is line 4 from 0, and the file's are 0 to 0; --target names"):
        imported(CUBE, name="obj_20_5.txt", format_name="lzalza")


def test_objects_in_the_table_are_raised_and_those_in_the_air_dropped(imported: Callable[..., Imported]) -> None:
    result = imported(CUBE.replace("0.025", "0.014"), CUBE.replace("-0.45", "-0.6").replace("0.025", "0.2"))
    assert result.scene.objects[0].position[2] == pytest.approx(0.025)
    assert len(result.raised) == 1
    assert "case.txt:1: cube raised by 11.0 mm" in result.raised[0]
    assert result.scene.start == "drop"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            ["4.obj 0 0 0 1"],
            r"case.txt:1: 5 columns; expected 10 \(mesh r g b x y z alpha beta gamma\) or 8 \(name mesh",
        ),
        ([CUBE, CUBE + " 7"], r"case.txt:2: 11 columns; expected 10 \(mesh"),
        ([CUBE, CUBE.replace("0.10", "zero")], "case.txt:2: column y: 'zero' is not a finite number"),
        ([CUBE.replace("0.10", "nan")], "case.txt:1: column y: 'nan' is not a finite number"),
        ([CUBE.replace("0.5 ", "80 ")], "case.txt:1: colour .* r, g and b must be 0 to 1"),
        (
            [CUBE, "5.obj 0 0 0 -0.5 0 0.1 0 0 0"],
            "case.txt:2: unknown mesh '5.obj' of format vpg; meshes: 0.obj, 1.obj",
        ),
        ([FAR], "case.txt: no object lies in the workspace of format vpg"),
        ([], "case.txt: holds no lines; expected 10"),
        ([CUBE] * 101, "case.txt: 101 objects; a scene has at most 100"),
    ],
)
def test_wrong_lines_are_named(imported: Callable[..., Imported], lines: list[str], message: str) -> None:
    with pytest.raises(ImportFailedError, match=message):
        imported(*lines)


def test_wrong_targets_and_formats_are_refused(imported: Callable[..., Imported]) -> None:
    with pytest.raises(ImportFailedError, match=r"case.txt:2: the target, 3.obj, lies outside the workspace"):
        imported(CUBE, FAR, target=1)
    with pytest.raises(ImportFailedError, match="target 5: the file's objects are 0 to 0"):
        imported(CUBE, target=5)
    with pytest.raises(ImportFailedError, match=r"case.txt:1: 10 columns; expected 8 \(name mesh"):
        imported(CUBE, format_name="gti")
    with pytest.raises(ImportFailedError, match=r"unknown mesh '0.obj' of format dipn; meshes: 1.obj"):
        imported(CUBE.replace("4.obj", "0.obj"), format_name="dipn")
    with pytest.raises(ValueError, match="unknown format 'v'; formats: vpg, xukechun"):
        imported(CUBE, format_name="v")


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    for name, text in (("a", CUBE), ("b", "oops"), ("c", CUBE)):
        (tmp_path / name).write_text(text)
    found, errors = import_scenes([tmp_path / name for name in "abcd"], "vpg")
    assert [path.name for path in found] == ["a", "c"]
    assert len(errors) == 2
    assert "b:1: 1 columns; expected 10" in errors[0]


def test_every_format_has_a_description() -> None:
    assert all(dialect.description for dialect in DIALECTS.values())

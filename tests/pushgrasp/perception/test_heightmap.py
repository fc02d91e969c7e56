"""Heightmaps of analytically ray-cast boxes and cylinders against the shapes themselves."""

import time

import numpy as np
import pytest
import torch
from scipy import ndimage
from scipy.spatial.transform import Rotation

from pushgrasp.perception import Heightmaps, Workspace, project_heightmaps

WORKSPACE = Workspace()
CENTRES = WORKSPACE.cell_centres(dtype=torch.float64).numpy()
EDGE = 1.5 * WORKSPACE.resolution  # 6.7 mm
HEIGHT = 0.003  # m


def spread(solid, seed=0):
    """Solids of 2 to 12 cm height with at least a cell between them, a third of them round, some at the border."""
    rng = np.random.default_rng(seed)
    solids = []
    while len(solids) < 25:
        size = (*rng.uniform(0.025, 0.08, 2), rng.uniform(0.02, 0.12))
        is_round = len(solids) % 3 == 0
        size = (size[0], size[0], size[2]) if is_round else size
        x, y = rng.uniform(-0.47, 0.47, 2)
        if all(np.hypot(x - s.centre[0], y - s.centre[1]) > 0.12 for s in solids):
            colour = tuple(int(c) for c in rng.integers(0, 256, 3))
            solids.append(solid((x, y, size[2] / 2), size, rng.uniform(0, np.pi), colour, is_round))
    return solids


def true_heights(solids) -> np.ndarray:
    tops = [np.where(s.outside(CENTRES) <= 0, s.centre[2] + s.size[2] / 2, 0.0) for s in solids]
    return np.max(tops, axis=0)


def check(maps: Heightmaps, solids, world=0, edge=EDGE) -> None:
    """Edges within 1.5 cells, and away from edges heights within 3 mm and the right id and colour."""
    height, ids = maps.height[world].numpy(), maps.ids[world].numpy()
    colour = (maps.colour[world].permute(1, 2, 0) * 255).round().numpy()
    inner = np.min([np.abs(s.outside(CENTRES)) for s in solids], axis=0) > edge
    assert np.abs(height - true_heights(solids))[inner].max() < HEIGHT
    for index, s in enumerate(solids):
        outside = s.outside(CENTRES)
        assert outside[ids == index + 1].max() < edge
        assert (ids == index + 1)[outside < -edge].all()
        assert (colour == np.array(s.colour))[outside < -edge].all()


@pytest.mark.parametrize("height", [1.6, 2.0])
def test_scattered_objects(solid, overhead, height):
    solids = spread(solid)
    check(project_heightmaps(**overhead(400, 1.2, height).render(solids), workspace=WORKSPACE), solids)


@pytest.mark.parametrize("height", [1.6, 2.0])
def test_pixels_larger_than_cells_leave_no_pin_holes(solid, overhead, height):
    solids = spread(solid)
    maps = project_heightmaps(**overhead(240, 1.2, height).render(solids), workspace=WORKSPACE)
    check(maps, solids, edge=EDGE + 1.2 / 240)  # a pixel shows 5 mm of the table: edges are that much less sure


def test_objects_across_the_border_are_cut_off(solid, overhead):
    solids = [
        solid((0.49, 0.48, 0.05), (0.06, 0.06, 0.10), 0.3),
        solid((-0.5, -0.2, 0.03), (0.06, 0.06, 0.06), 0.0, (0, 90, 200), True),
        solid((-0.2, -0.5, 0.04), (0.08, 0.05, 0.08), 0.7, (10, 200, 30)),
    ]
    check(project_heightmaps(**overhead(440, 1.25).render(solids), workspace=WORKSPACE), solids)


def test_shadow_takes_the_lower_surface(solid, overhead):
    # a 20 cm tower at radius 0.39 m hides 0.43 * 0.2 / (1.6 - 0.2) = 61 mm = 14 cells of table behind it
    tower = [solid((0.28, 0.28, 0.1), (0.05, 0.05, 0.2), np.pi / 4)]
    image = overhead(height=1.6).render(tower)
    check(project_heightmaps(**image, workspace=WORKSPACE), tower)


def test_shadowed_gap_between_equal_boxes_stays_open(solid, overhead):
    # the gap is 10 mm wide and wholly hidden: 0.425 * 0.06 / 1.54 = 17 mm of shadow
    boxes = [solid((x, 0.0, 0.03), (0.05, 0.08, 0.06), 0.0, (c, c, 0)) for x, c in ((0.40, 50), (0.46, 250))]
    maps = project_heightmaps(**overhead(height=1.6).render(boxes), workspace=WORKSPACE)
    check(maps, boxes)
    row, col = WORKSPACE.xy_to_cell(torch.tensor([0.43, 0.0])).tolist()
    assert maps.height[0, row, col] < HEIGHT and maps.ids[0, row, col] == 0


def test_box_on_a_box(solid, overhead):
    solids = [
        solid((0.3, 0.3, 0.03), (0.14, 0.14, 0.06), 0.2, (200, 0, 0)),
        solid((0.3, 0.3, 0.08), (0.04, 0.04, 0.04), 0.5, (0, 0, 200)),
    ]
    maps = project_heightmaps(**overhead(height=1.6).render(solids), workspace=WORKSPACE)
    inner = np.min([np.abs(s.outside(CENTRES)) for s in solids], axis=0) > EDGE
    assert np.abs(maps.height[0].numpy() - true_heights(solids))[inner].max() < HEIGHT
    ring = inner & (solids[0].outside(CENTRES) < 0) & (solids[1].outside(CENTRES) > 0)
    assert (maps.ids[0].numpy()[ring] == 1).all()


def test_tilted_camera_off_the_centre(solid, overhead):
    tilt = Rotation.from_euler("xy", (0.12, -0.08)).as_matrix() @ np.diag([1.0, -1.0, -1.0])
    solids = spread(solid, seed=1)
    camera = overhead(520, 1.6, 1.8, tilt, (0.1, -0.1))
    check(project_heightmaps(**camera.render(solids), workspace=WORKSPACE), solids)


def test_points_above_max_height_are_dropped(solid, overhead):
    solids = [solid((0.1, 0.1, 0.03), (0.06, 0.06, 0.06))]
    gripper = solid((-0.2, 0.2, 0.55), (0.1, 0.06, 0.2))
    image = overhead(height=1.8).render([*solids, gripper])
    maps = project_heightmaps(**image, workspace=WORKSPACE)
    check(maps, solids)
    assert not (maps.ids == 2).any()
    seen = project_heightmaps(**image, workspace=WORKSPACE, max_height=0.7)
    assert seen.height.max().item() == pytest.approx(0.65, abs=HEIGHT)


@pytest.mark.parametrize("missing", [0.0, torch.nan, torch.inf, -1.0])
def test_missing_returns(solid, overhead, missing):
    """A band around every object and scattered pixels without depth, as stereo cameras leave them."""
    solids = spread(solid)
    image = overhead(400, 1.2).render(solids)
    labels = image["ids"][0].numpy()
    band = ndimage.binary_dilation(labels > 0, iterations=4) & (labels == 0)  # 12 mm of table around the objects
    speckle = np.random.default_rng(0).uniform(size=labels.shape) < 0.2
    image["depth"][0][torch.from_numpy(band | speckle)] = missing
    check(project_heightmaps(**image, workspace=WORKSPACE), solids)


def test_dark_patch_on_top_of_an_object_is_filled(solid, overhead):
    solids = [solid((0.1, 0.1, 0.03), (0.08, 0.08, 0.06))]
    image = overhead().render(solids)
    camera = image["intrinsics"][0]
    col, row = (camera[0, 2] + camera[0, 0] * 0.1 / 1.74).int(), (camera[1, 2] - camera[1, 1] * 0.1 / 1.74).int()
    image["depth"][0, row - 8 : row + 8, col - 8 : col + 8] = torch.nan
    check(project_heightmaps(**image, workspace=WORKSPACE), solids)


def test_depth_noise(solid, overhead):
    solids = spread(solid)
    image = overhead(400, 1.2).render(solids)
    image["depth"] += 0.0005 * torch.randn(image["depth"].shape, generator=torch.Generator().manual_seed(0))
    maps = project_heightmaps(**image, workspace=WORKSPACE)
    check(maps, solids)
    assert maps.height.min() >= 0.0


def test_batch_equals_single_worlds(solid, overhead):
    scenes = [spread(solid, seed) for seed in (0, 1)] + [[solid((0.0, 0.0, 0.15), (0.05, 0.05, 0.3))]]
    images = [overhead(400, 1.2, height).render(s) for s, height in zip(scenes, (1.6, 1.8, 2.0), strict=True)]
    batch = {name: torch.cat([image[name] for image in images]) for name in images[0]}
    maps = project_heightmaps(**batch, workspace=WORKSPACE)
    assert maps.colour.shape == (3, 3, 224, 224) and maps.ids.dtype == torch.long
    for world, image in enumerate(images):
        single = project_heightmaps(**image, workspace=WORKSPACE)
        for name in ("colour", "height", "ids"):
            assert torch.equal(getattr(single, name)[0], getattr(maps, name)[world])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_agrees_with_cpu_and_repeats(solid, overhead):
    image = overhead(400, 1.2).render(spread(solid))
    on_gpu = {name: value.cuda() for name, value in image.items()}
    first, again = (project_heightmaps(**on_gpu, workspace=WORKSPACE) for _ in range(2))
    assert torch.equal(first.height, again.height) and torch.equal(first.ids, again.ids)
    cpu = project_heightmaps(**image, workspace=WORKSPACE)
    assert (first.ids.cpu() != cpu.ids).float().mean() < 1e-3  # points on a cell's border may round apart
    check(Heightmaps(first.colour.cpu(), first.height.cpu(), first.ids.cpu()), spread(solid))


def test_one_picture_is_quick(solid, overhead):
    image = overhead(400, 1.1, 1.6).render(spread(solid))
    times = []
    for _ in range(10):
        start = time.process_time()
        project_heightmaps(**image, workspace=WORKSPACE)
        times.append(time.process_time() - start)
    assert min(times) < 0.1  # about 10 ms on one core; the margin is for shared machines


def test_bad_pictures_are_refused(overhead):
    image = overhead(50).render([])
    bad = {
        "rgb": image["rgb"].float(),
        "depth": image["depth"][0],
        "ids": image["ids"].float(),
        "intrinsics": image["intrinsics"][0],
        "position": image["position"] * torch.nan,
    }
    for name, value in bad.items():
        with pytest.raises(ValueError, match=name):
            project_heightmaps(**{**image, name: value}, workspace=WORKSPACE)
    with pytest.raises(ValueError, match="max_height"):
        project_heightmaps(**image, workspace=WORKSPACE, max_height=0.0)


def test_blank_depth_is_refused_by_world(overhead):
    image = {name: torch.cat((value, value)) for name, value in overhead(50).render([]).items()}
    image["depth"][1] = torch.nan
    with pytest.raises(ValueError, match=r"\[1\]"):
        project_heightmaps(**image, workspace=WORKSPACE)

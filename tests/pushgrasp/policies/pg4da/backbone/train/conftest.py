"""Small grasp data: coloured blocks whose grasp is in their middle, across their short side."""

import pytest
import torch

from pushgrasp.grasping.data.sample import GraspSample
from pushgrasp.grasping.data.shards import write_shard

ACROSS, ALONG = 357, 354
"""Two classes of the view nearest to straight down."""


def block_sample(seed: int) -> GraspSample:
    """Three blocks 5 x 9 cells of the grid, lying or standing; one good label in the middle and a worse one beside."""
    generator = torch.Generator().manual_seed(seed)
    rgb = torch.full((3, 224, 224), 90, dtype=torch.uint8)
    height, ids = torch.zeros(224, 224, dtype=torch.float16), torch.zeros(224, 224, dtype=torch.uint8)
    cells, classes, frictions = [], [], []
    for k in range(3):
        lying = bool(torch.randint(2, (), generator=generator))
        row = 4 + 16 * k
        column = int(torch.randint(5, 40, (), generator=generator))
        rows, columns = (5, 9) if lying else (9, 5)
        place = (slice(4 * row, 4 * (row + rows)), slice(4 * column, 4 * (column + columns)))
        rgb[(slice(None), *place)] = torch.randint(0, 255, (3, 1, 1), generator=generator).to(torch.uint8)
        height[place], ids[place] = 0.05, k + 1
        middle = (row + rows // 2) * 56 + column + columns // 2
        cells += [middle, middle + 1]
        classes += [ACROSS if lying else ALONG] * 2
        frictions += [0.05, 0.5]
    labels = {"cell": torch.tensor(cells, dtype=torch.int16), "view_angle": torch.tensor(classes, dtype=torch.int16)}
    friction = torch.tensor(frictions, dtype=torch.float16)
    return GraspSample(rgb, height, ids, friction=friction, **labels, meta={"seed": seed})


@pytest.fixture(scope="session")
def shards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("grasp_data")
    for index in range(2):
        write_shard(folder / f"shard_{index}.safetensors", [block_sample(10 * index + k) for k in range(3)])
    return folder

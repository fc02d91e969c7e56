"""Pictures of samples: jaws where the labels are, and a page of them."""

import numpy as np
import torch
from grasp_samples import make_sample

from pushgrasp.grasping.angle_view import class_rotations
from pushgrasp.grasping.data.cells import cell_points
from pushgrasp.grasping.data.picture import best_labels, draw_page, draw_sample
from pushgrasp.perception.workspace import Workspace


def sample_with_a_block(labels: int = 1):
    """A grey table with a dark block of 40 x 12 heightmap cells in the middle, grasped across its short side."""
    sample = make_sample(labels=labels)
    sample.rgb[:] = 128
    sample.height[:], sample.ids[:] = 0, 0
    sample.height[92:132, 106:118], sample.ids[92:132, 106:118] = 0.05, 1
    closing = class_rotations()[354:, 0, 0].abs()  # the classes that come most nearly straight down
    sample.view_angle[:] = 354 + int(closing.argmax())
    sample.cell[:] = 28 * 56 + 27
    sample.friction[:] = 0.05
    return sample


def test_pads_are_drawn_on_either_side_of_the_block():
    image = torch.from_numpy(np.array(draw_sample(sample_with_a_block(), scale=1)))
    white = (image == 255).all(dim=2)
    row, column = white.nonzero().unbind(dim=1)
    assert int(column.min()) < 106  # left of the block, 10 mm away
    assert int(column.max()) >= 118
    assert 100 < float(row.float().mean()) < 124
    magenta = (image == torch.tensor([255, 0, 255])).all(dim=2)
    assert magenta.any()


def test_best_label_is_central_and_within_the_friction():
    sample = sample_with_a_block(3)
    sample.cell[:] = torch.tensor([24 * 56 + 27, 28 * 56 + 27, 28 * 56 + 28])
    sample.friction[:] = torch.tensor([0.0, 0.3, 0.1])
    cells = cell_points(sample.height.float(), sample.ids, Workspace())
    assert best_labels(sample, cells, 1, friction=0.1).tolist() == [2]
    assert best_labels(sample, cells, 5, friction=0.1).tolist() == [2, 0]
    assert best_labels(sample, cells, 1, friction=0.001).tolist() == [0]


def test_page_holds_pictures_without_labels_too():
    page = draw_page([sample_with_a_block(), make_sample(labels=0), sample_with_a_block(0)], columns=2, tile=60)
    assert page.size == (120, 120)

"""Sample points of the gripper."""

import pytest
import torch

from pushgrasp.gripper import GripperGeometry
from pushgrasp.gripper.points import pad_points, palm_points


def test_sample_points_span_the_boxes():
    sizes, like = GripperGeometry(), torch.zeros(1)
    pad, palm = pad_points(sizes, 0.1, like), palm_points(sizes, 0.1, like)
    assert torch.allclose(pad.amin(dim=0), torch.tensor([0.0, -0.012, -0.17]))
    assert torch.allclose(pad.amax(dim=0), torch.tensor([0.012, 0.012, 0.0]))
    assert torch.allclose(palm.amin(dim=0), torch.tensor([-0.08, -0.035, -0.25]))
    assert torch.allclose(palm.amax(dim=0), torch.tensor([0.08, 0.035, -0.07]))
    with pytest.raises(ValueError, match="stroke"):
        GripperGeometry(stroke=-1.0)

"""Settings of the arms that are refused."""

import math

import pytest
import torch

from pushgrasp.motion.arm.model import JOINT_LIMITS, ArmsCfg, BasePose


def test_bases_face_each_other() -> None:
    rotation, position = ArmsCfg().base_frames()
    torch.testing.assert_close(rotation[1], rotation[0] @ torch.diag(torch.tensor([-1.0, -1.0, 1.0])).double())
    torch.testing.assert_close(position[1], position[0] * torch.tensor([-1.0, 1.0, 1.0]))


def test_home_keeps_the_joint_limits() -> None:
    assert (ArmsCfg().home_joints().abs() < torch.tensor(JOINT_LIMITS)).all()


@pytest.mark.parametrize("name", ["speed", "acceleration", "tool_length", "knot_time", "max_step", "workspace_side"])
@pytest.mark.parametrize("value", [0, -1, 0.0, -1.0, math.nan, True])
def test_values_that_must_be_positive_are_named(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"ArmsCfg.{name}="):
        ArmsCfg(**{name: value})


def test_other_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="arm_clearance=inf"):
        ArmsCfg(arm_clearance=math.inf)
    with pytest.raises(ValueError, match="link_clearance=-1"):
        ArmsCfg(link_clearance=-1)
    with pytest.raises(ValueError, match=r"BasePose.position\[2\]=nan"):
        BasePose((0.0, 0.0, math.nan), 0.0)
    with pytest.raises(ValueError, match="3 arms"):
        ArmsCfg(bases=(BasePose((0.0, 0.0, 0.0), 0.0),) * 3)
    with pytest.raises(ValueError, match=r"ArmsCfg.home=\(0.0, 0.0, 3.2"):
        ArmsCfg(home=(0.0, 0.0, 3.2, 0.0, 0.0, 0.0))
    with pytest.raises(ValueError, match=r"ArmsCfg.home=\(0.0, 0.0\)"):
        ArmsCfg(home=(0.0, 0.0))

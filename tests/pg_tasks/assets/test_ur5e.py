"""The arm's configuration against its USD file."""

from __future__ import annotations

from math import pi

import pytest
from pxr import Usd, UsdPhysics

from pg_tasks.assets.ur5e import ARM_JOINTS, UR5E_JOINTS, ur5e_cfg
from pushgrasp.motion.arm.model import BasePose

BASE = BasePose((-0.75, 0.0, 0.3), 0.0)


def test_drives_repeat_what_the_file_says() -> None:
    cfg = ur5e_cfg("/World/arm", BASE)
    stage = Usd.Stage.Open(cfg.spawn.usd_path)
    drives = {name: drive for drive in cfg.actuators.values() for name in drive.joint_names_expr}
    assert sorted(drives) == sorted(UR5E_JOINTS)
    for name, drive in drives.items():
        prim = stage.GetPrimAtPath(f"/ur5e_2f140/joints/{name}")
        kind, scale = ("angular", 180.0 / pi) if name in ARM_JOINTS else ("linear", 1.0)
        authored = UsdPhysics.DriveAPI.Get(prim, kind)
        assert authored.GetStiffnessAttr().Get() * scale == pytest.approx(drive.stiffness, rel=1e-4)
        assert authored.GetDampingAttr().Get() * scale == pytest.approx(drive.damping, rel=1e-4)
        assert authored.GetMaxForceAttr().Get() == pytest.approx(drive.joint_effort_limit)
        assert prim.GetAttribute("mjc:armature").Get() == pytest.approx(drive.armature)


def test_base_and_home_are_parameters() -> None:
    cfg = ur5e_cfg("/World/arm", BasePose((1.0, 2.0, 3.0), pi), home=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6))
    assert cfg.prim_path == "/World/arm"
    assert cfg.init_state.pos == (1.0, 2.0, 3.0)
    assert cfg.init_state.rot == pytest.approx((0.0, 0.0, 1.0, 0.0))  # half a turn about z, xyzw
    assert cfg.init_state.joint_pos["wrist_3_joint"] == 0.6
    with pytest.raises(ValueError, match="home has 5 angles"):
        ur5e_cfg("/World/arm", BASE, home=(0.0,) * 5)

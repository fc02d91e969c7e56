"""Cells and states of devices for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pushgrasp.deploy.devices import ArmState, Contact, GripperState, Safety
from pushgrasp.deploy.settings import CellCfg, read_cell

FOLDER = Path(__file__).resolve().parents[3] / "assets" / "cells"


def example(name: str = "two_ur5e") -> CellCfg:
    """Return one of the cells that come with the project."""
    return read_cell(FOLDER / f"{name}.yaml")


def arm_state(**other: object) -> ArmState:
    """Return an arm that is well, heard at 10 s, its TCP 0.7 m before and 0.1 m above its base."""
    fields = {
        "stamp": 5.0,
        "received": 10.0,
        "joints": np.zeros(6),
        "velocity": np.zeros(6),
        "force": np.zeros(6),
        "tcp": np.array([0.7, 0.0, 0.1, 0.0, 0.0, 0.0]),
        "scaling": 1.0,
        "safety": Safety.NORMAL,
        "program_running": True,
    }
    return ArmState(**{**fields, **other})  # pyright: ignore[reportArgumentType]


def gripper_state(**other: object) -> GripperState:
    """Return a gripper that is well, heard at 10 s."""
    fields = {"received": 10.0, "width": 0.1, "contact": Contact.ARRIVED, "fault": 0, "active": True}
    return GripperState(**{**fields, **other})  # pyright: ignore[reportArgumentType]

"""Copies of a world, with a box that falls beside one that sleeps."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

from pushgrasp.physics.world_ticks import WorldCopies, WorldPool, WorldTicks

MODEL = """
<mujoco>
  <option timestep="0.004"><flag sleep="enable"/></option>
  <worldbody>
    <geom type="plane" size="1 1 0.1"/>
    <body pos="0 0 0.05"><freejoint/><geom type="box" size="0.05 0.05 0.05"/></body>
    <body pos="0.02 0.01 0.4" euler="20 30 0"><freejoint/><geom type="box" size="0.05 0.05 0.05"/></body>
  </worldbody>
</mujoco>
"""


class Worlds(WorldTicks):
    """Two worlds, the second of which is half a second ahead."""

    def __init__(self) -> None:
        self.models = [mujoco.MjModel.from_xml_string(MODEL) for _ in range(2)]
        self.datas = [mujoco.MjData(model) for model in self.models]
        self.substeps, self.pool, self.active = 5, WorldPool(2), np.array([False, True])
        self.advance(25)


@pytest.fixture
def worlds() -> Worlds:
    return Worlds()


def state(data: mujoco.MjData) -> dict[str, np.ndarray]:
    """What the next step depends on, and which islands sleep."""
    names = ("qpos", "qvel", "qacc", "qacc_warmstart", "ctrl", "tree_asleep", "body_awake")
    return {name: getattr(data, name).copy() for name in names} | {"time": np.array(data.time)}


def test_copies_go_as_the_world_goes_and_leave_it_alone(worlds: Worlds) -> None:
    before = state(worlds.datas[1])
    copies = WorldCopies(worlds, 3)
    copies.take(1)
    copies.advance(20)
    after = state(worlds.datas[1])
    assert all(np.array_equal(before[name], after[name]) for name in before)
    worlds.active[:] = [False, True]
    worlds.advance(20)
    for copy in copies.datas:
        assert np.array_equal(copy.qpos, worlds.datas[1].qpos)
        assert np.array_equal(copy.qvel, worlds.datas[1].qvel)
        assert not np.array_equal(copy.qpos, before["qpos"])


def test_what_sleeps_sleeps_in_the_copy(worlds: Worlds) -> None:
    worlds.advance(500)
    assert worlds.datas[1].nv_awake == 0
    copies = WorldCopies(worlds, 1)
    copies.take(1)
    assert copies.datas[0].nv_awake == 0


def test_worlds_that_are_not_active_stand_still(worlds: Worlds) -> None:
    worlds.active[:] = [True, False]
    ahead = worlds.datas[1].time
    worlds.advance(2)
    assert worlds.datas[0].time == pytest.approx(2 * 5 * 0.004)
    assert worlds.datas[1].time == ahead == pytest.approx(25 * 5 * 0.004)

"""Depth of contacts, on a box that is put into a table."""

from __future__ import annotations

from types import SimpleNamespace

import mujoco
import pytest

from pg_tasks.physics.contact_depth import PadDepth, deepest_contact, geoms_named

BOXES = """
<mujoco>
  <worldbody>
    <geom name="table" type="plane" size="1 1 0.1"/>
    <body name="finger"><freejoint/><geom name="finger/collision/pad_3" type="box" size="0.01 0.01 0.01"/></body>
    <body name="block"><freejoint/><geom name="block_0" type="box" size="0.02 0.02 0.02"/></body>
  </worldbody>
</mujoco>
"""


class Bench:
    """A pad and a block over a table."""

    def __init__(self) -> None:
        self.model = mujoco.MjModel.from_xml_string(BOXES)
        self.data = mujoco.MjData(self.model)
        self.place(pad=0.1, block=0.1)

    def place(self, pad: float, block: float) -> None:
        """Put the undersides of pad and block at heights over the table [m]."""
        self.data.qpos[:3], self.data.qpos[7:10] = (0.2, 0.0, pad + 0.01), (0.0, 0.0, block + 0.02)
        mujoco.mj_forward(self.model, self.data)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_shapes_are_found_by_part_of_their_names(bench: Bench) -> None:
    assert geoms_named(bench.model, "pad").tolist() == [False, True, False]
    assert geoms_named(bench.model, "_").tolist() == [False, True, True]


def test_depth_of_the_chosen_shapes_only(bench: Bench) -> None:
    pads = geoms_named(bench.model, "pad")
    assert deepest_contact(bench.data, pads) == 0.0
    bench.place(pad=-0.001, block=-0.004)
    assert deepest_contact(bench.data, pads) == pytest.approx(0.001)
    bench.place(pad=0.1, block=-0.004)
    assert bench.data.ncon > 0
    assert deepest_contact(bench.data, pads) == 0.0


def test_the_deepest_since_the_action_began_is_kept(bench: Bench) -> None:
    twin = Bench()
    solver = SimpleNamespace(models=[bench.model, twin.model], datas=[bench.data, twin.data], on_tick=None)
    depth = PadDepth(solver)
    for height in (0.0, -0.002, -0.001):
        bench.place(pad=height, block=0.1)
        solver.on_tick(0)
        solver.on_tick(1)
    assert depth.read().tolist() == pytest.approx([0.002, 0.0])
    depth.forget()
    assert depth.read().tolist() == [0.0, 0.0]

"""Blocks and the gripper in PhysX, built from the USD stage that the preset ``physx`` writes."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import mujoco
import numpy as np
import pytest
from isaaclab.sim.utils.stage import use_stage
from isaaclab_tasks.utils import resolve_task_config
from pxr import Sdf, Usd, UsdGeom, UsdPhysics

from pg_tasks.envs.rigs import place_rig
from pg_tasks.physics.physx_check.stage import StageWorld, read_world
from pg_tasks.physics.physx_check.state import StateMap
from pg_tasks.physics.physx_check.world import PhysxWorld, import_sapien, mean_friction
from pg_tasks.physics.physx_props import ROLLING_DAMPING
from pushgrasp.physics.free_grippers import GRIPPER_JOINTS
from pushgrasp.program import UserError

ROOT = "/World/envs/env_0"
DT = 0.005
GRAVITY = 9.81
RADIUS = 0.0224
"""Of the cylinder [m]."""
GAINS = {"x": (4000, 110, 25), "y": (4000, 110, 25), "z": (4000, 110, 25), "left_finger": (2000, 70, 20)}


@pytest.fixture(scope="module")
def stage() -> Usd.Stage:
    """Table, ground, a cube, a cylinder and the left gripper, as the preset ``sapien`` spawns them."""
    cfg, _ = resolve_task_config("DualArmPushGrasp", "pushgrasp_cfg_entry_point", overrides=["physics=sapien"])
    layout = cfg.clutter.slot_layout()
    cfg.scene.add_slots(layout)
    place_rig(cfg)
    slots = dict(zip(layout.shapes, cfg.scene.objects.rigid_objects.values(), strict=True))
    assets = {"table": cfg.scene.table, "left_gripper": cfg.scene.left_gripper}
    assets |= {f"slot_{index:02d}": slots[name].copy() for index, name in enumerate(("cube", "cylinder"))}
    stage = Usd.Stage.CreateInMemory()
    for path in ("/World", "/World/envs", ROOT):
        stage.DefinePrim(path, "Xform")
    with use_stage(stage):
        for name, asset in assets.items():
            spawn(asset.copy(), f"{ROOT}/{name}")
    return stage


def spawn(asset: Any, path: str) -> None:
    for name in ("visual_material", "visual_material_bindings"):
        if hasattr(asset.spawn, name):
            setattr(asset.spawn, name, {} if name.endswith("bindings") else None)
    position = (0.0, 0.0, -0.025) if path.endswith("table") else (0.0, 0.0, 0.0)
    asset.spawn.func(path, asset.spawn, translation=position)


@pytest.fixture(scope="module")
def content(stage: Usd.Stage) -> StageWorld:
    return read_world(stage, ROOT)


def without_robots(content: StageWorld, slot: int) -> StageWorld:
    return replace(content, objects=(content.objects[slot],), robots=())


def model(content: StageWorld) -> mujoco.MjModel:
    """What carries the state: free bodies and the gripper's joints, named as Newton names them."""
    free = "".join(
        f'<body><freejoint name="_{body.name}_free_joint"/><geom size=".01"/></body>' for body in content.objects
    )
    names = [f"_left_gripper_joints_{joint}" for joint in GRIPPER_JOINTS] if content.robots else []
    joints = "".join(f'<body><joint name="{name}" type="slide"/><geom size=".01"/></body>' for name in names)
    drives = ""
    for name, joint in zip(names, GRIPPER_JOINTS, strict=False):
        stiffness, damping, _ = GAINS.get(joint.replace("right", "left"), (60.0, 1.5, 5.0))
        drives += f'<position joint="{name}" kp="{stiffness}"/><velocity joint="{name}" kv="{damping}"/>'
    table = '<geom name="table_geometry_mesh" type="box" size=".5 .5 .025" pos="0 0 -.025"/>'
    made = mujoco.MjModel.from_xml_string(
        f"<mujoco><option timestep='{DT}'/><worldbody>{table}{free}{joints}</worldbody>"
        f"<actuator>{drives}</actuator></mujoco>"
    )
    for name, joint in zip(names, GRIPPER_JOINTS, strict=False):
        made.jnt_actfrcrange[made.joint(name).id] = GAINS.get(joint.replace("right", "left"), (0, 0, 5.0))[2]
        made.dof_armature[made.joint(name).dofadr] = 0.5 if "finger" in joint else 0.0
    return made


class World:
    """One world with its data."""

    def __init__(self, content: StageWorld, *positions: tuple[float, float, float]) -> None:
        self.model = model(content)
        self.where = StateMap(self.model, content)
        self.data = mujoco.MjData(self.model)
        for coordinates, position in zip(self.where.coordinates, positions, strict=True):
            self.data.qpos[coordinates] = [*position, 1.0, 0.0, 0.0, 0.0]
        self.content = content
        mujoco.mj_forward(self.model, self.data)
        self.physx: PhysxWorld | None = None

    def advance(self, seconds: float) -> None:
        self.physx = self.physx or PhysxWorld(self.content, self.where, self.model, self.data)
        for _ in range(round(seconds / DT)):
            self.physx.advance(self.data, 1)

    def position(self, slot: int = 0) -> np.ndarray:
        return self.data.qpos[self.where.coordinates[slot, :3]]


def test_a_falling_block_comes_to_rest_at_half_its_height(content: StageWorld) -> None:
    world = World(without_robots(content, 0), (0.1, -0.2, 0.1))
    world.advance(1.0)
    assert world.position() == pytest.approx([0.1, -0.2, 0.025], abs=5e-4)  # a cube of 5 cm
    assert np.abs(world.data.qvel).max() < 1e-3


def test_it_falls_as_bodies_do(content: StageWorld) -> None:
    world = World(without_robots(content, 0), (0.0, 0.0, 1.0))
    world.advance(0.2)
    assert world.position()[2] == pytest.approx(1.0 - 0.5 * GRAVITY * 0.2**2, abs=0.006)  # half a step of 5 ms: 5 mm
    assert world.data.qvel[2] == pytest.approx(-GRAVITY * 0.2, rel=0.01)


def test_a_sliding_block_stops_by_friction(content: StageWorld) -> None:
    world = World(without_robots(content, 0), (-0.2, 0.0, 0.025))
    world.data.qvel[0] = 1.0
    world.advance(1.0)
    assert world.position()[0] + 0.2 == pytest.approx(1.0 / (2 * 0.8 * GRAVITY), rel=0.08)
    assert world.position()[1:] == pytest.approx([0.0, 0.025], abs=1e-3)


def test_a_cylinder_rolls_as_far_as_rolling_friction_lets_it(content: StageWorld) -> None:
    world = World(without_robots(content, 1), (-0.2, 0.0, RADIUS))
    world.data.qpos[3:7] = [0.5**0.5, 0.5**0.5, 0.0, 0.0]  # axis along y
    world.data.qvel[0], world.data.qvel[5] = 0.15, 0.15 / RADIUS  # in the body's frame, whose z is the world's y
    world.advance(3.0)
    # 3 mm of rolling friction slow a solid cylinder down by 3 mm / radius * g / 1.5: 1.3 cm from 0.15 m/s.
    slowing = 0.003 / RADIUS * GRAVITY / 1.5
    assert world.position()[0] + 0.2 == pytest.approx(0.15**2 / (2 * slowing), abs=0.005)
    assert np.abs(world.data.qvel).max() < 0.01


def test_a_cylinder_that_lies_still_stays_where_it_is(content: StageWorld) -> None:
    world = World(without_robots(content, 1), (-0.2, 0.0, RADIUS))
    world.data.qpos[3:7] = [0.5**0.5, 0.5**0.5, 0.0, 0.0]
    world.advance(3.0)
    assert world.position() == pytest.approx([-0.2, 0.0, RADIUS], abs=1e-3)


def test_a_grasp_lifts_a_lone_block(content: StageWorld) -> None:
    world = World(replace(content, objects=content.objects[:1]), (0.0, 0.0, 0.025))
    joints = world.where.robots[0]
    hand = dict(zip(GRIPPER_JOINTS, joints.position_drives, strict=True))
    world.data.qpos[joints.coordinates] = [0, 0, 0.2, 0, 0, 0, 0.05, 0.05]
    way = [(0.2, 0.05), *[(z, 0.05) for z in np.linspace(0.2, 0.012, 20)], *[(0.012, w) for w in (0.03, 0.0175)]]
    for height, half in [*way, (0.012, 0.0175), *[(z, 0.0175) for z in np.linspace(0.012, 0.2, 20)]]:
        world.data.ctrl[hand["z"]], world.data.ctrl[[hand["left_finger"], hand["right_finger"]]] = height, half
        world.advance(0.05)
    world.advance(1.0)
    assert world.position() == pytest.approx([0.0, 0.0, 0.025 + 0.188], abs=0.005)
    assert world.data.qpos[joints.coordinates[6:]] == pytest.approx([0.025, 0.025], abs=1e-3)  # on a cube of 5 cm


def test_the_same_state_gives_the_same_future_to_the_bit(content: StageWorld) -> None:
    ends = []
    for _ in range(2):
        world = World(replace(content, robots=()), (0.0, 0.0, 0.06), (0.02, 0.01, 0.14))
        world.advance(0.5)
        ends.append(world.data.qpos.copy())
    assert (ends[0] == ends[1]).all()


def test_what_was_written_for_physx_is_read(content: StageWorld) -> None:
    gripper = content.robots[0]
    assert [joint.name for joint in gripper.joints] == list(GRIPPER_JOINTS)
    assert gripper.solver["solverPositionIterationCount"] == 32
    pads = [collider for body in gripper.links.values() for collider in body.colliders if collider.patch]
    assert [pad.patch for pad in pads] == pytest.approx([0.005, 0.005])
    assert [pad.dynamic_friction for pad in pads] == [1.0, 1.0]
    cube, cylinder = content.objects
    assert cube.colliders[0].size == pytest.approx([0.05, 0.05, 0.05])
    assert [collider.contact_offset for collider in cube.colliders] == pytest.approx([0.002])
    assert "angularDamping" not in {name for name, value in cube.solver.items() if value}
    assert cylinder.solver["angularDamping"] == pytest.approx(ROLLING_DAMPING)


@pytest.mark.parametrize(("friction", "larger"), [(1.0, 1.0), (0.8, 0.8), (0.5, 0.8)])
def test_the_mean_with_a_block_is_the_larger_friction(friction: float, larger: float) -> None:
    assert 0.5 * (mean_friction(friction) + 0.8) == pytest.approx(larger)


def test_a_shape_that_nobody_knows_is_named() -> None:
    stage = Usd.Stage.CreateInMemory()
    ball = UsdGeom.Sphere.Define(stage, Sdf.Path("/World/ball")).GetPrim()
    UsdPhysics.CollisionAPI.Apply(ball)
    with pytest.raises(ValueError, match=r"/World/ball: a Sphere; cubes, cylinders and meshes are known"):
        read_world(stage, "/World")


def test_without_sapien_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sapien", None)
    with pytest.raises(UserError, match=r"physics=sapien needs sapien .*pushgrasp\[physx-check\]"):
        import_sapien()

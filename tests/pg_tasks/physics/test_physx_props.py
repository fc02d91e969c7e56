"""What is written on the USD stage for PhysX, read back with pxr."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import isaaclab.sim as sim_utils
import numpy as np
import pytest
from isaaclab.sim.utils.stage import use_stage
from isaaclab_newton.physics import NewtonCfg
from isaaclab_tasks.utils import resolve_task_config
from pxr import Usd, UsdGeom, UsdPhysics, UsdShade
from scipy.spatial import ConvexHull

from pg_tasks.envs.rigs import place_rig
from pg_tasks.physics.physx_props import is_round, make_hull
from pushgrasp.scenes.shapes import ALL_SHAPES

ROUND = {"cylinder", "half_cylinder", "small_cylinder", "small_half_cylinder"}


def config(*words: str, task: str = "DualArmPushGrasp") -> Any:
    cfg, _ = resolve_task_config(task, "pushgrasp_cfg_entry_point", overrides=list(words))
    cfg.validate_config()
    cfg.scene.add_slots(cfg.clutter.slot_layout())
    place_rig(cfg)
    return cfg


@pytest.fixture(scope="module")
def physx() -> Any:
    return config("physics=physx", "env.rig=full")


@pytest.fixture
def spawned() -> Callable[[Any], Usd.Stage]:
    def spawn(cfg: Any) -> Usd.Stage:
        stage = Usd.Stage.CreateInMemory()
        stage.DefinePrim("/World", "Xform")
        with use_stage(stage):
            cfg.spawn.func("/World/asset", cfg.spawn, translation=(0.0, 0.0, 0.0))
        return stage

    return spawn


def values(stage: Usd.Stage, api: Any, name: str) -> list:
    return [prim.GetAttribute(name).Get() for prim in stage.Traverse() if prim.HasAPI(api)]


@pytest.mark.parametrize("shape", ["cube", "cylinder", "half_cylinder", "arch"])
def test_a_slot_is_written_for_physx(physx: Any, spawned: Callable, shape: str) -> None:
    shapes = physx.clutter.slot_layout().shapes
    slot = list(physx.scene.objects.rigid_objects.values())[shapes.index(shape)].copy()
    slot.spawn.visual_material_bindings = {}
    stage = spawned(slot)
    (body,) = [prim for prim in stage.Traverse() if prim.HasAPI(UsdPhysics.RigidBodyAPI)]
    read = {name: body.GetAttribute(f"physxRigidBody:{name}").Get() for name in ("angularDamping", "sleepThreshold")}
    assert read["sleepThreshold"] == pytest.approx(5e-5)  # half the square of 1 cm/s
    assert (read["angularDamping"] is not None) == (shape in ROUND)
    assert body.GetAttribute("physxRigidBody:solverPositionIterationCount").Get() == 16
    assert body.GetAttribute("physxRigidBody:maxDepenetrationVelocity").Get() == 1.0
    offsets = values(stage, UsdPhysics.CollisionAPI, "physxCollision:contactOffset")
    assert offsets
    assert offsets == pytest.approx([0.002] * len(offsets))
    assert set(values(stage, UsdPhysics.CollisionAPI, "physxCollision:restOffset")) == {0.0}
    assert set(values(stage, UsdPhysics.MaterialAPI, "physxMaterial:frictionCombineMode")) == {"max"}


def test_a_cylinder_of_a_slot_collides_as_a_hull(physx: Any, spawned: Callable) -> None:
    shapes = physx.clutter.slot_layout().shapes
    slot = list(physx.scene.objects.rigid_objects.values())[shapes.index("cylinder")].copy()
    slot.spawn.visual_material_bindings = {}
    stage = spawned(slot)
    (collider,) = [prim for prim in stage.Traverse() if prim.HasAPI(UsdPhysics.CollisionAPI)]
    assert UsdPhysics.MeshCollisionAPI(collider).GetApproximationAttr().Get() == "convexHull"
    assert UsdGeom.Mesh(collider).GetPointsAttr().Get()


@pytest.mark.parametrize("axis", ["X", "Y", "Z"])
def test_the_hull_of_a_cylinder_is_nearly_the_cylinder(axis: str) -> None:
    stage = Usd.Stage.CreateInMemory()
    cylinder = UsdGeom.Cylinder.Define(stage, "/cylinder")
    cylinder.CreateRadiusAttr(0.02)
    cylinder.CreateHeightAttr(0.1)
    cylinder.CreateAxisAttr(axis)
    make_hull(cylinder.GetPrim())
    mesh, along = UsdGeom.Mesh(stage.GetPrimAtPath("/cylinder")), "XYZ".index(axis)
    points = np.array(mesh.GetPointsAttr().Get())
    assert len(points) <= 64  # all that a hull on a GPU may have
    assert np.abs(points[:, along]) == pytest.approx(0.05)
    assert np.linalg.norm(np.delete(points, along, axis=1), axis=1) == pytest.approx(0.02, rel=1e-5)
    assert ConvexHull(points).volume == pytest.approx(np.pi * 0.02**2 * 0.1, rel=0.01)
    counts, corners = np.array(mesh.GetFaceVertexCountsAttr().Get()), np.array(mesh.GetFaceVertexIndicesAttr().Get())
    for face in np.split(corners, np.cumsum(counts)[:-1]):
        first, second, third = points[face[:3]]
        assert np.cross(second - first, third - second) @ first > 0.0  # faces look outwards


def test_a_gripper_is_written_for_physx(spawned: Callable) -> None:
    stage = spawned(config("physics=physx").scene.left_gripper)
    (root,) = [prim for prim in stage.Traverse() if prim.HasAPI(UsdPhysics.ArticulationRootAPI)]
    assert root.GetAttribute("physxArticulation:enabledSelfCollisions").Get() is False
    assert root.GetAttribute("physxArticulation:sleepThreshold").Get() == 0.0
    assert root.GetAttribute("physxArticulation:solverPositionIterationCount").Get() == 32
    gravity = values(stage, UsdPhysics.RigidBodyAPI, "physxRigidBody:disableGravity")
    assert len(gravity) == 9  # base, five links between the joints, palm, two fingers
    assert all(gravity)
    patches = {
        prim.GetPath().name: prim.GetAttribute("physxCollision:minTorsionalPatchRadius").Get()
        for prim in stage.Traverse()
        if prim.HasAPI(UsdPhysics.CollisionAPI)
    }
    assert patches == {"palm": None, "pad": pytest.approx(0.005)}
    assert values(stage, UsdPhysics.CollisionAPI, "physxCollision:contactOffset") == pytest.approx([0.002] * 3)


def test_an_arm_is_written_for_physx(physx: Any, spawned: Callable) -> None:
    stage = spawned(physx.scene.left_arm)
    offsets = values(stage, UsdPhysics.CollisionAPI, "physxCollision:contactOffset")
    assert offsets == pytest.approx([0.002] * len(offsets))
    radii = values(stage, UsdPhysics.CollisionAPI, "physxCollision:torsionalPatchRadius")
    assert sum(radius is not None for radius in radii) == 2
    assert set(values(stage, UsdPhysics.MaterialAPI, "physxMaterial:frictionCombineMode")) == {"max"}


def test_the_table_is_written_for_physx(physx: Any, spawned: Callable) -> None:
    for asset in (physx.scene.table, physx.scene.ground, physx.scene.right_pedestal):
        still = asset.copy()
        still.spawn.visual_material = None
        stage = spawned(still)
        assert values(stage, UsdPhysics.CollisionAPI, "physxCollision:contactOffset") == pytest.approx([0.002])
        (collider,) = [prim for prim in stage.Traverse() if prim.HasAPI(UsdPhysics.CollisionAPI)]
        material, _ = UsdShade.MaterialBindingAPI(collider).ComputeBoundMaterial("physics")
        assert material.GetPrim().GetAttribute("physxMaterial:frictionCombineMode").Get() == "max"
        assert UsdPhysics.MaterialAPI(material).GetDynamicFrictionAttr().Get() == pytest.approx(0.8)


def test_other_physics_gets_none_of_it() -> None:
    cfg = config("physics=mujoco")
    assert isinstance(cfg.sim.physics, NewtonCfg)
    slot = next(iter(cfg.scene.objects.rigid_objects.values()))
    assert (slot.spawn.rigid_props, slot.spawn.collision_props) == (None, None)
    assert cfg.scene.left_gripper.spawn.articulation_props is None
    assert isinstance(cfg.scene.table.spawn.collision_props, sim_utils.CollisionPropertiesCfg)


def test_what_rolls_is_round() -> None:
    flat = {"cube", "cuboid", "slab", "prism", "arch", "tile", "carton", "packet", "soap"}
    assert all(is_round(name) for name in ROUND | {"can", "tin", "bottle", "cup", "bowl", "tumbler"})
    assert not any(is_round(name) for name in flat & ALL_SHAPES.keys())


@pytest.mark.parametrize("task", ["DualArmPushGrasp", "SingleArmPushGrasp"])
@pytest.mark.parametrize("rig", ["training", "full"])
def test_whole_configurations_build(task: str, rig: str) -> None:
    cfg = config("physics=physx", f"env.rig={rig}", "env.clutter.num_objects=35", "env.scene.num_envs=2048", task=task)
    arms = [name for name in ("left", "right") if getattr(cfg.scene, f"{name}_{'arm' if rig == 'full' else 'gripper'}")]
    assert len(arms) == cfg.num_arms
    assert cfg.sim.physics.gpu_max_rigid_contact_count == 2**25  # 2048 worlds of twice 4192
    assert cfg.sim.physics.solver_type == 1
    assert round(1.0 / cfg.sim.dt) // cfg.sim.render_interval == 1  # what Isaac Lab hands Kit as its least frame rate


def test_camera_asks_rtx_for_what_is_read() -> None:
    camera = config("physics=physx").scene.camera
    specs = camera.renderer_cfg.supported_output_types()
    assert set(camera.data_types) == {"rgb", "distance_to_image_plane", "semantic_segmentation"}
    assert set(camera.data_types) <= {kind.value for kind in specs}
    (ids,) = [spec for kind, spec in specs.items() if kind.value == "semantic_segmentation"]
    assert ids.channels == 1  # ids, not colours
    assert (camera.width, camera.height) == (288, 288)

"""What PhysX needs to know about bodies, colliders and materials; the other engines read their own from the USD files.

The numbers are those of the MuJoCo presets where PhysX has the same quantity, and otherwise derived as noted. The
preset ``sapien`` runs PhysX with them on any machine (docs/physics.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from isaaclab.assets import ArticulationCfg, AssetBaseCfg, RigidObjectCollectionCfg
from isaaclab.scene import InteractiveSceneCfg
from isaaclab_physx.sim.schemas import PhysxArticulationCfg, PhysxCollisionCfg, PhysxRigidBodyCfg
from isaaclab_physx.sim.spawners.materials import PhysxRigidBodyMaterialCfg

from pg_tasks.assets.ur5e_nvidia import NvidiaUR5eCfg
from pushgrasp.scenes.collision import collision_primitives
from pushgrasp.scenes.shapes import shape_named
from pushgrasp.scenes.solids import Cylinder, Hull, Revolved, solid_mesh

if TYPE_CHECKING:
    from pxr import Usd

CONTACT_OFFSET = 0.002
"""Two surfaces make contacts from twice this distance on [m]; fingers close by 0.9 mm within a step of 5 ms."""

DEPENETRATION_SPEED = 1.0
"""Fastest way out of each other that PhysX gives two bodies [m/s]; more lets heaps burst."""

POSITION_ITERATIONS = 16
"""Of TGS for an object, each with its own small step."""

ROBOT_ITERATIONS = 32
"""Of TGS for a robot: finger, block and finger are a stiff chain."""

SLEEP_ENERGY = 0.5 * 0.01**2
"""Kinetic energy per mass below which an object may sleep [m^2/s^2]: at 1 cm/s, as MuJoCo's islands do."""

ROLLING_DAMPING = 15.0
"""Angular damping of round shapes in the place of rolling friction, which PhysX lacks [1/s].

A cylinder that rolls at 0.15 m/s then goes about as far as with MuJoCo's 3 mm of rolling friction (docs/physics.md).
"""

RIM = 32
"""Corners of each rim of a cylinder, which collides as a hull: on a GPU hulls have 64 corners at most.

PhysX's own cylinders roll on by themselves on a flat table (docs/physics.md).
"""

PAD_PATCH = 0.005
"""Radius of the patch with which a pad resists turning where it touches in one point only [m]."""

ROUND_CORNERS = 12
"""Hulls with more corners than this are round; an extruded triangle has six."""

COMBINE: Literal["max"] = "max"
"""The larger friction of two surfaces counts: pads hold with their 1.0, and blocks slide with 0.8 on palm and table.

That is what the priorities in the files give with MuJoCo; PhysX's default, the mean, would weaken the grip.
"""


def tune_for_physx(scene: InteractiveSceneCfg, shapes: Sequence[str]) -> None:
    """Give every body in the scene what PhysX needs.

    Args:
        scene: Scene of one world, with its objects and robots; changed in place.
        shapes: Shape of each object slot.

    Raises:
        ValueError: If a shape is unknown, or there are not as many as slots.
    """
    for asset in vars(scene).values():
        if isinstance(asset, RigidObjectCollectionCfg):
            for slot, shape in zip(asset.rigid_objects.values(), shapes, strict=True):
                _tune_object(slot.spawn, shape)
        elif isinstance(asset, ArticulationCfg):
            _tune_robot(asset.spawn)
            if not isinstance(asset, NvidiaUR5eCfg):  # whose colliders NVIDIA has tuned
                _tune_colliders(asset.spawn)
        elif isinstance(asset, AssetBaseCfg) and getattr(asset.spawn, "collision_props", None) is not None:
            _tune_static(asset.spawn)


def is_round(name: str) -> bool:
    """Return whether a shape can roll.

    Raises:
        ValueError: If the shape is unknown.
    """
    shape = shape_named(name)
    parts = (*shape.solids, *collision_primitives(shape))
    return any(
        isinstance(part, Cylinder | Revolved) or (isinstance(part, Hull) and len(part.points) > ROUND_CORNERS)
        for part in parts
    )


def _tune_object(spawn: Any, shape: str) -> None:  # noqa: ANN401 - any spawner of a USD file
    spawn.func = spawn_from_usd
    spawn.collision_props = [_contact()]
    spawn.rigid_props = [
        PhysxRigidBodyCfg(
            solver_position_iteration_count=POSITION_ITERATIONS,
            solver_velocity_iteration_count=1,
            max_depenetration_velocity=DEPENETRATION_SPEED,
            sleep_threshold=SLEEP_ENERGY,
            angular_damping=ROLLING_DAMPING if is_round(shape) else None,
        )
    ]


def _tune_robot(spawn: Any) -> None:  # noqa: ANN401
    """Links pass each other unseen: joint limits and plans keep them apart. A robot that waits must not sleep."""
    spawn.rigid_props = [PhysxRigidBodyCfg(disable_gravity=True, max_depenetration_velocity=DEPENETRATION_SPEED)]
    spawn.articulation_props = [
        PhysxArticulationCfg(
            enabled_self_collisions=False,
            solver_position_iteration_count=ROBOT_ITERATIONS,
            solver_velocity_iteration_count=1,
            sleep_threshold=0.0,
        )
    ]


def _tune_colliders(spawn: Any) -> None:  # noqa: ANN401
    spawn.func = spawn_from_usd
    pads = PhysxCollisionCfg(torsional_patch_radius=PAD_PATCH, min_torsional_patch_radius=PAD_PATCH)
    spawn.collision_props = {"/.*": [_contact()], "/[^/]+_finger_link/collision/pad": [pads]}


def _tune_static(spawn: Any) -> None:  # noqa: ANN401
    spawn.collision_props = [_contact()]
    material = spawn.physics_material
    spawn.physics_material = PhysxRigidBodyMaterialCfg(
        static_friction=material.static_friction,
        dynamic_friction=material.dynamic_friction,
        restitution=material.restitution,
        friction_combine_mode=COMBINE,
    )


def _contact() -> PhysxCollisionCfg:
    return PhysxCollisionCfg(contact_offset=CONTACT_OFFSET, rest_offset=0.0)


def spawn_from_usd(
    prim_path: str,
    cfg: Any,  # noqa: ANN401 - Isaac Lab's UsdFileCfg; importing it here would import pxr before Kit starts
    translation: tuple[float, float, float] | None = None,
    orientation: tuple[float, float, float, float] | None = None,
    **kwargs: object,
) -> Usd.Prim:
    """Spawn a USD file as :func:`isaaclab.sim.spawn_from_usd` does, with the combine mode and the colliders for PhysX.

    Args:
        prim_path: Where to, or a pattern whose parents exist.
        cfg: Configuration of the spawner.
        translation: Position in the parent's frame [m].
        orientation: Orientation there (x, y, z, w).
        **kwargs: Not used; the cloner passes some.
    """
    from isaaclab.sim.utils import clone

    del kwargs
    return clone(_spawn_one)(prim_path, cfg, translation, orientation)


def _spawn_one(
    prim_path: str,
    cfg: Any,  # noqa: ANN401
    translation: tuple[float, float, float] | None,
    orientation: tuple[float, float, float, float] | None,
) -> Usd.Prim:
    from isaaclab.sim.schemas import apply_namespaced
    from isaaclab.sim.spawners.from_files.from_files import spawn_from_usd_file
    from isaaclab_physx.sim.spawners.materials import PhysxMaterialCfg
    from pxr import Usd, UsdGeom, UsdPhysics

    prim = spawn_from_usd_file(prim_path, cfg.usd_path, cfg, translation, orientation)
    for part in Usd.PrimRange(prim):
        if part.HasAPI(UsdPhysics.MaterialAPI):
            apply_namespaced(PhysxMaterialCfg(friction_combine_mode=COMBINE), str(part.GetPath()))
        elif part.HasAPI(UsdPhysics.CollisionAPI) and part.IsA(UsdGeom.Cylinder):
            make_hull(part)
    return prim


def make_hull(cylinder: Usd.Prim) -> None:
    """Turn a cylinder into a mesh that collides as the convex hull of its rims, :data:`RIM` corners each.

    Args:
        cylinder: Prim of the type Cylinder, any axis; changed in place.
    """
    from pxr import UsdGeom, UsdPhysics, Vt

    solid = UsdGeom.Cylinder(cylinder)
    radius, height, axis = (part.Get() for part in (solid.GetRadiusAttr(), solid.GetHeightAttr(), solid.GetAxisAttr()))
    vertices, faces = solid_mesh(Cylinder(radius, height, axis=axis.lower()), RIM)
    cylinder.SetTypeName("Mesh")
    mesh = UsdGeom.Mesh(cylinder)
    mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(vertices.astype("float32")))
    mesh.CreateFaceVertexCountsAttr([3] * len(faces))
    mesh.CreateFaceVertexIndicesAttr(faces.flatten().tolist())
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    UsdPhysics.MeshCollisionAPI.Apply(cylinder).CreateApproximationAttr(UsdPhysics.Tokens.convexHull)

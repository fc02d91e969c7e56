"""Contact properties of colliders: USD friction for every engine, and MuJoCo's own parameters where it reads them.

The values held isolated and cluttered grasps without slip in trials with 4 ms steps, elliptic cones and impratio 10.
The rolling friction is on the high side of wood: with 1 mm, half cylinders go on rocking in the heap for seconds; with
2 mm, a cylinder that falls off the heap may roll off the table.
"""

from dataclasses import dataclass, replace

from pxr import Sdf, Usd, UsdPhysics, UsdShade

from .stage import bind


@dataclass(frozen=True)
class Contact:
    """How a surface makes contact.

    Attributes:
        friction: Coulomb friction, static and dynamic.
        rolling_friction: Rolling friction [m], where the engine has it; without it cylinders roll away.
        condim: Contact dimensions of MuJoCo: 4 adds torsional, 6 also rolling friction.
        priority: The surface of higher priority sets the contact's parameters in MuJoCo.
        solref: MuJoCo's contact time constant [s] and damping ratio.
        solimp: MuJoCo's impedance: least, greatest, width [m], midpoint, power.
    """

    friction: float
    condim: int
    rolling_friction: float = 0.003
    priority: int = 0
    solref: tuple[float, float] = (0.008, 1.0)
    solimp: tuple[float, float, float, float, float] = (0.95, 0.99, 0.001, 0.5, 2.0)


# Above the table, whose default of 0.02 s would be mixed in: a mesh that lies on it touches it in one point once it
# tilts by a tenth of a degree, and on contacts as soft as that it wobbles for ever.
BLOCK = Contact(friction=0.8, condim=6, priority=1)
BLOCK_BOX = replace(BLOCK, condim=4)
"""Flat faces touch in several points, which resist rolling by themselves; a tenth less CPU time in heaps."""
PAD = Contact(friction=1.0, condim=4, priority=2)
SHELL = Contact(friction=0.5, condim=4)


def add_contact_material(stage: Usd.Stage, path: str, contact: Contact) -> UsdShade.Material:
    """Physics material with the contact's friction and no bounce."""
    material = UsdShade.Material.Define(stage, path)
    physics = UsdPhysics.MaterialAPI.Apply(material.GetPrim())
    physics.CreateStaticFrictionAttr(contact.friction)
    physics.CreateDynamicFrictionAttr(contact.friction)
    physics.CreateRestitutionAttr(0.0)
    material.GetPrim().AddAppliedSchema("NewtonMaterialAPI")
    rolling = material.GetPrim().CreateAttribute("newton:rollingFriction", Sdf.ValueTypeNames.Float, custom=False)
    rolling.Set(contact.rolling_friction)
    return material


def make_collider(prim: Usd.Prim, contact: Contact, material: UsdShade.Material) -> None:
    """Turn a geometry prim into a collider."""
    UsdPhysics.CollisionAPI.Apply(prim)
    bind(prim, material, "physics")
    types = Sdf.ValueTypeNames
    for name, value_type, value in (
        ("condim", types.Int, contact.condim),
        ("priority", types.Int, contact.priority),
        ("solref", types.DoubleArray, list(contact.solref)),
        ("solimp", types.DoubleArray, list(contact.solimp)),
    ):
        prim.CreateAttribute(f"mjc:{name}", value_type, custom=False).Set(value)

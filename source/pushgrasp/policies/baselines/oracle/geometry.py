"""Grasps and pushes of the target from where everything really is."""

from __future__ import annotations

import torch
from torch import Tensor

from pushgrasp.decoding.push import Pushes
from pushgrasp.grasping.labels.surface import SurfacePoints, scene_points
from pushgrasp.interface.world import Simulation, State

from .grasps import TrueGrasps, true_grasps
from .pushes import object_pushes

UNGRASPABLE = 100.0
"""Cost of a target without any grasp."""


def true_surface(state: State, world: int) -> SurfacePoints:
    """Return the surfaces of all objects in a world; their ids are those of the id heightmap."""
    slots = state.active[world].nonzero()[:, 0].tolist()
    shapes, ids = [state.shapes[slot] for slot in slots], [slot + 1 for slot in slots]
    return scene_points(shapes, state.position[world, slots], state.quaternion[world, slots], ids)


def target_grasps(state: State, world: int) -> TrueGrasps:
    """Return grasps of the target in a world, the best first."""
    return true_grasps(true_surface(state, world), int(state.target[world]) + 1)


def best_cost(grasps: TrueGrasps) -> float:
    """What the best of some grasps costs, :data:`UNGRASPABLE` if there is none."""
    return float(grasps.cost[0]) if len(grasps) else UNGRASPABLE


def target_costs(state: State) -> Tensor:
    """What the best grasp of the target costs in each of N worlds, shape (N,)."""
    return torch.tensor([best_cost(target_grasps(state, world)) for world in range(len(state.target))])


def target_pushes(simulation: Simulation, world: int) -> Pushes:
    """Return pushes past and through the target in a world, with free table where they begin."""
    state = simulation.state
    slot = int(state.target[world])
    place = state.position[world, [slot]], state.quaternion[world, [slot]]
    points = scene_points([state.shapes[slot]], *place, [slot + 1]).point[:, :2]
    half = float((points.amax(dim=0) - points.amin(dim=0)).amin()) / 2
    height, arms = simulation.observe().heightmaps.height[world], simulation.arms.num_arms
    return object_pushes(place[0][0, :2], half, height, simulation.workspace, arms, simulation.decoder.push)

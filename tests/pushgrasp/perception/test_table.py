"""The table in a picture, against cameras that are known to be turned and lifted."""

from __future__ import annotations

import math

import pytest
import torch

from pushgrasp.perception.table import level_camera

DOWN = torch.tensor([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]])
PLACE = torch.tensor([0.1, -0.2, 2.0])


def seen_from(turn: torch.Tensor, shift: torch.Tensor, scene: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Where a camera at :data:`PLACE` that is thought to be elsewhere sees points (K, 3), and where it is thought."""
    rotation, position = turn @ DOWN, PLACE + shift
    return (scene - PLACE) @ DOWN @ rotation.mT + position, rotation, position


def turn_about(axis: str, angle: float) -> torch.Tensor:
    first, second = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    turn = torch.eye(3)
    turn[first, first] = turn[second, second] = math.cos(angle)
    turn[first, second], turn[second, first] = -math.sin(angle), math.sin(angle)
    return turn


def table(count: int = 4000) -> torch.Tensor:
    xy = 0.5 * torch.rand(count, 2, generator=torch.Generator().manual_seed(1)) - 0.25
    return torch.cat((xy, torch.zeros(count, 1)), dim=1)


@pytest.mark.parametrize(("axis", "angle", "lift"), [("x", 0.008, 0.0), ("y", -0.008, 0.006), ("x", 0.0, -0.005)])
def test_what_a_turned_camera_sees_comes_back_to_its_place(axis: str, angle: float, lift: float) -> None:
    scene = table()
    heap = torch.cat((scene[:1500, :2], 0.04 + 0.06 * torch.rand(1500, 1)), dim=1)
    shift = torch.tensor([0.0, 0.0, lift])
    points, *pose = seen_from(turn_about(axis, angle), shift, torch.cat((scene, heap)))
    if angle:
        assert float((points[:, :2] - torch.cat((scene, heap))[:, :2]).norm(dim=1).max()) > 0.014  # 2 m times 8 mrad
    rotation, position = level_camera(points, *pose)
    assert torch.allclose(rotation, DOWN, atol=1e-4) and torch.allclose(position, PLACE, atol=1e-4)


def test_turns_about_the_vertical_and_shifts_along_the_table_stay() -> None:
    points, *pose = seen_from(turn_about("z", 0.01), torch.tensor([0.003, -0.002, 0.0]), table())
    rotation, position = level_camera(points, *pose)
    assert torch.allclose(rotation, pose[0], atol=1e-5) and torch.allclose(position, pose[1], atol=1e-5)


def test_a_pose_stays_where_no_table_is_seen() -> None:
    points, *pose = seen_from(turn_about("x", 0.005), torch.zeros(3), table() + torch.tensor([0.0, 0.0, 0.1]))
    rotation, position = level_camera(points, *pose)
    assert torch.equal(rotation, pose[0]) and torch.equal(position, pose[1])

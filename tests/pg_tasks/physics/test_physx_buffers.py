"""Sizes of PhysX's buffers: never too small, never silly, and bad values are refused."""

from __future__ import annotations

import pytest
from isaaclab_physx.physics import PhysxCfg
from pxr import Usd, UsdPhysics

from pg_tasks.physics import physx_buffers
from pg_tasks.physics.physx_buffers import NEEDS, check_physx, count_parts, power_of_two, room, size_buffers
from pushgrasp.scenes.shapes import ALL_SHAPES, SHAPES
from pushgrasp_assets import asset_path

HEAP = tuple(SHAPES) * 5
"""35 blocks."""


def colliders(path: str) -> int:
    stage = Usd.Stage.Open(path)
    return sum(prim.HasAPI(UsdPhysics.CollisionAPI) for prim in stage.Traverse())


def test_parts_are_the_colliders_of_the_files() -> None:
    for name in ALL_SHAPES:
        assert count_parts([name]) == colliders(str(asset_path("objects", f"{name}.usda"))), name
    assert count_parts(HEAP) == 75


def test_rig_has_no_more_colliders_than_counted() -> None:
    arm, gripper = (colliders(str(asset_path("robots", f"{n}.usda"))) for n in ("ur5e_2f140", "parallel_gripper"))
    assert 2 * gripper < 2 * arm + 4 <= physx_buffers.RIG_PARTS  # two columns, table, ground


@pytest.mark.parametrize(("number", "power"), [(1, 1), (2, 2), (3, 4), (8649690, 2**24), (2**24, 2**24)])
def test_powers_of_two(number: int, power: int) -> None:
    assert power_of_two(number) == power


def test_room_is_worked_out_by_hand() -> None:
    # 75 parts with 4 pairs of 8 contacts each, 56 parts of the rig alike: 4192; twice that for 16 worlds: 134144
    assert room("gpu_max_rigid_contact_count", 16, 75) == 2**18
    assert room("gpu_max_rigid_contact_count", 4096, 75) == 2**26


def test_room_exceeds_what_was_measured_in_heaps() -> None:
    # MuJoCo, 12 heaps: 543 contacts nearer than 4 mm and 279 overlapping bounds at most
    assert NEEDS["gpu_max_rigid_contact_count"].of(75) > 4 * 543
    assert NEEDS["gpu_max_rigid_patch_count"].of(75) > 219
    assert NEEDS["gpu_found_lost_pairs_capacity"].of(75) > 2 * 279


@pytest.mark.parametrize("worlds", [1, 1024, 8192])
def test_buffers_are_never_below_isaac_labs(worlds: int) -> None:
    cfg, default = PhysxCfg(), PhysxCfg()
    size_buffers(cfg, worlds, HEAP)
    for field in NEEDS:
        assert getattr(cfg, field) >= max(getattr(default, field), worlds * NEEDS[field].of(75)), field


def test_what_the_user_has_set_is_kept_and_a_second_call_changes_nothing() -> None:
    cfg = PhysxCfg(gpu_max_rigid_contact_count=2**27 + 1, gpu_total_aggregate_pairs_capacity=1)
    size_buffers(cfg, 16, HEAP)
    assert cfg.gpu_max_rigid_contact_count == 2**27 + 1
    assert cfg.gpu_total_aggregate_pairs_capacity == PhysxCfg().gpu_total_aggregate_pairs_capacity
    before = cfg.to_dict()
    size_buffers(cfg, 16, HEAP)
    assert cfg.to_dict() == before


def test_more_worlds_than_physx_can_hold_are_refused() -> None:
    with pytest.raises(ValueError, match=r"env\.scene\.num_envs=1000000: PhysX's gpu_max_rigid_contact_count"):
        size_buffers(PhysxCfg(), 1_000_000, HEAP)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (
            "gpu_max_rigid_contact_count",
            0,
            r"gpu_max_rigid_contact_count=0: a whole number of at least 1 and of",
        ),
        ("gpu_heap_capacity", 2**31, r"gpu_heap_capacity=2147483648"),
        ("gpu_collision_stack_size", 1e6, r"gpu_collision_stack_size=1000000\.0"),
        ("gpu_max_num_partitions", 12, r"gpu_max_num_partitions=12: one of 1, 2, 4, 8, 16, 32"),
        ("gpu_max_num_partitions", 64, r"gpu_max_num_partitions=64"),
        ("solver_type", 2, r"solver_type=2: one of 0, 1"),
        ("min_position_iteration_count", 256, r"min_position_iteration_count=256"),
        ("max_velocity_iteration_count", -1, r"max=-1"),
        ("bounce_threshold_velocity", 0.0, r"bounce_threshold_velocity=0\.0: a finite number above 0"),
        ("friction_correlation_distance", float("nan"), r"friction_correlation_distance=nan"),
        ("enable_ccd", True, r"enable_ccd=True: PhysX has it on the CPU only"),
    ],
)
def test_bad_values_are_refused(field: str, value: float, message: str) -> None:
    cfg = PhysxCfg()
    check_physx(cfg, "cuda:0")
    setattr(cfg, field, value)
    with pytest.raises(ValueError, match=rf"env\.sim\.physics\.(min_velocity_iteration_count=0 and )?{message}"):
        check_physx(cfg, "cuda:0")


def test_ccd_is_allowed_on_the_cpu() -> None:
    check_physx(PhysxCfg(enable_ccd=True), "cpu")

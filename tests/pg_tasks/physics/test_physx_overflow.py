"""What PhysX logs about full buffers becomes an error; spoken to by a fake of carb's logger."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from isaaclab_newton.physics import NewtonCfg
from isaaclab_physx.physics import PhysxCfg

from pg_tasks.physics.physx_overflow import BufferWatch, PhysxBufferError

AGGREGATE = (
    "PhysX error: The application needs to increase PxGpuDynamicsMemoryConfig::totalAggregatePairsCapacity to 16790 , "
    "otherwise, the simulation will miss interactions\n, FILE /builds/physx/source/gpubroadphase/src/PxgAABBManager.cpp"
    ", LINE 1291"
)
FOUND = AGGREGATE.replace("totalAggregatePairsCapacity to 16790 ", "foundLostPairsCapacity to 36218880")
FOUND_AGGREGATE = AGGREGATE.replace("totalAggregatePairsCapacity", "foundLostAggregatePairsCapacity")
CONTACT = (
    "PhysX error: Contact buffer overflow detected, please increase its size to at least 8649690 in the scene desc!\n"
    ", FILE /builds/physx/source/gpunarrowphase/src/PxgNarrowphaseCore.cpp, LINE 1272"
)
PATCH = CONTACT.replace("Contact", "Patch").replace("8649690", "503808")
STACK = (
    "PhysX error: PxGpuDynamicsMemoryConfig::collisionStackSize buffer overflow detected, please increase its size to "
    "at least 148468812 in the scene desc! Contacts have been dropped."
)
OLDER = "PxgDynamicsMemoryConfig::foundLostPairsCapacity"


class FakeCarb:
    """Loggers as carb has them: added by callback, removed by handle."""

    def __init__(self) -> None:
        self.loggers: dict[int, Callable[[str, int, str, int, str], None]] = {}
        self.logging = SimpleNamespace(acquire_logging=lambda: self)

    def add_logger(self, callback: Callable[[str, int, str, int, str], None]) -> int:
        self.loggers[len(self.loggers)] = callback
        return len(self.loggers) - 1

    def remove_logger(self, handle: int) -> None:
        del self.loggers[handle]

    def log(self, message: str) -> None:
        for logger in self.loggers.values():
            logger("omni.physx.plugin", 1, "PhysXTools.cpp", 12, message)


@pytest.fixture
def carb(monkeypatch: pytest.MonkeyPatch) -> FakeCarb:
    fake = FakeCarb()
    monkeypatch.setitem(sys.modules, "carb", fake)
    return fake


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        (CONTACT, "gpu_max_rigid_contact_count=16777216"),
        (PATCH, "gpu_max_rigid_patch_count=524288"),
        (AGGREGATE, "gpu_total_aggregate_pairs_capacity=32768"),
        (FOUND, "gpu_found_lost_pairs_capacity=67108864"),
        (
            FOUND.replace("PxGpuDynamicsMemoryConfig::foundLostPairsCapacity", OLDER),
            "gpu_found_lost_pairs_capacity=6710",
        ),
        (FOUND_AGGREGATE, "gpu_found_lost_aggregate_pairs_capacity=32768"),
        (STACK, "gpu_collision_stack_size=268435456"),
    ],
)
def test_each_message_names_the_field_to_set(carb: FakeCarb, message: str, advice: str) -> None:
    watch = BufferWatch(PhysxCfg())
    carb.log(message)
    with pytest.raises(PhysxBufferError, match=rf"env\.sim\.physics\.{advice}"):
        watch.check()
    watch.check()  # told once


def test_a_flood_becomes_one_line_with_the_largest_number(carb: FakeCarb) -> None:
    watch = BufferWatch(PhysxCfg())
    for number in (8649690, 17000000, 9000000):
        carb.log(CONTACT.replace("8649690", str(number)))
        carb.log(PATCH)
    with pytest.raises(PhysxBufferError) as error:
        watch.check()
    text = str(error.value)
    assert "gpu_max_rigid_contact_count=33554432" in text
    assert "gpu_max_rigid_patch_count=524288" in text
    assert text.count("env.sim.physics") == 2
    assert "\n" not in text


def test_a_message_without_a_number_doubles_the_buffer(carb: FakeCarb) -> None:
    watch = BufferWatch(PhysxCfg(gpu_max_rigid_contact_count=2**23))
    carb.log("PhysX warning: Force buffer overflow detected, please increase its size in the scene desc!")
    with pytest.raises(PhysxBufferError, match=r"gpu_max_rigid_contact_count=16777216"):
        watch.check()


def test_numbers_that_physx_cannot_take_ask_for_fewer_worlds(carb: FakeCarb) -> None:
    watch = BufferWatch(PhysxCfg())
    carb.log(STACK.replace("148468812", "1484688128"))
    with pytest.raises(PhysxBufferError, match=r"gpu_collision_stack_size=2147483647"):
        watch.check()
    carb.log(STACK.replace("148468812", "3000000000"))
    with pytest.raises(PhysxBufferError, match=r"set --num_envs lower"):
        watch.check()


def test_an_unknown_buffer_is_told_in_physx_own_words(carb: FakeCarb) -> None:
    watch = BufferWatch(PhysxCfg())
    carb.log("PhysX error: Particle system contact buffer overflow detected, please increase maxParticleContacts")
    with pytest.raises(PhysxBufferError, match="maxParticleContacts"):
        watch.check()


def test_other_messages_do_not_matter(carb: FakeCarb) -> None:
    watch = BufferWatch(PhysxCfg())
    carb.log("PhysX error: Illegal BroadPhaseUpdateData")
    watch.check()


def test_logger_goes_with_its_watch(carb: FakeCarb) -> None:
    watch = BufferWatch(PhysxCfg())
    assert len(carb.loggers) == 1
    del watch
    gc.collect()
    assert not carb.loggers


def test_other_physics_imports_nothing() -> None:
    watch = BufferWatch(NewtonCfg())
    watch.check()
    assert "carb" not in sys.modules

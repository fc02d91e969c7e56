"""The solver of the mujoco preset: worlds are what plain MuJoCo makes of them, and do not feel each other."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path

import mujoco
import newton
import numpy as np
import pytest
import warp as wp
from newton import ModelFlags
from newton.solvers import SolverMuJoCo
from newton.usd import SchemaResolverMjc, SchemaResolverNewton

from pg_tasks.physics.contact_options import CONTACT_OPTIONS
from pg_tasks.physics.mujoco_solver import SolverMuJoCoThreads
from pushgrasp_assets import asset_path

DT, SUBSTEPS = 0.02, 5
GRIPPER = (0.3, 0.0, 0.30, 0.0, 0.0, 0.4, 0.02, 0.02)
CUBE = (0.02, 0.01, 0.06, 0.2, 0.1, 0.0, 0.9746794)  # 6 cm high, tilted by 26 degrees
COORDINATES = len(GRIPPER) + len(CUBE)
SETTINGS = {**CONTACT_OPTIONS, "njmax": 64, "nconmax": 64}


@dataclass
class Bench:
    """Worlds with a table, a gripper above it and a cube in the air."""

    worlds: int = 3
    threads: int = 2
    spacing: float = 4.0
    sleep: bool = True
    solver: SolverMuJoCoThreads = field(init=False)

    def __post_init__(self) -> None:
        builder = newton.ModelBuilder()
        SolverMuJoCo.register_custom_attributes(builder)
        builder.replicate(one_world(), self.worlds, spacing=(self.spacing, self.spacing, 0.0))
        self.model = builder.finalize(device="cpu")
        self.origins = self.model.joint_q.numpy().reshape(self.worlds, -1)[:, 8:11].copy()
        pose = np.tile(np.array(GRIPPER + CUBE, dtype=np.float32), (self.worlds, 1))
        pose[:, 8:11] += self.origins
        self.model.joint_q.assign(pose.ravel())
        self.solver = SolverMuJoCoThreads(
            self.model, substeps=SUBSTEPS, threads=self.threads, sleep=self.sleep, **SETTINGS
        )
        self.states = [self.model.state(), self.model.state()]
        self.control = self.model.control()
        self.aim(np.tile(GRIPPER, (self.worlds, 1)))

    def aim(self, targets: np.ndarray) -> None:
        """Set the joint targets of the grippers, shape (worlds, 8)."""
        wanted = self.control.joint_target_q.numpy().reshape(self.worlds, -1)
        wanted[:, :8] = targets
        self.control.joint_target_q.assign(wanted.ravel())

    def run(self, ticks: int) -> None:
        for _ in range(ticks):
            self.solver.step(*self.states, self.control, None, DT)
            self.states.reverse()

    def move(self, ticks: int) -> None:
        """Lower the grippers towards the table, in each world to another place."""
        share = np.linspace(0.0, 1.0, ticks)[:, None, None]
        goal = np.tile(GRIPPER, (self.worlds, 1))
        goal[:, 0] -= 0.34
        goal[:, 2] = 0.01 + 0.005 * np.arange(self.worlds)
        for target in (1.0 - share) * np.array(GRIPPER) + share * goal:
            self.aim(target)
            self.run(1)

    def coordinates(self) -> np.ndarray:
        """Coordinates of all worlds relative to their origins, shape (worlds, 15)."""
        poses = np.stack([data.qpos for data in self.solver.datas])
        poses[:, 8:11] -= self.origins
        return poses


def one_world() -> newton.ModelBuilder:
    world = newton.ModelBuilder()
    SolverMuJoCo.register_custom_attributes(world)
    resolvers = [SchemaResolverNewton(), SchemaResolverMjc()]
    for folder, name in (("robots", "parallel_gripper"), ("objects", "cube")):
        path = str(asset_path(folder, f"{name}.usda"))
        world.add_usd(path, schema_resolvers=resolvers, hide_collision_shapes=True)
    under = wp.transform((0.0, 0.0, -0.025), wp.quat_identity())
    world.add_shape_box(-1, xform=under, hx=0.5, hy=0.5, hz=0.025)
    return world


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_every_world_is_what_plain_mujoco_computes(bench: Bench) -> None:
    solver, worlds = bench.solver, range(bench.worlds)
    models = [copy.deepcopy(solver.models[world]) for world in worlds]
    twins = [copy.copy(data) for data in solver.datas]
    bench.aim(np.tile([0.1, 0.1, 0.2, 0.1, 0.2, 0.3, 0.01, 0.03], (bench.worlds, 1)))
    bench.run(60)
    for world in worlds:
        models[world].opt.timestep = DT / SUBSTEPS
        twins[world].ctrl[:] = solver.controls()[world]
        mujoco.mj_step(models[world], twins[world], 60 * SUBSTEPS)
        np.testing.assert_allclose(solver.datas[world].qpos, twins[world].qpos, atol=1e-6)
        np.testing.assert_allclose(solver.datas[world].qvel, twins[world].qvel, atol=1e-6)


def test_state_reaches_newton(bench: Bench) -> None:
    bench.run(30)
    seen = bench.states[0].body_q.numpy().reshape(bench.worlds, -1, 7)[:, -1]
    for world, data in enumerate(bench.solver.datas):
        position, (w, x, y, z) = data.qpos[8:11], data.qpos[11:15]
        np.testing.assert_allclose(seen[world], [*position, x, y, z, w], atol=1e-6)


def test_worlds_far_from_the_origin_behave_alike() -> None:
    """Static geoms and the grippers' fixed bases must be where their world is, in every world."""
    bench = Bench(worlds=4, spacing=64.0)
    bench.run(75)
    poses = bench.coordinates()
    # a cube of 5 cm lies on the table: its middle is 2.5 cm above it, up to 0.2 mm of penetration
    np.testing.assert_allclose(poses[:, 10], 0.025, atol=2e-4)
    # float32 holds positions at 64 m to 4 um; a drop spreads that
    np.testing.assert_allclose(poses[1:], poses[:1].repeat(3, axis=0), atol=2e-3)
    np.testing.assert_allclose(poses[:, :8], np.tile(GRIPPER, (4, 1)), atol=1e-4)


def test_resting_blocks_sleep_and_wake_when_touched(bench: Bench) -> None:
    bench.run(75)
    cube = bench.solver.models[0].body_treeid[-1]
    assert all(data.tree_asleep[cube] >= 0 for data in bench.solver.datas)
    position = bench.coordinates()[:, 8:10]
    bench.move(60)
    assert (np.abs(bench.coordinates()[:, 8:10] - position).max(axis=1) > 0.003).all()


def test_reset_of_one_world_leaves_the_others_alone(bench: Bench) -> None:
    bench.run(75)
    fields = ("qpos", "qvel", "act", "qacc_warmstart", "tree_asleep", "time")
    before = [{name: np.copy(getattr(data, name)) for name in fields} for data in bench.solver.datas]
    state = bench.states[0]
    coordinates = state.joint_q.numpy().reshape(bench.worlds, -1)
    coordinates[1, 10] = 0.2
    state.joint_q.assign(coordinates.ravel())
    mask = wp.array([False, True, False, False], dtype=wp.bool, device="cpu")  # the last entry is Newton's global world
    bench.solver.reset(state, world_mask=mask, flags=0)  # as Isaac Lab calls it: the state holds what was written
    for world in (0, 2):
        for name in fields:
            np.testing.assert_array_equal(getattr(bench.solver.datas[world], name), before[world][name], strict=True)
    assert bench.solver.datas[1].qpos[10] == pytest.approx(0.2)
    assert bench.solver.datas[1].ntree_awake == bench.solver.models[1].ntree


def test_changed_gains_and_friction_reach_every_world(bench: Bench) -> None:
    model, solver = bench.model, bench.solver
    gains = model.joint_target_ke.numpy().reshape(bench.worlds, -1)
    gains[:, 0] = [1000.0, 1500.0, 2000.0]
    model.joint_target_ke.assign(gains.ravel())
    solver.notify_model_changed(ModelFlags.JOINT_DOF_PROPERTIES)
    assert [1500.0 in m.actuator_gainprm[:, 0] for m in solver.models] == [False, True, False]
    model.shape_material_mu.assign(np.full(model.shape_count, 0.35, dtype=np.float32))
    solver.notify_model_changed(ModelFlags.SHAPE_PROPERTIES)
    for native in solver.models:
        np.testing.assert_allclose(native.geom_friction[:, 0], 0.35, atol=1e-6)


def test_weaker_gains_change_the_motion_of_that_world_only(bench: Bench) -> None:
    gains = bench.model.joint_target_ke.numpy().reshape(bench.worlds, -1)
    gains[1, 0] = 1.0
    bench.model.joint_target_ke.assign(gains.ravel())
    bench.solver.notify_model_changed(ModelFlags.JOINT_DOF_PROPERTIES)
    target = np.tile(GRIPPER, (bench.worlds, 1))
    target[:, 0] = 0.2
    bench.aim(target)
    bench.run(50)
    reached = bench.coordinates()[:, 0]
    np.testing.assert_allclose(reached[[0, 2]], 0.2, atol=2e-3)
    assert reached[1] > 0.28


def test_a_diverged_world_stays_visible_and_alone(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    bench.solver.datas[1].qvel[:] = np.nan
    bench.run(3)
    finite = np.isfinite(bench.states[0].body_q.numpy().reshape(bench.worlds, -1)).all(axis=1)
    assert finite.tolist() == [True, False, True]
    assert "Nan, Inf or huge value in QVEL" in caplog.text
    assert not list(tmp_path.iterdir())


def test_thread_count_does_not_change_a_bit() -> None:
    runs = []
    for threads in (1, 2):
        bench = Bench(worlds=4, threads=threads)
        bench.move(40)
        bench.run(40)
        runs.append(bench.coordinates())
    np.testing.assert_array_equal(*runs)


def test_worlds_that_are_not_active_stand_still_and_the_others_do_not_feel_it() -> None:
    alone, together = Bench(), Bench()
    together.run(20)
    alone.run(10)
    kept = alone.coordinates()[1]
    alone.solver.active[1] = False
    alone.run(10)
    np.testing.assert_array_equal(alone.coordinates()[1], kept)
    np.testing.assert_array_equal(alone.coordinates()[[0, 2]], together.coordinates()[[0, 2]])
    alone.solver.active[:] = [False, True, False]
    alone.run(10)
    np.testing.assert_array_equal(alone.coordinates(), together.coordinates())


def test_ticks_ahead_of_newton_are_the_same_ticks() -> None:
    told, ahead = Bench(), Bench()
    told.run(30)
    ahead.run(1)
    ahead.solver.advance(28)
    ahead.run(1)
    np.testing.assert_array_equal(ahead.coordinates(), told.coordinates())
    np.testing.assert_array_equal(ahead.states[0].body_q.numpy(), told.states[0].body_q.numpy())


def test_controls_known_ahead_move_each_world_for_its_own_ticks() -> None:
    bench = Bench()
    bench.run(1)
    controls = np.repeat(bench.solver.controls()[:, None], 40, axis=1)
    controls[:, :, 0] = 0.2  # the set-point of the first joint, x, was 0.3
    bench.solver.advance_along(controls, np.array([0, 5, 40]))
    reached = bench.coordinates()[:, 0]
    assert reached[0] == pytest.approx(0.3, abs=1e-3)
    assert 0.205 < reached[1] < 0.29
    assert reached[2] == pytest.approx(0.2, abs=1e-3)
    assert [round(data.time / DT) for data in bench.solver.datas] == [1, 6, 41]


def test_no_substep_is_refused() -> None:
    with pytest.raises(ValueError, match="substeps must be at least 1, got 0"):
        SolverMuJoCoThreads(newton.ModelBuilder().finalize(device="cpu"), substeps=0)

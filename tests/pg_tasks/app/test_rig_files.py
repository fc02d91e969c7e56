"""The rigs' MuJoCo files are the models that the simulator compiles."""

from __future__ import annotations

from itertools import combinations

import mujoco
import numpy as np
import pytest

from pg_tasks.app.rig_files import RIG_TASKS, simulated_rig
from pg_tasks.physics.contact_options import TIMESTEP
from pg_tasks.physics.rig_mjcf import rig_mjcf, short_name
from pushgrasp_assets import asset_path

PER_BODY = ("mass", "inertia", "ipos", "pos", "gravcomp")
PER_JOINT = ("type", "axis", "pos", "range", "actfrcrange", "actgravcomp", "solref")
PER_GEOM = ("type", "size", "pos", "friction", "condim", "priority", "solref", "solimp", "margin", "gap")
OPTIONS = ("gravity", "integrator", "cone", "solver", "impratio", "iterations", "ls_iterations", "tolerance")
TURNS = (("body", "quat"), ("body", "iquat"), ("geom", "quat"))
KINDS = {"body": mujoco.mjtObj.mjOBJ_BODY, "jnt": mujoco.mjtObj.mjOBJ_JOINT, "geom": mujoco.mjtObj.mjOBJ_GEOM}


@pytest.fixture(scope="module", params=RIG_TASKS)
def rig(request):
    """Name, model of the simulator and text written from it."""
    with simulated_rig(request.param) as model:
        yield request.param, model, rig_mjcf(model, request.param)


def pairs(ours: mujoco.MjModel, theirs: mujoco.MjModel, kind: str) -> list[tuple[int, int]]:
    """Indices of what has the same name in both; nothing of ours is missing in theirs."""
    count = {"body": "nbody", "jnt": "njnt", "geom": "ngeom"}[kind]
    numbers = {short_name(theirs, KINDS[kind], i): i for i in range(getattr(theirs, count))}
    return [(i, numbers[mujoco.mj_id2name(ours, KINDS[kind], i)]) for i in range(getattr(ours, count))]


def may_touch(model: mujoco.MjModel, one: int, other: int) -> bool:
    """Whether MuJoCo looks for contacts between any geoms of two bodies that are not parent and child."""
    if (one << 16) + other in model.exclude_signature:
        return False
    geoms = [np.flatnonzero(model.geom_bodyid == body) for body in (one, other)]
    kinds, others = model.geom_contype, model.geom_conaffinity
    return any(kinds[a] & others[b] or kinds[b] & others[a] for a in geoms[0] for b in geoms[1])


@pytest.mark.slow
def test_committed_files_are_the_simulators_models(rig) -> None:
    name, theirs, text = rig
    assert asset_path("robots", f"{name}.xml").read_text() == text
    ours = mujoco.MjModel.from_xml_string(text)
    for kind, fields in (("body", PER_BODY), ("jnt", PER_JOINT), ("geom", PER_GEOM)):
        mine, its = np.array(pairs(ours, theirs, kind)).T
        for field in fields:
            values = getattr(ours, f"{kind}_{field}")[mine], getattr(theirs, f"{kind}_{field}")[its]
            np.testing.assert_allclose(*values, rtol=2e-6, atol=2e-7, err_msg=f"{kind}_{field}")
    for kind, field in TURNS:
        mine, its = np.array(pairs(ours, theirs, kind)).T
        cosine = getattr(ours, f"{kind}_{field}")[mine] * getattr(theirs, f"{kind}_{field}")[its]
        np.testing.assert_allclose(np.abs(cosine.sum(axis=1)), 1.0, atol=1e-6, err_msg=f"{kind}_{field}")
    for option in OPTIONS:
        np.testing.assert_allclose(getattr(ours.opt, option), getattr(theirs.opt, option), rtol=1e-6, err_msg=option)
    assert ours.opt.ccd_tolerance == pytest.approx(theirs.opt.ccd_tolerance)
    assert ours.opt.sleep_tolerance == pytest.approx(theirs.opt.sleep_tolerance)
    assert (ours.opt.enableflags, ours.opt.disableflags) == (theirs.opt.enableflags, theirs.opt.disableflags)
    assert ours.opt.timestep == TIMESTEP

    drives = ours.nu, ours.actuator_gainprm[:, :3], ours.actuator_biasprm[:, :3], ours.jnt_qposadr[: ours.njnt]
    assert drives[0] == theirs.nu == 2 * ours.njnt
    np.testing.assert_allclose(drives[1], theirs.actuator_gainprm[:, :3])
    np.testing.assert_allclose(drives[2], theirs.actuator_biasprm[:, :3])
    np.testing.assert_array_equal(ours.actuator_trnid, theirs.actuator_trnid)
    np.testing.assert_allclose(ours.dof_armature, theirs.dof_armature[: ours.nv])
    np.testing.assert_allclose(ours.eq_solref, theirs.eq_solref)
    np.testing.assert_allclose(ours.eq_solimp, theirs.eq_solimp, rtol=1e-6)
    np.testing.assert_array_equal(ours.eq_obj1id, theirs.eq_obj1id)

    numbers = dict(pairs(ours, theirs, "body"))
    for one, other in combinations(range(1, ours.nbody), 2):
        if other not in (ours.body_parentid[one], one) and one != ours.body_parentid[other]:
            same = may_touch(ours, one, other), may_touch(theirs, numbers[one], numbers[other])
            assert same[0] == same[1], (one, other)

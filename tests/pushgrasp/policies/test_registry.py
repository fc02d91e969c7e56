"""Methods by name, policies by class; the example of the documentation is one of each."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from pushgrasp.gripper import GripperGeometry
from pushgrasp.interface.action import Kind
from pushgrasp.interface.world import Observation
from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo, load_checkpoint, save_checkpoint
from pushgrasp.learning.export import export_policy
from pushgrasp.learning.exported_policy import Cell
from pushgrasp.motion.arms import home_poses
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.plan import plan_action
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.policy import Backbone, frozen_backbone, load_actor
from pushgrasp.policies.pg4da.pretrained import pretrained_policy
from pushgrasp.policies.registry import METHODS, find_method, is_method, trained_method

from .tables import Tables

PAGE = Path(__file__).resolve().parents[3] / "docs" / "methods.md"


def seen() -> Observation:
    """A target of 12 x 12 cells in the middle of two tables."""
    ids = torch.zeros(2, 224, 224, dtype=torch.long)
    ids[:, 106:118, 106:118] = 1
    return Observation(Heightmaps(torch.zeros(2, 3, 224, 224), 0.05 * ids, ids), torch.ones(2).long(), Workspace())


@pytest.mark.parametrize("name", ["random", "zero", "heuristic"])
def test_policies_of_the_library_are_made_for_a_world_and_act(name: str) -> None:
    policy = METHODS[name].make(Tables(2))
    for world in range(2):
        policy.begin(world, torch.Generator().manual_seed(world))
    action = policy.act(seen(), torch.ones(2, dtype=torch.bool))
    assert action.kind.shape == (2, 2) and bool((action.kind > 0).any(dim=1).all())


def test_weights_of_epg_come_with_the_project_and_act() -> None:
    policy = METHODS["epg"].make(Tables(2), pretrained_policy(str(METHODS["epg"].weights)))
    for world in range(2):
        policy.begin(world, torch.Generator())
    action = policy.act(seen(), torch.tensor([True, False]))
    assert action.valid.tolist()[1] == [False, False] and bool(action.valid[0].any())
    assert int(action.kind[0].max()) == Kind.GRASP  # a block that stands alone needs no push
    position = action.position[0][action.valid[0]][0]
    assert bool((position[:2].abs() < 0.03).all()) and 0.0 < float(position[2]) < 0.05


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if method.weights not in (None, "epg")])
def test_weights_of_q_nets_come_with_the_project_and_act(name: str) -> None:
    policy = METHODS[name].make(Tables(2), pretrained_policy(str(METHODS[name].weights)))
    for world in range(2):
        policy.begin(world, torch.Generator())
    action = policy.act(seen(), torch.tensor([True, False]))
    assert action.valid.any(dim=1).tolist() == [True, False]
    is_grasp = bool(action.does(Kind.GRASP)[0])
    ways = action.position[0][action.valid[0]] if is_grasp else action.path[0][action.valid[0]][0]
    assert float(ways[:, :2].norm(dim=1).min()) < 0.05  # at the block, which stands alone in the middle


def test_the_example_of_the_documentation_is_a_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = example("class Sweeper")
    (tmp_path / "sweeper_of_the_page.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    policy = find_method("sweeper_of_the_page:Sweeper").make(Tables(2))
    for world in range(2):
        policy.begin(world, torch.Generator().manual_seed(4))
    action = policy.act(seen(), torch.tensor([True, False]))
    assert action.valid.tolist() == [[False, True], [False, False]] and action.does(Kind.PUSH).all()
    assert torch.equal(action.path[0], action.path[1])  # both trials have drawn the same
    middle = action.path[0, 1].mean(dim=0)
    torch.testing.assert_close(middle, torch.tensor([0.0, 0.0, 0.012]), atol=1e-4, rtol=0.0)
    limits = MotionLimits()
    assert plan_action(*home_poses(2, limits), action, GripperGeometry(), limits).reachable.all()


def test_the_example_of_the_documentation_is_a_method(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sweeper.py").write_text(example("METHOD = Method("))
    monkeypatch.syspath_prepend(tmp_path)
    method, weights = importlib.import_module("sweeper").METHOD, tmp_path / "model_1.pt"
    save_checkpoint(weights, CheckpointInfo("sweeper", 1, "rgb", 1, method="sweeper"), {}, {"length": 0.3})
    action = method.make(Tables(2), weights).act(seen(), torch.ones(2, dtype=torch.bool))
    first, last = action.path[0, 1, 0], action.path[0, 1, -1]
    assert float((last - first).norm()) == pytest.approx(0.3)
    with pytest.raises(ValueError, match="method 'sweeper' needs weights"):
        method.make(Tables(2))
    save_checkpoint(weights, CheckpointInfo("pg4da_spatial", 1, "avh", 1, method="pg4da"), {}, {})
    with pytest.raises(CheckpointError, match=r"model_1\.pt: checkpoint has method 'pg4da', expected 'sweeper'"):
        method.make(Tables(2), weights)
    with pytest.raises(ValueError, match="method 'zero' has no weights"):
        METHODS["zero"].make(Tables(2), weights)


def example(part: str) -> str:
    """The example of the page that has a part."""
    (code,) = (found for found in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL) if part in found)
    return code


def test_the_example_of_a_picture_grasps_what_it_shows() -> None:
    # A camera 1.5 m above the table looks straight down: 600 pixels at 1 m, its x along the world's, y against it.
    names: dict[str, Any] = {}
    exec(compile(example("load_policy("), str(PAGE), "exec"), names)
    rows, columns = torch.meshgrid(torch.arange(480.0), torch.arange(640.0), indexing="ij")
    x, y = (columns - 319.5) * 1.45 / 600.0, (239.5 - rows) * 1.45 / 600.0
    block = ((x - 0.10).abs() < 0.03) & ((y - 0.05).abs() < 0.02)  # 6 x 4 cm, 5 cm high, on the right
    depth = torch.where(block, 1.45, 1.5)[None]
    colour = torch.where(block[..., None], torch.tensor([30, 180, 60]), torch.tensor([120, 120, 120])).byte()[None]
    intrinsics = torch.tensor([[[600.0, 0.0, 320.0], [0.0, 600.0, 240.0], [0.0, 0.0, 1.0]]])
    pose = torch.diag(torch.tensor([1.0, -1.0, -1.0]))[None], torch.tensor([[0.0, 0.0, 1.5]])
    action, trajectory = names["act"](colour, depth, block.long()[None], intrinsics, *pose, 1)
    assert action.arms(0, Kind.GRASP) == [1] and trajectory.reachable.all()
    torch.testing.assert_close(action.position[0, 1, :2], torch.tensor([0.10, 0.05]), atol=0.025, rtol=0.0)
    assert 0.0 < float(action.position[0, 1, 2]) < 0.05


def test_the_example_of_an_exported_policy_acts_as_the_trained_one(tmp_path: Path) -> None:
    names: dict[str, Any] = {}
    exec(compile(example("def act_by_file"), str(PAGE), "exec"), names)
    checkpoint = pretrained_policy("dual_arm_push_grasp")
    policy, info = load_actor(checkpoint)[0].as_jit(frozen_backbone(Backbone())), load_checkpoint(checkpoint)[0]
    report = export_policy(policy, tmp_path, info, Cell({"cell_size": 1.0 / 224}, 2, {"stroke": 0.14}))
    found = names["act_by_file"](report.onnx_path, seen(), Tables(2))
    expected = METHODS["pg4da"].make(Tables(2), checkpoint).act(seen(), torch.ones(2, dtype=torch.bool))
    assert torch.equal(found.kind, expected.kind)
    torch.testing.assert_close(found.position, expected.position)
    torch.testing.assert_close(found.path, expected.path)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("rando", f"methods: {', '.join(METHODS)}, or package.module:Class"),
        ("no_such_package.here:Mine", "there is no module 'no_such_package' on the search path"),
        ("pushgrasp.policies.registry:Mine", "the module 'pushgrasp.policies.registry' has no 'Mine'"),
        ("pushgrasp.interface.action:Action", "it lacks ['begin', 'act', 'learn_of']"),
    ],
)
def test_what_is_no_policy_is_told(word: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        find_method(word).maker()


def test_paths_of_files_are_no_policies() -> None:
    assert all(is_method(word) for word in (*METHODS, "mine:Mine", "a.b.c:D"))
    assert not any(is_method(word) for word in ("latest", "runs/a:b.pt", "model_1.pt", "C:\\runs\\model.pt", ""))


def test_methods_that_can_be_trained_are_listed() -> None:
    assert trained_method("pg4da") is METHODS["pg4da"]
    for word in ("heuristic", "mine:Mine"):
        with pytest.raises(
            ValueError, match=f"method '{word}' has nothing to train; methods that can be trained: pg4da, epg"
        ):
            trained_method(word)
    with pytest.raises(ValueError, match=r"unknown method 'pg5da'; methods that can be trained: pg4da, epg"):
        trained_method("pg5da")


def test_naming_methods_loads_none() -> None:
    code = "import sys, pushgrasp.policies.registry; print({'torch', 'rsl_rl', 'isaaclab'} & sys.modules.keys())"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "set()\n"

"""What identifies a run: the content of everything that it names, and no more."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import trimesh

from pg_tasks.agents.rsl_rl_ppo_cfg import DualArmPushGraspPPORunnerCfg
from pg_tasks.app.policies import ChosenPolicy
from pg_tasks.envs.scene_sets import scene_set
from pg_tasks.evaluate.arguments import parse
from pg_tasks.evaluate.configuration import _command, configure, named_content, run_info
from pushgrasp.evaluation.protocols import protocol_named
from pushgrasp.evaluation.runs import RunInfo
from pushgrasp.policies.pg4da.pretrained import shipped_weights
from pushgrasp.scenes.designs import designs
from pushgrasp.scenes.file import write_scene
from pushgrasp.scenes.own.building import Wishes, build
from pushgrasp.scenes.own.store import save
from pushgrasp.scenes.scene import Scene, SceneObject

SCENES = designs("P5_tight")


def info(protocol: str, *words: str) -> RunInfo:
    argv = ["--policy", "random", "--protocol", protocol, "--physics", "mujoco", *words]
    args, overrides = parse(argv)
    chosen = protocol_named(protocol)
    return run_info(args, argv, chosen, *configure(args, overrides, chosen))


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for number in range(2):
        write_scene(tmp_path / f"{number}.json", SCENES[number])
    return tmp_path


def test_an_edited_scene_file_makes_another_run(files: Path) -> None:
    before = info("scenes:*.json")
    assert info("scenes:*.json", "--num_envs", "3", "--processes", "2") == replace(
        before, command=info("scenes:*.json", "--num_envs", "3", "--processes", "2").command
    )
    write_scene(files / "1.json", SCENES[2])
    after = info("scenes:*.json")
    assert {name for name, value in before.identity.items() if value != after.identity[name]} == {"scenes"}


def test_files_that_are_called_otherwise_hold_the_same_scenes(files: Path) -> None:
    before = info("scenes:0.json")
    (files / "0.json").rename(files / "other.json")
    assert info("scenes:other.json").scenes == before.scenes != info("scenes:1.json").scenes
    assert info("P1/case1").scenes == info("scenes:P1/case1").scenes != info("P1/case2").scenes


def test_an_own_object_that_has_changed_makes_other_scenes(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUSHGRASP_OBJECTS", str(files / "own"))
    trimesh.creation.box((0.08, 0.05, 0.03)).export(files / "block.stl")
    found = []
    for mass in (0.2, 0.3):
        own = build(files / "block.stl", Wishes(mass=mass, replace=True))[0]
        save(own, lambda own=own: own.usd.write_text("usd"))
        write_scene(files / "mine.json", Scene((SceneObject("block", (0.0, 0.0, 0.015)),), 0))
        found.append(scene_set(str(files / "mine.json")).content)
    assert found[0][0] == found[1][0] and found[0] != found[1]  # the same scene, of another block


def test_bad_scenes_are_left_out_on_request_and_written_down(files: Path) -> None:
    good = info("scenes:*.json")
    (files / "2.json").write_text("{")
    with pytest.raises(ValueError, match=r"2\.json:1: no JSON"):
        info("scenes:*.json")
    found = info("scenes:*.json", "--skip_bad_scenes")
    assert found.identity == good.identity and good.left_out == ()
    assert len(found.left_out) == 1 and found.left_out[0].startswith("2.json:1: no JSON")


def test_weights_are_known_by_their_content(tmp_path: Path) -> None:
    args, overrides = parse(["--policy", "random", "--protocol", "P1/case1", "--physics", "mujoco"])
    env_cfg, chosen = configure(args, overrides, protocol_named("P1/case1"))
    found = named_content(env_cfg, chosen)
    assert (found["weights"], found["backbone"]) == (None, None)
    checkpoint, backbone = tmp_path / "model.pt", tmp_path / "avn.safetensors"
    checkpoint.write_bytes(b"policy")
    backbone.write_bytes(b"net")
    agent_cfg = DualArmPushGraspPPORunnerCfg()
    trained = ChosenPolicy("run/model", checkpoint, agent_cfg)
    shipped = hashlib.sha256(shipped_weights().read_bytes()).hexdigest()
    assert named_content(env_cfg, trained)["backbone"] == shipped
    agent_cfg.backbone.weights = str(backbone)
    found = named_content(env_cfg, trained)
    assert found["weights"] == hashlib.sha256(b"policy").hexdigest()
    assert found["backbone"] == hashlib.sha256(b"net").hexdigest()


def test_the_command_of_a_row_repeats_its_protocol_alone() -> None:
    words = ["--policy", "random", "--all", "--quick", "--protocol", "P1", "--seed=3", "physics=mujoco"]
    args = SimpleNamespace(trials=8, seed=3)
    assert _command(words, protocol_named("P3/drop15"), args) == (
        ["--protocol", "P3/drop15", "--trials", "8", "--seed", "3", "--policy", "random", "physics=mujoco"]
    )

"""What ``env.clutter.scenes`` takes, and what it refuses."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import torch

from pg_tasks.envs.push_grasp_env_cfg import DEFAULT_SCENES, ClutterCfg
from pg_tasks.envs.scene_cfg import GROUND_HEIGHT
from pg_tasks.envs.scene_sets import FamilyScenes, FileScenes, scene_set
from pg_tasks.envs.scenes import SceneSource
from pushgrasp.scenes.designs import DATA, designs
from pushgrasp.scenes.families import CASE_TARGETS
from pushgrasp.scenes.file import write_scene
from pushgrasp.scenes.scene import Extent, Scene, SceneObject
from pushgrasp.scenes.visibility import visible_shares

TIGHT = str(DATA / "P5_tight")


def source(words: str) -> SceneSource:
    clutter = ClutterCfg(scenes=words)
    return SceneSource(clutter, clutter.slot_layout(), 2)


def test_family_brings_its_slots() -> None:
    layout = ClutterCfg(scenes="P1/case2").slot_layout()
    assert Counter(layout.shapes) == Counter(scene_set("P1/case2").layout.shapes)
    assert layout.parking_height == GROUND_HEIGHT


def test_files_folders_and_patterns_name_scenes() -> None:
    for words in (TIGHT, f"{TIGHT}/*.json", f"{TIGHT}/01.json, {TIGHT}/0[2-8].json"):
        scenes = scene_set(words)
        assert isinstance(scenes, FileScenes)
        assert scenes.scenes == designs("P5_tight")
    # the most of each shape that any of the eight needs
    counts = Counter(scene_set(TIGHT).layout.shapes)
    assert counts == {"cube": 9, "cuboid": 4, "tile": 4}


def test_several_take_turns() -> None:
    mixed = scene_set(f"P1/case1,{TIGHT}")
    generator = torch.Generator().manual_seed(0)
    assert mixed.draw(generator, 0).name == "P1/case1/000"
    assert mixed.draw(generator, 3) == designs("P5_tight")[1]
    for index in range(8):
        mixed.layout.assign([mixed.draw(generator, index)])


def test_trials_take_scenes_in_their_order() -> None:
    scenes = source(TIGHT)
    scenes.begin_trials(seed=5)
    for trial in range(9):
        poses = scenes.draw(scenes.begin_episode(trial % 2))
        assert int(poses.active.sum()) == len(designs("P5_tight")[trial % 8].objects)


def test_training_takes_scenes_at_random_and_resumes_exactly() -> None:
    scenes = source("P5/tight")
    state = scenes.generator.get_state()
    first = [scenes.draw(scenes.begin_episode(0)).position for _ in range(6)]
    scenes.generator.set_state(state)
    again = [scenes.draw(scenes.begin_episode(0)).position for _ in range(6)]
    assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))
    assert len({tuple(one.flatten().tolist()) for one in first}) == 6


def names_drawn(scenes: SceneSource, episodes: int) -> Counter:
    """How often each name comes in so many episodes."""
    counts: Counter = Counter()
    for _ in range(episodes):
        scenes.draw(scenes.begin_episode(0))
        counts[scenes.current[0].name] += 1  # type: ignore[union-attr]
    return counts


@pytest.fixture
def _cubes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Families draw single cubes with the family's name, which is quick."""

    def draw(self: FamilyScenes, generator: torch.Generator, index: int, keep: bool = False) -> Scene:
        del generator, index
        return Scene((SceneObject("cube", (0.0, 0.0, 0.025)),), 0, name=self.family.name)

    monkeypatch.setattr(FamilyScenes, "draw", draw)


@pytest.mark.usefixtures("_cubes")
@pytest.mark.parametrize(
    ("words", "shares"),
    [
        (DEFAULT_SCENES, {"P1/case1": 1 / 4, "P1/case2": 1 / 4, "P1/case3": 1 / 2}),
        ("P1/case1,P1/case5,P1/case1", {"P1/case1": 2 / 3, "P1/case5": 1 / 3}),
    ],
)
def test_families_are_drawn_as_often_as_they_are_named(words: str, shares: dict[str, float]) -> None:
    scenes = source(words)
    scenes.generator.manual_seed(0)
    drawn = names_drawn(scenes, 600)
    assert drawn.keys() == shares.keys()
    for name, share in shares.items():  # within four standard deviations of the binomial distribution, 42 to 49
        assert abs(drawn[name] - 600 * share) < 4 * (600 * share * (1 - share)) ** 0.5
    scenes.begin_trials(seed=1)
    assert names_drawn(scenes, 12) == {name: round(12 * share) for name, share in shares.items()}


def test_trial_of_several_families_follows_from_its_seed_and_number() -> None:
    def trial(seed: int, number: int, world: int) -> Scene | None:
        scenes = source(DEFAULT_SCENES)
        scenes.generator.manual_seed(world)
        scenes.begin_trials(seed, iter([number]))
        scenes.draw(scenes.begin_episode(world), world)
        return scenes.current[world]

    # the seventh scene is the second of the third family
    expected = scene_set("P1/case3").draw(torch.Generator().manual_seed(3 * 1_000_003 + 6), 1)
    assert trial(3, 6, 0) == trial(3, 6, 1) == expected
    assert expected.name == "P1/case3/001"
    assert trial(4, 6, 0) != expected


def test_families_with_a_rule_come_settled_and_as_they_must_be_seen() -> None:
    family = scene_set("P4/severe30")
    scene = family.draw(torch.Generator().manual_seed(1), 0)
    assert scene.start == "rest"
    assert scene.visibility is not None
    assert 0.2 <= scene.visibility <= 0.4
    assert scene == family.draw(torch.Generator().manual_seed(1), 0)


@pytest.mark.parametrize("index", [1, 2])
def test_random_heaps_of_p1_lie_on_their_targets(index: int) -> None:
    scene = scene_set("P1/case5").draw(torch.Generator().manual_seed(4), index)
    assert scene.shapes[scene.target] == CASE_TARGETS[index]
    assert len(scene.objects) == 35
    assert 0.05 <= visible_shares(scene)[scene.target] <= 0.5
    heights = torch.tensor([item.position[2] for item in scene.objects])
    assert heights[scene.target] < heights.max() - 0.02


def test_wrong_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'P1/case9': neither a scene family nor .*P1/case1, P1/case2, "):
        ClutterCfg(scenes="P1/case1,P1/case9").slot_layout()
    with pytest.raises(ValueError, match=r"env.clutter.scenes=P9: scenes 'P9': neither a scene family nor .*P1/case1"):
        ClutterCfg(scenes="P9").slot_layout()
    with pytest.raises(ValueError, match=r"scenes '~nobody_at_all/a\.json': neither a scene family nor"):
        scene_set("~nobody_at_all/a.json")
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(ValueError, match=r"env.clutter.scenes=.*a.json:1: no JSON"):
        ClutterCfg(scenes=str(tmp_path)).slot_layout()


def test_scene_beside_the_table_is_refused(tmp_path: Path) -> None:
    scene = Scene((SceneObject("cube", (0.7, 0.0, 0.025)),), 0, workspace=Extent((0.0, 1.0), (-0.5, 0.5)))
    write_scene(tmp_path / "far.json", scene)
    with pytest.raises(ValueError, match=r"far.json: object 0 \(cube\) at \(0.700, 0.000\) is beside the table"):
        scene_set(str(tmp_path / "far.json"))


@pytest.mark.parametrize("words", ["", "P1/case2"])
def test_training_layout_replaces_the_scenes_outside_trials_only(words: str) -> None:
    clutter = ClutterCfg(scenes=words, num_objects=6)
    layout = clutter.slot_layout()
    scenes = SceneSource(clutter, layout, 1)
    scenes.training_layout = "scattered"
    scenes.draw(scenes.begin_episode(0))
    first = scenes.current[0]
    # scattered(): the blocks' circumcircles do not touch, all lie on the table
    assert first is not None and len(first.objects) == 6
    places = torch.tensor([item.position for item in first.objects])
    assert float(torch.pdist(places[:, :2]).min()) > 0.05
    scenes.begin_trials(3)
    scenes.draw(scenes.begin_episode(0))
    trial = scenes.current[0]
    plain = SceneSource(clutter, layout, 1)
    plain.begin_trials(3)
    plain.draw(plain.begin_episode(0))
    assert trial == plain.current[0]

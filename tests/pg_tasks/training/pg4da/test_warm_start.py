"""Warm start: what a teacher shows is kept with the choice nearest to it, in files too, and bad ones are refused."""

from __future__ import annotations

import os
import signal
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from tensordict import TensorDict

from pg_tasks.agents.rsl_rl_ppo_cfg import DualArmPushGraspPaperPPORunnerCfg, DualArmPushGraspPPORunnerCfg
from pg_tasks.training.pg4da.demonstrations import begun, load, ready, save
from pg_tasks.training.pg4da.episodes import Demonstrator
from pg_tasks.training.pg4da.recording import Recording, demonstrate, recording_settings
from pg_tasks.training.pg4da.teachers import check_judge, make_teacher
from pg_tasks.training.pg4da.warm_start import check_teacher, warm_start
from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.evaluation.records import TrialRecord
from pushgrasp.interface.action import Action, Kind
from pushgrasp.interface.world import Observation
from pushgrasp.learning.checkpoint import CheckpointError
from pushgrasp.motion.arms import choose_arm
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.policy import load_actor
from pushgrasp.policies.pg4da.pretrained import shipped_policy
from pushgrasp.policies.pg4da.spatial.choices import list_choices
from pushgrasp.policies.pg4da.spatial.nets import NUM_GRASPS
from pushgrasp.program import UserError


class Tables:
    """Two worlds: a lone block, and one between four others; they stay as they are, and each action ends an episode."""

    def __init__(self) -> None:
        ids = torch.zeros(2, 224, 224, dtype=torch.long)
        for number, (row, column) in enumerate([(106, 106), (106, 119), (93, 106), (119, 106), (106, 93)]):
            ids[1, row : row + 12, column : column + 12] = number + 1
        ids[0] = torch.where(ids[1] == 1, 1, 0)
        self.heightmaps = Heightmaps(torch.zeros(2, 3, 224, 224), (ids > 0) * 0.05, ids)
        self.target_id, self.num_envs, self.device = torch.ones(2, dtype=torch.long), 2, "cpu"
        self.decoder = DecoderCfg()
        self.cfg, self.num_worlds, self.workspace = SimpleNamespace(decoder=self.decoder), 2, Workspace()
        self.rig = self.arms = SimpleNamespace(
            num_arms=2, choose_arm=lambda position, rotation: choose_arm(position, 2)
        )
        self.done: list[Action] = []
        self.choices = list_choices(Observation(self.heightmaps, self.target_id, Workspace()), 2, DecoderCfg())

    def reset(self) -> tuple[TensorDict, dict]:
        return TensorDict({"rgb": torch.full((2, 3, 224, 224), 0.2), **self.choices.groups()}, batch_size=[2]), {}

    def encode(self, seen: TensorDict) -> TensorDict:
        avh = seen["rgb"].mean(dim=1, keepdim=True)[:, :, :56, :56].expand(-1, 360, -1, -1)
        return TensorDict({**seen.exclude("rgb"), "avh": avh}, batch_size=seen.shape)

    def carry_out(
        self, action: Action, stroke: torch.Tensor | None
    ) -> tuple[TensorDict, torch.Tensor, torch.Tensor, dict]:
        assert stroke is None  # the heuristic has no numbers for what it does
        self.done.append(action)
        return self.reset()[0], torch.zeros(2), torch.ones(2), {}


@cache
def scenes() -> TensorDict:
    """What the networks see of the two worlds."""
    return Tables().reset()[0]


class Turning(Tables):
    """Episodes last two actions, pictures are drawn anew, and a signal may come."""

    def __init__(self) -> None:
        super().__init__()
        self.generator, self.interrupt_after, self.steps = torch.Generator().manual_seed(7), None, 0

    @property
    def unwrapped(self) -> Turning:
        return self

    def get_rng_state(self) -> torch.Tensor:
        return self.generator.get_state()

    def set_rng_state(self, state: torch.Tensor) -> None:
        self.generator.set_state(state)

    def reset(self) -> tuple[TensorDict, dict]:
        pictures = torch.rand(2, 3, 224, 224, generator=self.generator)
        return TensorDict({**scenes(), "rgb": pictures}, batch_size=[2]), {}

    def carry_out(
        self, action: Action, stroke: torch.Tensor | None
    ) -> tuple[TensorDict, torch.Tensor, torch.Tensor, dict]:
        self.steps += 1
        if self.steps == self.interrupt_after:
            os.kill(os.getpid(), signal.SIGTERM)
        observations, rewards, _, extras = super().carry_out(action, stroke)
        return observations, rewards, torch.full((2,), self.steps % 2 == 0), extras


def test_shown_actions_are_carried_out_and_stored_as_choices() -> None:
    env, told = Tables(), []
    teacher = make_teacher("heuristic", env, 0)
    shown = demonstrate(env, env, teacher, 4, on_part=told.append)
    choices = shown["choices"][:, 0]
    assert told == [4] and [action.does(Kind.GRASP).tolist() for action in env.done] == [[True, False]] * 2
    assert len(shown) == 4 and shown["rgb"].dtype == torch.uint8 and bool((shown["worth"] == 1.0).all())
    assert torch.equal(shown["cells"][:2], env.reset()[0]["cells"])  # more than 2048: not exact in half precision
    assert (choices < NUM_GRASPS).tolist() == [True, False] * 2
    usable = torch.cat((shown["grasps"][..., 0].flatten(1), shown["strokes"][..., 0]), dim=1)
    assert bool((usable.gather(1, choices[:, None]) > 0.5).all())


@pytest.mark.parametrize("kill_after", [1, 2])
def test_interrupted_recording_goes_on_as_if_it_had_not_been(kill_after: int, tmp_path: Path) -> None:
    settings, path = recording_settings("heuristic", 4, 0, {}), tmp_path / "a.pt"
    env = Turning()
    whole = demonstrate(env, env, make_teacher("heuristic", env, 0), 4)
    cut, recording = Turning(), Recording(settings)
    cut.interrupt_after = kill_after
    with pytest.raises(KeyboardInterrupt):
        teacher = make_teacher("heuristic", cut, 0)
        demonstrate(cut, cut, teacher, 4, recording, lambda done: save(path, recording.joined(), {}, recording))
    with pytest.raises(UserError, match=r"a\.pt was begun with another seed"):
        begun(path, {**settings, "seed": 1})
    again = Turning()
    teacher = make_teacher("heuristic", again, 0)
    asked, show = [], teacher.show
    teacher.show = lambda *given: (asked.append(1), show(*given))[1]
    shown = demonstrate(again, again, teacher, 4, begun(path, settings))
    assert all(torch.equal(shown[name], whole[name]) for name in whole.keys()) and len(shown) == 4  # noqa: SIM118
    assert len(asked) == 2 - kill_after  # what was shown before is not asked for again
    assert torch.equal(again.generator.get_state(), env.generator.get_state())
    save(path, shown, {})
    with pytest.raises(UserError, match=r"a\.pt is there already; give another file"):
        begun(path, settings)


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_flipped_bit_in_demonstrations_is_refused(place: float, tmp_path: Path) -> None:
    shown = TensorDict({**scenes(), "choices": torch.zeros(2, 1), "worth": torch.ones(2, 1)}, batch_size=[2])
    save(tmp_path / "a.pt", shown, {})
    load([tmp_path / "a.pt"])
    content = bytearray((tmp_path / "a.pt").read_bytes())
    content[int(place * len(content))] ^= 1
    (tmp_path / "a.pt").write_bytes(content)
    with pytest.raises(UserError, match=r"a\.pt: damaged, checksum"):
        load([tmp_path / "a.pt"])


def test_episodes_hold_what_was_shown_in_them() -> None:
    env = Tables()
    env.memory = SimpleNamespace(forget=lambda worlds: None)
    env.observe = lambda: env.reset()[0]
    demonstrator = Demonstrator(env, env, make_teacher("heuristic", env, 0))
    for world in (0, 1):
        demonstrator.begin(world, torch.Generator().manual_seed(world))
    for _ in range(2):
        demonstrator.act(env.choices.seen, torch.ones(2, dtype=torch.bool))
    demonstrator.end(1, TrialRecord(5, False, ()))
    shown = demonstrate(env, env, make_teacher("heuristic", env, 0), 4)  # world 1 comes second in each step
    (number, scenes), *_ = demonstrator.episodes.items()
    assert number == 5 and scenes.keys() == set(shown.keys())
    assert all(torch.equal(torch.from_numpy(scenes[name][:1]), shown[name][1:2]) for name in scenes)


def test_only_teachers_that_decide_are_taken() -> None:
    cfg = DualArmPushGraspPPORunnerCfg()
    check_teacher(cfg)
    assert cfg.imitation.teacher == "heuristic"
    cfg.imitation.teacher = "random"
    with pytest.raises(UserError, match=r"agent\.imitation\.teacher=random; teachers: heuristic, oracle"):
        check_teacher(cfg)


@pytest.mark.parametrize(
    ("teacher", "head", "named"),
    [
        ("heuristic", "spatial", "teacher heuristic shows its own choices"),
        ("look_ahead", "paper", "agent=paper has no"),
    ],
)
def test_only_the_look_ahead_asks_a_checkpoint_and_only_one_that_scores_choices(
    teacher: str, head: str, named: str
) -> None:
    check_judge("look_ahead", "spatial")
    with pytest.raises(UserError, match=named):
        check_judge(teacher, head)


def test_the_published_head_cannot_imitate() -> None:
    cfg = DualArmPushGraspPaperPPORunnerCfg()
    check_teacher(cfg)
    cfg.imitation.teacher = "heuristic"
    with pytest.raises(UserError, match="only agent=spatial"):
        check_teacher(cfg)


def test_demonstrations_come_back_from_files_as_the_networks_read_them(tmp_path: Path) -> None:
    env = Tables()
    shown = demonstrate(env, env, make_teacher("heuristic", env, 0), 2)
    for name in ("a.pt", "b.pt"):
        save(tmp_path / name, shown, {"seed": 0})
    both = load([tmp_path / "a.pt", tmp_path / "b.pt"])
    assert len(both) == 4 and all(torch.equal(both[name][2:], shown[name]) for name in shown.keys())  # noqa: SIM118
    made = ready(both, env)
    assert made["avh"].dtype == torch.float16 and "rgb" not in made.keys()  # noqa: SIM118
    torch.testing.assert_close(made["avh"].float(), torch.full((4, 360, 56, 56), 0.2), atol=1e-4, rtol=0.0)
    assert torch.equal(made["cells"], shown["cells"].repeat(2, 1)) and made["strokes"].dtype == torch.float32


def test_files_without_demonstrations_are_told(tmp_path: Path) -> None:
    cfg = DualArmPushGraspPPORunnerCfg()
    cfg.imitation.demonstrations = str(tmp_path / "none.pt")
    with pytest.raises(UserError, match=r"none\.pt: no such file; scripts/demonstrate.py records them"):
        check_teacher(cfg)
    (tmp_path / "none.pt").write_bytes(b"nothing")
    with pytest.raises(UserError, match=r"none\.pt is no file of demonstrations: it is text"):
        check_teacher(cfg)


def test_imitation_goes_on_from_a_checkpoint(tmp_path: Path) -> None:
    cfg = DualArmPushGraspPPORunnerCfg()
    cfg.imitation.start, cfg.imitation.epochs, cfg.imitation.learning_rate = str(shipped_policy(2)), 1, 1e-30
    check_teacher(cfg)
    start, _ = load_actor(shipped_policy(2))
    torch.manual_seed(0)
    policy = load_actor(shipped_policy(2))[0]
    for weights in policy.parameters():
        torch.nn.init.normal_(weights)
    env = Tables()
    runner = SimpleNamespace(policy=policy, env=env, is_distributed=True, checkpoint=lambda: None)
    console = SimpleNamespace(status=lambda _: nullcontext(SimpleNamespace(update=str)), print=str)
    save(tmp_path / "a.pt", demonstrate(env, env, make_teacher("heuristic", env, 0), 2), {})
    cfg.imitation.demonstrations = str(tmp_path / "a.pt")
    warm_start(env, runner, cfg.imitation, Recording({"seed": 0}), console)
    for name, weights in start.state_dict().items():
        torch.testing.assert_close(policy.state_dict()[name], weights)


def test_checkpoints_from_which_no_imitation_can_go_on_are_told(tmp_path: Path) -> None:
    cfg = DualArmPushGraspPPORunnerCfg()
    cfg.imitation.start = str(tmp_path / "none.pt")
    with pytest.raises(FileNotFoundError, match=r"none\.pt"):
        check_teacher(cfg)
    cfg.imitation.start, cfg.backbone.trainable = str(shipped_policy(2)), True
    with pytest.raises(CheckpointError, match="do not fit the configured networks"):
        check_teacher(cfg)
    cfg.imitation.teacher = ""
    with pytest.raises(UserError, match="nothing is shown"):
        check_teacher(cfg)

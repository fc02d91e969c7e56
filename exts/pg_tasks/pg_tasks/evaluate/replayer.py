"""Recorded actions done again in the worlds of an environment."""

from __future__ import annotations

import argparse
import itertools
import math
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import torch

from pg_tasks.app import session
from pg_tasks.app.identity import configuration_digest
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.evaluation.agreement import Replayed, apart
from pushgrasp.evaluation.digests import file_digest
from pushgrasp.evaluation.protocols import protocol_named
from pushgrasp.evaluation.record_file import read_records
from pushgrasp.evaluation.records import ActionRecord, TrialRecord
from pushgrasp.evaluation.replay import POSE, Setup, StateData, to_tensor
from pushgrasp.evaluation.runs import read_info, records_path
from pushgrasp.evaluation.strips import caption, draw_action, frame, strip_png
from pushgrasp.files.typed_json import Plain, to_plain
from pushgrasp.interface.action import Action
from pushgrasp.jobs.job import Work
from pushgrasp.program import UserError
from pushgrasp.scenes.colours import PALETTE
from pushgrasp.scenes.slots import SlotPoses

from .arguments import parse
from .configuration import configure_worlds


@dataclass(frozen=True)
class Recorded:
    """One action of a trial."""

    trial: TrialRecord
    number: int

    @property
    def record(self) -> ActionRecord:
        """What was written down about it."""
        return self.trial.actions[self.number]

    def state(self, later: int = 0) -> tuple[torch.Tensor, int] | None:
        """Return poses (O, 7) and target before this action or a later one, None after the last."""
        if self.number + later >= len(self.trial.actions):
            return None
        state = cast("StateData", self.trial.actions[self.number + later].before)
        setup = self.trial.setup
        return to_tensor(state["poses"], (len(setup.slots) if setup else 0, POSE), "before.poses"), state["target"]


class Replayer:
    """Does recorded actions again in the worlds of an environment, one action in each."""

    def __init__(self, env: PushGraspEnv) -> None:
        """Take over ``env``: its episodes do not end by themselves any more."""
        self._env = env
        self._generator = torch.Generator().manual_seed(0)
        env.end_rule = lambda outcome: torch.zeros_like(outcome.fault)

    @torch.inference_mode()
    def carry_out(self, chosen: Sequence[Recorded]) -> list[Replayed]:
        """Do at most as many actions as there are worlds; return how they came out."""
        env = self._env
        padded = [*chosen, *[chosen[-1]] * (env.num_envs - len(chosen))]
        self.show(padded)
        env.episode_length_buf[:] = 0
        action = cast("Action", torch.cat([item.record.action for item in padded]))  # pyright: ignore[reportCallIssue, reportArgumentType]
        env.step(action)
        positions, active = env.objects.position.cpu(), env.objects.active.cpu()
        return [
            self._compared(item, positions[world], active[world], bool(env.outcome.success[world]))
            for world, item in enumerate(chosen)
        ]

    def show(self, chosen: Sequence[Recorded], later: int = 0) -> None:
        """Lay the states before actions, one in each world, or before those that came ``later``; take pictures."""
        env = self._env
        env.scene.reset()
        env.rig.reset(torch.arange(env.num_envs, device=env.device))
        env.objects.place(torch.arange(env.num_envs, device=env.device), self._poses(chosen, later), self._generator)
        env.rig.hold()
        env.scene.write_data_to_sim()
        env.sim.step(render=False)
        env.scene.update(dt=env.physics_dt)
        env.heightmaps = env._look()
        env._outdated[:] = False

    def _poses(self, chosen: Sequence[Recorded], later: int) -> SlotPoses:
        layout, worlds = self._env._layout, len(chosen)
        position, quaternion = (part.repeat(worlds, 1, 1) for part in layout.parking_poses())
        active = torch.zeros(position.shape[:2], dtype=torch.bool)
        target = torch.zeros(worlds, dtype=torch.long)
        for world, item in enumerate(chosen):
            poses, target[world] = item.state(later) or item.state()  # pyright: ignore[reportGeneralTypeIssues]
            slots = torch.tensor(item.trial.setup.slots)[poses.isfinite().all(dim=1)]  # pyright: ignore[reportOptionalMemberAccess]
            lying = poses[poses.isfinite().all(dim=1)]
            position[world, slots], quaternion[world, slots], active[world, slots] = lying[:, :3], lying[:, 3:], True
        colours = torch.tensor(PALETTE)[torch.arange(active.shape[1]) % len(PALETTE)]  # the same in all pictures
        return SlotPoses(position, quaternion, active, target, colours.repeat(worlds, 1, 1))

    def _compared(self, item: Recorded, positions: torch.Tensor, active: torch.Tensor, success: bool) -> Replayed:
        slots = list(item.trial.setup.slots)  # pyright: ignore[reportOptionalMemberAccess]
        now, record, after = positions[slots], item.record, item.state(1)
        broken = tuple(slot for slot in slots if active[slot] and not bool(positions[slot].isfinite().all()))
        found = Replayed(item.trial.trial, item.number, record.kinds, record.success, success, exploded=broken)
        if after is None:
            return found
        before, target = cast("tuple[torch.Tensor, int]", item.state())
        then = after[0][:, :3]
        far = float((now - then)[slots.index(target)].norm())
        return replace(
            found,
            apart=apart(before[:, :3].numpy(), then.numpy(), now.numpy()),
            target_apart=far if math.isfinite(far) else None,
        )

    def strips(self, chosen: Sequence[Recorded]) -> list[bytes]:
        """Return pictures of at most as many actions as there are worlds: before, as recorded where known, and now.

        Each is a PNG file.
        """
        env, padded = self._env, [*chosen, *[chosen[-1]] * (self._env.num_envs - len(chosen))]
        self.show(padded)
        before = env.heightmaps.colour
        self.show(padded, later=1)
        then = env.heightmaps.colour
        strips = []
        for world, (item, result) in enumerate(zip(chosen, self.carry_out(chosen), strict=True)):
            first = frame(before[world], f"trial {result.trial} {caption(result.action + 1, item.record)}")
            draw_action(first, item.record.action, env.cfg.workspace, 0)
            known = [frame(then[world], "as recorded")] if item.state(1) is not None else []
            far = f", {1e3 * max(result.apart):.0f} mm apart" if result.apart else ""
            last = frame(env.after.colour[world], f"now: {'succeeded' if result.success else 'failed'}{far}")
            strips.append(strip_png([first, *known, last]))
        return strips


def recorded_actions(folder: Path) -> list[Recorded]:
    """Return the actions of a run that were carried out.

    Raises:
        UserError: If there is none, or the records do not say how they were done.
    """
    read_info(folder)
    records = read_records(records_path(folder))
    if any(record.setup is None for record in records):
        raise UserError(f"{folder}: records of an earlier version do not say how actions were done: evaluate again")
    found = [
        Recorded(record, number)
        for record in records
        for number, action in enumerate(record.actions)
        if action.executed and not record.fault
    ]
    if not found:
        raise UserError(f"{folder}: no action in its records")
    return found


def outcomes(replayer: Replayer, chosen: Sequence[Recorded]) -> list[Plain]:
    """Return how actions, at most as many as there are worlds, come out now, as plain data."""
    return [to_plain(item) for item in replayer.carry_out(chosen)]


@dataclass(frozen=True)
class Replay:
    """Where the actions of a run are done again; travels to the workers as a pickle."""

    run: Path
    """Folder of the run."""
    engine: str
    num_envs: int
    faults: Path
    """Folder for replayable dumps of faults."""

    def configuration(self) -> tuple[argparse.Namespace, Any]:
        """Return flags and configuration of the environment: those of the run's command, but for the engine."""
        info = read_info(self.run)
        words, overrides = parse(shlex.split(info.command)[2:])
        words.preset, words.num_envs = self.engine, self.num_envs
        kept = [word for word in overrides if not word.startswith("physics=")]
        env_cfg, _ = configure_worlds(words, [*kept, f"physics={self.engine}"], protocol_named(info.protocol))
        env_cfg.fault_folder = str(self.faults)
        return words, env_cfg

    def identity(self) -> dict[str, object]:
        """Return what the results follow from."""
        _, env_cfg = self.configuration()
        return {
            "engine": self.engine,
            "records": file_digest(records_path(self.run)),
            "environment": configuration_digest(to_plain(env_cfg)),
        }


@contextmanager
def open_replayer(
    replay: Replay, identity: Mapping[str, object], do: Callable[[Replayer, Sequence[Recorded]], Sequence[Any]]
) -> Iterator[Work]:
    """Build the environment of a replay, and give what does the run's recorded actions there, by their numbers.

    Args:
        replay: What is done again.
        identity: What it was begun with.
        do: Gives a result for each of at most as many actions as there are worlds.

    Raises:
        UserError: If the files are not those that the replay was begun with, or do not fit together.
    """
    torch.set_num_threads(1)  # the number of threads changes the last bits of sums
    if differing := [name for name, value in replay.identity().items() if identity[name] != value]:
        raise UserError(f"{', '.join(differing)} not as when the replay was begun")
    args, env_cfg = replay.configuration()
    recorded = recorded_actions(replay.run)
    _require_same_objects(recorded, env_cfg.clutter.slot_layout().shapes)
    with session.environment(args, env_cfg) as env:
        replayer = Replayer(env)

        def work(numbers: Iterator[int]) -> Iterator[tuple[int, Any]]:
            for group in itertools.batched(numbers, env.num_envs):
                yield from zip(group, do(replayer, [recorded[number] for number in group]), strict=True)

        yield work


def _require_same_objects(recorded: Sequence[Recorded], shapes: Sequence[str]) -> None:
    """Refuse records of other objects than lie in the environment's slots."""
    for trial in {item.trial.trial: item.trial for item in recorded}.values():
        setup = cast("Setup", trial.setup)
        pairs = zip(setup.slots, setup.shapes, strict=True)
        if any(slot >= len(shapes) or shapes[slot] != shape for slot, shape in pairs):
            raise UserError(f"trial {trial.trial} has other objects than the protocol gives now")

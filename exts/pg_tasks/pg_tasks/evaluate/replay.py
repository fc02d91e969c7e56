"""Actions of an evaluation done again, each from the true state in its record."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import batched
from pathlib import Path
from typing import Any, cast

import torch
from rich.progress import track
from rich.table import Table

from pg_tasks.app import session
from pg_tasks.app.parser import Parser
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.console import Console
from pushgrasp.evaluation.agreement import Agreement, Replayed, agreement, apart, largest
from pushgrasp.evaluation.protocols import protocol_named
from pushgrasp.evaluation.record_file import read_records
from pushgrasp.evaluation.records import ActionRecord, TrialRecord
from pushgrasp.evaluation.replay import POSE, StateData, to_tensor
from pushgrasp.evaluation.runs import read_info, records_path
from pushgrasp.evaluation.strips import Frame, caption, draw_action, frame, strip_png
from pushgrasp.evaluation.table import UNDEFINED, format_share
from pushgrasp.files.atomic import atomic_write
from pushgrasp.interface.action import Action
from pushgrasp.program import UserError
from pushgrasp.scenes.colours import PALETTE
from pushgrasp.scenes.slots import SlotPoses

from .arguments import parse
from .configuration import configure_worlds

ENGINES = ("mujoco", "sapien")
"""Presets in which actions can be done again on any machine."""

WORLDS = 8


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
        of_target = slots.index(target)
        return replace(
            found,
            apart=apart(before[:, :3].numpy(), then.numpy(), now.numpy()),
            target_apart=float((now - then)[of_target].norm()),
        )

    def strips(self, chosen: Sequence[Recorded], found: Sequence[Replayed]) -> list[list[Frame]]:
        """Return pictures of at most as many actions as there are worlds: before, as recorded where known, and now."""
        env, padded = self._env, [*chosen, *[chosen[-1]] * (self._env.num_envs - len(chosen))]
        self.show(padded)
        before = env.heightmaps.colour
        self.show(padded, later=1)
        then = env.heightmaps.colour
        self.carry_out(chosen)
        strips = []
        for world, (item, result) in enumerate(zip(chosen, found, strict=True)):
            first = frame(before[world], f"trial {result.trial} {caption(result.action + 1, item.record)}")
            draw_action(first, item.record.action, env.cfg.workspace, 0)
            known = [frame(then[world], "as recorded")] if item.state(1) is not None else []
            far = f", {1e3 * max(result.apart):.0f} mm apart" if result.apart else ""
            last = frame(env.after.colour[world], f"now: {'succeeded' if result.success else 'failed'}{far}")
            strips.append([first, *known, last])
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


def main(description: str, argv: Sequence[str] | None = None) -> None:
    """Run the command line.

    Raises:
        UserError: If something on it is wrong.
        ValueError: If the records are damaged, or of other scenes than the run's command now gives.
    """
    parser = Parser(description)
    parser.add_argument("run", type=Path, help="folder of one protocol that scripts/evaluate.py has written")
    parser.add_argument("--engine", choices=ENGINES, default="sapien", help="where to do them (default: sapien)")
    parser.add_argument("--actions", type=int, metavar="N", help="only the first N actions")
    parser.add_argument("--pictures", type=int, default=12, metavar="N", help="of the N largest disagreements (12)")
    parser.add_argument("--num_envs", type=int, default=WORLDS, help=f"actions at a time (default: {WORLDS})")
    args = parser.parse_args(argv)
    if min(args.num_envs, args.actions or 1) < 1 or args.pictures < 0:
        raise UserError("--num_envs and --actions must be positive, --pictures not negative")
    chosen = recorded_actions(args.run)[: args.actions]
    console, out = Console(), args.run / f"replay_{args.engine}"
    with _environment(args, chosen) as env:
        replayer = Replayer(env)
        groups = [list(group) for group in batched(chosen, args.num_envs)]
        steps = track(groups, "actions done again", console=Console(stderr=True))
        found = [result for group in steps for result in replayer.carry_out(group)]
        worst = largest(found, args.pictures)
        by_place = {(item.trial.trial, item.number): item for item in chosen}
        for group in batched(worst, env.num_envs):
            strips = replayer.strips([by_place[item.trial, item.action] for item in group], group)
            for item, frames in zip(group, strips, strict=True):
                name = f"{worst.index(item):02d}_trial_{item.trial:04d}_action_{item.action + 1}.png"
                _save(out / "pictures" / name, strip_png(frames))
    for line in explosions(found):
        console.print(line)
    kinds = [kind for kind in ("grasp", "push", "move") if any(kind in item.kinds for item in found)]
    agreements = {kind: agreement(found, kind) for kind in kinds}
    console.table(_table(agreements, f"{args.run}, done again in {args.engine}"))
    _write(out, agreements, found)


def _environment(args: Any, chosen: Sequence[Recorded]) -> Any:  # noqa: ANN401 - context manager
    """Return the environment of a run in another engine, built as the run's command says."""
    info = read_info(args.run)
    words, overrides = parse(shlex.split(info.command)[2:])
    words.preset, words.num_envs = args.engine, min(args.num_envs, len(chosen))
    kept = [word for word in overrides if not word.startswith("physics=")]
    env_cfg, _ = configure_worlds(words, [*kept, f"physics={args.engine}"], protocol_named(info.protocol))
    env_cfg.fault_folder = str(args.run / f"replay_{args.engine}" / "faults")
    shapes = env_cfg.clutter.slot_layout().shapes
    for item in chosen:
        setup = item.trial.setup
        if setup and any(slot >= len(shapes) or shapes[slot] != shape for slot, shape in _slots(setup)):
            raise UserError(f"{args.run}: trial {item.trial.trial} has other objects than {info.protocol} gives now")
    return session.environment(words, env_cfg)


def _slots(setup: Any) -> Iterator[tuple[int, str]]:  # noqa: ANN401
    return zip(setup.slots, setup.shapes, strict=True)


def explosions(found: Sequence[Replayed]) -> list[str]:
    """Return a line for each action whose state is not finite any more."""
    return [
        f"trial {action.trial}, action {action.action + 1}: the state of slots {', '.join(map(str, action.exploded))} "
        "is not finite; the action counts as one that does not agree"
        for action in found
        if action.exploded
    ]


def _table(agreements: dict[str, Agreement], title: str) -> Table:
    table = Table(title=title, caption="95 % intervals; distances of objects that moved then or now")
    for name in ("kind", "same outcome", "only then", "only now", "median distance", "nine of ten within", "objects"):
        table.add_column(name, justify="left" if name == "kind" else "right")
    for kind, item in agreements.items():
        far = (
            UNDEFINED if value is None else f"{1e3 * value:.1f} mm" for value in (item.median_apart, item.most_apart)
        )
        table.add_row(kind, format_share(item.success), str(item.only_then), str(item.only_now), *far, str(item.moved))
    return table


def _write(out: Path, agreements: dict[str, Agreement], found: Sequence[Replayed]) -> None:
    content = {
        "agreement": {kind: asdict(item) for kind, item in agreements.items()},
        "actions": [asdict(action) for action in found],
    }
    text = json.dumps(content, indent=1) + "\n"
    _save(out / "agreement.json", text.encode())


def _save(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, lambda file: file.write(content))

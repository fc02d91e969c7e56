"""What comes before Q-learning: nets that pick things learn from grasps that were tried in copies of the physics.

A grasp that is tried in a copy costs a fraction of one that is carried out, and a scene shows as many as are wanted:
each object in view is the target once, and all that was tried on it, or near it where that may be moved, is learned at
a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import huber_loss

from pushgrasp.interface.world import Observation
from pushgrasp.learning.steps import cosine, net_states, restore_nets, set_rate, step
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.masks import centroid
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.maps.masks import angle_index
from pushgrasp.policies.maps.memory import Memory
from pushgrasp.policies.maps.mirror import mirrored, mirrored_entries
from pushgrasp.policies.maps.picture import Picture
from pushgrasp.policies.maps.q_net import GRASP
from pushgrasp.policies.maps.scores import auc
from pushgrasp.policies.maps.tries import SceneTries, split_scenes

from .agent import Agent
from .cfg import GraspStageCfg

JITTER = 8
"""Windows are shifted by less than so many cells from batch to batch, so that no cell always has the same place."""


@dataclass(frozen=True)
class Entries:
    """T grasps that were tried and that a net may choose."""

    picture: Tensor
    """Picture of each, shape (T,), long."""
    entry: Tensor
    """Direction, row and column of each in its picture, shape (T, 3), long."""
    lifted: Tensor
    """Whether it lifted what lies there, and nothing else, shape (T,), bool."""


@dataclass(frozen=True)
class Tried:
    """Pictures of K targets, and what was tried in them."""

    pictures: dict[str, Tensor]
    """The pictures in few bytes (see :meth:`pushgrasp.policies.maps.picture.Picture.compact`)."""
    entries: dict[str, Entries]
    """What was tried, by the net that may choose it."""

    def __len__(self) -> int:
        return len(self.pictures["height"])


@torch.no_grad()
def tried_grasps(agent: Agent, scenes: Sequence[SceneTries], directions: int, workspace: Workspace) -> Tried:
    """Return what an agent sees of every object that was tried, and the grasps that its nets may choose then.

    Args:
        agent: What makes pictures of what is seen.
        scenes: Scenes with tried grasps.
        directions: Closing angles over 180 degrees.
        workspace: Area of the heightmaps.

    Raises:
        ValueError: If there is nothing to learn from for a net, or the heightmaps are of another size.
    """
    parts: list[Tried] = []
    for scene in scenes:
        parts.append(_of_scene(agent, scene, directions, workspace, sum(len(part) for part in parts)))
    entries = {name: _joined([part.entries[name] for part in parts]) for name in agent.tries}
    if empty := [name for name, found in entries.items() if not len(found.lifted)]:
        raise ValueError(f"no grasps to learn from for {', '.join(empty)}: the scenes hold no tries")
    return Tried({name: torch.cat([part.pictures[name] for part in parts]) for name in parts[0].pictures}, entries)


def _joined(parts: Sequence[Entries]) -> Entries:
    columns = ([getattr(part, name) for part in parts] for name in ("picture", "entry", "lifted"))
    return Entries(*(torch.cat(column) for column in columns))


def _of_scene(agent: Agent, scene: SceneTries, directions: int, workspace: Workspace, first: int) -> Tried:
    """Return the tries of a scene, whose pictures are numbered from ``first`` on."""
    side, shape = workspace.cells, tuple(scene.height.shape)
    if shape != (side, side):
        raise ValueError(f"heightmaps of tried grasps have {shape[0]} x {shape[1]} cells; needed are {side} x {side}")
    cell = scene.cell.long()
    picture = _pictures(agent, scene, scene.ids[cell[:, 0], cell[:, 1]].long().unique(), workspace)
    there = cell - picture.corner[:, None]
    inside = ((there >= 0) & (there < picture.height.shape[-1])).all(dim=2)
    target, number = inside.nonzero(as_tuple=True)
    entry = torch.cat((angle_index(scene.angle, directions)[number, None], there[target, number]), dim=1)
    entries = {}
    for name in agent.tries:
        allowed = agent.allowed(picture, name)[target, entry[:, 0], entry[:, 1], entry[:, 2]]
        entries[name] = Entries(first + target[allowed], entry[allowed], scene.lifted[number[allowed]])
    return Tried(picture.compact(), entries)


def _pictures(agent: Agent, scene: SceneTries, numbers: Tensor, workspace: Workspace) -> Picture:
    """Return what an agent sees of a scene, each of the objects with numbers (K,) being the target once."""
    device = next(agent.nets[GRASP].parameters()).device
    height, ids = (part.to(device).expand(len(numbers), -1, -1) for part in (scene.height.float(), scene.ids.long()))
    maps = Heightmaps(height[:, None].expand(-1, 3, -1, -1), height, ids)
    seen = Observation(maps, numbers.to(device), workspace)
    return agent.look(seen, Memory.empty(len(numbers), device), ()).picture.cpu()


class GraspStage:
    """Learns in iterations; each shows every target once (see :class:`pushgrasp.learning.loop.Learner`)."""

    def __init__(
        self,
        agent: Agent,
        scenes: Sequence[SceneTries],
        directions: int,
        window: int,
        workspace: Workspace,
        cfg: GraspStageCfg,
        seed: int,
    ) -> None:
        """Set up.

        Args:
            agent: Whose nets are trained.
            scenes: Scenes with tried grasps; every so many of them are held out.
            directions: Closing angles over 180 degrees.
            window: Side of what is looked at about a target when nets learn [cells].
            workspace: Area of the heightmaps.
            cfg: Settings of the training.
            seed: Seed of all that is drawn.

        Raises:
            ValueError: If there are too few scenes to hold any out, or grasps to learn from.
        """
        parts = split_scenes(scenes, cfg.validation)
        self.train, self.validation = (tried_grasps(agent, part, directions, workspace) for part in parts)
        self._agent, self._directions, self._window, self._cfg = agent, directions, window, cfg
        self._optimisers = {
            name: torch.optim.Adam(net.parameters(), cfg.learning_rate) for name, net in self.networks.items()
        }
        self._generator = torch.Generator().manual_seed(seed)

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """The nets that learn."""
        return {name: self._agent.nets[name] for name in self._agent.tries}

    def begin(self) -> None:
        """Nothing to get ready."""

    def iterate(self, completed: int, total: int) -> tuple[dict[str, float], float]:
        """Show every target once; return losses and how well held-out grasps are ranked."""
        losses: dict[str, list[float]] = {name: [] for name in self.networks}
        for name, net in self.networks.items():
            set_rate(self._optimisers[name], cosine(self._cfg.learning_rate, completed / total))
            net.train()
        for chosen in torch.randperm(len(self.train), generator=self._generator).split(self._cfg.batch):
            flip = torch.rand(len(chosen), generator=self._generator) < 0.5
            shift = torch.randint(1 - JITTER, JITTER, (len(chosen), 2), generator=self._generator)
            for name in self.networks:
                worth, lifted = self._worths(name, self.train, chosen, flip, shift)
                if len(worth):
                    loss = huber_loss(worth, self._agent.tried_worth(name, lifted))
                    losses[name].append(step(self._optimisers[name], loss))
        ranked = {name: self.ranked(name) for name in self.networks}
        numbers = {f"Loss/{name}": sum(values) / len(values) for name, values in losses.items()}
        numbers |= {f"Validation/{name}_auc": value for name, value in ranked.items()}
        return numbers, sum(ranked.values()) / len(ranked)

    @torch.no_grad()
    def ranked(self, name: str) -> float:
        """How well a net ranks the held-out grasps that it may choose (AUC)."""
        self._agent.nets[name].eval()
        parts = []
        for chosen in torch.arange(len(self.validation)).split(self._cfg.batch):
            still = torch.zeros(len(chosen), 2, dtype=torch.long)
            parts.append(self._worths(name, self.validation, chosen, still[:, 0] > 0, still))
        worth, lifted = (torch.cat(column) for column in zip(*parts, strict=True))
        return auc(worth, lifted)

    def _worths(self, name: str, tried: Tried, chosen: Tensor, flip: Tensor, shift: Tensor) -> tuple[Tensor, Tensor]:
        """Return what a net says of what was tried in chosen pictures (B,), and whether it lifted, shape (L,)."""
        net, entries = self._agent.nets[name], tried.entries[name]
        device = next(net.parameters()).device
        picture = Picture.restored({key: part[chosen] for key, part in tried.pictures.items()})
        middle = centroid(picture.goal).round().long() + shift
        channels, there = picture.about(middle, self._window)
        grasp, row = (entries.picture[:, None] == chosen).nonzero(as_tuple=True)
        entry = entries.entry[grasp].clone()
        entry[:, 1:] += (there - middle)[row]
        entry = mirrored_entries(entry, flip[row], self._directions, self._window, half=True)
        inside = ((entry[:, 1:] >= 0) & (entry[:, 1:] < self._window)).all(dim=1)
        direction, line, column = entry[inside].to(device).unbind(dim=1)
        maps = net(mirrored(channels, flip).to(device))
        return maps[row[inside].to(device), direction, line, column], entries.lifted[grasp][inside].to(device)

    def get_state(self) -> dict[str, Any]:
        """Return weights, optimisers and the generator's state."""
        return {**net_states(self.networks, self._optimisers), "generator": self._generator.get_state()}

    def policy_state(self) -> dict[str, Any]:
        """Return the weights of the nets in plain torch."""
        plain = self._agent.plain()
        return {"nets": {name: plain[name].state_dict() for name in self.networks}}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from what :meth:`get_state` has returned."""
        restore_nets(self.networks, self._optimisers, state)
        self._generator.set_state(state["generator"])

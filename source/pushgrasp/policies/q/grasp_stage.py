"""What comes before Q-learning: the net for grasps learns from grasps that were tried in copies of the physics.

A grasp that is tried in a copy costs a fraction of one that is carried out, and a scene shows as many as are wanted:
each object in view is the target once, and all that was tried on it is learned at a time.
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
from pushgrasp.policies.maps.tries import SceneTries

from .agent import Agent
from .cfg import GraspStageCfg

JITTER = 8
"""Windows are shifted by less than so many cells from batch to batch, so that no cell always has the same place."""


@dataclass(frozen=True)
class Tried:
    """Pictures of K targets, and T grasps of them that were tried."""

    pictures: dict[str, Tensor]
    """The pictures in few bytes (see :meth:`pushgrasp.policies.maps.picture.Picture.compact`)."""
    picture: Tensor
    """Picture of each grasp, shape (T,), long."""
    entry: Tensor
    """Direction, row and column of each grasp in its picture, shape (T, 3), long."""
    lifted: Tensor
    """Whether it lifted the target alone, shape (T,), bool."""

    def __len__(self) -> int:
        return len(self.pictures["height"])


@torch.no_grad()
def tried_grasps(agent: Agent, scenes: Sequence[SceneTries], directions: int, workspace: Workspace) -> Tried:
    """Return what an agent sees of every object that was tried, and the grasps of it that it may choose.

    Args:
        agent: What makes pictures of what is seen.
        scenes: Scenes with tried grasps.
        directions: Closing angles over 180 degrees.
        workspace: Area of the heightmaps.

    Raises:
        ValueError: If there is no grasp among them, or the heightmaps are of another size.
    """
    parts, first = [], 0
    for scene in scenes:
        parts.append(_of_scene(agent, scene, directions, workspace, first))
        first += len(parts[-1])
    if not sum(len(part.lifted) for part in parts):
        raise ValueError("no grasps to learn from: the scenes hold no tries")
    pictures = {name: torch.cat([part.pictures[name] for part in parts]) for name in parts[0].pictures}
    columns = ([getattr(part, name) for part in parts] for name in ("picture", "entry", "lifted"))
    return Tried(pictures, *(torch.cat(column) for column in columns))


def _of_scene(agent: Agent, scene: SceneTries, directions: int, workspace: Workspace, first: int) -> Tried:
    """Return the tries of a scene, whose pictures are numbered from ``first`` on."""
    side, shape = workspace.cells, tuple(scene.height.shape)
    if shape != (side, side):
        raise ValueError(f"heightmaps of tried grasps have {shape[0]} x {shape[1]} cells; needed are {side} x {side}")
    cell = scene.cell.long()
    numbers, target = scene.ids[cell[:, 0], cell[:, 1]].long().unique(return_inverse=True)
    picture = _pictures(agent, scene, numbers, workspace)
    entry = torch.cat((angle_index(scene.angle, directions)[:, None], cell - picture.corner[target]), dim=1)
    inside = ((entry[:, 1:] >= 0) & (entry[:, 1:] < picture.height.shape[-1])).all(dim=1)
    kept = inside.nonzero()[:, 0]
    allowed = agent.allowed(picture, GRASP)[target[kept], entry[kept, 0], entry[kept, 1], entry[kept, 2]]
    kept = kept[allowed]
    return Tried(picture.compact(), first + target[kept], entry[kept], scene.lifted[kept])


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
            agent: Whose net for grasps is trained.
            scenes: Scenes with tried grasps; every so many of them are held out.
            directions: Closing angles over 180 degrees.
            window: Side of what is looked at about a target when the net learns [cells].
            workspace: Area of the heightmaps.
            cfg: Settings of the training.
            seed: Seed of all that is drawn.

        Raises:
            ValueError: If there are too few scenes to hold any out, or grasps to learn from.
        """
        every = round(1.0 / cfg.validation)
        if len(scenes) < every:
            raise ValueError(f"{len(scenes)} scenes of tried grasps; at least {every} are needed to hold one out")
        kept = [scene for number, scene in enumerate(scenes) if number % every != every - 1]
        self.train, self.validation = (
            tried_grasps(agent, part, directions, workspace) for part in (kept, scenes[every - 1 :: every])
        )
        self._agent, self._directions, self._window, self._cfg = agent, directions, window, cfg
        self._optimiser = torch.optim.Adam(agent.nets[GRASP].parameters(), cfg.learning_rate)
        self._generator = torch.Generator().manual_seed(seed)

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """The net that learns."""
        return {GRASP: self._agent.nets[GRASP]}

    def begin(self) -> None:
        """Nothing to get ready."""

    def iterate(self, completed: int, total: int) -> tuple[dict[str, float], float]:
        """Show every target once; return the loss and how well held-out grasps are ranked."""
        set_rate(self._optimiser, cosine(self._cfg.learning_rate, completed / total))
        net, losses = self._agent.nets[GRASP].train(), []
        for chosen in torch.randperm(len(self.train), generator=self._generator).split(self._cfg.batch):
            flip = torch.rand(len(chosen), generator=self._generator) < 0.5
            shift = torch.randint(1 - JITTER, JITTER, (len(chosen), 2), generator=self._generator)
            worth, lifted = self._worths(net, self.train, chosen, flip, shift)
            if len(worth):
                losses.append(step(self._optimiser, huber_loss(worth, self._agent.tried_worth(lifted))))
        ranked = self.ranked()
        return {"Loss/grasp": sum(losses) / len(losses), "Validation/grasp_auc": ranked}, ranked

    @torch.no_grad()
    def ranked(self) -> float:
        """How well the net ranks the held-out grasps (AUC)."""
        net, held_out = self._agent.nets[GRASP].eval(), self.validation
        parts = []
        for chosen in torch.arange(len(held_out)).split(self._cfg.batch):
            still = torch.zeros(len(chosen), 2, dtype=torch.long)
            parts.append(self._worths(net, held_out, chosen, still[:, 0] > 0, still))
        worth, lifted = (torch.cat(column) for column in zip(*parts, strict=True))
        return auc(worth, lifted)

    def _worths(self, net: nn.Module, tried: Tried, chosen: Tensor, flip: Tensor, shift: Tensor) -> tuple[Tensor, ...]:
        """Return what a net says of the grasps tried in chosen pictures (B,), and whether they lifted, shape (L,)."""
        device = next(net.parameters()).device
        picture = Picture.restored({name: part[chosen] for name, part in tried.pictures.items()})
        middle = centroid(picture.goal).round().long() + shift
        channels, there = picture.about(middle, self._window)
        grasp, row = (tried.picture[:, None] == chosen).nonzero(as_tuple=True)
        entry = tried.entry[grasp].clone()
        entry[:, 1:] += (there - middle)[row]
        entry = mirrored_entries(entry, flip[row], self._directions, self._window, half=True)
        inside = ((entry[:, 1:] >= 0) & (entry[:, 1:] < self._window)).all(dim=1)
        direction, line, column = entry[inside].to(device).unbind(dim=1)
        maps = net(mirrored(channels, flip).to(device))
        return maps[row[inside].to(device), direction, line, column], tried.lifted[grasp][inside].to(device)

    def get_state(self) -> dict[str, Any]:
        """Return weights, optimiser and the generator's state."""
        return {
            **net_states(self.networks, {GRASP: self._optimiser}),
            "generator": self._generator.get_state(),
        }

    def policy_state(self) -> dict[str, Any]:
        """Return the weights of the net in plain torch."""
        return {"nets": {GRASP: self._agent.plain()[GRASP].state_dict()}}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from what :meth:`get_state` has returned."""
        restore_nets(self.networks, {GRASP: self._optimiser}, state)
        self._generator.set_state(state["generator"])

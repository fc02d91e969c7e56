"""Step 2: a contextual bandit, in which PushNet learns what a push does to the target's best grasp.

In a new scene the best grasp of each object in view is tried in a copy of the physics (grasp imagination). Objects that
it does not lift become targets, one after the other. In copies of the world several pushes are tried, and the best
grasp after each: if it lifts the target, the reward is 1, else it is how much the critic's chance has risen (Hu et al.
2025, Sec. III-C). One of the pushes is carried out, and the target is looked at anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import huber_loss, mse_loss

from pushgrasp.interface.action import Action
from pushgrasp.interface.outcome import Outcome
from pushgrasp.interface.world import DrawsScenes, Observation, World, only
from pushgrasp.learning.checkpoint import CheckpointError
from pushgrasp.learning.steps import cosine, net_states, restore_nets, set_rate, step
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.masks import object_mask
from pushgrasp.policies.maps.masks import mask_places, object_masks
from pushgrasp.policies.maps.mirror import mirrored, mirrored_entries

from .cfg import NetsCfg, PushStageCfg, RuleCfg
from .drawn_pushes import draw_pushes
from .policy import EpgPlanner, RatedGrasp, Tried, View
from .replay import RowReplay
from .weights import Nets, policy_state

MIN_CELLS = 20
"""Objects that show fewer cells are no targets."""


class Bandit(World, DrawsScenes, Protocol):
    """A world whose scenes a learner begins and ends."""

    end_rule: Callable[[Outcome], Tensor] | None
    """Which worlds begin a new scene after an action, (N,), bool; asked when it is seen what the action has done."""


class Tries(Protocol):
    """Tries actions in copies of a world, which stays as it is."""

    def __call__(self, world: int, actions: Action, /) -> tuple[Tensor, Tensor]:
        """Return which slots each of C grasps lifts, (C, S), bool, and whether it can be carried out, (C,), bool."""
        ...

    def pushed(self, world: int, pushes: Action, /) -> Heightmaps:
        """Return what would be seen after each of C pushes."""
        ...

    def then(self, world: int, grasps: Action, /) -> Tensor:
        """Return which slots each of C grasps lifts after the push of its number, of those tried last, (C, S), bool."""
        ...


@dataclass
class Episode:
    """Pushes for one target in one world."""

    target: int
    """Its id in the heightmap."""
    view: View
    """What is seen of it now."""
    chance: float
    """The critic's chance of its best grasp now."""
    pushes: int = 0


class PushStage:
    """Learns in rounds: pushes tried in every world, then some steps (see :class:`pushgrasp.learning.loop.Learner`)."""

    def __init__(
        self,
        env: Bandit,
        tries: Tries,
        nets: Nets,
        nets_cfg: NetsCfg,
        rule: RuleCfg,
        cfg: PushStageCfg,
        seed: int,
    ) -> None:
        """Set up.

        Args:
            env: Where pushes are carried out.
            tries: Tries pushes and grasps in copies of its worlds.
            nets: Nets, of which PushNet is trained and CriticNet fine-tuned.
            nets_cfg: Settings of the nets.
            rule: How grasps and pushes are placed, and how many pushes a target gets.
            cfg: Settings of the training.
            seed: Seed of all that is drawn.

        Raises:
            ValueError: If there is no PushNet.
        """
        if nets.push is None:
            raise ValueError("the stage push needs a PushNet")
        self._env, self._tries = env, tries
        self._nets, self._nets_cfg, self._rule, self._cfg = nets, nets_cfg, rule, cfg
        rates = {"push": cfg.learning_rate, "critic": cfg.critic_rate}
        self._optimisers = {
            name: torch.optim.Adam(nets.by_name[name].parameters(), rate) for name, rate in rates.items()
        }
        self._generator = torch.Generator().manual_seed(seed)
        self._pushes, self._grasps = RowReplay(cfg.capacity), RowReplay(cfg.capacity)
        self._planner = EpgPlanner(env, nets, nets_cfg, rule)
        self._episodes: list[Episode | None] = []
        self._targets: list[list[int]] = []
        self._pushed: set[int] = set()
        self._rewards: list[Tensor] = []

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """The nets by name."""
        return self._nets.by_name

    @torch.no_grad()
    def begin(self) -> None:
        """Begin new scenes in all worlds."""
        self._env.end_rule = self._judge
        self._env.reset()
        self._act_mode()
        self._episodes, self._targets = [None] * self._env.num_worlds, [[] for _ in range(self._env.num_worlds)]
        for world in range(self._env.num_worlds):
            self._open(world)

    def iterate(self, completed: int, total: int) -> tuple[dict[str, float], float]:
        """Try pushes in every world, carry one out, and learn; return losses and the mean reward of PushNet's best."""
        self._act_mode()
        self._rewards = []
        first, last = self._cfg.epsilon
        self._round(first + (last - first) * completed / total)
        numbers = self._learn(completed / total)
        if not self._rewards:
            return {**numbers, "Train/states": len(self._pushes)}, 0.0
        rewards = torch.stack(self._rewards)
        helped = {
            "Train/helped": rewards[:, 0] == 1.0,
            "Train/helped_of_all": rewards == 1.0,
            "Train/helped_at_best": rewards.amax(dim=1) == 1.0,
        }
        shares = {name: float(share.float().mean()) for name, share in helped.items()}
        reward = float(rewards[:, 0].mean())
        return {**numbers, **shares, "Train/reward": reward, "Train/states": len(self._pushes)}, reward

    @torch.no_grad()
    def _round(self, epsilon: float) -> None:
        """Push in every world; worlds whose targets are used up begin a new scene."""
        actions = [self._push(world, epsilon) for world in range(self._env.num_worlds)]
        self._env.carry_out(torch.cat(actions))  # pyright: ignore[reportArgumentType, reportCallIssue]
        for world, episode in enumerate(self._episodes):
            if episode is None:
                self._open(world)

    def _push(self, world: int, epsilon: float) -> Action:
        """Try pushes; return the one that PushNet prefers, or with a chance of ``epsilon`` any that was tried."""
        episode, planner = self._episodes[world], self._planner
        self._pushed.discard(world)
        allowed = None if episode is None else planner.allowed_pushes(episode.view)
        if episode is None or allowed is None or not bool(allowed.any()):
            return planner.nothing(self._env.observe().target_id.device)
        scores = planner.push_scores(episode.view)
        resolution = self._env.workspace.resolution
        entries = draw_pushes(scores, allowed, self._cfg.tries, resolution, self._generator)
        self._remember(episode, entries, self._try(world, episode, entries))
        self._pushed.add(world)
        any_of_them = float(torch.rand((), generator=self._generator)) < epsilon
        number = int(torch.randint(len(entries), (), generator=self._generator)) if any_of_them else 0
        return planner.push(episode.view, entries[number])

    def _try(self, world: int, episode: Episode, entries: Tensor) -> Tensor:
        """Return the rewards (T,) of pushes (T, 3): what they do to the best grasp."""
        planner, view = self._planner, episode.view
        maps = self._tries.pushed(world, planner.pushes(view, entries))
        views = [self._view(view.seen, maps.of(number), episode.target) for number in range(len(entries))]
        rated = [planner.best_grasp(after, Tried()) for after in views]
        nothing = planner.nothing(view.seen.target_id.device)
        grasps = [nothing if one is None else planner.grasp(one) for one in rated]
        lifted = self._tries.then(world, torch.cat(grasps))  # pyright: ignore[reportArgumentType, reportCallIssue]
        rewards = []
        for one, slots in zip(rated, lifted, strict=True):
            held = self._learn_grasp(one, slots, episode.target)
            rewards.append(1.0 if held else (0.0 if one is None else one.chance) - episode.chance)
        return torch.tensor(rewards)

    def _remember(self, episode: Episode, entries: Tensor, rewards: Tensor) -> None:
        view, maps = episode.view, episode.view.seen.heightmaps
        self._rewards.append(rewards)
        self._pushes.add(
            height=view.window(maps.height)[0].half(),
            ids=view.window(maps.ids)[0].byte(),
            target=view.window(view.target)[0],
            entry=entries,
            reward=rewards,
        )

    def _judge(self, outcome: Outcome) -> Tensor:
        """Look at what the pushes have done, before any world begins anew; return which do."""
        for world, fault in enumerate(outcome.fault.tolist()):
            self._episodes[world] = None if fault else self._after(world)
        return torch.tensor([episode is None for episode in self._episodes], device=outcome.fault.device)

    def _after(self, world: int) -> Episode | None:
        """Return the episode that goes on after a push, or the next one."""
        episode = self._episodes[world]
        if episode is None or world not in self._pushed:
            return self._next(world)
        view, chance, holds = self._imagine(world, episode.target)
        pushes = episode.pushes + 1
        over = holds or pushes >= self._rule.max_pushes
        return self._next(world) if over else Episode(episode.target, view, chance, pushes)

    def _next(self, world: int) -> Episode | None:
        """Return an episode with the next target whose best grasp fails; None where there are no targets left."""
        while self._targets[world]:
            target = self._targets[world].pop()
            view, chance, holds = self._imagine(world, target)
            if not holds:
                return Episode(target, view, chance)
        return None

    def _open(self, world: int) -> None:
        """Begin in a new scene: all objects in view are targets, in a random order."""
        maps = self._env.observe().heightmaps.of(world)
        numbers, cells = maps.ids[object_mask(maps.ids, maps.height)].unique(return_counts=True)
        numbers = numbers[cells >= MIN_CELLS]
        self._targets[world] = numbers[torch.randperm(len(numbers), generator=self._generator)].tolist()
        self._episodes[world] = self._next(world)

    def _imagine(self, world: int, target: int) -> tuple[View, float, bool]:
        """Return what is seen of a target, the critic's chance of its best grasp, and whether that holds in a copy."""
        seen = self._env.observe().of(world)
        view = self._view(seen, seen.heightmaps, target)
        rated = self._planner.best_grasp(view, Tried())
        if rated is None:
            return view, 0.0, False
        lifted, _ = self._tries(world, self._planner.grasp(rated))
        return view, rated.chance, self._learn_grasp(rated, lifted[0], target)

    def _view(self, seen: Observation, maps: Heightmaps, target: int) -> View:
        """Return what is seen of a target in heightmaps, N = 1."""
        target_id = torch.full_like(seen.target_id, target)
        return self._planner.view(replace(seen, heightmaps=maps, target_id=target_id))

    def _learn_grasp(self, rated: RatedGrasp | None, lifted: Tensor, target: int) -> bool:
        """Remember which slots (S,) a grasp has lifted; return whether it was the target alone."""
        if rated is None:
            return False
        holds = bool(only(lifted[None, None], target - 1)[0])
        self._grasps.add(window=torch.cat(rated.window).half(), lifted=torch.tensor(float(holds)))
        return holds

    def _act_mode(self) -> None:
        for net in self.networks.values():
            net.eval()

    def _learn(self, done: float) -> dict[str, float]:
        """Take the steps of a round; return the mean losses, nothing while too little is remembered."""
        losses: dict[str, list[float]] = {}
        for name, replay, loss in (
            ("push", self._pushes, self._push_loss),
            ("critic", self._grasps, self._critic_loss),
        ):
            optimiser, rate = self._optimisers[name], {"push": self._cfg.learning_rate, "critic": self._cfg.critic_rate}
            set_rate(optimiser, cosine(rate[name], done))
            self._nets.by_name[name].train()
            for _ in range(self._cfg.steps if len(replay) >= self._cfg.batch else 0):
                batch = replay.sample(self._cfg.batch, self._generator)
                losses.setdefault(f"Loss/{name}", []).append(step(optimiser, loss(batch)))
        return {tag: sum(values) / len(values) for tag, values in losses.items()}

    def _push_loss(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Huber loss of the worths of all pushes that were tried in some states, some of them mirrored."""
        flip = self._draw_flips(batch["reward"])
        height, ids, target = (mirrored(batch[name], flip) for name in ("height", "ids", "target"))
        masks = object_masks(ids)
        places = mask_places(masks, self._env.workspace.resolution)
        worths = cast("nn.Module", self._nets.push)(height.float(), target.float(), masks, places)
        tries = batch["reward"].shape[1]
        state, flips = (part.repeat_interleave(tries) for part in (torch.arange(len(worths)), flip))
        entry = mirrored_entries(batch["entry"].flatten(0, 1), flips, worths.shape[1], worths.shape[3])
        direction, row, column = entry.unbind(dim=1)
        return huber_loss(worths[state, direction, row, column], batch["reward"].flatten())

    def _critic_loss(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Mean squared error of the chances of the grasps that were imagined, some of them mirrored."""
        windows = mirrored(batch["window"], self._draw_flips(batch["lifted"]))
        logits = self._nets.critic(*windows.float().unbind(dim=1))
        return mse_loss(logits.sigmoid(), batch["lifted"])

    def _draw_flips(self, batch: Tensor) -> Tensor:
        """Which rows of a batch (B,) are mirrored, bool."""
        return torch.rand(len(batch), generator=self._generator) < 0.5

    def get_state(self) -> dict[str, Any]:
        """Return weights, optimisers, what is remembered, and the states of generators."""
        return {
            **net_states(self.networks, self._optimisers),
            "pushes": self._pushes.get_state(),
            "grasps": self._grasps.get_state(),
            "generator": self._generator.get_state(),
            "scenes": self._env.get_rng_state(),
        }

    def policy_state(self) -> dict[str, Any]:
        """Return the nets' weights in plain torch."""
        return policy_state(self._nets, self._nets_cfg)

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from what :meth:`get_state` has returned.

        Raises:
            CheckpointError: If other numbers of pushes were tried in the states that it remembers.
        """
        remembered = state["pushes"].get("reward", torch.zeros(0, self._cfg.tries))
        if remembered.shape[1:] != (self._cfg.tries,):
            found = "one push" if remembered.dim() == 1 else f"{remembered.shape[1]} pushes"
            raise CheckpointError(
                f"the checkpoint remembers {found} of a state, agent.push_stage.tries={self._cfg.tries} are to be tried"
            )
        restore_nets(self.networks, self._optimisers, state)
        self._pushes.set_state(state["pushes"])
        self._grasps.set_state(state["grasps"])
        self._generator.set_state(state["generator"])
        self._env.set_rng_state(state["scenes"])

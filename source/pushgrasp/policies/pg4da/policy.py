"""pg4da's networks as a policy, and how they come out of a checkpoint; no simulator is needed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import torch
from rsl_rl.utils import resolve_class
from tensordict import TensorDict
from torch import Tensor

from pushgrasp.files.torch_files import fingerprint
from pushgrasp.interface.action import Action, Kind
from pushgrasp.interface.outcome import Outcome
from pushgrasp.interface.world import Observation, World
from pushgrasp.learning.checkpoint import CheckpointError, load_checkpoint
from pushgrasp.policies.partners import with_partner
from pushgrasp.policies.pg4da.action import ACTION_SIZE, decode_action
from pushgrasp.policies.pg4da.backbone.avn import AngleViewNet, build_backbone
from pushgrasp.policies.pg4da.backbone.inference import Encode, fast_inference
from pushgrasp.policies.pg4da.pretrained import backbone_weights, shipped_weights
from pushgrasp.policies.pg4da.spatial.choices import list_choices
from pushgrasp.policies.pg4da.spatial.memory import Memory
from pushgrasp.policies.pg4da.spatial.nets import GROUP_SHAPES, NUM_GRASPS
from pushgrasp.policies.pg4da.training.choice_distribution import ChoiceDistribution
from pushgrasp.policies.pg4da.training.config import NETWORKS, runner_config
from pushgrasp.policies.pg4da.training.models import PushGraspActor
from pushgrasp.threads import threads_for


class Pg4daPolicy:
    """The networks of either head.

    Each world is a batch of its own: sizes of batches change the last bits of results.
    """

    def __init__(self, world: World, actor: PushGraspActor, encode: Encode | None) -> None:
        """Act in ``world``.

        Args:
            world: World to act in.
            actor: Networks; what they are at the time of each action counts.
            encode: Frozen backbone; None where the actor has its own.
        """
        self._arms, self._decoder, self._actor, self._encode = world.arms, world.decoder, actor, encode
        self._generators = [torch.Generator() for _ in range(world.num_worlds)]
        self._memory = Memory.empty(world.num_worlds)
        self._spatial = isinstance(actor.distribution, ChoiceDistribution)
        self._numbers = torch.zeros(world.num_worlds, 1 if self._spatial else ACTION_SIZE)

    def begin(self, world: int, generator: torch.Generator) -> None:
        """Forget what was tried, and draw from ``generator`` from now on, if the policy samples its actions."""
        self._generators[world] = generator
        self._memory.forget(torch.tensor([world]))

    def act(self, seen: Observation, running: Tensor) -> Action:
        """Return what the networks choose; where nothing runs, what zeros mean."""
        self._numbers.zero_()
        self._memory = self._memory.to(seen.target_id.device)
        worlds = running.nonzero()[:, 0].tolist()
        images = [network_image(self._encode, seen.of(world)) for world in worlds]
        if not self._spatial:
            for world, image in zip(worlds, images, strict=True):
                self._numbers[world] = self._play(world, image)
            return decode_action(self._numbers.to(seen.target_id.device), seen, self._arms, self._decoder)
        with threads_for(len(running)):
            choices = list_choices(seen, self._arms.num_arms, self._decoder, self._memory)
            groups = choices.groups()
        score = seen.heightmaps.height.new_full((len(running), len(Kind)), -torch.inf)
        for world, image in zip(worlds, images, strict=True):
            own = {name: values[world : world + 1] for name, values in groups.items()}
            self._numbers[world] = self._play(world, image, own)
            score[world, [Kind.GRASP, Kind.PUSH]] = self._moves().to(score)
        action = choices.action(self._numbers[:, 0].long().to(seen.target_id.device), self._arms, self._decoder)
        action.score = score
        if seen.clearing:
            for world, image in zip(worlds, images, strict=True):
                action[world : world + 1] = self._with_partner(world, image, seen.of(world), action[world : world + 1])
        return action

    def _play(self, world: int, image: dict[str, Tensor], groups: dict[str, Tensor] | None = None) -> Tensor:
        """Return the numbers that are chosen in a world, shape (1 or 3496,)."""
        observations = network_inputs(self._actor, image, groups or {})
        seed = int(torch.randint(2**62, (), generator=self._generators[world]))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)  # what the policy samples comes from the global generator
            return self._actor.eval().play(observations)[0].to(self._numbers)

    def _moves(self) -> Tensor:
        """Return the log-probabilities of the two moves where the networks chose last, shape (2,)."""
        return cast("ChoiceDistribution", self._actor.distribution).moves()[0]

    def _with_partner(self, world: int, image: dict[str, Tensor], seen: Observation, first: Action) -> Action:
        """Return the only grasp of a world, N = 1, with one of another object by the other arm, where there is one."""

        def play(other: Observation) -> Action:
            choices = list_choices(other, self._arms.num_arms, self._decoder, self._memory[world : world + 1])
            number = self._play(world, image, choices.groups()).long().to(seen.target_id.device)
            return choices.action(number, self._arms, self._decoder)

        return with_partner(first, seen, play)

    def learn_of(self, action: Action, outcome: Outcome) -> None:
        """Remember what has failed."""
        stroke = self._numbers[:, 0].long().to(outcome.success.device) - NUM_GRASPS if self._spatial else None
        self._memory.learn_of(action, outcome, stroke)


def network_image(encode: Encode | None, seen: Observation) -> dict[str, Tensor]:
    """Return what networks read of the picture of one world, N = 1; without ``encode`` they have their own backbone."""
    image = seen.heightmaps.colour
    return {"rgb": image} if encode is None else {"avh": encode(image)}


def network_inputs(actor: PushGraspActor, image: dict[str, Tensor], groups: dict[str, Tensor]) -> TensorDict:
    """Return what networks read of one world: of its picture, and the groups of its choices, N = 1."""
    return TensorDict({**image, **groups}, batch_size=[1]).to(next(actor.parameters()).device)


@dataclass(frozen=True)
class Backbone:
    """Which frozen backbone a policy was trained with."""

    weights: str | None = None
    """File; None takes that of the project, or a random start where ``encoder`` is named."""
    seed: int = 0
    """Seed of that start."""
    encoder: str | None = None
    """One of ``grasping.avn.ENCODERS``; None takes that of the weights file."""


class AgentSettings(Protocol):
    """What a policy was trained with."""

    backbone: Backbone

    def train_cfg(self) -> dict[str, Any]:
        """Return the configuration of the runner."""
        ...


def load_policy(
    world: World, checkpoint: Path, settings: AgentSettings | None = None, device: torch.device | str = "cpu"
) -> Pg4daPolicy:
    """Return the policy of a checkpoint for a world; other arguments and errors are those of :func:`load_actor`."""
    return Pg4daPolicy(world, *load_actor(checkpoint, settings, device))


def load_actor(
    checkpoint: Path, settings: AgentSettings | None = None, device: torch.device | str = "cpu"
) -> tuple[PushGraspActor, Encode | None]:
    """Return the networks of a checkpoint, and its frozen backbone, None where it is part of them.

    Args:
        checkpoint: File of a training, or one of ``assets/weights``.
        settings: What it was trained with; None takes the defaults of its head, and the project's backbone.
        device: Where the networks act.

    Raises:
        FileNotFoundError: If a file is missing.
        CheckpointError: If the checkpoint is damaged, or of another method or backbone.
    """
    info, _, state = load_checkpoint(checkpoint, "pg4da")
    if info.network not in NETWORKS:
        known = ", ".join(NETWORKS)
        raise CheckpointError(f"{checkpoint}: checkpoint has network {info.network!r}; known: {known}")
    if "warm_start" in (state.get("infos") or {}):
        raise CheckpointError(f"{checkpoint}: its warm start is not finished; train.py --checkpoint goes on with it")
    kind = "trainable" if info.input_group == "rgb" else "frozen"
    cfg = settings.train_cfg() if settings else runner_config(backbone=kind, head=NETWORKS[info.network])
    actor = _new_actor(cfg, info.action_size)
    try:
        actor.load_state_dict(state["actor_state_dict"])
    except (RuntimeError, KeyError) as error:
        raise CheckpointError(f"{checkpoint}: weights do not fit the configured networks: {error}") from error
    if kind == "trainable":
        return actor.to(device), None
    backbone = settings.backbone if settings else Backbone()
    net = frozen_backbone(backbone)
    if info.backbone not in (None, fingerprint(net)):
        named = backbone.weights or backbone.encoder or shipped_weights()
        raise CheckpointError(f"{checkpoint}: was trained with another backbone than {named}")
    return actor.to(device), fast_inference(net.to(device), device)


def frozen_backbone(settings: Backbone) -> AngleViewNet:
    """Return the backbone that settings name, as a training uses it while it does not learn."""
    weights = backbone_weights(settings.weights, settings.encoder)
    return build_backbone(weights, settings.seed, frozen=True, encoder=settings.encoder)


def _new_actor(cfg: dict[str, Any], action_size: int) -> PushGraspActor:
    """Return the networks of a configuration, untrained."""
    groups = cfg["obs_groups"]
    shapes = {"rgb": (3, 224, 224), "avh": (360, 56, 56), "relevance": (ACTION_SIZE,), **GROUP_SHAPES}
    example = TensorDict({name: torch.zeros(1, *shapes[name]) for name in groups["actor"]}, batch_size=[1])
    actor_class, kwargs = resolve_class(cfg["actor"])
    return actor_class(example, groups, "actor", action_size, **kwargs).eval()

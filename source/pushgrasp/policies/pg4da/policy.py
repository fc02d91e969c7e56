"""pg4da's networks as a policy, and how they come out of a checkpoint; no simulator is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from rsl_rl.utils import resolve_class
from tensordict import TensorDict
from torch import Tensor

from pushgrasp.interface.action import Action, Kind
from pushgrasp.interface.outcome import Outcome
from pushgrasp.interface.world import Observation, World
from pushgrasp.policies.pg4da.action import ACTION_SIZE, decode_action
from pushgrasp.policies.pg4da.backbone.avn import build_backbone
from pushgrasp.policies.pg4da.backbone.inference import Encode, fast_inference
from pushgrasp.policies.pg4da.pretrained import shipped_weights
from pushgrasp.policies.pg4da.spatial.choices import list_choices
from pushgrasp.policies.pg4da.spatial.nets import GROUP_SHAPES, NUM_GRASPS
from pushgrasp.policies.pg4da.spatial.tried import Memory
from pushgrasp.threads import threads_for
from pushgrasp.training.checkpoint import CheckpointError, load_checkpoint
from pushgrasp.training.choice_distribution import ChoiceDistribution
from pushgrasp.training.config import HEADS, runner_config
from pushgrasp.training.features import fingerprint
from pushgrasp.training.models import PushGraspActor


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
        self._memory = Memory(world.num_worlds)
        self._spatial = isinstance(actor.distribution, ChoiceDistribution)
        self._numbers = torch.zeros(world.num_worlds, 1 if self._spatial else ACTION_SIZE)

    def begin(self, world: int, generator: torch.Generator) -> None:
        """Forget what was tried, and draw from ``generator`` from now on, if the policy samples its actions."""
        self._generators[world] = generator
        self._memory.forget(torch.tensor([world]))

    def act(self, seen: Observation, running: Tensor) -> Action:
        """Return what the networks choose; where nothing runs, what zeros mean."""
        self._numbers.zero_()
        self._memory.to(seen.target_id.device)
        worlds = running.nonzero()[:, 0].tolist()
        if not self._spatial:
            for world in worlds:
                self._play(world, seen, {})
            return decode_action(self._numbers.to(seen.target_id.device), seen, self._arms, self._decoder)
        with threads_for(len(running)):
            choices = list_choices(seen, self._arms.num_arms, self._decoder, self._memory)
            groups = choices.groups()
        moves = [self._play(world, seen, groups) for world in worlds]
        action = choices.action(self._numbers[:, 0].long().to(seen.target_id.device), self._arms, self._decoder)
        for world, chances in zip(worlds, moves, strict=True):
            action.score[world, [Kind.GRASP, Kind.PUSH]] = chances.to(action.score)
        return action

    def _play(self, world: int, seen: Observation, groups: dict[str, Tensor]) -> Tensor:
        """Choose in a world; return the log-probabilities of its moves, if there are choices (2,)."""
        image = seen.of(world).heightmaps.colour
        image = {"rgb": image} if self._encode is None else {"avh": self._encode(image)}
        own = {name: values[world : world + 1] for name, values in groups.items()}
        observations = TensorDict({**image, **own}, batch_size=[1]).to(next(self._actor.parameters()).device)
        seed = int(torch.randint(2**62, (), generator=self._generators[world]))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)  # what the policy samples comes from the global generator
            self._numbers[world] = self._actor.eval().play(observations)[0].to(self._numbers)
        distribution = self._actor.distribution
        return distribution.moves()[0] if isinstance(distribution, ChoiceDistribution) else self._numbers.new_zeros(2)

    def learn_of(self, action: Action, outcome: Outcome) -> None:
        """Remember what has failed."""
        stroke = self._numbers[:, 0].long().to(outcome.success.device) - NUM_GRASPS if self._spatial else None
        self._memory.learn_of(action, outcome, stroke)


def load_policy(world: World, checkpoint: Path, backbone: Path | None = None) -> Pg4daPolicy:
    """Return the policy of a checkpoint, on the CPU.

    Args:
        world: World to act in.
        checkpoint: File of a training, or one of ``assets/weights``.
        backbone: Weights of the frozen backbone that it was trained with; None takes those that come with the project.

    Raises:
        FileNotFoundError: If a file is missing.
        CheckpointError: If the checkpoint is damaged, or of another method or backbone.
    """
    return Pg4daPolicy(world, *load_actor(checkpoint, None, backbone or shipped_weights()))


def load_actor(
    checkpoint: Path,
    cfg: dict[str, Any] | None,
    weights: Path | str | None,
    seed: int = 0,
    encoder: str | None = None,
    device: torch.device | str = "cpu",
) -> tuple[PushGraspActor, Encode | None]:
    """Return the networks of a checkpoint, and its frozen backbone, None where it is part of them.

    Args:
        checkpoint: File of a training.
        cfg: Configuration of its runner; None takes the default one of its head.
        weights: Weights of the backbone; None starts at random (``seed``, ``encoder``), as the training did.
        seed: Seed of that start.
        encoder: One of ``backbone.avn.ENCODERS``; None takes that of the weights file.
        device: Where the networks act.

    Raises:
        FileNotFoundError: If a file is missing.
        CheckpointError: If the checkpoint is damaged, or of another method or backbone.
    """
    info, _, state = load_checkpoint(checkpoint)
    heads = {runner_config(head=head)["actor"]["name"]: head for head in HEADS}
    if info.network not in heads:
        raise CheckpointError(f"{checkpoint}: network {info.network!r} is of another method; known: {', '.join(heads)}")
    if "warm_start" in (state.get("infos") or {}):
        raise CheckpointError(f"{checkpoint}: its warm start is not finished; train.py --checkpoint goes on with it")
    kind = "trainable" if info.input_group == "rgb" else "frozen"
    cfg = cfg or runner_config(backbone=kind, head=heads[info.network], backbone_encoder=encoder)
    actor = _new_actor(cfg, info.action_size)
    try:
        actor.load_state_dict(state["actor_state_dict"])
    except (RuntimeError, KeyError) as error:
        raise CheckpointError(f"{checkpoint}: weights do not fit the configured networks: {error}") from error
    if kind == "trainable":
        return actor.to(device), None
    net = build_backbone(weights, seed, frozen=True, encoder=encoder)
    if info.backbone not in (None, fingerprint(net)):
        raise CheckpointError(f"{checkpoint}: was trained with another backbone than {weights or encoder}")
    return actor.to(device), fast_inference(net.to(device), device)


def _new_actor(cfg: dict[str, Any], action_size: int) -> PushGraspActor:
    """Return the networks of a configuration, untrained."""
    groups = cfg["obs_groups"]
    shapes = {"rgb": (3, 224, 224), "avh": (360, 56, 56), "relevance": (ACTION_SIZE,), **GROUP_SHAPES}
    example = TensorDict({name: torch.zeros(1, *shapes[name]) for name in groups["actor"]}, batch_size=[1])
    actor_class, kwargs = resolve_class(cfg["actor"])
    return actor_class(example, groups, "actor", action_size, **kwargs).eval()

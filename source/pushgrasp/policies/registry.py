"""Methods by name; each is loaded when it is asked for."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import torch

    from pushgrasp.interface.world import Policy, World


@dataclass(frozen=True)
class Method:
    """A way to choose actions; its parts are named as ``package.module:name`` and loaded when they are needed."""

    name: str
    description: str
    """What it does, for lists."""
    policy: str
    """What makes its policy: called with the :class:`~pushgrasp.interface.world.World` it acts in and, where the method
    has networks, with the file of their weights, its settings or None, and the device of its networks."""
    trainer: str | None = None
    """What trains it: a class as ``pg_tasks.training.trainer.Trainer`` says; None where there is nothing to train."""
    agents: Mapping[str, str] = field(default_factory=dict)
    """Settings of its training by the word that ``agent=`` takes, the default first; ``{task}`` stands for the task."""
    weights: str | None = None
    """Name of the file in ``assets/weights`` with which it acts where no weights are named."""
    plans_with: str | None = None
    """Method whose trained networks propose what it tries; None where there are none, or its own."""
    needs_simulation: bool = False
    """Whether it asks for what no camera tells, and so acts in a ``Simulation`` only."""

    def make(
        self,
        world: World,
        weights: Path | None = None,
        settings: Any = None,  # noqa: ANN401 - of the method
        device: torch.device | str = "cpu",
    ) -> Policy:
        """Return its policy.

        Args:
            world: World to act in.
            weights: File of a training; needed if the method is trained, allowed if it plans with networks, which are
                those that come with the project if None.
            settings: Settings of the method, or those that ``weights`` were trained with; None takes the defaults.
            device: Where networks act.

        Raises:
            ValueError: If weights are missing or superfluous, or what makes the policy cannot be loaded.
        """
        if weights is None and self.trainer is not None:
            raise ValueError(f"method {self.name!r} needs weights")
        maker = self.maker()
        if self.trainer is not None or self.plans_with is not None:
            return maker(world, weights, settings, device)
        if weights is not None:
            raise ValueError(f"method {self.name!r} has no weights")
        return maker(world)

    def maker(self) -> Callable[..., Policy]:
        """Return what makes its policy.

        Raises:
            ValueError: If there is no such thing, or it is a class of something else.
        """
        maker = loaded(self.policy)
        lacks = [name for name in ("begin", "act", "learn_of") if not callable(getattr(maker, name, None))]
        if not callable(maker) or (isinstance(maker, type) and lacks):
            raise ValueError(f"policy {self.name!r}: a class with begin, act and learn_of is needed; it lacks {lacks}")
        return cast("Callable[..., Policy]", maker)


METHODS: Mapping[str, Method] = {
    method.name: method
    for method in (
        Method("random", "actions of standard normal numbers", "pushgrasp.policies.baselines.numbers:RandomPolicy"),
        Method("zero", "actions of zeros: what the decoders prefer", "pushgrasp.policies.baselines.numbers:ZeroPolicy"),
        Method(
            "heuristic",
            "grasps where the jaws fit best, else sweeps away what is in the way",
            "pushgrasp.policies.baselines.heuristic:HeuristicPolicy",
        ),
        Method(
            "oracle",
            "knows where everything is and tries its actions in copies of the physics",
            "pushgrasp.policies.baselines.oracle.policy:OraclePolicy",
            needs_simulation=True,
        ),
        Method(
            "twin",
            "tries what pg4da's networks propose in a reconstruction of what the camera sees",
            "pushgrasp.policies.twin.policy:load_twin",
            plans_with="pg4da",
        ),
        Method(
            "pg4da",
            "networks on an angle-view heatmap, trained by imitation and PPO (Wang & Kasaei 2025)",
            "pushgrasp.policies.pg4da.policy:load_policy",
            "pg_tasks.training.pg4da.trainer:Pg4daTrainer",
            {
                "spatial": "pg_tasks.agents.rsl_rl_ppo_cfg:{task}PPORunnerCfg",
                "paper": "pg_tasks.agents.rsl_rl_ppo_cfg:{task}PaperPPORunnerCfg",
            },
        ),
        Method(
            "epg",
            "equivariant nets with dense action maps; pushes where the critic doubts the grasp (Hu et al. 2025)",
            "pushgrasp.policies.epg.policy:load_policy",
            "pg_tasks.training.epg_trainer:EpgTrainer",
            {"epg": "pg_tasks.agents.epg_cfg:EpgCfg"},
            "epg",
        ),
        Method(
            "switch",
            "Q nets for pushes and grasps; what covers the target is the target first (Li et al.)",
            "pushgrasp.policies.switch.agent:load_policy",
            "pg_tasks.training.q_trainer:QTrainer",
            {"switch": "pg_tasks.agents.q_cfg:SwitchCfg"},
            "switch",
        ),
        Method(
            "mpg",
            "Q nets for moves, pushes and grasps; what lies on the target is carried away (Li et al. 2024)",
            "pushgrasp.policies.mpg.agent:load_policy",
            "pg_tasks.training.q_trainer:QTrainer",
            {"mpg": "pg_tasks.agents.q_cfg:MpgCfg"},
            "mpg",
        ),
        Method(
            "opg",
            "estimates what is hidden of the target; a coordinator chooses push or grasp (Ding et al.)",
            "pushgrasp.policies.opg.agent:load_policy",
            "pg_tasks.training.opg_trainer:make_opg_trainer",
            {"opg": "pg_tasks.agents.opg_cfg:OpgCfg"},
            "opg",
        ),
    )
}
"""Methods by name."""

READY = tuple(
    name
    for name, method in METHODS.items()
    if method.trainer is None and method.plans_with is None and not method.needs_simulation
)
"""Names of those that act in any world as they are: without weights, without a simulation."""

NAMED = tuple(name for name, method in METHODS.items() if method.trainer is None or method.weights is not None)
"""Names that say which policy is meant: of methods that are not trained, or whose weights come with the project."""


def is_method(word: str) -> bool:
    """Whether a word names a method here, or says where a policy is (``package.module:Class``)."""
    return word in METHODS or re.fullmatch(r"\w+(\.\w+)*:\w+", word) is not None


def find_method(word: str) -> Method:
    """Return one of :data:`METHODS`, or a method without weights whose policy is ``package.module:Class``.

    Raises:
        ValueError: If there is none; the message says what is missing, or lists the names.
    """
    if word in METHODS:
        return METHODS[word]
    if not is_method(word):
        raise ValueError(f"unknown method {word!r}; methods: {', '.join(METHODS)}, or package.module:Class")
    return Method(word, "", word)


def find_planner(word: str) -> tuple[Method, str] | None:
    """Return the method that plans with networks and the word for their weights; None if the word names no such method.

    Args:
        word: ``NAME``, which means the weights that come with the project, or ``NAME:WEIGHTS``.
    """
    name, _, weights = word.partition(":")
    method = METHODS.get(name)
    return None if method is None or method.plans_with is None else (method, weights or "pretrained")


def trained_method(word: str) -> Method:
    """Return one of :data:`METHODS` that can be trained.

    Raises:
        ValueError: If there is none; the message lists those that there are.
    """
    trained = [name for name, method in METHODS.items() if method.trainer is not None]
    if word not in trained:
        fault = f"method {word!r} has nothing to train" if is_method(word) else f"unknown method {word!r}"
        raise ValueError(f"{fault}; methods that can be trained: {', '.join(trained)}")
    return METHODS[word]


def loaded(where: str) -> Any:  # noqa: ANN401 - whatever is there
    """Return what ``package.module:name`` names.

    Raises:
        ValueError: If there is no such module, or nothing of that name in it.
    """
    module, _, name = where.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        raise ValueError(f"{where}: there is no module {error.name!r} on the search path") from error
    except AttributeError as error:
        raise ValueError(f"{where}: the module {module!r} has no {name!r}") from error

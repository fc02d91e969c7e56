"""Decisions made again on what a session has seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from pushgrasp.deploy.cell import CellView, nothing_done
from pushgrasp.deploy.choosing import choose_policy
from pushgrasp.deploy.devices import DeviceFault, Frame
from pushgrasp.deploy.grabcut import refined_by_grabcut
from pushgrasp.deploy.planning import Planner
from pushgrasp.deploy.sam2 import sam2_refinement
from pushgrasp.deploy.seeing import Eye
from pushgrasp.deploy.session import LoggedAction, Session, same_action
from pushgrasp.deploy.settings import read_cell
from pushgrasp.deploy.target import parse_target
from pushgrasp.interface.action import KIND_NAMES, Action, in_words


class _NoCamera:
    """A camera of which only the lens is known."""

    name = "camera"

    def __init__(self, intrinsics: np.ndarray) -> None:
        self.intrinsics = intrinsics

    def grab(self, count: int) -> list[Frame]:
        raise DeviceFault("camera: a session that was kept takes no new pictures")

    def close(self) -> None:
        """Nothing to end."""


def replay(folder: Path, tell: Callable[[str], None]) -> bool:
    """Decide again on every picture of a session; return whether every action comes out the same to the bit.

    The session's outcomes are what the policy learns of, as it did then.

    Raises:
        SessionError: If there is no session there.
        UserError, ValueError, OSError: If its cell or policy cannot be used.
    """
    session = Session.read(folder)
    cell, about = read_cell(folder / "cell.yaml"), session.about
    planner = Planner(cell, float(about["speed"]), None)
    refine = sam2_refinement(Path(str(about["sam2"]))) if about["sam2"] else refined_by_grabcut
    camera = _NoCamera(np.array(about["intrinsics"]))
    eye = Eye(camera, cell.camera, cell.workspace, cell.tray, refine=refine)
    chosen = choose_policy(str(about["policy"]), CellView(planner))
    if chosen.digest != about["policy_digest"]:
        tell("The policy's weights are others than then.")
    chosen.policy.begin(0, torch.Generator().manual_seed(int(about["seed"])))
    same = True
    for logged in session.actions:
        seen = eye.see(logged.picture, parse_target(logged.target))
        with torch.inference_mode():
            action = chosen.policy.act(seen.observation, torch.tensor([True]))
        equal = logged.action is not None and same_action(action, logged.action)
        same &= equal or logged.action is None
        tell(_line(logged, action, equal))
        if logged.success is not None:
            outcome = nothing_done(action, int(seen.ids.max(initial=1)))
            outcome.executed[:], outcome.success[:] = True, logged.success
            chosen.policy.learn_of(action, outcome)
    return same


def _line(logged: LoggedAction, action: Action, equal: bool) -> str:
    kinds = in_words(KIND_NAMES[kind] for kind in action.kind[0].tolist())
    then = "nothing was decided then" if logged.action is None else ("the same" if equal else "ANOTHER than then")
    came = {True: ", succeeded", False: ", failed", None: ""}[logged.success]
    return f"Action {logged.number + 1}: {kinds}: {then}{came}"

"""Why the arms cannot follow a gripper trajectory."""

from dataclasses import dataclass
from enum import IntEnum

import torch


class Failure(IntEnum):
    """The first thing found wrong with the motion of one arm."""

    NONE = 0
    """Nothing: the arm can follow."""
    LIMITS = 1
    """The gripper trajectory itself was not reachable: a waypoint outside the workspace, or no grasp at all."""
    REACH = 2
    """A pose is out of the arm's reach."""
    FLIP = 3
    """Every pose is in reach, but no continuous joint path leads through all of them."""
    JOINT_LIMIT = 4
    """The joint path would leave the joint limits."""
    SELF = 5
    """The arm would touch itself."""
    TABLE = 6
    """A link would come too near to the table."""
    CLUTTER = 7
    """On the way from or to home the finger tips would sink below the height that clears the clutter."""
    ARMS = 8
    """The two arms would come too near to each other."""
    SPEED = 9
    """Near a singularity the joints could follow only at a crawl."""


@dataclass
class Faults:
    """What is wrong with the motions of G arms in N worlds, and at which knot."""

    failure: torch.Tensor
    """``Failure`` numbers, shape (N, G), long."""
    knot: torch.Tensor
    """Knot at which it is found first, shape (N, G), long; 0 without a failure."""

    def then(self, later: "Faults") -> "Faults":
        """Keep these, and take the later ones where nothing is wrong so far."""
        fine = self.failure == Failure.NONE
        return Faults(torch.where(fine, later.failure, self.failure), torch.where(fine, later.knot, self.knot))

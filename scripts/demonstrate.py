"""Record demonstrations for the warm start of the spatial head.

python scripts/demonstrate.py --teacher look_ahead --actions 800 --seed 1 --processes 2 --out demonstrations/1.pt
python scripts/train.py agent.imitation.demonstrations=demonstrations/1.pt,demonstrations/2.pt

The look-ahead tries 8 grasps and 6 pushes in copies of each scene: what they would have been worth is learned from. It
needs physics=mujoco. With --checkpoint half of what it tries is what that policy prefers: a second round shows it where
it is wrong. What is recorded does not depend on how many processes share the work. After an interruption the same
command goes on and ends with the same file; every episode that has ended is kept.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pushgrasp.program import readable_errors


def main(argv: Sequence[str] | None = None) -> None:
    """Run the script."""
    with readable_errors():
        from pg_tasks.training.pg4da import demonstrate

        demonstrate.main(__doc__ or "", sys.argv[1:] if argv is None else argv)


if __name__ == "__main__":
    main()

"""Try grasps from above in copies of the physics: what methods with dense action maps learn from.

python scripts/try_grasps.py --out tried_grasps --scenes 1600 --processes 2
python scripts/train.py --method epg --stage grasp agent.grasp_stage.data=tried_grasps

A run that was stopped goes on where it was. The same seed gives the same files, with any number of processes.
"""

from __future__ import annotations

import sys

from pushgrasp.program import readable_errors

if __name__ == "__main__":
    with readable_errors():
        from pg_tasks.grasp_tries.command import main

        raise SystemExit(main(__doc__ or "", sys.argv[1:]))

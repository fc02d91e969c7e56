"""Make the synthetic grasp data that the angle-view net is pretrained on: pictures of clutter with geometry's labels.

python scripts/make_grasp_data.py --out grasp_data --processes 2
python scripts/make_grasp_data.py --out small --train 640 --val 64 --test 64 --confirm 60
python scripts/make_grasp_data.py --out steady --vary camera_shift=0 camera_turn=0

A run that was stopped goes on where it was. The same seed and counts give the same files, with any number of processes.
"""

from __future__ import annotations

import sys

from pushgrasp.program import readable_errors

if __name__ == "__main__":
    with readable_errors():
        from pg_tasks.grasp_data.command import main

        raise SystemExit(main(__doc__ or "", sys.argv[1:]))

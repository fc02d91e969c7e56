"""Grasp data with two scenes photographed at a time instead of eight, here and in the processes that this one starts.

``few_worlds.py --out DIR ...`` does what ``scripts/make_grasp_data.py`` does; ``few_worlds.py FILE`` makes the first
two samples of the split test and nothing before them.
"""

import sys
from pathlib import Path

from pg_tasks.grasp_data import plan

plan.WORLDS = 2  # before anything else imports it; processes that are started import this file first

if __name__ == "__main__":
    from pg_tasks.grasp_data.command import main

    if len(sys.argv) > 2:
        raise SystemExit(main("", sys.argv[1:]))

    import torch

    from pg_tasks.grasp_data.samples import RecipeCfg, make_samples
    from pg_tasks.grasp_data.studio import open_studio
    from pushgrasp.grasping.data.shards import write_shard

    torch.set_num_threads(1)
    file = Path(sys.argv.pop())
    with open_studio(plan.WORLDS) as studio:
        write_shard(file, make_samples(studio, RecipeCfg(), "test", 0, 2))

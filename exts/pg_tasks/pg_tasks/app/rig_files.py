"""Write the rigs as MuJoCo files, for what runs without Isaac Lab: ``python -m pg_tasks.app.rig_files``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pg_tasks.app import session
from pg_tasks.app.arguments import make_parser, parse
from pg_tasks.app.bench import Bench
from pg_tasks.physics.rig_mjcf import rig_mjcf
from pushgrasp.files.atomic import atomic_write
from pushgrasp_assets import asset_path

if TYPE_CHECKING:
    import mujoco

RIG_TASKS = {
    "one_arm": ("SingleArmPushGrasp", "full"),
    "two_arms": ("DualArmPushGrasp", "full"),
    "one_gripper": ("SingleArmPushGrasp", "training"),
    "two_grippers": ("DualArmPushGrasp", "training"),
}
"""Task and rig that a file below ``robots`` holds, by the file's stem."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Write ``robots/*.xml`` below a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=asset_path(), help="default: assets/")
    folder = parser.parse_args(arguments).output / "robots"
    folder.mkdir(parents=True, exist_ok=True)
    for name in RIG_TASKS:
        with simulated_rig(name) as model:
            text = rig_mjcf(model, name)
        atomic_write(folder / f"{name}.xml", lambda file, text=text: file.write(text.encode()))


@contextmanager
def simulated_rig(name: str) -> Iterator[mujoco.MjModel]:
    """Give the model that the simulator compiles for a rig of :data:`RIG_TASKS` and one object."""
    task, rig = RIG_TASKS[name]
    words = ["--task", task, "--num_envs", "1", "--seed", "0", "physics=mujoco", f"env.rig={rig}"]
    args, overrides = parse(make_parser(""), [*words, "env.clutter.num_objects=1", "env.clutter.layout=scattered"])
    env_cfg, _ = session.resolve(args, overrides)
    with session.environment(args, env_cfg) as env:
        yield Bench(env).solver.models[0]


if __name__ == "__main__":
    main()

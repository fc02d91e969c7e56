"""The environment on scene files: objects lie where the files say."""

from __future__ import annotations

from collections.abc import Callable

import torch

from pushgrasp.scenes.designs import DATA, designs


def test_environment_lays_the_scenes_of_files(run_environment: Callable) -> None:
    with run_environment(f"env.clutter.scenes={DATA / 'P4_hard'}") as env:
        env.scenes.begin_trials(0)
        for start in (0, 2):
            env.reset()
            for world, scene in enumerate(designs("P4_hard")[start : start + 2]):
                slots = env.objects.active[world].nonzero()[:, 0]
                assert len(slots) == len(scene.objects)
                target = scene.objects[scene.target]
                found = env.objects.position[world, env.objects.target[world]]
                assert torch.allclose(found, torch.tensor(target.position), atol=0.002)
                assert env.scenes.trial.tolist() == [start, start + 1]

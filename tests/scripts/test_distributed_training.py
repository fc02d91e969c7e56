"""A training of seconds on two processes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from small_training import SCRIPT, SMALL, the_run

pytestmark = pytest.mark.slow


def test_two_processes_end_with_the_same_parameters(start: Callable, tmp_path: Path) -> None:
    # The first process alone writes checkpoints; its replica's parameters are printed after the training.
    code = (
        "import sys, runpy, torch\n"
        "from pushgrasp.learning.runner import PushGraspRunner\n"
        "learn = PushGraspRunner.learn_until\n"
        "def learn_and_tell(self, total):\n"
        "    outcome = learn(self, total)\n"
        "    sums = [float(p.double().sum()) for m in (self.alg.actor, self.alg.critic) for p in m.parameters()]\n"
        "    open(f'sums_{self.gpu_global_rank}.txt', 'w').write(repr(sums))\n"
        "    return outcome\n"
        "PushGraspRunner.learn_until = learn_and_tell\n"
        f"sys.argv[0] = {SCRIPT!r}\n"
        f"runpy.run_path({SCRIPT!r}, run_name='__main__')\n"
    )
    (tmp_path / "worker.py").write_text(code)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", "worker.py"]
    process = start([*torchrun, "--distributed", "--max_iterations=2", *SMALL, "--trials=0"], tmp_path)
    assert process.wait(timeout=1800) == 0, (tmp_path / "output.txt").read_text()
    first, second = ((tmp_path / f"sums_{rank}.txt").read_text() for rank in range(2))
    assert first == second
    assert len(list((tmp_path / "logs" / "rsl_rl" / "dual_arm_push_grasp").iterdir())) == 1
    assert (the_run(tmp_path) / "model_2.pt").is_file()

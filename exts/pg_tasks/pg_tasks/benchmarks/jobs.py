"""Jobs shared out among processes and Ray nodes: what the driver costs, what two nodes achieve, what kills change."""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil

from pushgrasp.evaluation.record_file import count_lines
from pushgrasp.evaluation.runs import records_path, run_folder
from pushgrasp.jobs.job import Finished, Job
from pushgrasp.jobs.local import LocalCrew
from pushgrasp.jobs.ray_crew import RayCrew, ray_module
from pushgrasp.jobs.run import Crew, work_on

from .figures import Figure
from .naps import open_naps

WORKERS = 2

NAP = 0.01
"""How long a trivial unit sleeps [s]; a trial takes a second or more."""

BATCH = 20
"""Trivial units that are handed out at a time, at most."""

PROTOCOL = "P1/case2"


def run(units: int = 10_000, trials: int = 200, turns: int = 2, kills: int = 20, seed: int = 0) -> list[Figure]:
    """Measure with trivial units first, then evaluate in turns with two processes and two Ray nodes of a core each."""
    with tempfile.TemporaryDirectory() as out:
        folder = Path(out)
        figures = _trivial("processes", lambda: LocalCrew(WORKERS, folder), units)
        with ray_nodes() as cluster:
            figures += _trivial("Ray nodes", lambda: RayCrew(cluster.address, WORKERS), units)
            figures += _in_turns(folder, cluster, trials, turns, seed) if trials else []
            figures += _under_fire(folder, cluster, trials, kills, seed) if trials and kills else []
    return figures


@contextmanager
def ray_nodes() -> Iterator[Any]:
    """Two Ray nodes of one core each on this machine, which find the modules that this process finds."""
    ray_module()
    from ray.cluster_utils import Cluster

    niceness = {"RAY_worker_niceness": "0"}  # that of the processes that they are measured against
    os.environ.update(niceness, PYTHONPATH=os.pathsep.join(filter(None, sys.path)))
    cluster = Cluster(initialize_head=True, head_node_args={**_NODE, "include_dashboard": False})
    try:
        cluster.add_node(**_NODE)
        yield cluster
    finally:
        cluster.shutdown()


_NODE: dict[str, Any] = {"num_cpus": 1, "object_store_memory": 100_000_000}


def _trivial(who: str, crew: Callable[[], Crew], units: int) -> list[Figure]:
    """What the driver costs, and how its memory grows over five times as many units that do not sleep."""
    case = f"{WORKERS} {who}"
    waiting, driving = _overhead(crew(), units)
    memory = _memory(crew(), units)
    return [
        Figure("jobs", f"{case}, {units} naps of {NAP:g} s: waiting between them", waiting, "%", at_most=2.0),
        Figure("jobs", f"{case}, {units} naps of {NAP:g} s: CPU of the driver", driving, "%", at_most=2.0),
        Figure("jobs", f"{case}, {units} units of no time: memory of the driver", memory[0], "MB"),
        Figure(
            "jobs", f"{case}, {5 * units} units: memory it has gained since", memory[-1] - memory[0], "MB", at_most=10.0
        ),
    ]


def _overhead(crew: Crew, units: int) -> tuple[float, float]:
    """What part of their time workers wait between units, and the driver's CPU time, of that of the units [%]."""
    naps = defaultdict[int, list[tuple[float, float]]](list)
    with crew:
        results = _naps(crew, units, NAP)
        next(results)  # until then workers start
        cpu = time.process_time()
        for finished in results:
            process, begin, end, _ = finished.result
            naps[process].append((begin, end))
        cpu = time.process_time() - cpu
    busy = sum(end - begin for times in naps.values() for begin, end in times)
    there = sum(times[-1][1] - times[0][0] for times in naps.values())
    return 100.0 * (1.0 - busy / there), 100.0 * cpu / busy


def _memory(crew: Crew, units: int) -> list[float]:
    """Memory of this process after each so many of five times as many units [MB]."""
    process, memory = psutil.Process(), []
    with crew:
        for count, _ in enumerate(_naps(crew, 5 * units, 0.0), 1):
            if count % units == 0:
                memory.append(process.memory_info().rss / 1e6)
    return memory


def _naps(crew: Crew, units: int, seconds: float) -> Iterator[Finished]:
    return work_on(Job("naps", "nap", tuple(range(units)), partial(open_naps, seconds), BATCH), crew)


def _in_turns(folder: Path, cluster: Any, trials: int, turns: int, seed: int) -> list[Figure]:  # noqa: ANN401
    """Evaluate in turns with processes of this machine and with the Ray nodes."""
    ours, theirs, same = [], [], []
    for turn in range(turns):
        first, second = folder / f"processes_{turn}", folder / f"ray_{turn}"
        ours.append(_evaluate(first, trials, seed, "--processes", str(WORKERS)))
        theirs.append(_evaluate(second, trials, seed, "--ray", cluster.address))
        same.append(_without_times(first) == _without_times(second))
    case = f"{trials} trials of {PROTOCOL}, start included"
    ratio = statistics.median(ours) / statistics.median(theirs)
    return [
        Figure("jobs", f"{case}, {WORKERS} processes", statistics.median(ours), "s"),
        Figure("jobs", f"{case}, {WORKERS} Ray nodes", statistics.median(theirs), "s"),
        Figure("jobs", "throughput of the nodes for that of the processes", ratio, at_least=0.9),
        Figure("jobs", f"turns of {turns} with the same records", sum(same), at_least=turns),
    ]


def _under_fire(folder: Path, cluster: Any, trials: int, kills: int, seed: int) -> list[Figure]:  # noqa: ANN401
    """Evaluate while workers are killed, and a whole node, which Ray can replace from the main thread only."""
    out, words = folder / "killed", ("--ray", cluster.address)
    evaluation = get_context("spawn").Process(target=_evaluate, args=(out, trials, seed, *words))
    evaluation.start()
    killed, generator = 0, random.Random(seed)
    while evaluation.is_alive():
        if killed < kills and count_lines(_records(out)) >= 0.9 * trials * killed / kills:
            if killed == kills // 2:
                cluster.remove_node(cluster.list_all_nodes()[-1], allow_graceful=False)
                cluster.add_node(**_NODE)
            killed += _kill_one(generator)
        evaluation.join(1.0)
    found, expected = _without_times(out), _without_times(folder / "processes_0")
    same = sum(one == other for one, other in zip(found, expected, strict=False))
    return [
        Figure("jobs", "workers killed, and a node", killed, at_least=kills),
        Figure("jobs", "records then", len(found), at_least=trials, at_most=trials),
        Figure("jobs", "of these the same as without", same, at_least=trials),
    ]


def _kill_one(generator: random.Random) -> int:
    """Kill a worker's process or its actor, if there is one; return how many."""
    hosts = [process for process in psutil.Process().children(recursive=True) if process.name().startswith("ray::Host")]
    workers = [child for host in hosts for child in host.children() if "spawn_main" in " ".join(child.cmdline())]
    if not workers:
        return 0
    generator.choice(hosts + workers).kill()
    return 1


def _evaluate(out: Path, trials: int, seed: int, *who: str) -> float:
    """Evaluate the heuristic, which decides quickly; return how long that took, start included [s]."""
    from pg_tasks.evaluate.command import main

    words = ["--policy", "heuristic", "--protocol", PROTOCOL, "--physics", "mujoco", "--rig", "training"]
    begin = time.perf_counter()
    main([*words, "--trials", str(trials), "--seed", str(seed), "--out", str(out), *who])
    return time.perf_counter() - begin


def _records(out: Path) -> Path:
    return records_path(run_folder(out, PROTOCOL))


def _without_times(out: Path) -> list[str]:
    """Lines of the records, without their time stamps."""
    lines = map(json.loads, _records(out).read_text().splitlines())
    return [json.dumps({**line, "times": None}) for line in lines]

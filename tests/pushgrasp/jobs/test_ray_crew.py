"""Jobs on two Ray nodes of this machine: the results of local processes, also when workers and a node are killed."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from small_work import square_job

from pushgrasp.jobs import run
from pushgrasp.jobs.ray_crew import RayCrew
from pushgrasp.jobs.run import work_on
from pushgrasp.program import UserError

cluster_utils = pytest.importorskip("ray.cluster_utils")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two nodes of one core each, which find what this process does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        patch.setenv("RAY_worker_niceness", "0")
        slow = SimpleNamespace(**{**vars(time), "monotonic": lambda: time.monotonic() / 20.0})
        patch.setattr("ray._private.node.time", slow)  # it gives a node 30 s to start, on a busy machine, too
        node = {"num_cpus": 1, "object_store_memory": 80_000_000}
        cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
        cluster.add_node(**node)
        yield cluster
        cluster.shutdown()


def test_nodes_share_the_units_and_what_is_lost_takes_nothing_with_it(cluster: Any, tmp_path: Path) -> None:
    found, nodes, told = {}, set(), []
    with RayCrew(cluster.address, None) as crew:
        assert crew.size == 2
        for finished in work_on(square_job(40, at_once=3, deadly=[5], wrong=[30], once=tmp_path), crew, told.append):
            assert finished.number not in found
            found[finished.number] = finished.result
            nodes.add(finished.node)
            if len(found) == 10:
                hosts = [p for p in psutil.Process().children(recursive=True) if p.name().startswith("ray::Host")]
                hosts[0].send_signal(signal.SIGKILL)
            if len(found) == 20:
                cluster.remove_node(cluster.list_all_nodes()[-1])
    assert found == {number: number**2 for number in range(40)}
    assert 1 <= len(nodes) <= 2
    assert len(told) >= 2 and all("lost worker" in text for text in told)


def test_a_node_with_other_source_files_is_named(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "code_digest", lambda job: "of another version")
    with pytest.raises(UserError, match=r"on node .*: the source files differ"), RayCrew(cluster.address, 1) as crew:
        list(work_on(square_job(2), crew))


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere", "ray://127.0.0.1:1"])
def test_a_cluster_that_is_not_there_is_one_line(address: str) -> None:
    with pytest.raises(UserError, match=f"^no Ray cluster at {address}: .*start one with: ray start --head$"):
        RayCrew(address, 1).__enter__()


def test_ray_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match=r"pip install 'pushgrasp\[ray\]'"), RayCrew("auto", 1):
        pass

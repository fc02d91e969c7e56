"""Who gets which units, and which are given up: worked out by hand."""

from __future__ import annotations

from pushgrasp.jobs.ledger import Ledger


def test_each_unit_goes_to_one_worker_and_is_done_once() -> None:
    ledger = Ledger([4, 7, 9], 1, 2)
    assert [ledger.take("a", True), ledger.take("b", True), ledger.take("a", False)] == [[4], [7], [9]]
    assert ledger.take("b", False) == []
    assert ledger.finish("a", 4)
    assert not ledger.finish("a", 4)  # done already
    assert not ledger.finish("a", 7)  # another's
    assert ledger.left == 2


def test_batches_shrink_as_the_end_comes_near() -> None:
    ledger, sizes = Ledger(range(100), 10, 2), []
    while numbers := ledger.take("a", False):
        sizes.append(len(numbers))
    # an eighth of what waits, at most ten: of 100, 90, 80, 70, 62, 55, 49 and 43
    assert sizes[:8] == [10, 10, 10, 8, 7, 6, 6, 5]
    assert sizes[-8:] == [1] * 8
    assert sum(sizes) == 100


def test_units_of_a_lost_worker_are_tried_again_and_the_last_time_alone() -> None:
    ledger = Ledger([0, 1, 2], 1, 1)
    for worker in ("a", "b"):
        assert sorted(ledger.take(worker, begins)[0] for begins in (True, False, False)) == [0, 1, 2]
        assert ledger.lose(worker, f"{worker} died") == []
    assert ledger.take("c", True) == [0]
    assert ledger.take("c", False) == []  # nothing beside a last try
    ledger.finish("c", 0)
    assert ledger.take("c", True) == [1]
    assert ledger.lose("c", "c died") == [1]
    assert ledger.take("d", True) == [2]
    ledger.finish("d", 2)
    assert (ledger.left, ledger.failed) == (0, {1: "c died"})


def test_last_tries_wait_until_nothing_else_does() -> None:
    ledger = Ledger(range(3), 1, 1)
    for worker in ("a", "b"):
        assert ledger.take(worker, True) == [{"a": 0, "b": 1}[worker]]
        ledger.lose(worker, "")
    assert [ledger.take("c", True), ledger.take("c", False), ledger.take("c", False)] == [[2], [0], [1]]
    ledger.lose("c", "")
    # 2 was lost once, 0 and 1 twice
    assert [ledger.take("d", True), ledger.take("d", False), ledger.take("e", True)] == [[2], [], [0]]

"""Order of the tests: quick ones first, so that a mistake shows early, then the longest file."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the tests marked slow behind all others, the longest file to their front; otherwise keep the order.

    Test files are shared out between processes in this order: the longest one must not begin when the rest is done.
    """
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    slow = item.get_closest_marker("slow")
    return 0 if slow is None else 1 if slow.kwargs.get("longest") else 2

"""Order of the tests: quick ones first, so that a mistake shows early."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the tests marked slow behind all others; otherwise keep the order."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)

"""What a bandit learns from: the last so many rows of tensors."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class RowReplay:
    """Rows of named tensors; when it is full, the oldest row is forgotten."""

    def __init__(self, capacity: int) -> None:
        """Remember up to ``capacity`` rows."""
        self._capacity = capacity
        self._rows: list[dict[str, Tensor]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, **row: Tensor) -> None:
        """Remember a row; all rows have the same names and shapes."""
        self._rows.append({name: value.detach().cpu().clone() for name, value in row.items()})
        del self._rows[: -self._capacity]

    def sample(self, count: int, generator: torch.Generator) -> dict[str, Tensor]:
        """Return ``count`` rows drawn with replacement, stacked.

        Raises:
            ValueError: If there are no rows.
        """
        if not self._rows:
            raise ValueError("nothing is remembered yet")
        chosen = torch.randint(len(self._rows), (count,), generator=generator).tolist()
        return {name: torch.stack([self._rows[index][name] for index in chosen]) for name in self._rows[0]}

    def get_state(self) -> dict[str, Any]:
        """Return all rows, stacked."""
        return {name: torch.stack([row[name] for row in self._rows]) for name in (self._rows or [{}])[0]}

    def set_state(self, state: dict[str, Any]) -> None:
        """Remember what :meth:`get_state` has returned."""
        columns = list(state.values())
        count = len(columns[0]) if columns else 0
        self._rows = [{name: value[index].clone() for name, value in state.items()} for index in range(count)]

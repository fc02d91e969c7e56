"""List the tasks of this extension with their configurations."""

from __future__ import annotations

import argparse

import gymnasium
from rich.console import Console
from rich.table import Table

import pg_tasks


def main() -> None:
    """Print the table."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    table = Table(title="Push-grasp tasks")
    for name in ("task", "environment", "configuration", "agent"):
        table.add_column(name, overflow="fold")
    for task in pg_tasks.TASKS:
        spec = gymnasium.spec(task)
        entries = [str(spec.kwargs[kind]) for kind in ("env_cfg_entry_point", "rsl_rl_cfg_entry_point")]
        table.add_row(f"{task}\n{task}-v0", str(spec.entry_point), *entries)
    Console().print(table)


if __name__ == "__main__":
    main()

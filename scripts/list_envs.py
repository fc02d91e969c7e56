"""List the tasks of this extension with their configurations."""

from __future__ import annotations

from collections.abc import Sequence

from pushgrasp.program import readable_errors


def main(argv: Sequence[str] | None = None) -> None:
    """Print the table."""
    with readable_errors():
        import gymnasium
        from rich.table import Table

        import pg_tasks
        from pg_tasks.app.parser import Parser
        from pushgrasp.console import Console

        parser = Parser(__doc__)
        parser.add_argument("--keyword", default="", metavar="TEXT", help="only tasks whose names hold this")
        keyword = parser.parse_args(argv).keyword
        table = Table("task", "environment", "configuration", "agent", title="Push-grasp tasks")
        for name in (name for task in pg_tasks.TASKS for name in (task, f"{task}-v0") if keyword in name):
            spec = gymnasium.spec(name)
            entries = [str(spec.kwargs[kind]) for kind in ("env_cfg_entry_point", "pushgrasp_cfg_entry_point")]
            table.add_row(name, str(spec.entry_point), *entries)
        Console().table(table)


if __name__ == "__main__":
    main()

"""Run the random agent: see --help."""

from __future__ import annotations

from pushgrasp.program import readable_errors

if __name__ == "__main__":
    with readable_errors():
        from pg_tasks.app.idle import main

        main("random")

"""Run the zero agent: see --help."""

from __future__ import annotations

from pg_tasks.app.idle import main

if __name__ == "__main__":
    main("zero")

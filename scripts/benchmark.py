"""Measure what the project promises in numbers: physics, pictures, speed.

python scripts/benchmark.py all
python scripts/benchmark.py throughput --worlds 8 --objects 10

Prints a table of measured values and targets; the exit status is 1 when a target is missed.
"""

from __future__ import annotations

import sys

from pushgrasp.program import readable_errors

if __name__ == "__main__":
    with readable_errors():
        from pg_tasks.benchmarks.command import main

        raise SystemExit(main(__doc__ or "", sys.argv[1:]))

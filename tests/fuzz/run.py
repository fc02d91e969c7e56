"""Damage valid inputs of every parser at random, and tell those that a parser does not answer as it should.

python tests/fuzz/run.py --inputs 100000 --seed 0
python tests/fuzz/run.py --inputs 2000 --only scene import

Failing inputs are kept in --keep. An input depends on seed, target and number alone, so that it comes back with the
same command.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import resource
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from contract import GIGABYTE, executed, fault
from rich.table import Table
from target import Input, Target
from targets import TARGETS

from pushgrasp.console import Console

MEMORY = 6 * GIGABYTE
"""What all inputs together may add to the address space of this process."""


@dataclass
class Result:
    """What became of the inputs of a target.

    Attributes:
        name: The target.
        count: Number of inputs.
        accepted: How many the parser has returned a value for.
        valid: How many of the examples that were damaged it accepts.
        seconds: Time [s].
        faults: What was wrong, by the number of the input.
    """

    name: str
    count: int
    accepted: int = 0
    valid: int = 0
    seconds: float = 0.0
    faults: dict[int, str] = field(default_factory=dict)


def try_target(target: Target, count: int, seed: int, keep: Path | None = None) -> Result:
    """Hand inputs to a parser; failing ones are kept in a folder."""
    result, start = Result(target.name, count), time.monotonic()
    with _workplace() as place, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (place / "examples").mkdir()
        (place / "input").mkdir()
        examples = target.examples(place / "examples")
        result.valid = sum(_accepts(target, example, place / "input") for example in examples)
        for number in range(count):
            content = target.input(seed, number, examples)

            def parse(content: Input = content) -> None:
                target.parse(content, place / "input")
                result.accepted += 1

            found = fault(parse, target.named(content)) or executed(place)
            if found is not None:
                result.faults[number] = found
                _keep(keep, target, number, content, found)
    result.seconds = time.monotonic() - start
    return result


def _accepts(target: Target, example: Input, folder: Path) -> bool:
    with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
        target.parse(example, folder)
        return True
    return False


def inputs_per_target(total: int, chosen: Sequence[Target]) -> dict[Target, int]:
    """Share out inputs; expensive parsers get fewer."""
    shares = sum(target.share for target in chosen)
    return {target: max(1, round(total * target.share / shares)) for target in chosen}


def result_table(results: Sequence[Result]) -> Table:
    """Return the results as a table."""
    total, faults = sum(r.count for r in results), sum(len(r.faults) for r in results)
    seconds = sum(r.seconds for r in results)
    table = Table(caption=f"{total} inputs, {faults} faults, {seconds:.0f} s")
    for name in ("parser", "inputs", "accepted", "faults", "seconds"):
        table.add_column(name, justify="left" if name == "parser" else "right")
    for result in results:
        table.add_row(
            result.name, str(result.count), str(result.accepted), str(len(result.faults)), f"{result.seconds:.0f}"
        )
    return table


def main(argv: Sequence[str] | None = None) -> int:
    """Run; return 1 if there are faults."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=10_000, help="inputs in all (default: 10000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", metavar="NAME", help=f"of: {', '.join(t.name for t in TARGETS)}")
    parser.add_argument("--keep", type=Path, default=Path("fuzz_faults"), help="folder of failing inputs")
    args = parser.parse_args(argv)
    unknown = set(args.only or ()) - {target.name for target in TARGETS}
    if unknown:
        parser.error(f"no parser {', '.join(sorted(unknown))}")
    chosen = [target for target in TARGETS if args.only is None or target.name in args.only]
    console, results, keep = Console(), [], args.keep.resolve()
    for target, count in inputs_per_target(args.inputs, chosen).items():
        results.append(try_target(target, count, args.seed, keep))
        console.print(f"{target.name}: {count} inputs, {len(results[-1].faults)} faults, {results[-1].seconds:.0f} s")
        for number, text in list(results[-1].faults.items())[:10]:
            console.print(f"  {number}: {text[:400]}")
    console.table(result_table(results))
    return int(any(result.faults for result in results))


@contextlib.contextmanager
def _workplace() -> Iterator[Path]:
    """Folder that is the present one, with a limit of this process's memory, as long as the block runs."""
    old, (soft, hard) = Path.cwd(), resource.getrlimit(resource.RLIMIT_AS)
    used = resource.getpagesize() * int(Path("/proc/self/statm").read_text().split()[0])
    with tempfile.TemporaryDirectory() as folder:
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, hard))
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(old)
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _keep(folder: Path | None, target: Target, number: int, content: Input, found: str) -> None:
    if folder is None:
        return
    path = folder / target.name.replace(" ", "_") / str(number)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content, indent=1).encode())
    path.with_suffix(".txt").write_text(found + "\n", errors="backslashreplace")


if __name__ == "__main__":
    raise SystemExit(main())

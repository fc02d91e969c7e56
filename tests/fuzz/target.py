"""What a user hands to this project, and what reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import mutators

ROOT = Path(__file__).resolve().parents[2]
FILE = "damaged"
"""Name of every damaged file, which messages must tell."""

Input = bytes | list[str]


@dataclass(frozen=True)
class Target:
    """A parser.

    Attributes:
        name: What the command line calls it.
        examples: Makes valid inputs in an empty folder: the bytes of files, or command lines.
        parse: Hands an input to the parser; files are written into a folder that stays the same.
        damaged: Makes an input from a generator, an example and all examples.
        share: Inputs, as a share of those of a cheap parser.
    """

    name: str
    examples: Callable[[Path], Sequence[Any]]
    parse: Callable[[Any, Path], object]
    damaged: Callable[[Random, Any, Sequence[Any]], Any] = mutators.damaged_bytes
    share: float = 1.0

    def input(self, seed: int, number: int, examples: Sequence[Any]) -> Input:
        """Return an input; the same seed and number give the same one."""
        rng = Random(f"{seed}/{self.name}/{number}")
        return self.damaged(rng, rng.choice(examples), examples)

    def named(self, content: Input) -> list[str]:
        """Return words of which a message must hold one: the file, a word or a flag; none where a word is blank."""
        if isinstance(content, bytes):
            return [FILE]
        parts = [part for word in content for part in (word, *re.split("[,=]", word))]
        if not content or not all(part.strip() for part in parts):
            return []
        parts += [shorter for part in parts for shorter in (part[:8], part.rpartition(".")[0], str(Path(part)))]
        settings = [part.strip("-/").replace("-", "_") for part in parts]
        return [*parts, *(repr(part)[1:-1] for part in parts), *settings, "--", "argument"]


def words_target(
    name: str,
    examples: Callable[[Path], Any],
    parse: Callable[[list[str], Path], object],
    share: float = 1.0,
) -> Target:
    """Return a target that takes words of a command line."""
    return Target(name, examples, parse, mutators.damaged_words, share)


def given(*inputs: Any) -> Callable[[Path], list[Any]]:
    """Return what gives these examples."""
    return lambda folder: list(inputs)


def written(folder: Path, name: str, content: bytes) -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def of_file(read: Callable[[Path], object], suffix: str) -> Callable[[bytes, Path], object]:
    """Return what hands content to a reader of files."""
    return lambda content, folder: read(written(folder, FILE + suffix, content))

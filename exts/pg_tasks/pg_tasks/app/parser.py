"""Command lines of all scripts: flags are written out, and a mistake is one line that says what was probably meant."""

from __future__ import annotations

import argparse
import difflib
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from pushgrasp.program import UserError


class Parser(argparse.ArgumentParser):
    """Takes no abbreviation of a flag, which could mean another one tomorrow."""

    hints: Mapping[str, str] = {}
    """What to do instead of flags that are known elsewhere."""

    def __init__(self, description: str | None = None, **kwargs: Any) -> None:  # noqa: ANN401 - argparse takes anything
        """Keep the line breaks of ``description``; ``kwargs`` as for argparse."""
        kwargs = {"formatter_class": argparse.RawDescriptionHelpFormatter, "allow_abbrev": False, **kwargs}
        super().__init__(description=description, **kwargs)

    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> argparse.Namespace:  # noqa: ANN401
        """Parse a whole command line.

        Raises:
            UserError: If something on it is wrong.
        """
        found, rest = self.parse_known_args(args, namespace)
        for word in rest:
            self.refuse(word)
        return found

    def parse_known_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # noqa: ANN401
        """Parse as argparse does, and remember the words."""
        self._words = list(sys.argv[1:] if args is None else args)
        return super().parse_known_args(self._words, namespace)

    def refuse(self, word: str) -> NoReturn:
        """Raise a UserError about an unknown word of the command line."""
        flag = word.partition("=")[0]
        names = [name for name in self.flags() if name.startswith("--") and flag.startswith("--")]
        near = difflib.get_close_matches(flag, names, n=1)
        advice = self.hints.get(flag) or (f"did you mean {near[0]}?" if near else "see --help")
        raise UserError(f"unknown argument {word!r}; {advice}")

    def error(self, message: str) -> NoReturn:
        """Raise a UserError: a flag lacks something, perhaps because another one is misspelt."""
        for word in self._words:
            if word.startswith("--") and word.partition("=")[0] not in self.flags():
                self.refuse(word)
        raise UserError(message)

    def flags(self) -> Iterator[str]:
        """Yield the flags of this parser and of its commands."""
        for action in self._actions:
            yield from action.option_strings
            if isinstance(action, argparse._SubParsersAction):
                for parser in action.choices.values():
                    yield from parser.flags()


def positive(text: str) -> int:
    """Return a flag's whole number of at least one."""
    return _at_least(1, text)


def not_negative(text: str) -> int:
    """Return a flag's whole number of at least zero."""
    return _at_least(0, text)


def seconds(text: str) -> float:
    """Return a flag's positive number."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0.0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a positive, finite number")
    return value


def _at_least(least: int, text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if value < least:
        raise argparse.ArgumentTypeError(f"{text} is less than {least}")
    return value

"""Damage to files and command lines, all of it drawn from one generator: the same seed gives the same damage."""

from __future__ import annotations

import io
import json
import re
import struct
import zlib
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import torch
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

NUMBERS = ("NaN", "-Infinity", "1e999", "-1e308", "0", "-0", "-1", "1", "9" * 400, "1e-400", "2147483648", "-5e-324")
WORDS = (
    *NUMBERS,
    *("true", "null", '""', "[]", "{}", "''", "1_000", "0x10", "1,5", "\u0661\u0662", "\u00bd", "\ud800", '"\\ud800"'),
    *("\ufeff", "\x1b[2J", "\r\n", "\r", "\n\n", "\t", "\u2028", "#", "//x", "---\n", "&a [*a]", "../../no", "%s%n"),
    *("!!python/object:os.system {}", "~nobody/x", "*", "[", "(", "(a+)+$", "=", ",", "a" * 300 + ".png"),
    *("x" * 5000, "[" * 3000, '{"a":' * 1500),
)
"""Words that have broken parsers before; half a character is written as bytes that are no UTF-8."""

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 3, 2**31, -(2**63), 2**64, 10**400, 0.5, -1e308, 1e-320, float("nan"), float("inf")),
    *("", "x", "x" * 5000, "\ud800", "\x00", "a\nb", "\x1b[2J", [], {}, [[]], {"": 0}, [1, "a", None], "NaN", "1"),
)
"""Values that take the place of others in trees of JSON and of ``torch.save``."""

_PNG = b"\x89PNG\r\n\x1a\n"


def damaged_bytes(rng: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """Content with one to four of the changes below."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        content = rng.choice(_BYTE_CHANGES)(rng, content, others)
    return content


def damaged_words(rng: Random, words: Sequence[str], others: Sequence[Sequence[str]]) -> list[str]:
    """A command line with one to three words changed, added, left out or put elsewhere."""
    words = list(words)
    for _ in range(rng.choice((1, 1, 2, 3))):
        place = rng.randrange(len(words) + 1)
        change = rng.randrange(5)
        if change == 0 or not words:
            words.insert(place, rng.choice(_argument_words() + [word for line in others for word in line]))
        elif change == 1:
            del words[rng.randrange(len(words))]
        elif change == 2:
            words.insert(place, words[rng.randrange(len(words))])
        else:
            place = rng.randrange(len(words))
            words[place] = _damaged_word(rng, words[place])
    return words


def damaged_json(rng: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """JSON, or lines of it, with nodes of its tree changed, or its bytes."""
    if rng.random() < 0.4:
        return damaged_bytes(rng, content, others)
    lines = content.decode().splitlines() if content.count(b'\n{"') else [content.decode()]
    place = rng.randrange(len(lines))
    lines[place] = json.dumps(damaged_tree(rng, json.loads(lines[place])), ensure_ascii=rng.random() < 0.5)
    return _encoded("\n".join(lines) + "\n")


def damaged_torch(rng: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """A file of ``torch.save`` with nodes of its tree changed, or its bytes."""
    if rng.random() < 0.4:
        return damaged_bytes(rng, content, others)
    file = io.BytesIO()
    torch.save(damaged_tree(rng, torch.load(io.BytesIO(content), weights_only=True)), file)
    return file.getvalue()


def damaged_safetensors(rng: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """A safetensors file with nodes of its header changed, or its bytes."""
    if rng.random() < 0.4:
        return damaged_bytes(rng, content, others)
    length = int.from_bytes(content[:8], "little")
    tree = json.loads(content[8 : 8 + length])
    notes = tree.get("__metadata__", {})
    inner = [name for name, text in notes.items() if text.startswith("{")]
    if inner and rng.random() < 0.5:
        notes[inner[0]] = json.dumps(damaged_tree(rng, json.loads(notes[inner[0]])))
    else:
        tree = damaged_tree(rng, tree)
    header = _encoded(json.dumps(tree))
    return len(header).to_bytes(8, "little") + header + content[8 + length :]


def damaged_png(rng: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """A picture with bytes changed; the checksums of a PNG's parts are then often made right again."""
    content = damaged_bytes(rng, content, others)
    return _png_with_checksums(content) if content.startswith(_PNG) and rng.random() < 0.6 else content


def damaged_events(rng: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """TensorBoard events with bytes of one record changed under right checksums, or any bytes."""
    if rng.random() < 0.4:
        return damaged_bytes(rng, content, others)
    records, place = [], 0
    while place < len(content):
        (length,) = struct.unpack_from("<Q", content, place)
        records.append(content[place + 12 : place + 12 + length])
        place += 16 + length
    chosen = rng.randrange(len(records))
    records[chosen] = damaged_bytes(rng, records[chosen], records)
    return b"".join(map(_event_record, records))


def damaged_tree(rng: Random, tree: Any) -> Any:
    """A tree with one to three nodes changed, left out, doubled or renamed."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        tree = _changed(rng, tree)
    return tree


def _changed(rng: Random, tree: Any) -> Any:
    """Go down to a random node and change it there."""
    if not isinstance(tree, dict | list) or not tree or rng.random() < 0.15:
        return rng.choice(VALUES)
    copy = type(tree)(tree)
    key = rng.choice(list(copy)) if isinstance(copy, dict) else rng.randrange(len(copy))
    change = rng.random()
    if change < 0.7:
        copy[key] = _changed(rng, copy[key])
    elif change < 0.8:
        del copy[key]
    elif change < 0.9 and isinstance(copy, list):
        copy.extend(copy * rng.choice((1, 1, 60)))
    elif isinstance(copy, dict):
        copy[rng.choice([*map(str, copy), "x", "", "a\nb", "x" * 3000, "\x1b[2J"])] = copy.pop(key)
    else:
        copy[key] = _nested(copy[key], rng.choice((1, 3, 120, 900)))
    return copy


def _nested(value: Any, depth: int) -> Any:
    for _ in range(depth):
        value = [value]
    return value


def _place(rng: Random, content: bytes) -> int:
    """Place in a file; every second one is in its head, where formats are decided."""
    return rng.randrange(min(len(content), 200) + 1) if rng.random() < 0.5 else rng.randrange(len(content) + 1)


def _part(rng: Random, content: bytes) -> tuple[int, int]:
    begin = _place(rng, content)
    return begin, min(len(content), begin + rng.choice((1, 4, 16, 64, 1024)))


def _flip(rng: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    found = bytearray(content)
    for _ in range(rng.choice((1, 1, 3, 10)) if found else 0):
        found[min(_place(rng, content), len(found) - 1)] ^= 1 << rng.randrange(8)
    return bytes(found)


def _cut(rng: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    return content[: _place(rng, content)]


def _without(rng: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    begin, end = _part(rng, content)
    return content[:begin] + content[end:]


def _doubled(rng: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    begin, end = _part(rng, content)
    return content[:end] + content[begin:end] * rng.choice((1, 2, 50)) + content[end:]


def _spliced(rng: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    other = rng.choice(others)
    return content[: _place(rng, content)] + other[_place(rng, other) :]


def _with_word(rng: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    place = _place(rng, content)
    return content[:place] + _encoded(rng.choice(WORDS)) + content[place:]


def _other_word(rng: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """A word or number of the content in another form."""
    found = list(re.finditer(rb"[-+.\w]+", content[:20_000]))
    if not found:
        return content
    begin, end = rng.choice(found).span()
    return content[:begin] + _encoded(rng.choice(WORDS)) + content[end:]


def _lines(rng: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    lines = content.split(b"\n")
    rng.shuffle(lines)
    return b"\n".join(lines * rng.choice((1, 1, 30)))


def _recoded(rng: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """Other encodings and line ends, and marks before the text."""
    text = content.decode("utf-8", "replace")
    choices = (
        lambda: text.encode(rng.choice(("utf-8-sig", "utf-16", "utf-32", "utf-16-be"))),
        lambda: rng.choice((b"\xff\xfe", b"\xfe\xff", b"\0", b"\xff", b"\x80\x04")) + content,
        lambda: content.replace(b"\n", b"\r\n"),
        lambda: content.replace(b"\n", b"\0"),
        lambda: b"",
    )
    return rng.choice(choices)()


_BYTE_CHANGES: tuple[Callable[[Random, bytes, Sequence[bytes]], bytes], ...] = (
    *(_flip, _flip, _cut, _without, _doubled, _spliced, _with_word, _other_word, _other_word, _lines, _recoded),
)


def _damaged_word(rng: Random, word: str) -> str:
    """A word with a part of it changed; what stands behind ``=`` often alone."""
    key, mark, value = word.rpartition("=")
    extra = rng.choice(_argument_words())
    place = rng.randrange(len(word) + 1)
    choices = (
        f"{key}{mark}{extra}", f"{key}{mark}{extra}{value}", f"{key}{extra}{mark}{value}", extra, word[:place],
        word[:place] + extra + word[place:], word[:place] + word[place + 1 :], word + word, word.swapcase(),
    )  # fmt: skip
    return rng.choice(choices)


def _argument_words() -> list[str]:
    """Words that a shell can hand over: half characters stand for bytes that are no UTF-8."""
    return [word.replace("\ud800", "\udcff").replace("\0", "") for word in (*WORDS, "", "-", "--", "--x", "-1", " ")]


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _png_with_checksums(content: bytes) -> bytes:
    parts, place = [_PNG], len(_PNG)
    while place + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, place)
        if place + 12 + length > len(content):
            break
        part = content[place + 4 : place + 8 + length]
        parts.append(struct.pack(">I", length) + part + struct.pack(">I", zlib.crc32(part)))
        place += 12 + length
    return b"".join((*parts, content[place:]))


def _event_record(record: bytes) -> bytes:
    length = struct.pack("<Q", len(record))
    checksums = (struct.pack("<I", masked_crc32c(part)) for part in (length, record))
    return b"".join((length, next(checksums), record, next(checksums)))

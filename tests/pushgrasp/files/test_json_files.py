"""JSON of users: what the standard allows is read, everything else is one error with file and line."""

import codecs
from pathlib import Path

import pytest

from pushgrasp.files.json_files import JsonError, parse_json, read_json
from pushgrasp.files.text_files import FileError

DEEP = 100_000


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ('{"a": [1, -2.5e3, true, null, "x"]}', {"a": [1, -2500.0, True, None, "x"]}),
        ('\r\n{"a"\r\n:\t1}\r\n', {"a": 1}),
        ('[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),
        ('{"a": {"a": 1}, "b": {"a": 1}}', {"a": {"a": 1}, "b": {"a": 1}}),
        # what looks like a fault, but stands in a text
        (r'{"a": "NaN", "b": "[[\"{", "c": "1e999"}', {"a": "NaN", "b": '[["{', "c": "1e999"}),
        ("1" + 300 * "0", 10**300),
        (r'"\ud83d\ude00"', "\N{GRINNING FACE}"),
        ("[" * 100 + "]" * 100, None),
    ],
)
def test_standard_json_is_read(text: str, content: object) -> None:
    found = parse_json(text, "f.json")
    assert content is None or found == content


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f.json:1: no JSON: it is empty"),
        (" \n", "f.json:1: no JSON: it is empty"),
        ('{\n"a": 1,\noops}', "f.json:3: no JSON: Expecting property name enclosed in double quotes at column 1"),
        ('{"a": 1}\n{"a": 1}', "f.json:2: no JSON: Extra data at column 1"),
        ('"never ends', "f.json:1: no JSON: Unterminated string starting at at column 1"),
        ("[" * DEEP, "f.json:1: no JSON: nested more than 100 deep"),
        ('{"a":' * DEEP, "f.json:1: no JSON: nested more than 100 deep"),
        ("[\n" * 101 + "]" * 101, "f.json:101: no JSON: nested more than 100 deep"),
        (
            "[1,\n" + "7" * 400 + "]",
            "f.json:2: no JSON: the number 7777777777777777777777777777777777777... is too large",
        ),
        ("[" + "7" * 5000 + "]", "f.json:1: no JSON: the number 7777777777777777777777777777777777777... is too large"),
        ("[1,\n\n-1e999]", "f.json:3: no JSON: the number -1e999 is too large"),
        ("[NaN]", "f.json:1: no JSON: NaN is no number"),
        ("[\n-Infinity]", "f.json:2: no JSON: -Infinity is no number"),
        ('{"a": {"b": 1,\n"b" : 2}}', 'f.json:2: no JSON: the key "b" stands twice in an object'),
        (r'["\ud800"]', r"f.json:1: no JSON: holds half a character, '\ud800'"),
        ("[0,5 1]", "f.json:1: no JSON: Expecting ',' delimiter at column 6"),
    ],
)
def test_faults_name_file_and_line(text: str, message: str) -> None:
    with pytest.raises(JsonError) as caught:
        parse_json(text, "f.json")
    assert str(caught.value) == message


def test_lines_are_counted_from_the_first_of_the_text() -> None:
    for text in ("[NaN]", "[1,"):
        with pytest.raises(JsonError, match=r"records.jsonl:7: no JSON"):
            parse_json(text, "records.jsonl", line=7)


def test_long_unterminated_text_takes_no_time() -> None:
    """A scan that begins anew at each of its quotes would take minutes."""
    with pytest.raises(JsonError, match="Unterminated"):
        parse_json('"' + r"\"" * 200_000, "f.json")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks_are_understood(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.json").write_text('{"a": "é"}', encoding=encoding)
    assert read_json(tmp_path / "a.json") == {"a": "é"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a":\n"\xe9"}', r"a.json:2: no UTF-8 text: invalid continuation byte"),
        (codecs.BOM_UTF16_LE + b"a", r"a.json:1: no UTF-16 text: truncated data"),
        ("[1]".encode("utf-16-le"), "a.json:1: no text: holds a NUL character"),
        (b"[1]\n\0", "a.json:2: no text: holds a NUL character"),
        (b"\x80PNG", "a.json:1: no UTF-8 text"),
    ],
)
def test_what_is_no_text_is_said(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(FileError, match=message):
        read_json(tmp_path / "a.json")


def test_unreadable_paths_are_os_errors(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.json", tmp_path / f"{'n' * 300}.json"):
        with pytest.raises(OSError, match=path.name[:40]):
            read_json(path)


def test_an_error_lists_its_first_faults() -> None:
    assert str(FileError("a", "b")) == "a; b"
    error = FileError(*"abcdefg")
    assert str(error) == "a; b; c; d; e (and 2 more)"
    assert error.faults == tuple("abcdefg")

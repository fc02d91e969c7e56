"""YAML of users: plain values and their lines, and one line for whatever is wrong."""

from __future__ import annotations

import pytest

from pushgrasp.files.yaml_files import YamlError, parse_yaml


def test_values_and_lines() -> None:
    content, lines = parse_yaml("a: 1\nb:\n  - {x: yes, day: 2026-11-28}\n  - 0.5\n", "f")
    assert content == {"a": 1, "b": [{"x": True, "day": "2026-11-28"}, 0.5]}  # a date stays text
    assert lines == {"": 1, "a": 1, "b": 3, "b[0]": 3, "b[0].x": 3, "b[0].day": 3, "b[1]": 4}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f:1: no YAML: it is empty"),
        ("a: 1\nb: 2\na: 3\n", "f:3: the key a stands twice"),
        ("a: &x 1\nb: *x\n", "f:2: *x: aliases are not read; write the values out"),
        ("a:\n  1: 2\n", "f:2: a key is no text"),
        ("? [1, 2]\n: 3\n", "f:1: a key is no text"),
        ("a: !!python/object/apply:os.system [ls]\n", "f:1: !!python/object/apply:os.system is no plain value"),
        ("a: 1\n---\nb: 2\n", "f:2: no YAML: but found another document"),
        ("a: [1, 2\n", "f:2: no YAML: expected ',' or ']', but got '<stream end>'"),
        ("a: !!int x\n", "f:1: x: invalid literal for int() with base 10: 'x'"),
        ("[" * 101 + "]" * 101, "f:1: nested more than 100 deep"),
    ],
)
def test_wrong_yaml(text: str, message: str) -> None:
    with pytest.raises(YamlError) as caught:
        parse_yaml(text, "f")
    assert str(caught.value) == message

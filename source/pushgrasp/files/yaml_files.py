"""YAML that users bring: parsed strictly, with the line of every value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from pushgrasp.files.json_files import DEPTH
from pushgrasp.files.text_files import FileError, read_text, without_end


class YamlError(FileError):
    """Text that is no usable YAML."""


_STANDARD = "tag:yaml.org,2002:"
_COLLECTIONS = (f"{_STANDARD}seq", f"{_STANDARD}map")


class _Loader(yaml.SafeLoader):
    """Plain data; what looks like a date stays text."""


_Loader.yaml_implicit_resolvers = {
    start: [(tag, pattern) for tag, pattern in resolvers if tag != f"{_STANDARD}timestamp"]
    for start, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(path: Path) -> tuple[Any, dict[str, int]]:
    """Read a YAML file (:func:`parse_yaml`).

    Raises:
        FileError: If it is no text or no usable YAML.
        OSError: If the file cannot be read.
    """
    return parse_yaml(read_text(path), str(path))


def parse_yaml(text: str, where: str) -> tuple[Any, dict[str, int]]:
    """Parse one YAML document of plain values; dates stay text.

    Args:
        text: The YAML.
        where: What messages call its file.

    Returns:
        The content, and the line of each of its values by place, such as ``arms[0].address``.

    Raises:
        YamlError: Naming file and line, if it is no YAML, empty or several documents, holds a key twice, a key that is
            no text, an alias or a tag of its own, or is nested more than :data:`DEPTH` deep.
    """
    try:
        _refuse_aliases(text, where)
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            raise YamlError(f"{where}:1: no YAML: it is empty")
        lines: dict[str, int] = {}
        return _value(loader, node, "", where, lines), lines
    except yaml.YAMLError as error:
        raise YamlError(_told(error, where)) from None


def _refuse_aliases(text: str, where: str) -> None:
    """Refuse what makes a small file a large one, or a deep one."""
    depth = 0
    for event in yaml.parse(text, _Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise YamlError(f"{_line(event, where)}: *{event.anchor}: aliases are not read; write the values out")
        if depth > DEPTH:
            raise YamlError(f"{_line(event, where)}: nested more than {DEPTH} deep")


def _value(loader: _Loader, node: yaml.Node, place: str, where: str, lines: dict[str, int]) -> Any:  # noqa: ANN401
    """Return a node as plain data and note its line."""
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.CollectionNode) and node.tag not in _COLLECTIONS:
        raise YamlError(f"{_line(node, where)}: {node.tag.replace(_STANDARD, '!!')} is no plain value")
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, item, f"{place}[{i}]", where, lines) for i, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return _scalar(loader, node, where)
    content: dict[str, Any] = {}
    for key_node, item in node.value:
        key = loader.construct_object(key_node) if isinstance(key_node, yaml.ScalarNode) else None
        if not isinstance(key, str):
            raise YamlError(f"{_line(key_node, where)}: a key is no text")
        if key in content:
            raise YamlError(f"{_line(key_node, where)}: the key {without_end(key)} stands twice")
        content[key] = _value(loader, item, f"{place}.{key}" if place else key, where, lines)
    return content


def _scalar(loader: _Loader, node: yaml.Node, where: str) -> Any:  # noqa: ANN401
    try:
        return loader.construct_object(node)
    except (ValueError, OverflowError) as error:
        raise YamlError(f"{_line(node, where)}: {without_end(str(node.value))}: {error}") from None


def _line(marked: yaml.Node | yaml.Event, where: str) -> str:
    """Return file and line of a node or an event."""
    return f"{where}:{marked.start_mark.line + 1}"


def _told(error: yaml.YAMLError, where: str) -> str:
    """Return in one line what the parser did not like, and where."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return f"{where}:{mark.line + 1 if mark else 1}: no YAML: {' '.join(problem.split())}"

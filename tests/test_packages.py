"""Packages import downwards only, and the library names nothing that stands above it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

EXTENSION = (
    "agents",
    "assets",
    "physics",
    "envs",
    "tasks",
    "app",
    "training",
    "evaluate",
    "grasp_data",
    "grasp_tries",
    "benchmarks",
)
"""Packages of the extension; each may import those before it."""

LIBRARY = (
    *("console", "settings", "threads", "gripper", "perception", "files", "interrupt", "program", "jobs"),
    *("scenes", "interface", "motion", "physics", "grasping", "decoding", "learning", "policies", "evaluation"),
    "deploy",
)
"""Packages and single modules of the library, likewise."""

UPWARDS = {("interface", "decoding")}
"""Arrows of the library that still point up; none may come, and one that is gone is struck out here."""

REGISTRY = ROOT / "source" / "pushgrasp" / "policies" / "registry.py"
"""It alone names modules of the extension, as text: what trains a method needs a simulator."""


def named_modules(path: Path) -> Iterator[str]:
    """Modules that a file imports anywhere, or names in a string such as ``package.module:Class``."""
    package = path.relative_to(ROOT).parent.parts[1:]
    package = package[1:] if package[:1] == package[1:2] else package
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*parts, *filter(None, [node.module])))
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and re.fullmatch(r"\w+(\.\w+)+:\w+", str(node.value)):
            yield str(node.value).partition(":")[0]


def arrows(folder: str) -> set[tuple[str, str]]:
    """Pairs of the names of packages in a folder, of which the first imports the second."""
    root, found = ROOT / folder, set()
    for path in root.rglob("*.py"):
        mine = path.relative_to(root).parts[0].removesuffix(".py")
        for module in named_modules(path):
            top, _, rest = module.partition(".")
            other = rest.partition(".")[0]
            if top == root.name and (root / other).is_dir() | (root / f"{other}.py").is_file() and other:
                found.add((mine, other))
    return {pair for pair in found if pair[0] != pair[1] and pair[0] != "__init__"}


@pytest.mark.parametrize(
    ("folder", "order", "upwards"),
    [("exts/pg_tasks/pg_tasks", EXTENSION, set()), ("source/pushgrasp", LIBRARY, UPWARDS)],
)
def test_packages_import_downwards(folder: str, order: tuple[str, ...], upwards: set[tuple[str, str]]) -> None:
    names = {
        path.stem for path in (ROOT / folder).iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert names - {"__init__"} == set(order)
    found = arrows(folder)
    assert len(found) > len(order)  # every package but the lowest imports another
    assert {(upper, lower) for upper, lower in found if order.index(lower) > order.index(upper)} == upwards


def test_library_names_no_module_of_the_extension() -> None:
    named = {path: list(named_modules(path)) for path in (ROOT / "source").rglob("*.py") if path != REGISTRY}
    assert [
        str(path) for path, modules in named.items() if any(m.partition(".")[0] == "pg_tasks" for m in modules)
    ] == []


def test_relative_imports_and_strings_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package, text in {
        "low": "",
        "middle": "def f():\n    from ..high import thing\n",
        "high": "from kit.low import a\nWHERE = 'kit.middle.module:Class'\n",
    }.items():
        folder = tmp_path / "exts" / "kit" / package
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text(text)
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    assert arrows("exts/kit") == {("middle", "high"), ("high", "low"), ("high", "middle")}

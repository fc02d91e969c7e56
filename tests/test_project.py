"""What holds the repository together: metadata that agrees, an independent library, a wheel that works."""

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import entry_points
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parents[1]
EXTENSIONS = ("extension.toml", "exts/pg_tasks/config/extension.toml")
EXTENSION_ROOTS = (ROOT, ROOT / "exts" / "pg_tasks")
SIMULATORS = {"isaaclab", "isaacsim", "newton", "warp", "omni", "pxr", "carb"}
NOT_OURS = {".git", ".venv", "__pycache__", ".pytest_cache", ".ruff_cache", "build", "dist", "logs", "outputs"}
TEXT = {".py", ".toml", ".txt", ".md", ".sh", ".cfg", ".yaml", ".yml", ".json", ".usda", ".xml", ""}


def read_toml(path: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / path).read_text())


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return read_toml("pyproject.toml")


def own_files() -> list[Path]:
    """Every text file of the repository."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in NOT_OURS and not name.endswith(".egg-info")]
        found += [Path(folder, name) for name in names if Path(name).suffix in TEXT and name != ".git"]  # a worktree's
    return found


def lines_with(pattern: str, paths: list[Path]) -> list[str]:
    """``file:line: text`` of each line in which the pattern occurs."""
    expression = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if expression.search(line)
    ]


def test_extension_files_differ_only_in_paths() -> None:
    top, inner = (read_toml(path) for path in EXTENSIONS)
    for config in (top, inner):
        for module in config["python"]["module"]:
            del module["path"]
        del config["package"]["readme"], config["package"]["changelog"]
    assert top == inner


@pytest.mark.parametrize(("path", "root"), zip(EXTENSIONS, EXTENSION_ROOTS, strict=True))
def test_extension_paths_exist(path: str, root: Path) -> None:
    config = read_toml(path)
    assert (root / config["package"]["readme"]).is_file()
    assert (root / config["package"]["changelog"]).is_file()
    assert [module["name"] for module in config["python"]["module"]] == ["pg_tasks"]
    for module in config["python"]["module"]:
        assert (root / module["path"] / module["name"] / "__init__.py").is_file()


@pytest.mark.parametrize("path", EXTENSIONS)
def test_extension_describes_the_project(path: str, project: dict[str, Any]) -> None:
    package = read_toml(path)["package"]
    assert package["version"] == project["project"]["version"]
    assert package["description"] == project["project"]["description"]


def test_changelog_has_the_version(project: dict[str, Any]) -> None:
    assert f"## [{project['project']['version']}]" in (ROOT / "CHANGELOG.md").read_text()


def test_every_package_is_listed(project: dict[str, Any]) -> None:
    setuptools = project["tool"]["setuptools"]
    found = []
    for name, folder in setuptools["package-dir"].items():
        parts = {path.parent.relative_to(ROOT / folder).parts for path in (ROOT / folder).rglob("*.py")}
        found += [".".join((name, *part)) for part in parts]
    assert sorted(found) == sorted(setuptools["packages"]), "list them in pyproject.toml, [tool.setuptools] packages"


def test_every_package_has_an_init(project: dict[str, Any]) -> None:
    folders = [ROOT / folder for folder in project["tool"]["setuptools"]["package-dir"].values()]
    packages = {path.parent for folder in folders for path in folder.rglob("*.py")}
    assert [str(path) for path in packages if not (path / "__init__.py").is_file()] == []


def test_tasks_are_found_through_the_entry_point() -> None:
    (entry,) = [entry for entry in entry_points(group="isaaclab.tasks") if entry.name == "pg_tasks"]
    assert set(entry.load().TASKS) == {"DualArmPushGrasp", "SingleArmPushGrasp"}


def imported_modules(path: Path) -> set[str]:
    """Top-level names that a file imports anywhere, also inside functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.partition(".")[0])
    return names


def test_library_imports_neither_simulator_nor_extension() -> None:
    wrong = {}
    for path in (ROOT / "source").rglob("*.py"):
        names = {name for name in imported_modules(path) if name in SIMULATORS or name.startswith(("isaaclab_", "pg_"))}
        if names:
            wrong[str(path.relative_to(ROOT))] = names
    assert wrong == {}


def test_what_any_method_needs_knows_none() -> None:
    below = [ROOT / "source" / "pushgrasp" / name for name in ("files", "interface", "learning")]
    assert (
        lines_with(r"^\s*(from|import) pushgrasp\.policies", [path for part in below for path in part.glob("*.py")])
        == []
    )


def test_no_file_names_a_package_host() -> None:
    hosts = r"pypi\.|pythonhosted|artifactory|--(extra-)?index-url|--find-links|--trusted-host"
    assert lines_with(hosts, [path for path in own_files() if path != Path(__file__)]) == []


def test_no_file_names_a_path_of_one_machine() -> None:
    folders = r"(?<![\w.~*>)}-])/(home|root|Users|opt|mnt|srv|work|workspace|tmp|scratch|data)/\w"
    assert lines_with(folders, [path for path in own_files() if path != Path(__file__)]) == []


def constraints() -> dict[str, str]:
    """Pinned version of each package, by normalised name."""
    pins = {}
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            match = re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.+!]+)", line)
            assert match, f"not a name and a version: {line!r}"
            pins[normalised(match[1])] = match[2]
    return pins


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_constraints_pin_every_dependency_within_its_range(project: dict[str, Any]) -> None:
    pins = constraints()
    extras = project["project"]["optional-dependencies"].values()
    for text in [*project["project"]["dependencies"], *(text for extra in extras for text in extra)]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(pins[normalised(requirement.name)]), text
    assert pins["isaaclab"] == "3.0.0"


def test_isaac_lab_from_source_is_left_alone(project: dict[str, Any]) -> None:
    """Isaac Lab 3.0's source tree names its package isaaclab 28.0.0; the requirement must hold for it too."""
    (text,) = project["project"]["optional-dependencies"]["sim"]
    requirement = Requirement(text)
    assert all(requirement.specifier.contains(version) for version in ("3.0.0", "28.0.0"))
    assert not requirement.specifier.contains("2.3.0")


def test_python_version_fits(project: dict[str, Any]) -> None:
    version = (ROOT / ".python-version").read_text().strip()
    assert SpecifierSet(project["project"]["requires-python"]).contains(f"{version}.0")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy so that no build folder is left behind."""
    copy, out = tmp_path_factory.mktemp("copy") / "pushgrasp", tmp_path_factory.mktemp("wheel")
    copytree(ROOT, copy, ignore=ignore_patterns(*NOT_OURS, "*.egg-info", "tests"))
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", out, copy]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return next(out.glob("*.whl"))


def test_wheel_holds_every_module_and_asset(wheel: Path, project: dict[str, Any]) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for package, folder in project["tool"]["setuptools"]["package-dir"].items():
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".usda", ".safetensors", ".jinja", ".xml", ".yaml"):
                assert f"{package}/{path.relative_to(ROOT / folder).as_posix()}" in names
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"pushgrasp", "pg_tasks", "pushgrasp_assets"}
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_unpacked_wheel_finds_its_tasks_and_assets(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = (
        "import pg_tasks, pushgrasp, pushgrasp_assets\n"
        "print(pg_tasks.__file__, pushgrasp.__file__, pushgrasp_assets.asset_path('objects', 'cube.usda'), sep='\\n')"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    expected = ("pg_tasks/__init__.py", "pushgrasp/__init__.py", "pushgrasp_assets/objects/cube.usda")
    assert result.stdout.split() == [str(tmp_path / path) for path in expected], result.stderr

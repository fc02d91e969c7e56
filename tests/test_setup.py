"""Set-up script, run with stand-ins for Python and pip that write down what they are asked to do."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ("sh", "cat", "cksum", "df", "awk", "dirname", "rm", "mkdir", "cp", "chmod")

PYTHON = """#!/bin/sh
# A Python {version}: knows its version, makes a .venv with a copy of itself, writes down every call of pip.
case "$*" in
  *"version_info[:2]"*) [ {version} = 3.12 ] ;;
  "-m venv "*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  "-m pip --version") true ;;
  "-m pip install"*) echo "$*" >>calls.txt; [ ! -e pip_fails ] ;;
esac
"""


class Machine:
    """A checkout and a search path with nothing on it but what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.project, self.bin = folder / "project", folder / "bin"
        (self.project / "scripts").mkdir(parents=True)
        self.bin.mkdir()
        for name in ("scripts/setup.sh", "pyproject.toml", "constraints.txt"):
            shutil.copy(ROOT / name, self.project / name)
        for name in TOOLS:
            (self.bin / name).symlink_to(shutil.which(name) or name)

    def add_python(self, name: str, version: str) -> None:
        path = self.bin / name
        path.write_text(PYTHON.format(version=version))
        path.chmod(0o755)

    def set_up(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the script as on a machine with plenty of disk."""
        environment = {"PATH": str(self.bin), "HOME": str(self.project), **variables}
        command = [str(self.bin / "sh"), "scripts/setup.sh", *arguments]
        return subprocess.run(
            command, cwd=self.project, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    def installs(self) -> int:
        calls = self.project / "calls.txt"
        return len(calls.read_text().splitlines()) if calls.exists() else 0


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    free = machine.bin / "df"
    free.unlink()
    free.write_text("#!/bin/sh\necho Header\necho disk 0 0 99999999 0 /\n")  # 1 KiB blocks: about 95 GiB
    free.chmod(0o755)
    return machine


def test_missing_python_is_named_with_ways_to_install_it(machine: Machine) -> None:
    machine.add_python("python3", "3.11")
    result = machine.set_up()
    assert result.returncode == 1
    assert all(word in result.stderr for word in ("Python 3.12", "apt install", "pyenv install", "uv python install"))
    assert not (machine.project / ".venv").exists()


@pytest.mark.parametrize("name", ["python3.12", "python3", "python"])
def test_python_312_is_found_under_any_name(machine: Machine, name: str) -> None:
    machine.add_python(name, "3.12")
    assert machine.set_up().returncode == 0
    assert machine.installs() == 1


def test_python_of_pyenv_is_found(machine: Machine) -> None:
    folder = machine.project / ".pyenv" / "versions" / "3.12.7" / "bin"
    folder.mkdir(parents=True)
    machine.add_python("elsewhere", "3.12")
    (machine.bin / "elsewhere").rename(folder / "python")
    assert machine.set_up().returncode == 0


def test_named_python_of_another_version_is_refused(machine: Machine) -> None:
    machine.add_python("python3.12", "3.12")
    machine.add_python("other", "3.13")
    result = machine.set_up(PYTHON="other")
    assert result.returncode == 1
    assert "PYTHON=other is not a Python 3.12" in result.stderr


def test_second_call_does_nothing(machine: Machine) -> None:
    machine.add_python("python3", "3.12")
    machine.set_up()
    result = machine.set_up()
    assert (result.returncode, result.stdout, machine.installs()) == (0, "", 1)


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_a_changed_file_installs_again(machine: Machine, name: str) -> None:
    machine.add_python("python3", "3.12")
    machine.set_up()
    path = machine.project / name
    path.write_text(path.read_text() + "# changed\n")
    machine.set_up()
    assert machine.installs() == 2


def test_development_set_up_covers_the_plain_one(machine: Machine) -> None:
    machine.add_python("python3", "3.12")
    machine.set_up("dev")
    machine.set_up()
    calls = (machine.project / "calls.txt").read_text()
    assert machine.installs() == 2  # sapien apart, without what it does not need
    assert "--no-deps --constraint constraints.txt sapien" in calls
    assert ".[sim,dev,deploy,ray]" in calls and "--constraint constraints.txt" in calls


def test_failed_install_is_repeated(machine: Machine) -> None:
    machine.add_python("python3", "3.12")
    (machine.project / "pip_fails").touch()
    result = machine.set_up()
    assert result.returncode == 1
    assert "Call again to continue" in result.stderr
    (machine.project / "pip_fails").unlink()
    assert machine.set_up().returncode == 0
    assert machine.installs() == 2


def test_moved_folder_installs_again(machine: Machine) -> None:
    machine.add_python("python3", "3.12")
    machine.set_up()
    machine.project = machine.project.rename(machine.project.with_name("moved"))
    machine.set_up()
    assert machine.installs() == 2


def test_other_python_in_venv_is_not_deleted(machine: Machine) -> None:
    machine.add_python("python3", "3.12")
    machine.add_python("old", "3.11")
    folder = machine.project / ".venv" / "bin"
    folder.mkdir(parents=True)
    (machine.bin / "old").rename(folder / "python")
    result = machine.set_up()
    assert result.returncode == 1
    assert "Remove it" in result.stderr
    assert (folder / "python").exists()


def test_full_disk_stops_before_installing(machine: Machine) -> None:
    machine.add_python("python3", "3.12")
    (machine.bin / "df").write_text("#!/bin/sh\necho Header\necho disk 0 0 3145728 0 /\n")  # 3 GiB
    result = machine.set_up()
    assert result.returncode == 1
    assert "10 GB of free disk are needed here, 3 GB are left" in result.stderr
    assert machine.installs() == 0


def test_script_is_executable_and_ci_calls_the_tests() -> None:
    assert os.access(ROOT / "scripts" / "setup.sh", os.X_OK)
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert "make test" in (ROOT / ".ci" / "run").read_text()

"""Folder of a run: names, parameters, repository state, clear refusals."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import git
import pytest
import yaml

from pushgrasp.learning.run_folder import create_run_folder, git_commit, write_git_state, write_params

NOW = datetime(2026, 2, 3, 4, 5, 6)


@dataclass
class Cfg:
    num_envs: int = 8
    spacing: tuple[float, float] = (1.0, 2.0)
    assets: Path = Path("assets/blocks")
    nested: dict[str, type] = field(default_factory=lambda: {"class": datetime})


@pytest.fixture
def repository(tmp_path: Path) -> git.Repo:
    repo = git.Repo.init(tmp_path / "project")
    with repo.config_writer() as config:
        config.set_value("user", "name", "A. Person")
        config.set_value("user", "email", "person@example.org")
    return repo


def test_folders_of_a_run(tmp_path: Path) -> None:
    folder = create_run_folder(tmp_path / "logs" / "rsl_rl", "dual_arm", "fast", NOW)
    assert folder.root == tmp_path / "logs" / "rsl_rl" / "dual_arm" / "2026-02-03_04-05-06_fast"
    assert sorted(path.name for path in folder.root.iterdir()) == ["exported", "git", "params", "videos"]
    assert create_run_folder(tmp_path, "e", now=NOW).root.name == "2026-02-03_04-05-06"
    assert create_run_folder(tmp_path, "e", now=NOW).root.name == "2026-02-03_04-05-06_2"


@pytest.mark.parametrize("name", ["", "..", "a/b", "/tmp"])
def test_names_that_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a plain folder name"):
        create_run_folder(tmp_path, name)


def test_missing_permission_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)  # the super-user may write everywhere, so permissions cannot be taken
    with pytest.raises(PermissionError, match=r"cannot create run folder .*2026.*: no permission to write there"):
        create_run_folder(tmp_path, "e", now=NOW)


def test_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("")
    with pytest.raises(NotADirectoryError, match="cannot create run folder"):
        create_run_folder(tmp_path / "logs", "e", now=NOW)


def test_parameters_are_plain_yaml(tmp_path: Path) -> None:
    folder = create_run_folder(tmp_path, "e", now=NOW)
    write_params(folder, Cfg(), {"learning_rate": 1e-4})
    env = yaml.safe_load((folder.params / "env.yaml").read_text())
    assert env == {
        "num_envs": 8, "spacing": [1.0, 2.0], "assets": "assets/blocks", "nested": {"class": "datetime:datetime"}
    }  # fmt: skip
    assert yaml.safe_load((folder.params / "agent.yaml").read_text()) == {"learning_rate": 1e-4}


def test_repository_state(tmp_path: Path, repository: git.Repo) -> None:
    file = Path(repository.working_dir) / "file.txt"
    folder = create_run_folder(tmp_path, "e", now=NOW)
    write_git_state(folder, file.parent)  # no commit yet
    assert "--- git commit ---\nnone" in (folder.git / "project.diff").read_text()
    assert git_commit(file.parent) is None
    file.write_text("one\n")
    repository.index.add([str(file)])
    commit = repository.index.commit("first").hexsha
    assert git_commit(file.parent) == commit
    file.write_text("two\n")
    write_git_state(folder, file.parent)
    text = (folder.git / "project.diff").read_text()
    assert commit in text and "-one\n+two" in text
    assert git_commit(file.parent) == f"{commit}-dirty"


def test_source_without_repository_is_skipped(tmp_path: Path) -> None:
    folder = create_run_folder(tmp_path, "e", now=NOW)
    write_git_state(folder, tmp_path)
    assert list(folder.git.iterdir()) == []
    assert git_commit(tmp_path) is None

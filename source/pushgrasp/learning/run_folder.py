"""Folder of one training run: ``logs/rsl_rl/<experiment>/<date>_<run>/``."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import git
import yaml

from pushgrasp.files.atomic import atomic_write
from pushgrasp.files.typed_json import to_plain
from pushgrasp.learning.checkpoint_files import RUN_DATE

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunFolder:
    """Where the files of a run are; checkpoints and TensorBoard events lie in ``root`` itself."""

    root: Path

    @property
    def params(self) -> Path:
        """Configurations, as YAML."""
        return self.root / "params"

    @property
    def git(self) -> Path:
        """State of the source repositories."""
        return self.root / "git"

    @property
    def exported(self) -> Path:
        """Policies for deployment."""
        return self.root / "exported"

    @property
    def videos(self) -> Path:
        """Recorded videos."""
        return self.root / "videos"


def create_run_folder(log_root: Path, experiment: str, run_name: str = "", now: datetime | None = None) -> RunFolder:
    """Create the folder of a new run, with its subfolders.

    Args:
        log_root: Usually ``logs/rsl_rl``; made when missing.
        experiment: Name of the experiment, a plain folder name.
        run_name: Optional text after the date.
        now: Start of the run, local time; the present when None.

    Raises:
        ValueError: When a name is empty or not a plain folder name.
        PermissionError: When there is no permission to write, naming the folder.
        NotADirectoryError: When a part of the path is a file.
    """
    _require_folder_name("experiment", experiment)
    stamp = (now or datetime.now()).strftime(RUN_DATE)
    name = f"{stamp}_{run_name}" if run_name else stamp
    _require_folder_name("run name", name)
    folder = RunFolder(_make_unique(log_root / experiment, name))
    for sub in (folder.params, folder.git, folder.exported, folder.videos):
        sub.mkdir()
    return folder


def write_params(folder: RunFolder, env_cfg: Any, agent_cfg: Any) -> None:  # noqa: ANN401 - any configuration
    """Write ``params/env.yaml`` and ``params/agent.yaml``."""
    for name, cfg in (("env", env_cfg), ("agent", agent_cfg)):
        text = yaml.safe_dump(to_plain(cfg), sort_keys=False, allow_unicode=True)
        atomic_write(folder.params / f"{name}.yaml", lambda file, text=text: file.write(text.encode()))


def write_git_state(folder: RunFolder, *sources: Path) -> None:
    """Write ``git/<repository>.diff`` (commit, status, difference to the commit) of each source folder.

    A source that is not in a Git repository, as in an installed package, is skipped with a message in the log.
    """
    for source in sources:
        try:
            repo = git.Repo(source, search_parent_directories=True)
        except (git.InvalidGitRepositoryError, git.NoSuchPathError):
            logger.info("no Git repository at %s: its state is not stored", source)
            continue
        target = folder.git / f"{Path(repo.working_dir).name}.diff"
        text = _git_text(repo).encode(errors="replace")
        atomic_write(target, lambda file, text=text: file.write(text))


def git_commit(source: Path) -> str | None:
    """Return the commit of the repository around a folder, "-dirty" appended when changed; None without one."""
    try:
        repo = git.Repo(source, search_parent_directories=True)
        return repo.head.commit.hexsha + ("-dirty" if repo.is_dirty() else "")
    except (git.InvalidGitRepositoryError, git.NoSuchPathError, ValueError):
        return None


def _git_text(repo: git.Repo) -> str:
    """Return commit, status and difference of a repository; one without any commit has no difference."""
    has_commit = repo.head.is_valid()
    commit = repo.head.commit.hexsha if has_commit else "none"
    diff = repo.git.diff("HEAD") if has_commit else ""
    return f"--- git commit ---\n{commit}\n\n--- git status ---\n{repo.git.status()}\n\n--- git diff ---\n{diff}\n"


def _make_unique(parent: Path, name: str) -> Path:
    """Create ``parent/name``, or ``parent/name_2`` and so on when it exists."""
    number = 1
    while True:
        path = parent / (name if number == 1 else f"{name}_{number}")
        try:
            path.mkdir(parents=True)
            return path
        except FileExistsError:
            number += 1
        except PermissionError as error:
            raise PermissionError(f"cannot create run folder {path}: no permission to write there") from error
        except NotADirectoryError as error:
            raise NotADirectoryError(f"cannot create run folder {path}: {error.filename} is a file") from error


def _require_folder_name(what: str, name: str) -> None:
    """Raise ValueError unless the name is one plain path component."""
    if not name or name in (".", "..") or Path(name).name != name or "\\" in name or "\0" in name:
        raise ValueError(f"{what} {name!r} is not a plain folder name (no separators, not empty)")

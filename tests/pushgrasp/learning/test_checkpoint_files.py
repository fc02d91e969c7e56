"""Which file of which run a user means: the newest in time, whatever folders are called, or one that is named."""

from __future__ import annotations

import os
import re
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from pushgrasp.learning.checkpoint_files import find_checkpoint, list_checkpoints, list_runs, prune_checkpoints

OLD, NEW = "2026-01-01_10-00-00", "2026-02-01_10-00-00_tuned"


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two runs: the older one has a best checkpoint, the newer one iterations 99 and 100."""
    touch(*(tmp_path / OLD / f"model_{number}.pt" for number in (1, 10, 900, "best")))
    touch(tmp_path / NEW / "model_99.pt", tmp_path / NEW / "model_100.pt")
    (tmp_path / "videos").mkdir()  # of the policy that comes with the project: no run
    return tmp_path


def test_latest_and_best_of_the_newest_run(root: Path) -> None:
    assert find_checkpoint(root).path == root / NEW / "model_100.pt"  # 100 is after 99, unlike in text order
    assert find_checkpoint(root).passed_over == ()
    assert find_checkpoint(root, "best").path == root / OLD / "model_best.pt"
    assert find_checkpoint(root, "best").passed_over == (root / NEW,)
    assert find_checkpoint(root / OLD).path == root / OLD / "model_900.pt"


def test_run_that_was_stopped_before_its_first_checkpoint_is_told(root: Path) -> None:
    (root / "2026-03-01_10-00-00" / "params").mkdir(parents=True)
    found = find_checkpoint(root)
    assert found.path == root / NEW / "model_100.pt"
    assert found.passed_over == (root / "2026-03-01_10-00-00",)


def test_tenth_run_of_a_second_is_newer_than_the_ninth(tmp_path: Path) -> None:
    for number in ("", "_2", "_9", "_10"):
        touch(tmp_path / f"2026-01-01_10-00-00{number}" / "model_1.pt")
    assert find_checkpoint(tmp_path).path.parent.name == "2026-01-01_10-00-00_10"


def test_renamed_run_is_as_old_as_its_log(root: Path) -> None:
    (root / OLD).rename(root / "good")
    began = int(datetime(2026, 1, 1, 10, 3).timestamp())  # the log begins after the scene is built
    touch(root / "good" / f"events.out.tfevents.{began}.host.123.0")
    assert [run.name for run in list_runs(root)] == [NEW, "good"]
    touch(root / "recent" / "model_1.pt", root / "recent" / f"events.out.tfevents.{began + 10**8}.host.123.0")
    assert [run.name for run in list_runs(root)] == ["recent", NEW, "good"]


def test_renamed_run_without_a_log_is_as_old_as_its_folder(root: Path) -> None:
    (root / OLD).rename(root / "good")
    for year, newest in ((2025, NEW), (2027, "good")):
        os.utime(root / "good", (0, datetime(year, 1, 1).timestamp()))
        assert list_runs(root)[0].name == newest


def test_copies_of_runs_keep_their_order(root: Path) -> None:
    copy = root.with_name("copy")
    for run in (NEW, OLD):  # the older one is written last
        shutil.copytree(root / run, copy / run, copy_function=shutil.copyfile)
    assert find_checkpoint(copy).path == copy / NEW / "model_100.pt"


@pytest.mark.parametrize(
    ("checkpoint", "run", "expected"),
    [
        ("latest", OLD, f"{OLD}/model_900.pt"),
        ("latest", "{root}/" + OLD, f"{OLD}/model_900.pt"),
        ("latest", "{root}/" + OLD + "/", f"{OLD}/model_900.pt"),  # as a shell completes it
        ("latest", OLD + "/", f"{OLD}/model_900.pt"),
        ("latest", ".*", f"{NEW}/model_100.pt"),
        ("latest", "2026-01.*", f"{OLD}/model_900.pt"),
        ("latest", "2026", f"{NEW}/model_100.pt"),  # the beginning of names is matched, as Isaac Lab does
        ("latest", "{root}", f"{NEW}/model_100.pt"),
        ("model_1.pt", OLD, f"{OLD}/model_1.pt"),
        ("model_1", OLD, f"{OLD}/model_1.pt"),
        ("model_.*.pt", OLD, f"{OLD}/model_900.pt"),
        ("model_1.*", OLD, f"{OLD}/model_10.pt"),
        ("model_99.pt", None, f"{NEW}/model_99.pt"),
        ("{root}/" + f"{NEW}/model_99.pt", None, f"{NEW}/model_99.pt"),
        ("{root}/" + OLD + "/", None, f"{OLD}/model_900.pt"),
    ],
)
def test_names_paths_and_patterns(root: Path, checkpoint: str, run: str | None, expected: str) -> None:
    found = find_checkpoint(root, checkpoint.format(root=root), run and run.format(root=root))
    assert found.path == root / expected


def test_paths_from_the_present_folder(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    assert find_checkpoint(Path("logs"), run=f"{OLD}/").path == Path(OLD, "model_900.pt")
    assert find_checkpoint(Path("logs"), f"{OLD}/model_10.pt").path == Path(OLD, "model_10.pt")


def test_name_of_a_run_is_not_taken_for_the_beginning_of_another(root: Path) -> None:
    touch(root / f"{OLD}_again" / "model_5.pt")
    assert find_checkpoint(root, run=OLD).path == root / OLD / "model_900.pt"


@pytest.mark.parametrize(
    ("checkpoint", "run", "message"),
    [
        ("latest", "typo", f"no run 'typo': neither a run's folder nor a name in {{root}}; runs there: {NEW}, {OLD}"),
        ("latest", "{root}/videos/", f"no run '{{root}}/videos/': .*; runs there: {NEW}, {OLD}"),
        ("model_7.pt", OLD, "no checkpoint 'model_7.pt' in .*; checkpoints there: model_1.pt, .*, model_best.pt"),
        ("{root}/" + OLD + "/model_7.pt", None, "no checkpoint 'model_7.pt' in .*; checkpoints there: model_1.pt, .*"),
        ("best", NEW, f"no checkpoint 'best' in .*{NEW}; checkpoints there: model_99.pt, model_100.pt"),
        ("newest", None, f"no checkpoint 'newest': neither a file nor a name .*; runs there: {NEW}, {OLD}"),
        ("{root}/model_1.pt", None, f"neither a file nor a name .*; runs there: {NEW}, {OLD}"),
        ("{root}/videos", None, "no run '{root}/videos': .*"),
    ],
)
def test_what_names_nothing_lists_what_there_is(root: Path, checkpoint: str, run: str | None, message: str) -> None:
    with pytest.raises(FileNotFoundError, match=message.format(root=re.escape(str(root)))):
        find_checkpoint(root, checkpoint.format(root=root), run and run.format(root=root))


def test_experiment_without_runs_and_wrong_pattern(root: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no 'latest' checkpoint in the runs of .*none; runs there: none"):
        find_checkpoint(root / "none")
    with pytest.raises(FileNotFoundError, match=r"no checkpoint '~nobody_at_all/x'"):
        find_checkpoint(root, "~nobody_at_all/x")
    with pytest.raises(FileNotFoundError, match=r"no run '~nobody_at_all'"):
        find_checkpoint(root, run="~nobody_at_all")
    with pytest.raises(ValueError, match=r"'\(' is the name of nothing there, and no regular expression"):
        find_checkpoint(root, run="(")


def test_many_runs_are_not_all_listed(tmp_path: Path) -> None:
    touch(*(tmp_path / f"2026-01-01_10-00-{number}" / "model_1.pt" for number in range(10, 25)))
    with pytest.raises(FileNotFoundError, match=r"runs there: 2026-01-01_10-00-24, .*-15 and 5 more$"):
        find_checkpoint(tmp_path, run="typo")


def test_old_checkpoints_are_deleted_but_not_the_best(tmp_path: Path) -> None:
    touch(*(tmp_path / f"model_{number}.pt" for number in (5, 10, 15, "best")))
    prune_checkpoints(tmp_path, None)
    assert len(list_checkpoints(tmp_path)) == 3
    prune_checkpoints(tmp_path, 2)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["model_10.pt", "model_15.pt", "model_best.pt"]
    with pytest.raises(ValueError, match="keep_checkpoints is 0"):
        prune_checkpoints(tmp_path, 0)

"""What is remembered: drawn as it was added, the same after going on from files, and nothing of other methods."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pushgrasp.policies.q.replay import NONE, Replay

ABOUT = {"method": "sweeper", "window": 8}


def pictures(first: int, count: int) -> dict[str, torch.Tensor]:
    """Pictures of 2 x 2 cells, each filled with its own number."""
    return {"height": torch.arange(first, first + count).half()[:, None, None].expand(-1, 2, 2)}


def filled(folder: Path | None, capacity: int = 100) -> Replay:
    """Three pictures and two actions: from the first to the second, and one that ends at the third."""
    replay = Replay(folder, ABOUT, capacity)
    assert replay.add_frames(pictures(0, 2)) == [0, 1]
    replay.add("push", 0, 1, torch.tensor([3, 0, 1]), torch.tensor(0.5), torch.tensor([0.25]))
    assert replay.add_frames(pictures(2, 1)) == [2]
    replay.add("grasp", 2, NONE, torch.tensor([1, 1, 0]), torch.tensor(1.0), torch.tensor([0.75]))
    return replay


def check(replay: Replay) -> None:
    push = replay.sample("push", 3, torch.Generator().manual_seed(0))
    assert push.entry.tolist() == 3 * [[3, 0, 1]] and push.reward.tolist() == 3 * [0.5]
    assert push.goes_on.all() and push.before["height"][:, 0, 0].tolist() == [0.0] * 3
    assert push.after["height"][:, 0, 0].tolist() == [1.0] * 3
    grasp = replay.sample("grasp", 2, torch.Generator().manual_seed(0))
    assert not grasp.goes_on.any() and grasp.before["height"][:, 0, 0].tolist() == [2.0] * 2
    assert grasp.facts.tolist() == 2 * [[0.75]] and len(grasp.after["height"]) == 0


def test_actions_come_back_with_the_pictures_that_they_were_chosen_from() -> None:
    check(filled(None))


def test_files_hold_all_and_are_taken_over_by_the_next_run(tmp_path: Path) -> None:
    first = filled(tmp_path / "a")
    state = first.get_state()
    assert state == first.get_state() == {"files": 1, "frames": 3, "actions": 2}  # nothing new: no new file
    second = Replay(tmp_path / "b", ABOUT, 100)
    second.set_state(state, tmp_path / "a")
    check(second)
    second.add_frames(pictures(3, 1))
    second.add("push", 3, NONE, torch.tensor([0, 0, 0]), torch.tensor(-0.5), torch.tensor([0.0]))
    third = Replay(None, ABOUT, 100)
    third.set_state(second.get_state(), tmp_path / "b")
    assert third.count("push") == 2 and len(third) == 3
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["00000.safetensors"]


def test_a_checkpoint_takes_only_what_it_counts(tmp_path: Path) -> None:
    replay = filled(tmp_path)
    state = replay.get_state()
    replay.add_frames(pictures(3, 1))
    replay.get_state()  # written after the checkpoint, as before a kill
    again = Replay(None, ABOUT, 100)
    again.set_state(state, tmp_path)
    assert again.get_state()["frames"] == 3


def test_the_oldest_actions_are_forgotten() -> None:
    replay = Replay(None, ABOUT, capacity=1)
    replay.add_frames(pictures(0, 2))
    for frame, reward in enumerate((0.0, 1.0)):
        replay.add("push", frame, NONE, torch.zeros(3).long(), torch.tensor(reward), torch.zeros(1))
    assert replay.count("push") == 1
    assert replay.sample("push", 4, torch.Generator().manual_seed(0)).reward.tolist() == 4 * [1.0]


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    state = filled(tmp_path).get_state()
    with pytest.raises(ValueError, match=r'"window": 8.*needed is one of .*"window": 16'):
        Replay(None, {**ABOUT, "window": 16}, 100).set_state(state, tmp_path)
    with pytest.raises(FileNotFoundError, match="00001"):
        Replay(None, ABOUT, 100).set_state({**state, "files": 2}, tmp_path)
    with pytest.raises(ValueError, match="the checkpoint counts"):
        Replay(None, ABOUT, 100).set_state({**state, "actions": 5}, tmp_path)
    (tmp_path / "00000.safetensors").write_bytes(b"no tensors")
    with pytest.raises(ValueError, match=r"00000.safetensors: no readable"):
        Replay(None, ABOUT, 100).set_state(state, tmp_path)
    with pytest.raises(ValueError, match="nothing is remembered of the net 'move'"):
        filled(None).sample("move", 1, torch.Generator())

"""Videos are whole or not there."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import imageio_ffmpeg
import pytest
import torch

from pg_tasks.app import video
from pg_tasks.physics.cpu_renderer import CpuWarpRenderer


class Screen:
    """An environment that shows random noise, and shows a picture every 4 ticks."""

    def __init__(self) -> None:
        self.physics_dt, self.tick_callback = 0.02, None
        camera = SimpleNamespace(data=SimpleNamespace(output={"rgb": SimpleNamespace(torch=self.picture())}))
        self.scene = {"video_camera": camera}

    def picture(self) -> torch.Tensor:
        return torch.randint(256, (1, 480, 640, 3), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)

    def tick(self, times: int) -> None:
        for _ in range(times):
            self.tick_callback()


def test_video_has_a_frame_for_each_picture(tmp_path: Path) -> None:
    env = Screen()
    with video.recorded(env, tmp_path / "new" / "a.mp4"):
        env.tick(20)
    assert env.tick_callback is None
    assert imageio_ffmpeg.count_frames_and_secs(str(tmp_path / "new" / "a.mp4")) == (5, pytest.approx(0.4))
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["a.mp4"]


def test_interrupted_video_leaves_what_was_there(tmp_path: Path) -> None:
    env, path = Screen(), tmp_path / "a.mp4"
    path.write_bytes(b"an older one")
    with pytest.raises(KeyboardInterrupt), video.recorded(env, path):
        env.tick(20)
        raise KeyboardInterrupt
    assert [file.name for file in tmp_path.iterdir()] == ["a.mp4"] and path.read_bytes() == b"an older one"


def test_video_that_the_encoder_could_not_finish_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env, path, count = Screen(), tmp_path / "a.mp4", imageio_ffmpeg.count_frames_and_secs

    def cut_off(path: str) -> tuple[int, float]:
        Path(path).write_bytes(Path(path).read_bytes()[:5000])  # as a full disk leaves it: the index comes last
        return count(path)

    monkeypatch.setattr(imageio_ffmpeg, "count_frames_and_secs", cut_off)
    with (
        pytest.raises(OSError, match=r"cannot write .*a\.mp4: the video encoder"),
        video.recorded(env, path),
    ):
        env.tick(20)
    assert list(tmp_path.iterdir()) == []


def test_other_worlds_are_not_drawn_for_a_video() -> None:
    renderer, drawn = object.__new__(CpuWarpRenderer), []

    class Camera:
        num_instances, _renderer = 3, renderer

        @property
        def data(self) -> SimpleNamespace:
            drawn.append(renderer.shown.tolist())
            return SimpleNamespace(output={"rgb": SimpleNamespace(torch=torch.ones(3, 2, 4, 4, dtype=torch.uint8))})

    assert video._frame(Camera()).shape == (2, 4, 3)
    assert drawn == [[True, False, False]]
    assert renderer.shown is None

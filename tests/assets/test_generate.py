"""The committed USD files are what the script writes."""

import subprocess
import sys
from pathlib import Path

from pushgrasp.scenes.shapes import ALL_SHAPES
from pushgrasp_assets import asset_path


def test_script_writes_the_committed_files(tmp_path: Path) -> None:
    subprocess.run([sys.executable, asset_path("generate.py"), "--output", tmp_path], check=True)
    written = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.usda"))
    names = [Path("objects", f"{name}.usda") for name in ALL_SHAPES]
    assert written == sorted([*names, *(Path("robots", f"{name}.usda") for name in ("parallel_gripper", "ur5e_2f140"))])
    for path in written:
        assert (tmp_path / path).read_bytes() == asset_path(*path.parts).read_bytes(), path

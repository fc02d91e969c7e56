"""The miniature dataset, written once, and a skip where graspnetAPI is not installed."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from pushgrasp.grasping.graspnet.package import graspnet_module

sys.path.insert(0, str(Path(__file__).parent))
from graspnet_mini.writer import MiniCfg, write_dataset

CFG = MiniCfg(splits=("seen",), cameras=("kinect",), views=2, objects=5, points=8, height=180, seed=3)


@pytest.fixture(scope="session")
def api() -> ModuleType:
    """The package graspnetAPI."""
    try:
        return graspnet_module()
    except ImportError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def mini(api: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a miniature dataset: one scene of five objects, two pictures, one camera."""
    root = tmp_path_factory.mktemp("graspnet_mini")
    steps = list(write_dataset(root, CFG))
    assert len(steps) == CFG.objects + 1
    return root

"""The package is imported late, named when it is missing, and NumPy stays as it is."""

import sys

import numpy as np
import pytest

from pushgrasp.grasping.graspnet import package
from pushgrasp.grasping.graspnet.package import graspnet_module, old_numpy_names


def test_missing_package_says_what_to_type(monkeypatch):
    monkeypatch.setitem(sys.modules, "graspnetAPI", None)
    with pytest.raises(
        ImportError, match=r"make setup-graspnet.*--no-deps graspnetAPI==1\.2\.11 autolab_core==1\.1\.1"
    ):
        graspnet_module()


@pytest.mark.parametrize(("library", "debian"), [("libGL.so.1", "libgl1"), ("libusb-1.0.so.0", "libusb-1.0-0")])
def test_missing_system_library_is_named(monkeypatch, library, debian):
    def fail(name):
        raise ImportError(f"{library}: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(package.importlib, "import_module", fail)
    with pytest.raises(ImportError, match=f"apt install {debian}"):
        graspnet_module()


def test_old_name_exists_within_the_block_only():
    assert not hasattr(np, "int")
    with old_numpy_names():
        assert np.dtype(vars(np)["int"]) == np.dtype(int)
    assert not hasattr(np, "int")

"""The Orbbec driver as far as it goes without a camera."""

import sys

import pytest

from pushgrasp.deploy.cameras.cfg import CameraCfg
from pushgrasp.deploy.cameras.opening import open_camera
from pushgrasp.deploy.cameras.orbbec import orbbec_module
from pushgrasp.deploy.devices import DeviceFault
from pushgrasp.program import UserError

CFG = CameraCfg(driver="orbbec", width=640)


def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyorbbecsdk", None)
    with pytest.raises(UserError, match="pip install pyorbbecsdk2"):
        open_camera(CFG)


def test_no_camera() -> None:
    try:
        orbbec_module()
    except UserError as missing:
        pytest.skip(str(missing))
    with pytest.raises(DeviceFault, match="no camera with 640 x 480 at 30 Hz"):
        open_camera(CFG)

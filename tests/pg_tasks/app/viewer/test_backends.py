"""Choice of the viewer, and what is refused before a scene is built."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from pg_tasks.app.viewer import backends
from pg_tasks.app.viewer.run import address
from pushgrasp.program import UserError


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let only the named packages be installed."""
    return lambda *names: monkeypatch.setattr(
        backends.importlib.util, "find_spec", lambda name: object() if name in names else None
    )


def test_browser_is_the_default() -> None:
    assert backends.chosen_backend(None) == "viser"
    assert backends.chosen_backend(["kit"]) == "kit"


@pytest.mark.parametrize(
    ("names", "text"), [([], "none"), (["viser", "kit"], "viser,kit"), (["newton_rtx"], "newton_rtx")]
)
def test_other_viewers_are_refused(names: list[str], text: str) -> None:
    with pytest.raises(UserError, match=f"--viz {text}: give one of viser, newton_gl, rerun, kit"):
        backends.chosen_backend(names)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("viser", r"needs the package viser: pip install -e '.\[viser\]'"),
        ("rerun", r"needs the package rerun: pip install -e '.\[rerun\]'"),
        ("kit", r"needs the package isaacsim: pip install 'isaaclab\[isaacsim\]'"),
    ],
)
def test_missing_package_is_named_with_its_extra(name: str, advice: str, installed: Callable) -> None:
    installed()
    with pytest.raises(UserError, match=advice):
        backends.check_backend(name, "127.0.0.1", None)


def test_port_in_use_is_named(installed: Callable) -> None:
    installed("viser")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UserError, match=f"port {port} on 127.0.0.1 is in use; choose another one with --port"):
            backends.check_backend("viser", "127.0.0.1", port)
    backends.check_backend("viser", "127.0.0.1", port)


def test_rerun_checks_its_second_port_too(installed: Callable) -> None:
    installed("rerun")
    assert backends.ports("rerun", None) == (9090, 9876)
    with socket.create_server(("127.0.0.1", 0)) as other:
        second = other.getsockname()[1]
        with pytest.raises(UserError, match=f"port {second} on 127.0.0.1 is in use"):
            backends.check_backend("rerun", "127.0.0.1", second - backends.GRPC_PORT_OFFSET)


def test_port_out_of_range_is_refused() -> None:
    with pytest.raises(UserError, match="--port 65000: at most 64749 is possible with --viz rerun"):
        backends.ports("rerun", 65000)
    with pytest.raises(UserError, match="--port 70000: at most 65535 is possible with --viz viser"):
        backends.ports("viser", 70000)


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.1"])
def test_host_that_is_not_here_is_named(host: str, installed: Callable) -> None:
    installed("viser")
    with pytest.raises(UserError, match=f"--host {host} --port 8123: "):
        backends.check_backend("viser", host, 8123)


def test_window_needs_a_display_and_no_port(installed: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    installed("pyglet")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UserError, match="opens a window, and there is no display here; use --viz viser"):
        backends.check_backend("newton_gl", "127.0.0.1", None)
    monkeypatch.setenv("DISPLAY", ":0")
    backends.check_backend("newton_gl", "127.0.0.1", None)
    with pytest.raises(UserError, match="--port 80: --viz newton_gl opens a window and has no port"):
        backends.check_backend("newton_gl", "127.0.0.1", 80)


def test_viser_and_rerun_listen_where_they_are_told_to() -> None:
    viser = backends.visualizer_cfg("viser", "127.0.0.1", None)
    assert (viser.visualizer_type, viser.bind_address, viser.port, viser.share) == ("viser", "127.0.0.1", 8080, False)
    rerun = backends.visualizer_cfg("rerun", "127.0.0.1", 9100)
    assert (rerun.bind_address, rerun.web_port, rerun.grpc_port) == ("127.0.0.1", 9100, 9886)


def test_addresses_of_the_pages() -> None:
    assert address("viser", "127.0.0.1", (8080,)) == "http://127.0.0.1:8080"
    rerun = address("rerun", "127.0.0.1", (9090, 9876))
    assert rerun == "http://127.0.0.1:9090/?url=rerun+http://127.0.0.1:9876/proxy"

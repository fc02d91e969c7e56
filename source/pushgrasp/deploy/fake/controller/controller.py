"""A fake controller: one thread that moves its machine on and talks to everybody."""

from __future__ import annotations

import selectors
import socket
import time
from dataclasses import dataclass
from threading import RLock, Thread

from pushgrasp.deploy.fake.controller.backend import CALIBRATED, ArmBackend
from pushgrasp.deploy.fake.controller.link import Link, Service
from pushgrasp.deploy.fake.controller.machine import Machine, MachineCfg
from pushgrasp.deploy.fake.controller.rtde import RtdeService
from pushgrasp.deploy.fake.controller.texts import DashboardService, PrimaryService, ScriptService
from pushgrasp.deploy.ur.kinematics import Kinematics

LATE = 0.03
"""By how much its time goes on in one cycle at most [s]: a machine that is too slow makes it slow, not deaf."""

IDLE = 0.002
"""How long a controller that stands still sleeps at a time [s]."""


@dataclass(frozen=True)
class Ports:
    """Where a controller listens; clients expect the real ones."""

    primary: int = 30001
    script: int = 30003
    rtde: int = 30004
    dashboard: int = 29999


class Controller:
    """A controller that listens on an address from when it is made until it is closed.

    Its faults are in :class:`pushgrasp.deploy.fake.controller.faults.Faults`.
    """

    def __init__(
        self,
        address: str,
        backend: ArmBackend,
        cfg: MachineCfg | None = None,
        kinematics: Kinematics = CALIBRATED,
        ports: Ports | None = None,
    ) -> None:
        """Switch it on.

        Args:
            address: Of this machine: 127.0.0.1, 127.0.0.2...
            backend: Its arm.
            cfg: What controller it is.
            kinematics: What it says of its arm.
            ports: Where it listens; those of a real controller by default.

        Raises:
            OSError: If another process listens there.
        """
        ports = ports or Ports()
        self.address = address
        self.lock = RLock()
        """Held by whoever looks at its parts or changes them."""
        self.machine = Machine(backend, cfg)
        self.rtde = RtdeService(self.machine, ports.rtde)
        self.script = ScriptService(self.machine, ports.script)
        self.frozen = False
        """Whether it does nothing at all."""
        self.unplugged = False
        """Whether nothing comes in or goes out."""
        self.mute = False
        """Whether nothing goes out."""
        self._links: list[Link] = []
        self._selector = selectors.DefaultSelector()
        self._closing = False
        dashboard = DashboardService(self.machine, ports.dashboard)
        try:
            self._listen([self.rtde, self.script, dashboard, PrimaryService(kinematics, ports.primary)])
        except OSError:
            self._close_sockets()
            raise
        self._thread = Thread(target=self._run, name=f"controller {address}", daemon=True)
        self._thread.start()

    def drop_links(self) -> None:
        """End every connection; clients may come back at once."""
        with self.lock:
            for link in list(self._links):
                self._drop(link)

    def close(self) -> None:
        """Switch it off."""
        self._closing = True
        self._thread.join()
        self._close_sockets()

    def _listen(self, services: list[Service]) -> None:
        """Open the ports."""
        for service in services:
            listener = socket.create_server((self.address, service.port), backlog=16)
            self._selector.register(listener, selectors.EVENT_READ, service)
            listener.setblocking(False)

    def _run(self) -> None:
        """Talk and move until it is closed."""
        last = due = time.monotonic()
        period = 1 / self.machine.cfg.rate
        while not self._closing:
            if self.frozen:
                time.sleep(IDLE)
                last = due = time.monotonic()
                continue
            self._talk(due - time.monotonic())
            now = time.monotonic()
            if now >= due:
                self._tick(min(now - last, LATE))
                last, due = now, max(due + period, now)

    def _talk(self, wait: float) -> None:
        """Hear clients for as long as the next cycle is not due [s]."""
        if self.unplugged:
            time.sleep(max(min(wait, IDLE), 0.0))
            return
        events = self._selector.select(max(wait, 0.0))
        with self.lock:
            for key, _ in events:
                if isinstance(key.data, Link):
                    self._hear(key.data)
                else:
                    self._accept(key.fileobj, key.data)  # pyright: ignore[reportArgumentType]

    def _tick(self, dt: float) -> None:
        """Go on by ``dt`` [s] and report."""
        with self.lock:
            self.machine.step(dt)
            for link in self._links:
                link.mute = self.mute or self.unplugged
            for service in {link.service for link in self._links}:
                service.tick([link for link in self._links if link.service is service])
            for link in [link for link in self._links if not link.open]:
                self._drop(link)

    def _accept(self, listener: socket.socket, service: Service) -> None:
        """Take up a client."""
        try:
            peer, _ = listener.accept()
        except OSError:
            return
        link = Link(peer, service)
        link.mute = self.mute
        self._links.append(link)
        self._selector.register(peer, selectors.EVENT_READ, link)
        service.connect(link)

    def _hear(self, link: Link) -> None:
        """Take in what a client sends."""
        if link in self._links:
            link.read()
            if not link.open:
                self._drop(link)

    def _drop(self, link: Link) -> None:
        """End a connection."""
        self._links.remove(link)
        self._selector.unregister(link.peer)
        link.peer.close()
        link.service.close(link)

    def _close_sockets(self) -> None:
        """Close all that is open."""
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # pyright: ignore[reportAttributeAccessIssue]
        self._selector.close()

"""One client's connection to one port of a fake controller."""

from __future__ import annotations

import socket
from typing import Protocol


class Link:
    """A connection that never waits: what a client does not take in ends it."""

    def __init__(self, peer: socket.socket, service: Service) -> None:
        """Take over an accepted connection."""
        peer.setblocking(False)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.peer = peer
        self.service = service
        self.received = b""
        """What has come and was not used yet."""
        self.open = True
        """Whether it is of use."""
        self.mute = False
        """Whether what is sent gets lost."""

    def read(self) -> None:
        """Take in what has come, and let the service use it."""
        try:
            data = self.peer.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.received += data
        self.open = bool(data)
        if data:
            self.service.receive(self)

    def send(self, data: bytes) -> None:
        """Send, whole or not at all."""
        if self.mute or not self.open:
            return
        try:
            self.open = self.peer.send(data) == len(data)
        except OSError:
            self.open = False


class Service(Protocol):
    """What a port does."""

    port: int
    """Where it listens."""

    def connect(self, link: Link) -> None:
        """Greet a client."""
        ...

    def receive(self, link: Link) -> None:
        """Use what has come from a client."""
        ...

    def tick(self, links: list[Link]) -> None:
        """Send what is due to the clients, once per cycle of the controller."""
        ...

    def close(self, link: Link) -> None:
        """Forget a client that has gone."""
        ...

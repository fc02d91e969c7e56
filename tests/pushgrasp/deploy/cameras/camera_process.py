"""What a fake camera's process does, and how a test tells it."""

import threading
from multiprocessing.connection import Connection

import numpy as np
from table_pictures import INTRINSICS, SIZE, picture

from pushgrasp.deploy.fake.camera import CameraServer, CameraTrouble

ONE = picture()


def serve(orders: Connection) -> None:
    """Serve pictures and carry out orders until the process is killed."""
    spoilt: list[float | None] = [None]

    def render() -> tuple[np.ndarray, np.ndarray]:
        colour, depth = ONE[0], ONE[1].copy()
        if spoilt[0] is not None:
            depth[:10] = spoilt[0]
        return colour, depth

    server = CameraServer(render, INTRINSICS, SIZE)
    threading.Thread(target=server.serve, daemon=True).start()
    orders.send(server.port)
    while True:
        order, value = orders.recv()
        if order == "trouble":
            server.trouble = value
        else:
            spoilt[0] = value
        orders.send(None)


class FakeCamera:
    """The other end."""

    def __init__(self, process: Connection) -> None:
        self._process, self.port = process, process.recv()

    def trouble(self, trouble: CameraTrouble | None) -> None:
        self._tell("trouble", trouble)

    def spoil(self, value: float | None) -> None:
        """Put a number into the first ten rows of depth."""
        self._tell("spoil", value)

    def _tell(self, order: str, value: object) -> None:
        self._process.send((order, value))
        self._process.recv()

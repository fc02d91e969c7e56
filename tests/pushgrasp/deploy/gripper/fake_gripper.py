"""What a fake gripper's process does, and how a test tells it."""

from multiprocessing.connection import Connection

from pushgrasp.deploy.fake.gripper import GripperServer, GripperTrouble, MovingJaws


def serve(orders: Connection) -> None:
    """Carry out orders until the process is killed."""
    server, jaws = None, MovingJaws()
    while True:
        order, value = orders.recv()
        if order == "renew":
            if server:
                server.close()
            jaws = MovingJaws(**{name: value.pop(name) for name in ("width", "obstacle") if name in value})
            server = GripperServer(jaws, **value)
        elif order == "trouble":
            server.trouble = value
        elif order == "obstacle":
            jaws.obstacle = value
        orders.send((server.port, jaws.width()))


class FakeGripper:
    """The other end."""

    def __init__(self, process: Connection) -> None:
        self._process, self.port = process, 0

    def renew(self, **options: object) -> None:
        """Start a new server with jaws of their own."""
        self._tell("renew", options)

    def trouble(self, trouble: GripperTrouble | None) -> None:
        self._tell("trouble", trouble)

    def obstacle(self, breadth: float) -> None:
        self._tell("obstacle", breadth)

    def width(self) -> float:
        return self._tell("width", None)

    def _tell(self, order: str, value: object) -> float:
        self._process.send((order, value))
        self.port, width = self._process.recv()
        return width

"""Parts of a cell's file: arms, camera, calibration, tray, safety envelope and limits.

World frame: origin at the workspace's centre on the table top, x to the right and y away, z up. Metres, radians,
seconds, kilograms; quaternions (x, y, z, w).
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal

from pushgrasp.files.typed_fields import Fault, unfit
from pushgrasp.motion.arm.model import JOINT_LIMITS
from pushgrasp.settings import Count, Range, Settings

Metres = Annotated[float, Range(least=-5.0, most=5.0), "m"]
Radians = Annotated[float, Range(least=-2.0 * math.pi, most=2.0 * math.pi), "rad"]
Offset = Annotated[float, Range(least=-0.5, most=0.5), "m"]
Position = tuple[Metres, Metres, Metres]
Quaternion = tuple[float, float, float, float]
Interval = tuple[Metres, Metres]
Port = Annotated[int, Range(least=1, most=65535)]
Joints = tuple[Radians, Radians, Radians, Radians, Radians, Radians]

OPENINGS = 6
"""Openings at which a gripper's table is measured, at least."""

NORM_TOLERANCE = 1.0e-3
"""By how much a quaternion's length may differ from 1."""

_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.IGNORECASE)


class Section(Settings):
    """Part of a cell's file; its fields can be looked at together, for all that is wrong."""

    def check(self, where: str) -> None:
        """Refuse fields that are out of range or do not go together."""
        super().check(where)
        if wrong := [fault.message for fault in self.faults(where)]:
            raise ValueError("; ".join(wrong))

    def faults(self, place: str) -> Iterator[Fault]:
        """Say what is wrong with the fields together."""
        yield from ()


@dataclass
class GripperCfg(Section):
    """A Robotiq gripper behind its socket."""

    address: str
    """Network address; that of the arm's controller where the URCap serves it."""
    widths: tuple[tuple[Annotated[int, Range(least=0, most=255)], Annotated[float, Range(least=0, most=0.2), "m"]], ...]
    """Pairs of POS and opening [m], measured, from open to closed."""
    port: Port = 63352
    force: Annotated[int, Range(least=0, most=255)] = 50
    """Grip force in the gripper's own numbers."""

    def faults(self, place: str) -> Iterator[Fault]:
        """Say what is wrong with address and table."""
        yield from address_faults(self.address, f"{place}.address")
        where, steps = f"{place}.widths", list(zip(self.widths, self.widths[1:], strict=False))
        if len(self.widths) < OPENINGS:
            yield Fault(where, f"{where} holds {len(self.widths)} pairs (POS, opening); at least {OPENINGS} are needed")
        for index, ((before, wide), (after, narrow)) in enumerate(steps):
            if not (after > before and narrow < wide):
                pair = f"{where}[{index + 1}]"
                message = "a greater POS and a smaller opening than in the pair before are needed"
                yield unfit(pair, (after, narrow), message)


@dataclass
class PayloadCfg(Section):
    """What the controller must know that the flange carries: the gripper and its coupling."""

    mass: Annotated[float, Range(above=0.0, most=5.0), "kg"]
    """Mass [kg]."""
    centre: tuple[Offset, Offset, Offset]
    """Centre of gravity in the flange's frame [m]."""


@dataclass
class ToolCfg(Section):
    """Where the point between the finger tips is."""

    length: Annotated[float, Range(least=0.05, most=0.5), "m"] = 0.234
    """From the flange along its z axis [m]."""
    yaw: Annotated[float, Range(least=-math.pi, most=math.pi), "rad"] = 0.0
    """About the flange's z axis from its x axis to the closing direction [rad]."""


@dataclass
class ServoCfg(Section):
    """How the controller follows set-points."""

    frequency: Annotated[float, Range(least=10.0, most=500.0)] = 125.0
    """Of the link's messages [Hz]."""
    lookahead: Annotated[float, Range(least=0.03, most=0.2), "s"] = 0.1
    """Smooths set-points over this time [s]."""
    gain: Annotated[float, Range(least=100.0, most=2000.0)] = 300.0
    """Of the position loop."""


@dataclass
class ArmCfg(Section):
    """One UR5e with its gripper."""

    name: str
    """How people and messages call it."""
    address: str
    """Network address of its controller."""
    position: Position
    """Its base (DH frame 0, the controller's base frame), world frame [m]."""
    quaternion: Quaternion
    """Turn from its base frame to the world frame."""
    payload: PayloadCfg
    gripper: GripperCfg
    tool: ToolCfg = field(default_factory=ToolCfg)
    servo: ServoCfg = field(default_factory=ServoCfg)
    home: Joints = (-0.62, -1.15, -2.53, -1.03, 1.57, -0.62)
    """Joint angles while it waits [rad]."""
    serial: str | None = None
    """Serial number of its controller; one that has another is refused. None: any."""

    @property
    def yaw(self) -> float:
        """Angle about the world's z axis from the world's x axis to the base's [rad]."""
        x, y, z, w = self.quaternion
        return math.atan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z))

    @property
    def tilt(self) -> float:
        """Angle between the base's z axis and the vertical [rad]."""
        x, y, _, _ = self.quaternion
        return math.acos(max(-1.0, min(1.0, 1.0 - 2.0 * (x * x + y * y))))

    def faults(self, place: str) -> Iterator[Fault]:
        """Say what is wrong with name, address, base and home."""
        yield from name_faults(self.name, f"{place}.name")
        yield from address_faults(self.address, f"{place}.address")
        yield from quaternion_faults(self.quaternion, f"{place}.quaternion")
        for index, (angle, limit) in enumerate(zip(self.home, JOINT_LIMITS, strict=True)):
            if abs(angle) > limit:
                where = f"{place}.home[{index}]"
                yield unfit(where, angle, f"at most {limit:.4g} rad either way is needed")


@dataclass
class CameraCfg(Section):
    """The overhead RGB-D camera."""

    driver: Literal["realsense", "folder", "network", "orbbec"]
    size: tuple[Count, Count]
    """Width and height of a picture [pixel]."""
    fps: Annotated[int, Range(least=1, most=120)]
    """Pictures a second."""
    position: Position
    """Its optical centre, world frame [m]."""
    quaternion: Quaternion
    """Turn from its optical frame (x right, y down, z forward) to the world frame."""
    level: bool = False
    """Whether the pose is mended in each picture by the table, which is level and at z = 0: for a mount that has
    given way a little, and a camera whose depth is not tilted by itself."""
    serial: str | None = None
    """Which device, for ``realsense`` and ``orbbec``; the only one by default."""
    path: str | None = None
    """Folder of frames, for ``folder``."""
    address: str | None = None
    """Network address, for ``network``."""
    port: Port | None = None
    """Port, for ``network``."""
    intrinsics: tuple[float, float, float, float] | None = None
    """fx, fy, cx, cy [pixel], the first pixel's centre at (0.5, 0.5), as ``scripts/calibrate.py`` found them; it aims
    by them. Pictures are read with the device's own."""

    def faults(self, place: str) -> Iterator[Fault]:
        """Say what is wrong with where the pictures come from, and where from they look."""
        for name in {"folder": ["path"], "network": ["address", "port"]}.get(self.driver, []):
            if getattr(self, name) is None:
                yield Fault(place, f"{place}.{name} is missing; driver={self.driver} needs it")
        if self.address is not None:
            yield from address_faults(self.address, f"{place}.address")
        yield from quaternion_faults(self.quaternion, f"{place}.quaternion")
        yield from self._view_faults(place)
        if self.intrinsics is not None:
            yield from self._intrinsics_faults(f"{place}.intrinsics", *self.intrinsics)

    def _view_faults(self, place: str) -> Iterator[Fault]:
        x, y, _, _ = self.quaternion
        if 1.0 - 2.0 * (x * x + y * y) > -0.5:
            where = f"{place}.quaternion"
            message = "the camera does not look down; its optical z axis points into the picture, order (x, y, z, w)"
            yield unfit(where, self.quaternion, message)
        if not 0.3 <= self.position[2] <= 3.0:
            where = f"{place}.position"
            yield unfit(where, self.position, "0.3 to 3 m above the table are needed")

    def _intrinsics_faults(self, where: str, fx: float, fy: float, cx: float, cy: float) -> Iterator[Fault]:
        width, height = self.size
        focal = 0.1 * width < fx < 10.0 * width and 0.8 * fy < fx < 1.25 * fy
        if not (focal and 0.0 < cx < width and 0.0 < cy < height):
            yield unfit(where, (fx, fy, cx, cy), f"fx, fy, cx, cy of a picture of {width} x {height} pixels are needed")


@dataclass
class CalibrationCfg(Section):
    """When and by what the poses in this file were measured."""

    date: str
    """Day, such as 2026-11-28."""
    digest: str
    """SHA-256 of the calibration's files, 64 hexadecimal digits."""
    age_limit: Count = 90
    """Days after which it has to be made again."""

    def faults(self, place: str) -> Iterator[Fault]:
        """Say whether date and digest can be read."""
        try:
            date.fromisoformat(self.date)
        except ValueError:
            yield unfit(f"{place}.date", self.date, "a day such as 2026-11-28 is needed")
        if not re.fullmatch("[0-9a-f]{64}", self.digest):
            yield unfit(f"{place}.digest", self.digest, "64 hexadecimal digits are needed")

    def age(self, today: date) -> int:
        """Return how many days old it is."""
        return (today - date.fromisoformat(self.date)).days


@dataclass
class BoxCfg(Section):
    """A box along the world's axes."""

    x: Interval
    """Least and largest x [m]."""
    y: Interval
    """Least and largest y [m]."""
    z: Interval
    """Least and largest z [m]."""

    @property
    def sides(self) -> tuple[Interval, Interval, Interval]:
        """All three intervals."""
        return self.x, self.y, self.z

    def contains(self, point: Sequence[float], margin: float = 0.0) -> bool:
        """Tell whether a point [m] lies inside, or outside by no more than a margin [m]."""
        pairs = zip(point, self.sides, strict=True)
        return all(low - margin <= x <= high + margin for x, (low, high) in pairs)

    def __str__(self) -> str:
        """Return the box in words."""
        return ", ".join(f"{n} {low:.4g} to {high:.4g} m" for n, (low, high) in zip("xyz", self.sides, strict=True))

    def faults(self, place: str) -> Iterator[Fault]:
        """Say which sides are empty."""
        for name, (low, high) in zip("xyz", self.sides, strict=True):
            if low >= high:
                yield unfit(f"{place}.{name}", (low, high), "[low, high] with low < high is needed")


@dataclass
class TrayCfg(Section):
    """Where an arm puts a held target down."""

    position: Position
    """Middle of its floor, world frame [m]."""
    yaw: Annotated[float, Range(least=-math.pi, most=math.pi), "rad"] = 0.0
    """Direction in which the jaws close, about the vertical from the world's x axis [rad]; the gripper points down."""


@dataclass
class SafetyCfg(Section):
    """What no motion may exceed, and what stops both arms."""

    planes: BoxCfg
    """Safety planes set in the controllers themselves, world frame."""
    inside: Annotated[float, Range(least=0.01, most=0.5), "m"] = 0.05
    """The TCPs keep this far inside the planes [m]."""
    tcp_speed: Annotated[float, Range(above=0.0, most=1.0), "m/s"] = 0.25
    """Of a TCP [m/s]."""
    tcp_acceleration: Annotated[float, Range(above=0.0, most=5.0), "m/s^2"] = 2.0
    """Of a TCP [m/s^2]."""
    joint_speed: Annotated[float, Range(above=0.0, most=math.pi), "rad/s"] = 1.0
    """Of every joint [rad/s]."""
    joint_acceleration: Annotated[float, Range(above=0.0, most=8.0), "rad/s^2"] = 2.0
    """Of every joint [rad/s^2]."""
    step: Annotated[float, Range(above=0.0, most=0.1), "rad"] = 0.01
    """Change of a joint's set-point in one cycle [rad]."""
    tracking_error: Annotated[float, Range(above=0.0, most=0.5), "rad"] = 0.1
    """Distance of a joint from its set-point [rad]."""
    force: Annotated[float, Range(above=0.0, most=100.0), "N"] = 30.0
    """Force on a TCP [N]."""
    stale: Annotated[float, Range(above=0.0, most=0.5), "s"] = 0.08
    """Age of what an arm said last [s]."""
    gripper_stale: Annotated[float, Range(above=0.0, most=2.0), "s"] = 0.1
    """Age of what a gripper said last [s]."""
    watchdog: Annotated[float, Range(least=2.0, most=100.0), "Hz"] = 12.5
    """A controller that hears less often than this stops by itself [Hz]."""
    cycle: Annotated[float, Range(least=0.002, most=0.05), "s"] = 0.008
    """Time between two set-points [s]."""
    deadline: Annotated[float, Range(above=0.0, most=0.2), "s"] = 0.05
    """Longest time from one cycle to the next, and of sending a set-point [s]."""
    slider: Annotated[float, Range(above=0.0, most=1.0)] = 0.02
    """Least speed scaling of a controller."""
    first_speed: Annotated[float, Range(above=0.0, most=1.0)] = 0.25
    """Share of all speeds in the first cycle of a session."""

    @property
    def box(self) -> BoxCfg:
        """Where the TCPs may be, world frame."""
        x, y, z = ((low + self.inside, high - self.inside) for low, high in self.planes.sides)
        return BoxCfg(x, y, z)

    def faults(self, place: str) -> Iterator[Fault]:
        """Say which thresholds cannot hold together."""
        for name, (low, high) in zip("xyz", self.planes.sides, strict=True):
            if high - low <= 2.0 * self.inside:
                message = f"more than twice {place}.inside={self.inside} m apart is needed"
                yield unfit(f"{place}.planes.{name}", (low, high), message)
        needed = self.joint_speed * self.cycle
        if self.step < needed:
            yield unfit(f"{place}.step", self.step, f"at least joint_speed * cycle = {needed:.4g} rad is needed")
        for name in ("stale", "deadline"):
            if getattr(self, name) <= self.cycle:
                yield unfit(f"{place}.{name}", getattr(self, name), f"more than cycle={self.cycle} s is needed")
        if 1.0 / self.watchdog <= self.deadline:
            message = f"below 1 / deadline = {1.0 / self.deadline:.4g} Hz is needed"
            yield unfit(f"{place}.watchdog", self.watchdog, message)


@dataclass
class LimitsCfg(Section):
    """How motions are planned within the safety envelope."""

    descent_force: Annotated[float, Range(above=0.0, most=15.0), "N"] = 15.0
    """Contact force at which a descent stops [N]."""
    approach_speed: Annotated[float, Range(above=0.0, most=0.25), "m/s"] = 0.10
    """Of approach, descent and placing [m/s]."""
    push_speed: Annotated[float, Range(above=0.0, most=0.30), "m/s"] = 0.20
    """Along a push path [m/s]."""
    lift_speed: Annotated[float, Range(above=0.0, most=0.40), "m/s"] = 0.20
    """Of lift and retreat [m/s]."""
    travel_height: Annotated[float, Range(least=0.1, most=0.6), "m"] = 0.25
    """Least height of a TCP on its way over the workspace [m]."""
    arm_clearance: Annotated[float, Range(least=0.02, most=0.3), "m"] = 0.03
    """Least distance of the two arms [m]."""
    link_clearance: Annotated[float, Range(least=0.02, most=0.3), "m"] = 0.12
    """Least height of the links over the table [m]."""
    wrist_clearance: Annotated[float, Range(least=0.01, most=0.3), "m"] = 0.03
    """The same for the last link [m]."""


def is_loopback(address: str) -> bool:
    """Tell whether an address is one of this machine itself."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def address_faults(address: str, where: str) -> Iterator[Fault]:
    """Say whether text is neither an IP address nor a host's name."""
    if re.fullmatch(r"[\d.]+", address) or ":" in address:
        try:
            ipaddress.ip_address(address)
            return
        except ValueError:
            pass
    elif _HOST.fullmatch(address):
        return
    yield unfit(where, address, "an IP address such as 192.168.1.10, or a host's name, is needed")


def name_faults(name: str, where: str) -> Iterator[Fault]:
    """Say whether a name cannot stand in messages and file names."""
    if not re.fullmatch(r"[A-Za-z0-9][\w-]{0,31}", name, re.ASCII):
        yield unfit(where, name, "up to 32 letters, digits, - and _ are needed")


def quaternion_faults(quaternion: Quaternion, where: str) -> Iterator[Fault]:
    """Say whether a quaternion is not of unit length."""
    norm = math.hypot(*quaternion)
    if abs(norm - 1.0) > NORM_TOLERANCE:
        yield unfit(where, quaternion, f"unit length, order (x, y, z, w), is needed; it is {norm:.4g} long")

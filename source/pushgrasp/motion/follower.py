"""Set-points that yield: a descent that meets resistance stops, and the rest of the action starts from there."""

from dataclasses import replace

import torch

from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.trajectory import GripperTargets, Phase


class ForceLimitedFollower:
    """Turns the targets of a trajectory into commands that stop descending at ``descent_force``.

    The force along the approach is told from the position drive itself: stiffness * (command - measured) - damping *
    speed. Once it exceeds the limit in DESCEND, the command stays at the stop point, where the drive presses with
    about the limit (the impact of the moving gripper comes before that, on top). Every later set-point of the action
    is shifted by the same offset along the approach; on the way HOME it fades away at approach speed, so that no
    command jumps.
    """

    def __init__(
        self,
        num_worlds: int,
        num_grippers: int,
        limits: MotionLimits,
        stiffness: float,
        damping: float = 0.0,
        dt: float = 0.02,
        device: torch.device | str | None = None,
    ) -> None:
        """Start with no gripper stopped.

        Args:
            num_worlds: N.
            num_grippers: G.
            limits: descent force and approach speed.
            stiffness: of the drives that move the gripper [N/m].
            damping: of these drives [N s/m]; with it, ``step`` needs velocities.
            dt: control period [s].
            device: where the state lives.

        Raises:
            ValueError: if stiffness or dt is not positive, or damping negative.
        """
        for name, value, allowed in (
            ("stiffness", stiffness, stiffness > 0),
            ("dt", dt, dt > 0),
            ("damping", damping, damping >= 0),
        ):
            if not allowed:
                raise ValueError(f"{name} is {value}; stiffness and dt must be positive, damping not negative")
        self._stiffness, self._damping = stiffness, damping
        self._reach = limits.descent_force / stiffness
        self._fade = limits.approach_speed * dt
        shape = (num_worlds, num_grippers)
        self._stopped = torch.zeros(shape, dtype=torch.bool, device=device)
        self._descending = torch.zeros(shape, dtype=torch.bool, device=device)
        self._command = torch.zeros((*shape, 3), device=device)
        self._shift = torch.zeros((*shape, 3), device=device)
        self._homeward = torch.zeros(shape, device=device)
        """Control periods on the way HOME so far."""
        self._at_work = False
        """Whether any gripper descended in the last period."""
        self._has_shift = False
        """Whether any gripper has stopped since the last reset of all worlds."""

    @property
    def stopped(self) -> torch.Tensor:
        """Which grippers stopped before the end of their descent in this action, shape (N, G), bool."""
        return self._stopped.clone()

    def reset(self, worlds: torch.Tensor | None = None) -> None:
        """Forget stops and offsets before a new action, in all worlds or in those of a mask, shape (N,), bool."""
        mask = torch.ones_like(self._stopped) if worlds is None else worlds[:, None].expand_as(self._stopped)
        self._stopped = self._stopped & ~mask
        self._descending = self._descending & ~mask
        self._shift = torch.where(mask[..., None], 0.0, self._shift)
        self._homeward = torch.where(mask, 0.0, self._homeward)
        self._has_shift = self._has_shift and worlds is not None

    def step(
        self, targets: GripperTargets, measured: torch.Tensor, velocity: torch.Tensor | None = None
    ) -> GripperTargets:
        """Return the commands of one control period.

        Args:
            targets: sampled from the trajectory for this period.
            measured: TCP positions now [m], shape (N, G, 3), world frame.
            velocity: TCP velocities now [m/s], shape (N, G, 3), world frame, less the velocity set-points where the
                drives have any; needed when the drives have damping.

        Raises:
            ValueError: if a shape is wrong or a velocity is missing.
        """
        self._check(targets, measured, velocity)
        descending = targets.phase == Phase.DESCEND
        at_work = bool(descending.any())
        if not (at_work or self._at_work or self._has_shift):
            self._command = targets.position
            return targets
        self._at_work = at_work
        axis = targets.approach
        excess = ((self._command - measured) * axis).sum(dim=-1) - self._reach
        damped = 0.0 if velocity is None else self._damping / self._stiffness * (velocity * axis).sum(dim=-1)
        stopping = self._descending & ~self._stopped & (excess > damped)
        too_far = torch.where(stopping, excess.clamp(min=0.0), 0.0)
        stop_point = self._command - too_far[..., None] * axis
        self._stopped = self._stopped | stopping
        self._has_shift = self._has_shift or bool(stopping.any())
        held = self._stopped & (descending | self._descending)
        along = ((stop_point - targets.position) * axis).sum(dim=-1, keepdim=True)
        self._shift = torch.where(held[..., None], along * axis, self._shift)
        self._homeward = self._homeward + (targets.phase == Phase.HOME)
        self._descending = descending
        self._command = targets.position + self._faded(self._homeward)
        return replace(targets, position=self._command)

    def ahead(self, targets: GripperTargets, start: int, stop: int) -> torch.Tensor:
        """Take the control periods from ``start`` to before ``stop``, in which no gripper descends, at once.

        Args:
            targets: sampled for T periods, leading shape (N, G, T).
            start: first period.
            stop: one more than the last period.

        Returns:
            Commanded positions [m], shape (N, G, stop - start, 3).

        Raises:
            ValueError: if a gripper descends in the periods or has just done so: that needs measurements.
        """
        if self._at_work or bool((targets.phase[:, :, start:stop] == Phase.DESCEND).any()):
            raise ValueError(f"a gripper descends in the periods {start} to {stop} or the one before")
        if not self._has_shift:
            return targets.position[:, :, start:stop]
        homeward = self._homeward[..., None] + (targets.phase[:, :, start:stop] == Phase.HOME).cumsum(dim=2)
        self._homeward = homeward[..., -1]
        return targets.position[:, :, start:stop] + self._faded(homeward)

    def _faded(self, homeward: torch.Tensor) -> torch.Tensor:
        """Return the offsets [m], (N, G, 3) or (N, G, T, 3), after (N, G) or (N, G, T) periods on the way HOME."""
        shift = self._shift if homeward.ndim == 2 else self._shift[:, :, None]
        size = shift.norm(dim=-1)
        left = (1.0 - self._fade * homeward / size.clamp(min=self._fade)).clamp(min=0.0)
        return left[..., None] * shift

    def _check(self, targets: GripperTargets, measured: torch.Tensor, velocity: torch.Tensor | None) -> None:
        """Check what ``step`` is given."""
        if velocity is None and self._damping > 0.0:
            raise ValueError("velocity is missing; drives with damping need it")
        for name, value in (("targets.position", targets.position), ("measured", measured), ("velocity", velocity)):
            if value is not None and value.shape != self._shift.shape:
                raise ValueError(f"{name} has shape {tuple(value.shape)}; {tuple(self._shift.shape)} is needed")

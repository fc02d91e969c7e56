"""Isolate rate: how free of other objects the strip around the target is."""

import torch

from pushgrasp.perception.masks import dilate, require_mask


def isolate_rate(
    target: torch.Tensor, objects: torch.Tensor, resolution: float, ring_width: float = 0.03
) -> torch.Tensor:
    """Free share of the ring around the target: 1 - occupied / ring.

    The ring is the target mask grown by ``ring_width`` (a finger and its clearance) without the mask itself, as far as
    it lies inside the picture; it is occupied where another object stands. Wang & Kasaei 2025 (Sec. III-C3) use the
    rate and leave its definition open.

    Args:
        target: Cells that show the target, bool, shape (N, H, W).
        objects: Cells that show any object higher than 1 cm, the target included, bool, shape (N, H, W).
        resolution: Side of a cell [m].
        ring_width: Width of the ring [m].

    Returns:
        Rate in [0, 1], shape (N,), float; 0 where the target mask is empty, 1 where the ring has no cell.

    Raises:
        ValueError: If shapes or dtypes disagree, or a length is not positive.
    """
    require_mask("target", target)
    require_mask("objects", objects)
    if target.shape != objects.shape:
        raise ValueError(f"target and objects must be alike, got {tuple(target.shape)} and {tuple(objects.shape)}")
    if not (resolution > 0.0 and ring_width > 0.0):
        raise ValueError(f"resolution and ring_width must be above 0 m, got {resolution} and {ring_width}")
    ring = dilate(target, ring_width / resolution) & ~target
    occupied = (ring & objects).sum(dim=(1, 2))
    rate = 1.0 - occupied / ring.sum(dim=(1, 2)).clamp(min=1)
    return rate * target.any(dim=2).any(dim=1)


def require_rates(name: str, rate: torch.Tensor, **flags: torch.Tensor) -> None:
    """Raise ValueError unless isolate rates (N,) are floating and in [0, 1], and flags by name bool and as many."""
    if rate.ndim != 1 or not rate.is_floating_point():
        raise ValueError(f"{name} must be floating with shape (N,), got {rate.dtype} {tuple(rate.shape)}")
    for flag, value in flags.items():
        if value.dtype != torch.bool or value.shape != rate.shape:
            raise ValueError(
                f"{flag} must be bool with shape {tuple(rate.shape)}, got {value.dtype} {tuple(value.shape)}"
            )
    outside = ~((rate >= 0.0) & (rate <= 1.0))
    if bool(outside.any()):
        worlds = outside.nonzero()[:, 0].tolist()
        raise ValueError(f"{name} must be in [0, 1], got {rate[outside].tolist()} in worlds {worlds}")

"""Checks of the tensors handed to the decoders; every error names the argument."""

import torch
from torch import Tensor


def check_shape(name: str, value: Tensor, shape: tuple[int | None, ...]) -> None:
    """Raise ValueError unless ``value`` has ``shape``; None stands for any size."""
    fits = value.ndim == len(shape) and all(want in (None, have) for want, have in zip(shape, value.shape, strict=True))
    if not fits:
        wanted = tuple("any" if want is None else want for want in shape)
        raise ValueError(f"{name} has shape {tuple(value.shape)}; needed: {wanted}")


def check_finite(name: str, value: Tensor) -> None:
    """Raise ValueError if ``value`` holds NaN or an infinity."""
    if not bool(torch.isfinite(value).all()):
        raise ValueError(f"{name} holds NaN or infinite values; only finite numbers are allowed")


def check_scores(name: str, value: Tensor) -> None:
    """Raise ValueError if ``value`` holds NaN or +inf; -inf means "not allowed here" and passes."""
    if bool((torch.isnan(value) | torch.isposinf(value)).any()):
        raise ValueError(f"{name} holds NaN or +inf; finite numbers and -inf are allowed")


def check_mask(name: str, value: Tensor, shape: tuple[int | None, ...]) -> None:
    """Raise ValueError unless ``value`` is a bool tensor of ``shape``."""
    check_shape(name, value, shape)
    if value.dtype != torch.bool:
        raise ValueError(f"{name} has dtype {value.dtype}; torch.bool is needed")

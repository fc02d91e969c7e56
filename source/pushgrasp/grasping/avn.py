"""Angle-view net (AVN): a picture from above to a heatmap of grasp confidences per cell and gripper orientation.

Wang & Kasaei 2025, Sec. III-A: a ResNet-50 encoder, a pixel-shuffle layer and two dense-upsampling-convolution (DUC)
blocks turn the picture into the angle-view heatmap (AVH) of 60 views times 6 angles over a quarter of the picture's
size. The classes are those of `pushgrasp.grasping.angle_view`.
"""

from pathlib import Path
from typing import Self

import torch
from torch import nn
from torchvision.models import resnet50

from pushgrasp.grasping.angle_view import NUM_CLASSES
from pushgrasp.grasping.initialisation import initialise
from pushgrasp.grasping.weights import load_weights

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
"""Colour statistics that ImageNet-trained encoders expect, RGB in [0, 1]."""

ENCODER_STRIDE = 32
"""Pixels of the picture per cell of the encoder's output: height and width must be multiples of it."""


class DenseUpsampling(nn.Sequential):
    """Dense upsampling convolution (Wang et al. 2018): (N, in, h, w) -> (N, out, 2h, 2w)."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        convolution = nn.Conv2d(in_channels, 4 * out_channels, kernel_size=3, padding=1, bias=False)
        super().__init__(convolution, nn.BatchNorm2d(4 * out_channels), nn.ReLU(), nn.PixelShuffle(2))


class AngleViewNet(nn.Module):
    """ResNet-50, pixel shuffle, two DUC blocks and a 3x3 convolution to 360 class logits per cell.

    A new net has PyTorch's default weights and trains as any module does. `freeze` and `hold_statistics` prepare it as
    the backbone of a policy.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        stages = list(resnet50(weights=None).children())[:-2]  # without pooling and classifier
        self.encoder = nn.Sequential(*stages)  # 2048 x 7 x 7 of a 224 x 224 picture
        self.decoder = nn.Sequential(nn.PixelShuffle(2), DenseUpsampling(512, 256), DenseUpsampling(256, 128))
        self.head = nn.Conv2d(128, NUM_CLASSES, kernel_size=3, padding=1)
        self.statistics_held = False
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, rgb: torch.Tensor) -> torch.Tensor:
        """Angle-view heatmap of pictures from above.

        Args:
            rgb: Colour heightmaps in [0, 1], shape (N, 3, H, W), H and W multiples of 32 (224 in this project).

        Returns:
            Logits, shape (N, 360, H/4, W/4): (N, 360, 56, 56) of 224 x 224. Class index = view * 6 + angle.

        Raises:
            ValueError: If the shape does not fit or the picture is not floating point.
        """
        _check_pictures(rgb)
        return self.head(self.decoder(self.encoder((rgb - self.mean) / self.std)))

    def hold_statistics(self) -> Self:
        """Keep batch normalisation at its stored statistics from now on, whatever `train` is told; returns the net.

        A policy that fine-tunes the net needs this: with batch statistics the action probabilities of an update would
        differ from those of the roll-out although no weight has changed.
        """
        self.statistics_held = True
        return self.train(self.training)

    def freeze(self) -> Self:
        """No gradients and evaluation mode from now on, weights laid out channels last (faster); returns the net."""
        self.requires_grad_(False)
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - documented, not in the stub
        return self.hold_statistics()

    def train(self, mode: bool = True) -> Self:
        """Set the training mode; a net whose statistics are held stays in evaluation mode."""
        return super().train(mode and not self.statistics_held)


def build_backbone(weights: Path | None, seed: int, frozen: bool) -> AngleViewNet:
    """Angle-view net as the backbone of a policy, on the CPU, with batch-normalisation statistics held.

    Never downloads anything and leaves PyTorch's global random state as it was.

    Args:
        weights: File written by `save_weights`, or None for the calibrated random start of `initialise`.
        seed: Seed of that random start; unused with a weights file.
        frozen: True: no gradients. False: the weights are fine-tuned with the policy.

    Returns:
        The net in evaluation mode.

    Raises:
        FileNotFoundError: If the weights file does not exist.
        ValueError: If the file is corrupt or belongs to another net.
    """
    with torch.random.fork_rng(devices=[]):
        net = AngleViewNet()
    if weights is None:
        initialise(net, torch.Generator().manual_seed(seed))
    else:
        load_weights(net, weights)
    return net.freeze() if frozen else net.hold_statistics()


def _check_pictures(rgb: torch.Tensor, multiple: int = ENCODER_STRIDE) -> None:
    """Raise ValueError unless ``rgb`` is floating point, (N, 3, H, W), H and W multiples of ``multiple``.

    The constant is a default because TorchScript reads no module globals.
    """
    if rgb.dim() != 4 or rgb.shape[1] != 3 or rgb.shape[2] % multiple != 0 or rgb.shape[3] % multiple != 0:
        raise ValueError(f"rgb has shape {list(rgb.shape)}; expected (N, 3, H, W), H and W multiples of {multiple}")
    if not rgb.is_floating_point():
        raise ValueError(f"rgb has dtype {rgb.dtype}; expected floating point in [0, 1]")

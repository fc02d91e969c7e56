"""Angle-view net (AVN): a picture from above to a heatmap of grasp confidences per cell and gripper orientation.

Wang & Kasaei 2025, Sec. III-A: a ResNet-50 encoder, a pixel-shuffle layer and two dense-upsampling-convolution (DUC)
blocks turn the picture into the angle-view heatmap (AVH) of 60 views times 6 angles over a quarter of the picture's
size. The classes are those of `pushgrasp.grasping.angle_view`.
"""

from itertools import pairwise
from pathlib import Path
from typing import Final, Self

import torch
from torch import nn
from torchvision.models import resnet18, resnet50

from pushgrasp.grasping.angle_view import NUM_CLASSES
from pushgrasp.policies.pg4da.backbone.initialisation import initialise
from pushgrasp.policies.pg4da.backbone.weights import load_weights, read_metadata

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
"""Colour statistics that ImageNet-trained encoders expect, RGB in [0, 1]."""

ENCODER_STRIDE = 32
"""Pixels of the picture per cell of the encoder's output: height and width must be multiples of it."""

ENCODERS = {
    "resnet50": (resnet50, 2048, 32, False),
    "resnet18": (resnet18, 512, 32, False),
    "resnet18_stride16": (resnet18, 256, 16, False),
    "resnet18_lateral": (resnet18, 256, 16, True),
}
"""Encoders by name, with channels and stride of their output, and whether finer stages feed the decoder, too.

The published one comes first; the others are for CPUs. With stride 16 the last stage is left out, and so is one DUC
block: an eighth of the weights of ResNet-50, and it learns small objects from few pictures faster. Lateral connections
(Lin et al. 2017) hand the decoder the edges of small objects, which are two to eleven cells long.
"""

DEFAULT_ENCODER = "resnet50"


class DenseUpsampling(nn.Sequential):
    """Dense upsampling convolution (Wang et al. 2018): (N, in, h, w) -> (N, out, 2h, 2w)."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        convolution = nn.Conv2d(in_channels, 4 * out_channels, kernel_size=3, padding=1, bias=False)
        super().__init__(convolution, nn.BatchNorm2d(4 * out_channels), nn.ReLU(), nn.PixelShuffle(2))


class Lateral(nn.Module):
    """Adds a finer stage of the encoder to the decoder's features of the same size (Lin et al. 2017)."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(in_channels, out_channels, kernel_size=1, bias=False)
        self.norm = nn.BatchNorm2d(out_channels)

    def forward(self, features: torch.Tensor, stage: torch.Tensor) -> torch.Tensor:
        """Sum of features (N, out, h, w) and the encoder's stage (N, in, h, w), rectified."""
        return torch.relu(features + self.norm(self.convolution(stage)))


class AngleViewNet(nn.Module):
    """ResNet, pixel shuffle, two DUC blocks and a 3x3 convolution to 360 class logits per cell.

    The published encoder is ResNet-50; those of ResNet-18 are there for machines without a GPU. A new net has
    PyTorch's default weights and trains as any module does. `freeze` and `hold_statistics` prepare it as the backbone
    of a policy.
    """

    mean: torch.Tensor
    std: torch.Tensor
    has_laterals: Final[bool]

    def __init__(self, encoder: str = DEFAULT_ENCODER) -> None:
        """Build the net; ValueError for an encoder that is not in `ENCODERS`."""
        super().__init__()
        if encoder not in ENCODERS:
            raise ValueError(f"unknown encoder {encoder!r}; encoders: {', '.join(ENCODERS)}")
        resnet, channels, stride, self.has_laterals = ENCODERS[encoder]
        self.encoder_name = encoder
        stages = list(resnet(weights=None).children())[:-2]  # without pooling and classifier
        self.encoder = nn.Sequential(*(stages if stride == 32 else stages[:-1]))
        widths = (channels // 4, 256, 128) if stride == 32 else (channels // 4, 128)  # a shuffle quarters the channels
        self.decoder = nn.Sequential(nn.PixelShuffle(2), *(DenseUpsampling(*pair) for pair in pairwise(widths)))
        finer = widths if self.has_laterals else ()
        self.laterals = nn.ModuleList(Lateral(channels // 2**k, width) for k, width in enumerate(finer, start=1))
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
        return self.head(self.features(rgb))

    def features(self, rgb: torch.Tensor) -> torch.Tensor:
        """What the last convolution reads, shape (N, 128, H/4, W/4); arguments and errors as for the heatmap."""
        _check_pictures(rgb)
        picture = (rgb - self.mean) / self.std
        return self._with_laterals(picture) if self.has_laterals else self.decoder(self.encoder(picture))

    def _with_laterals(self, picture: torch.Tensor) -> torch.Tensor:
        """Features with the encoder's finer stages, from the coarsest on, added to the decoder's of the same size."""
        features, stages = picture, [picture]
        for stage in self.encoder:
            features = stage(features)
            stages.append(features)
        for block, lateral in zip(self.decoder, self.laterals, strict=True):
            stages.pop()
            features = lateral(block(features), stages[-1])
        return features

    def logits_at(self, features: torch.Tensor, cells: torch.Tensor) -> torch.Tensor:
        """Logits of some cells only: few show an object, and the last convolution is a large part of the cost.

        Args:
            features: Output of `features`, shape (N, 128, h, w).
            cells: Which cells, bool, shape (N, h, w).

        Returns:
            Logits, shape (M, 360), in the order of ``cells.nonzero()``: those of the heatmap.
        """
        world, row, column = cells.nonzero().unbind(dim=1)
        near = torch.arange(3, device=cells.device)
        rows, columns = (row[:, None] + near)[:, :, None], (column[:, None] + near)[:, None]
        padded = nn.functional.pad(features, (1, 1, 1, 1)).permute(0, 2, 3, 1)
        patches = padded[world[:, None, None], rows, columns]  # (M, 3, 3, 128)
        kernel = self.head.weight.permute(0, 2, 3, 1).flatten(1)
        return nn.functional.linear(patches.flatten(1), kernel, self.head.bias)

    def hold_statistics(self) -> Self:
        """Keep batch normalisation at its stored statistics from now on, whatever `train` is told; returns the net.

        A policy that fine-tunes the net needs this: with batch statistics the action probabilities of an update would
        differ from those of the roll-out although no weight has changed.
        """
        self.statistics_held = True
        return self.train(self.training)

    @property
    def variant(self) -> dict[str, str]:
        """What weights files record of the net beside its class."""
        return {"encoder": self.encoder_name}

    def freeze(self) -> Self:
        """No gradients and evaluation mode from now on, weights laid out channels last (faster); returns the net."""
        self.requires_grad_(False)
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - documented, not in the stub
        return self.hold_statistics()

    def train(self, mode: bool = True) -> Self:
        """Set the training mode; a net whose statistics are held stays in evaluation mode."""
        return super().train(mode and not self.statistics_held)


def build_backbone(weights: Path | str | None, seed: int, frozen: bool, encoder: str | None = None) -> AngleViewNet:
    """Angle-view net as the backbone of a policy, on the CPU, with batch-normalisation statistics held.

    Never downloads anything and leaves PyTorch's global random state as it was.

    Args:
        weights: File written by `save_weights`, or None for the calibrated random start of `initialise`.
        seed: Seed of that random start; unused with a weights file.
        frozen: True: no gradients. False: the weights are fine-tuned with the policy.
        encoder: One of `ENCODERS`; None takes that of the weights file, ResNet-50 without one.

    Returns:
        The net in evaluation mode.

    Raises:
        FileNotFoundError: If the weights file does not exist.
        ValueError: If the file is corrupt, belongs to another net or holds another encoder than asked for.
    """
    if weights is None:
        net = _new_net(encoder or DEFAULT_ENCODER)
        initialise(net, torch.Generator().manual_seed(seed))
    else:
        net = load_net(Path(weights), encoder)
    return net.freeze() if frozen else net.hold_statistics()


def load_net(weights: Path, encoder: str | None = None) -> AngleViewNet:
    """Angle-view net of a file of `save_weights`, on the CPU, in evaluation mode; raises as `build_backbone` does."""
    net = _new_net(encoder or read_metadata(weights).get("encoder", DEFAULT_ENCODER))
    load_weights(net, weights)
    return net.eval()


def _new_net(encoder: str) -> AngleViewNet:
    """Untrained net; PyTorch's global random state stays as it was."""
    with torch.random.fork_rng(devices=[]):
        return AngleViewNet(encoder)


def _check_pictures(rgb: torch.Tensor, multiple: int = ENCODER_STRIDE) -> None:
    """Raise ValueError unless ``rgb`` is floating point, (N, 3, H, W), H and W multiples of ``multiple``.

    The constant is a default because TorchScript reads no module globals.
    """
    if rgb.dim() != 4 or rgb.shape[1] != 3 or rgb.shape[2] % multiple != 0 or rgb.shape[3] % multiple != 0:
        raise ValueError(f"rgb has shape {list(rgb.shape)}; expected (N, 3, H, W), H and W multiples of {multiple}")
    if not rgb.is_floating_point():
        raise ValueError(f"rgb has dtype {rgb.dtype}; expected floating point in [0, 1]")

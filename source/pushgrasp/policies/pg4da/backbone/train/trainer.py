"""The training loop of the angle-view net."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import torch
from torch.nn.utils import clip_grad_norm_
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import Dataset

from pushgrasp.interrupt import StopRequest
from pushgrasp.policies.pg4da.backbone.avn import AngleViewNet
from pushgrasp.policies.pg4da.backbone.train.augment import Batch, augment
from pushgrasp.policies.pg4da.backbone.train.cfg import TrainCfg
from pushgrasp.policies.pg4da.backbone.train.checkpoint import FILE, TrainState, read_checkpoint, save_checkpoint
from pushgrasp.policies.pg4da.backbone.train.losses import LOSSES
from pushgrasp.policies.pg4da.backbone.train.metrics import GraspScores, quality, validate
from pushgrasp.policies.pg4da.backbone.train.pictures import batches, step_generator
from pushgrasp.policies.pg4da.backbone.train.report import Monitor
from pushgrasp.policies.pg4da.backbone.weights import save_weights

BEST, LAST = "best.safetensors", "last.safetensors"
"""Weights files in a run folder: those with the best validation, and those at the end; half precision."""

FLOOR = 0.01
"""Rate at the end, as a share of the peak."""


class Trainer:
    """Trains one net in one run folder; can stop and go on at any step."""

    def __init__(
        self, cfg: TrainCfg, net: AngleViewNet, train: Dataset, val: Dataset, folder: Path, device: torch.device
    ) -> None:
        """Set up.

        Args:
            cfg: Settings.
            net: Net to train; moved to ``device``, weights laid out channels last.
            train: Items of `LabelledPictures`.
            val: Items of `ScoredPictures`.
            folder: Run folder, which exists.
            device: Where to train; on CUDA with mixed precision.
        """
        self.cfg, self.folder, self.device, self.train, self.val = cfg, folder, device, train, val
        self.net = net.to(device, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        if cfg.frozen_bn:
            net.hold_statistics()
        on_cuda = device.type == "cuda"
        self.optimiser = torch.optim.AdamW(_groups(net, cfg.weight_decay), cfg.learning_rate, fused=on_cuda)
        self.precision = torch.bfloat16 if not on_cuda or torch.cuda.is_bf16_supported() else torch.float16
        self.scaler = torch.GradScaler(device.type, enabled=on_cuda and self.precision == torch.float16)
        self.averaged = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(cfg.average), use_buffers=True)
        self.state = TrainState()

    def resume(self) -> None:
        """Go on from the run folder's checkpoint; errors as `read_checkpoint`, also where it is of another net."""
        _, state, states = read_checkpoint(self.folder)
        try:
            for name, part in self._parts().items():
                part.load_state_dict(states[name])
        except (RuntimeError, KeyError, ValueError) as error:
            raise ValueError(f"{self.folder / FILE} is of another net: {str(error)[:200]}") from error
        self.state = state

    def save(self) -> None:
        """Write the checkpoint."""
        save_checkpoint(self.folder, self.cfg, self.state, self._parts())

    def _parts(self) -> dict[str, Any]:
        """What a checkpoint holds the state of."""
        return {"net": self.net, "averaged": self.averaged, "optimiser": self.optimiser, "scaler": self.scaler}

    def fit(self, monitor: Monitor) -> GraspScores | None:
        """Train to the end; return the last validation, or None when a signal stopped the training early.

        Raises:
            ValueError: If the loss is no longer finite.
        """
        cfg, state, saved = self.cfg, self.state, time.monotonic()
        self.net.train()
        self.save()  # so that a run can be resumed from its first moment on
        stream = batches(self.train, cfg.batch, state.step, cfg.seed, cfg.workers)
        with StopRequest() as stop:
            while not stop.requested and self.done < 1.0:
                start = time.monotonic()
                step, batch = next(stream)
                loss, rate = self.learn(batch, step)
                state.step, state.seconds = step + 1, state.seconds + time.monotonic() - start
                monitor.step(state, self.done, loss, rate)
                if state.step % cfg.validate_every == 0 and self.done < 1.0:
                    start = time.monotonic()
                    self.validate(monitor)
                    state.seconds += time.monotonic() - start
                if time.monotonic() - saved > 60.0 * cfg.save_minutes:
                    self.save()
                    saved = time.monotonic()
            self.save()  # also before the last validation: what interrupts that loses no step
            stopped = stop.requested
        if stopped:
            return None
        scores = self.validate(monitor)
        self.save()
        return scores

    @property
    def done(self) -> float:
        """Share of the training that is done."""
        return progress(self.state.step, self.cfg.steps, self.state.seconds, self.cfg.max_minutes)

    def learn(self, batch: Batch, step: int) -> tuple[float, float]:
        """Take one optimiser step; return loss and learning rate."""
        batch = {name: value.to(self.device, non_blocking=True) for name, value in batch.items()}
        batch = augment(batch, self.cfg.augment, step_generator(self.cfg.seed, step))
        rate = self.cfg.learning_rate * rate_factor(self.done, self.cfg.warm_up)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        loss = self.loss(batch)
        value = float(loss.detach())
        if not torch.isfinite(loss.detach()):
            raise ValueError(
                f"the loss is {value} at step {step}: lower --learning-rate; {self.folder / FILE} is sound"
            )
        self.optimiser.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimiser)
        clip_grad_norm_(self.net.parameters(), self.cfg.max_grad_norm)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        self.averaged.update_parameters(self.net)
        return value, rate

    def loss(self, batch: Batch) -> torch.Tensor:
        """Loss of a batch over the cells that count."""
        rgb = batch["rgb"].contiguous(memory_format=torch.channels_last)
        counted = batch["objects"] if self.cfg.cells == "object" else torch.ones_like(batch["objects"])
        with torch.autocast(self.device.type, self.precision, enabled=self.device.type == "cuda"):
            logits = self.net.logits_at(self.net.features(rgb), counted)
        world = torch.arange(len(rgb), device=self.device)[:, None, None]
        owner = (256 * world + batch["object_id"])[counted]
        group = owner.unique(return_inverse=True)[1]
        target = batch["target"].permute(0, 2, 3, 1)[counted].float()
        return LOSSES[self.cfg.loss](logits.float(), target, group)

    def validate(self, monitor: Monitor) -> GraspScores:
        """Look at held-out pictures; keep the averaged weights if they are the best so far, and those of the end."""
        net = self.averaged.module
        scores = validate(net, self.val, self.cfg.friction, self.device, self.cfg.workers)
        better = quality(scores) > self.state.best
        notes = {"loss": self.cfg.loss, "step": str(self.state.step), "quality": f"{quality(scores):.4f}"}
        if better:
            self.state.best = quality(scores)
            save_weights(net, self.folder / BEST, half=True, notes=notes)
        if self.done >= 1.0:
            save_weights(net, self.folder / LAST, half=True, notes=notes)
        monitor.validation(self.state, scores, better)
        return scores


def _groups(net: AngleViewNet, weight_decay: float) -> list[dict]:
    """Parameter groups: kernels with weight decay, biases and normalisation without."""
    kernels = [parameter for parameter in net.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in net.parameters() if parameter.ndim <= 1]
    return [{"params": kernels, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


def rate_factor(progress: float, warm_up: float) -> float:
    """Share of the peak learning rate.

    Args:
        progress: Share of the training that is done, 0 to 1.
        warm_up: Share of the training in which the rate rises.
    """
    if progress < warm_up:
        return max(FLOOR, progress / warm_up)
    done = min(1.0, (progress - warm_up) / (1.0 - warm_up))
    return FLOOR + (1.0 - FLOOR) * 0.5 * (1.0 + math.cos(math.pi * done))


def progress(step: int, steps: int, seconds: float, max_minutes: float | None) -> float:
    """Share of a training that is done: by steps or by the clock, whichever is further."""
    by_clock = 0.0 if max_minutes is None else seconds / (60.0 * max_minutes)
    return min(1.0, max(step / steps, by_clock))

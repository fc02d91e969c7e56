"""Where jaws go at a surface point: fitted as on a heightmap, here to the true surfaces seen along the approach."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from pushgrasp.grasping.labels.approach_maps import PIXEL, ApproachMaps
from pushgrasp.grasping.labels.cfg import LabelCfg
from pushgrasp.grasping.labels.jaws import TrueJaws
from pushgrasp.gripper.fit import STEP, FitCfg, body_run, fit
from pushgrasp.gripper.points import spaced


def place(jaws: TrueJaws, maps: ApproachMaps, cfg: LabelCfg) -> TrueJaws:
    """The jaws that fit round their object and come straight to it; with depth, shift, extent and width."""
    return fit(jaws, TrueSurface(maps, cfg), cfg.placing)


@dataclass(frozen=True)
class TrueSurface:
    """What jaws meet along their approach; see `pushgrasp.gripper.fit.Around`."""

    maps: ApproachMaps
    cfg: LabelCfg

    def body(
        self, jaws: TrueJaws, levels: tuple[float, ...], cfg: FitCfg
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Body of each one's object: what of it stands above the tips. Along the approach one level shows all."""
        del levels
        half = int(cfg.gripper.stroke / STEP) + 1
        x = jaws.middle[:, None, None] + (torch.arange(-half, half + 1, device=jaws.anchor.device) * STEP)[:, None]
        breadth = cfg.gripper.pad_breadth / 2
        y = jaws.anchor[:, 1, None, None] + spaced(-breadth, breadth, 0.006, jaws.anchor)
        found, found_id = self.maps.at(jaws.kind, x, y)
        body = (found < jaws.tip[:, None, None]) & (found_id == jaws.object_id[:, None, None])
        return body_run(body.any(dim=2), cfg.gripper)

    def free(self, jaws: TrueJaws, cfg: FitCfg) -> TrueJaws:
        """The jaws whose pads and palm meet neither table nor surfaces."""
        del cfg
        jaws = jaws.select(jaws.palm_height(self.cfg) >= self.cfg.clearance)
        jaws = jaws.select(~self._pads_collide(jaws))
        return jaws.select(~self._palm_collides(jaws))

    def _pads_collide(self, jaws: TrueJaws) -> torch.Tensor:
        """Whether the open pads or their way inwards meet anything, or another object is between them, shape (B,)."""
        cfg = self.cfg
        outer = jaws.width / 2 + cfg.pad_thickness + cfg.clearance
        count = int((cfg.stroke / 2 + cfg.pad_thickness + cfg.clearance) / PIXEL) + 1
        steps = torch.arange(-count, count + 1, device=outer.device) * PIXEL
        y = jaws.anchor[:, 1, None, None] + _across(cfg.pad_breadth / 2 + cfg.clearance, jaws)
        found, found_id = self.maps.at(jaws.kind, (jaws.middle[:, None] + steps)[..., None], y)
        met = found < (jaws.tip + cfg.clearance)[:, None, None]
        foreign = (met & (found_id != jaws.object_id[:, None, None])).any(dim=2)
        aside = steps.abs()
        swept = aside <= outer[:, None]
        inner = torch.minimum(jaws.extent / 2 + PIXEL, outer - cfg.pad_thickness - cfg.clearance)
        return (swept & (foreign | ((aside > inner[:, None]) & met.any(dim=2)))).any(dim=1)

    def _palm_collides(self, jaws: TrueJaws) -> torch.Tensor:
        """Whether the palm meets anything, shape (B,)."""
        cfg = self.cfg
        x = jaws.middle[:, None, None] + _across(cfg.palm_width / 2 + cfg.clearance, jaws)[:, None]
        y = jaws.anchor[:, 1, None, None] + _across(cfg.palm_breadth / 2 + cfg.clearance, jaws)
        found, _ = self.maps.at(jaws.kind, x, y)
        return (found < (jaws.tip - cfg.pad_length + cfg.clearance)[:, None, None]).flatten(1).any(dim=1)


def _across(half: float, jaws: TrueJaws) -> torch.Tensor:
    """Values from -half to half [m], no more than a pixel apart."""
    return spaced(-half, half, PIXEL, jaws.anchor)

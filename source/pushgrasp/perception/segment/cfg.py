"""Settings of the segmentation."""

from __future__ import annotations

from dataclasses import dataclass

from pushgrasp.settings import NotNegative, Positive, Settings, Share


@dataclass
class SegmentationCfg(Settings):
    """What counts as an object, and what tells two of them apart."""

    floor: NotNegative = 0.01
    """What is higher over the table stands on it [m]; above the noise of depth and the error of the table's plane."""
    foot: NotNegative = 0.004
    """The rims of what stands on the table are seen down to this height [m]."""
    ceiling: Positive = 0.35
    """Nothing that is to be grasped is higher over the table [m]; what is, is an arm."""
    smallest: Positive = 3e-4
    """Smaller areas are specks [m^2]."""
    visible: Positive = 1e-4
    """So much of a target has to be seen [m^2]; of a target that is mostly hidden, only the largest part counts."""
    jump: Positive = 0.012
    """Neighbouring pixels whose heights differ by more belong to different surfaces [m]."""
    contrast: Share = 0.08
    """Neighbouring pixels belong to different surfaces if a channel differs by more, as a share of its range."""
    hue_step: Share = 0.035
    """Surfaces belong to different objects if red or green differs by more, as a share of the sum of the channels."""
    shade: Positive = 1.3
    """Surfaces of equal hue and slope belong to different objects if one is so many times as bright."""
    bend: Positive = 0.3
    """Surfaces whose slopes differ by less are one flat surface [rad]; it explains no shading, and makes no valley."""

    def check(self, where: str) -> None:
        """Refuse heights that are not in order."""
        super().check(where)
        if self.foot > self.floor:
            raise ValueError(f"{where}.foot={self.foot}: at most {where}.floor={self.floor} is needed")
        if self.ceiling <= self.floor:
            raise ValueError(f"{where}.ceiling={self.ceiling}: more than {where}.floor={self.floor} is needed")

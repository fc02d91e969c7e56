"""Where the scenes of new episodes come from: a running generator, or numbered trials."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import torch

from pushgrasp.scenes.generators import cluttered, scattered
from pushgrasp.scenes.scene import Scene
from pushgrasp.scenes.slots import SlotLayout, SlotPoses

from .push_grasp_env_cfg import ClutterCfg
from .scene_sets import scene_set

_GENERATORS = {"scattered": scattered, "cluttered": cluttered}


class SceneSource:
    """Draws the scenes of N worlds."""

    def __init__(self, clutter: ClutterCfg, layout: SlotLayout, num_worlds: int) -> None:
        """Draw scenes of ``clutter`` for the slots of ``layout``."""
        self._clutter, self._layout = clutter, layout
        words = clutter.scene_words()
        self._set = scene_set(words, clutter.skip_bad_scenes) if words else None
        self.generator = torch.Generator()
        """Draws scenes and colours outside trials."""
        self.training_layout: str | None = None
        """Layout of the scenes outside trials; None takes what the configuration says, scene sets included."""
        self.trial = torch.full((num_worlds,), -1, dtype=torch.long)
        """Number of the trial that each world runs, -1 outside trials, shape (N,)."""
        self.current: list[Scene | None] = [None] * num_worlds
        """Scene that each world was given last, before it settled."""
        self._trial_seed: int | None = None
        self._numbers: Iterator[int] = count()

    def draw_from(self, words: str) -> None:
        """Draw scenes of these families and files from now on, as ``env.clutter.scenes`` names them.

        Raises:
            ValueError: If there is none of that name, or the slots cannot hold its objects.
        """
        scenes = scene_set(words, self._clutter.skip_bad_scenes)
        joined = SlotLayout.joining((self._layout, scenes.layout))
        if sorted(joined.shapes) != sorted(self._layout.shapes):
            raise ValueError(f"scenes {words}: the worlds were not made for their objects")
        self._set = scenes

    def begin_trials(self, seed: int, numbers: Iterator[int] | None = None) -> None:
        """Number the episodes from now on and let ``seed`` and the number alone decide their scenes.

        Args:
            seed: Which scenes.
            numbers: Numbers in the order in which worlds take them, without an end; 0, 1, 2, ... if None.
        """
        self._trial_seed, self._numbers = seed, count() if numbers is None else numbers

    def end_trials(self) -> None:
        """Draw scenes from the running generator again."""
        self._trial_seed = None
        self.trial[:] = -1

    def begin_episode(self, world: int) -> torch.Generator:
        """Return the generator of a world's next scene: the running one, or in trials one made for the scene."""
        if self._trial_seed is None:
            return self.generator
        self.trial[world] = next(self._numbers)
        return torch.Generator().manual_seed(self._first_seed() + int(self.trial[world]))

    def draw(self, generator: torch.Generator, world: int = 0) -> SlotPoses:
        """Return the next scene of ``generator`` as slot poses of one world."""
        scene = self._draw(generator)
        self.current[world] = scene
        return self._layout.assign([scene])

    def _draw(self, generator: torch.Generator) -> Scene:
        """Numbered scenes come in their order in trials, and in a random order outside."""
        clutter = self._clutter
        layout = None if self._trial_seed is not None else self.training_layout
        if self._set is None or layout is not None:
            count = min(clutter.blocks(), len(self._layout.shapes))
            generate = _GENERATORS[layout or clutter.layout or "cluttered"]
            return generate(generator, count, target=clutter.target, layout=self._layout)
        if self._trial_seed is not None and generator is not self.generator:
            return self._set.draw(generator, generator.initial_seed() - self._first_seed(), keep=True)
        return self._set.draw(generator, int(torch.randint(2**31, (), generator=generator)))

    def _first_seed(self) -> int:
        """Seed of the first trial's generator; those of the others follow."""
        return (self._trial_seed or 0) * 1_000_003

"""What ``env.clutter.scenes`` may name: scene families, scene files, and several of them in turn."""

from __future__ import annotations

import glob
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import torch

from pushgrasp.files.text_files import FileError
from pushgrasp.scenes.families import Family, families, family_named
from pushgrasp.scenes.file import read_scenes, scene_to_json
from pushgrasp.scenes.scene import Scene
from pushgrasp.scenes.shapes import own_digests
from pushgrasp.scenes.slots import SlotLayout
from pushgrasp.scenes.targets import with_target

from .scene_cache import cached_scene
from .settling import settle

CANDIDATES = 40
"""Scenes drawn for a family with a rule until one has come to rest on the table with a target that will do."""


class SceneSet(Protocol):
    """Scenes to draw from."""

    @property
    def layout(self) -> SlotLayout:
        """Slots that hold each of them."""
        ...

    @property
    def content(self) -> list[str]:
        """What the scenes follow from: sets of the same content draw the same ones, whatever their files are called."""
        ...

    def draw(self, generator: torch.Generator, index: int, keep: bool = False) -> Scene:
        """Return the scene of an index; what the index leaves open comes from the generator.

        One that had to settle first is kept for the next time, on request (see :func:`.scene_cache.cached_scene`).
        """
        ...


@dataclass(frozen=True)
class FamilyScenes:
    """Scenes of a family; where it has a visibility rule, they have already settled."""

    family: Family

    @property
    def layout(self) -> SlotLayout:
        """Slots that hold each scene."""
        return self.family.layout

    @property
    def content(self) -> list[str]:
        """Name of the family."""
        return [self.family.name]

    def draw(self, generator: torch.Generator, index: int, keep: bool = False) -> Scene:
        """Return the scene of an index.

        Raises:
            ValueError: If none of :data:`CANDIDATES` candidates will do.
        """
        if self.family.rule is None:
            return named(self.family.draw(generator, index), self.family, index)
        if keep:
            return cached_scene(self.family.name, index, generator, lambda: self._settled(generator, index))
        return self._settled(generator, index)

    def _settled(self, generator: torch.Generator, index: int) -> Scene:
        family = self.family
        for _ in range(CANDIDATES):
            settled = settle(family.draw(generator, index))
            good = settled.rested and not settled.lost
            scene = with_target(settled.scene, family.rule, generator) if good else None
            if scene is not None:
                return named(scene, family, index)
        raise ValueError(f"scene family {family.name}: none of {CANDIDATES} drops gave a target as it must be seen")


@dataclass(frozen=True)
class FileScenes:
    """Scenes of files, in their order."""

    scenes: tuple[Scene, ...]
    left_out: tuple[str, ...] = ()
    """A line for each file that cannot be used."""

    @property
    def layout(self) -> SlotLayout:
        """Slots that hold each scene."""
        return SlotLayout.holding(self.scenes)

    @property
    def content(self) -> list[str]:
        """The scenes as files hold them, and what their own objects hold."""
        own = own_digests(self.layout.shapes)
        return [*(scene_to_json(scene) for scene in self.scenes), *(f"{name} {own[name]}" for name in own)]

    def draw(self, generator: torch.Generator, index: int, keep: bool = False) -> Scene:
        """Return the scene of an index; after the last one they start again."""
        del generator, keep
        return self.scenes[index % len(self.scenes)]


@dataclass(frozen=True)
class MixedScenes:
    """Scenes of several sets in turn."""

    sets: tuple[SceneSet, ...]

    @property
    def layout(self) -> SlotLayout:
        """Slots that hold each scene."""
        return SlotLayout.joining(part.layout for part in self.sets)

    @property
    def content(self) -> list[str]:
        """Content of the sets, one after the other."""
        return [text for part in self.sets for text in part.content]

    def draw(self, generator: torch.Generator, index: int, keep: bool = False) -> Scene:
        """Return the scene of an index: index 0 of each set, then index 1 of each, and so on."""
        return self.sets[index % len(self.sets)].draw(generator, index // len(self.sets), keep)


def scene_set(words: str, skip_bad: bool = False) -> SceneSet:
    """Return the scenes that names of families, and paths and patterns of scene files, separated by commas, name.

    Args:
        words: The names.
        skip_bad: Whether files that cannot be used are left out, as long as there are others.

    Raises:
        ValueError: If there is no such family or file, or a file cannot be used; the message says which.
    """
    parts = [word.strip() for word in words.split(",")]
    sets: list[SceneSet] = [FamilyScenes(family_named(word)) for word in parts if word in families()]
    files = file_scenes(words)
    if files.left_out and not (skip_bad and files.scenes):
        raise FileError(*files.left_out)
    sets += [files] if files.scenes else []
    return sets[0] if len(sets) == 1 else MixedScenes(tuple(sets))


def file_scenes(words: str) -> FileScenes:
    """Return the scenes of those files among ``words`` (see :func:`scene_set`) that can be used, and which cannot.

    Raises:
        ValueError: If there is no such file.
    """
    parts = [word.strip() for word in words.split(",")]
    scenes, errors = read_scenes(path for word in parts if word not in families() for path in _files(word))
    return FileScenes(tuple(scenes.values()), tuple(errors))


def named(scene: Scene, family: Family, index: int) -> Scene:
    """Return the scene with the name that listings and records give it."""
    return replace(scene, name=f"{family.name}/{index:03d}")


def _files(word: str) -> list[Path]:
    """Scene files that a path, a folder or a pattern names."""
    path = Path(os.path.expanduser(word))
    found = sorted(path.glob("*.json")) if path.is_dir() else [Path(p) for p in sorted(glob.glob(str(path)))]
    if not found:
        raise ValueError(
            f"scenes {word!r}: neither a scene family nor a scene file, folder or pattern of files; "
            f"families: {', '.join(families())}"
        )
    return found

"""Robots and object shapes as USD files, installed as the package `pushgrasp_assets`."""

from pathlib import Path

__all__ = ["asset_path"]

ROOT = Path(__file__).resolve().parent


def asset_path(*parts: str) -> Path:
    """Absolute path of an asset file or folder, such as ``asset_path("objects", "cube.usda")``.

    Raises:
        FileNotFoundError: If there is none; the message lists what the deepest existing folder holds.
    """
    path = ROOT.joinpath(*parts)
    if path.exists():
        return path
    folder = next(parent for parent in path.parents if parent.is_dir())
    held = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith(("_", ".")))
    raise FileNotFoundError(f"no asset {'/'.join(parts)!r}; {folder} holds: {', '.join(held)}")

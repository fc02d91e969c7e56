"""Write the object and gripper USD files; needs `pxr` but no simulator. The same source gives the same bytes."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from authoring.gripper import author_gripper
from authoring.objects import author_object
from pushgrasp.scenes.shapes import SHAPES


def main(arguments: Sequence[str] | None = None) -> None:
    """Write `objects/<shape>.usda` and `robots/parallel_gripper.usda` below the output folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path(__file__).resolve().parent, help="default: assets/")
    output = parser.parse_args(arguments).output
    for shape in SHAPES.values():
        author_object(shape, output / "objects" / f"{shape.name}.usda")
    author_gripper(output / "robots" / "parallel_gripper.usda")


if __name__ == "__main__":
    main()

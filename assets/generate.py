"""Write the object, gripper and arm USD files; needs `pxr` but no simulator. The same source gives the same bytes."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from authoring.gripper import author_gripper
from authoring.objects import author_object
from authoring.ur5e import author_ur5e_2f140
from pushgrasp.scenes.shapes import ALL_SHAPES


def main(arguments: Sequence[str] | None = None) -> None:
    """Write `objects/<shape>.usda`, `robots/parallel_gripper.usda` and `robots/ur5e_2f140.usda` below the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path(__file__).resolve().parent, help="default: assets/")
    output = parser.parse_args(arguments).output
    for shape in ALL_SHAPES.values():
        author_object(shape, output / "objects" / f"{shape.name}.usda")
    author_gripper(output / "robots" / "parallel_gripper.usda")
    author_ur5e_2f140(output / "robots" / "ur5e_2f140.usda")


if __name__ == "__main__":
    main()

"""Predict grasps on any pair of colour and depth pictures, and draw them.

python scripts/predict_grasps.py colour.png depth.png --intrinsics 615.2 615.4 319.8 241.1
python scripts/predict_grasps.py colour.png depth.npy --intrinsics camera.json --mask target.png --json grasps.json

The camera should look down on the scene, and its pictures have no distortion. Depth is in millimetres (whole numbers)
or metres (floating point), unless --depth-scale or the camera's file says otherwise. Poses in the JSON file are those
of the point between the finger tips, in the camera's optical frame (x right, y down, z forward); the gripper approaches
along its +z and closes along its +x.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pushgrasp.program import UserError, readable_errors

if TYPE_CHECKING:
    from pg_tasks.app.parser import Parser

PICTURES = (".png", ".jpg", ".pdf", ".svg")


def make_parser() -> Parser:
    """Return the parser."""
    from pg_tasks.app.parser import Parser

    parser = Parser(__doc__)
    parser.add_argument("rgb", type=Path, metavar="RGB", help="colour picture")
    parser.add_argument("depth", type=Path, metavar="DEPTH", help="depth picture of the same size, registered to it")
    parser.add_argument(
        "--intrinsics",
        nargs="+",
        metavar="VALUE",
        help="fx fy cx cy [pixel], or a file: JSON or YAML of ROS, OpenCV, RealSense, Open3D; 3 x 3 .npy, .txt, .mat",
    )
    parser.add_argument("--depth-scale", type=float, metavar="N", help="depth numbers per metre")
    parser.add_argument("--mask", type=Path, metavar="FILE", help="picture that is not black where a grasp is wanted")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="weights (default: those in assets/weights)")
    parser.add_argument("--top", type=int, default=20, metavar="K", help="grasps at most (default: 20)")
    parser.add_argument(
        "--max-width", type=float, default=0.14, metavar="M", help="opening of the jaws [m] (default: 0.14)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("grasps.png"), metavar="FILE", help="picture to write (default: grasps.png)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the grasps to a file")
    parser.add_argument("--show", action="store_true", help="open a 3-D view (needs open3d and a screen)")
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run the script."""
    with readable_errors():
        args = make_parser().parse_args(argv)
        _check(args)
        from pushgrasp.console import Console
        from pushgrasp.grasping.predict.inputs import read_colour, read_depth, read_mask
        from pushgrasp.grasping.predict.intrinsics import read_intrinsics
        from pushgrasp.grasping.predict.output import draw_grasps, show, write_records
        from pushgrasp.grasping.predict.predictor import grasps_of_pictures
        from pushgrasp.policies.pg4da.backbone.avn import load_net
        from pushgrasp.policies.pg4da.pretrained import shipped_weights

        camera, rgb = read_intrinsics(args.intrinsics), read_colour(args.rgb)
        camera.require_fit(*rgb.shape[1:])
        depth = read_depth(args.depth, camera.per_metre if args.depth_scale is None else args.depth_scale)
        mask = None if args.mask is None else read_mask(args.mask)
        net = load_net(args.weights or shipped_weights())
        grasps = grasps_of_pictures(net, rgb, depth, camera.matrix, mask, args.max_width, args.top)
        console = Console()
        draw_grasps(args.out, rgb, camera.matrix, grasps)
        median = float(depth[depth > 0.0].median())
        console.print(f"{len(grasps)} grasps: {args.out} (median depth {median:.2f} m)")
        if args.json is not None:
            write_records(args.json, grasps)
        if args.show:
            try:
                show(rgb, depth, camera.matrix, grasps)
            except ImportError as error:
                raise UserError(str(error)) from error


def _check(args: argparse.Namespace) -> None:
    """Raise UserError for flags that cannot work."""
    if args.intrinsics is None:
        raise UserError("--intrinsics is missing: fx fy cx cy of the camera, or a file (--help)")
    if args.top < 1:
        raise UserError(f"--top {args.top}: at least 1 is needed")
    if not 0.0 < args.max_width < 1.0:
        raise UserError(f"--max-width {args.max_width}: metres are meant, such as 0.14")
    if args.out.suffix.lower() not in PICTURES:
        raise UserError(f"--out {args.out}: ending must be one of {', '.join(PICTURES)}")
    taken = {path.resolve() for path in (args.rgb, args.depth, args.mask, args.weights) if path is not None}
    for flag, path in (("--out", args.out), ("--json", args.json)):
        if path is None:
            continue
        if path.is_dir() or not path.resolve().parent.is_dir():
            raise UserError(f"{flag} {path}: a file in a folder that exists is needed")
        if path.resolve() in taken:
            raise UserError(f"{flag} {path} is read or written already; name another file")
        taken.add(path.resolve())


if __name__ == "__main__":
    main(sys.argv[1:])

"""The board as a page to print."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from pushgrasp.deploy.calibration.board import BoardCfg
from pushgrasp.files.atomic import atomic_write

PAPERS = {"A4": (0.297, 0.210), "A3": (0.420, 0.297), "A2": (0.594, 0.420), "A1": (0.841, 0.594)}
"""Width and height of paper that lies on its long side [m]."""

MARGIN = 0.012
"""Least free border, in which nothing has to be printed but a line of text [m]."""

RULER = 0.1
"""Length of the line to measure the print by [m]."""

INCH = 0.0254
RESOLUTION = 20_000.0
"""Pixels per metre, 0.05 mm each."""


def paper_of(board: BoardCfg) -> str:
    """Return the smallest paper that holds a board.

    Raises:
        ValueError: If none does.
    """
    for name, sides in PAPERS.items():
        if all(side + 2.0 * MARGIN <= paper for side, paper in zip(board.size, sides, strict=True)):
            return name
    width, height = board.size
    raise ValueError(f"a board of {width:.3f} x {height:.3f} m fits none of {', '.join(PAPERS)}; smaller squares do")


def write_board(path: Path, board: BoardCfg) -> str:
    """Write the board to scale as a PDF of one page; return the name of its paper.

    Raises:
        ValueError: If no paper holds the board.
        OSError: If the file cannot be written.
        UserError: If OpenCV is not installed.
    """
    paper = paper_of(board)
    width, height = PAPERS[paper]
    figure = Figure(figsize=(width / INCH, height / INCH))
    left, bottom = (0.5 * (whole - side) for whole, side in zip((width, height), board.size, strict=True))
    place = (left / width, bottom / height, board.size[0] / width, board.size[1] / height)
    axes = figure.add_axes(place)
    axes.set_axis_off()
    axes.imshow(board.picture(RESOLUTION), cmap="gray", vmin=0, vmax=255, interpolation="none", aspect="auto")
    _print_note(figure, board, left, 0.5 * MARGIN / height, paper)
    atomic_write(path, lambda file: figure.savefig(file, format="pdf"))
    return paper


def _print_note(figure: Figure, board: BoardCfg, left: float, y: float, paper: str) -> None:
    """Write what the board is below it, and draw a line of known length."""
    width = PAPERS[paper][0]
    text = (
        f"{board.columns} x {board.rows} squares of {1000 * board.square:g} mm, markers of {1000 * board.marker:g} mm, "
        f"{board.dictionary}. Print at 100 % on {paper}; this line is 100 mm:"
    )
    figure.text(left / width, y, text, fontsize=6, va="center")
    begin = (left + board.size[0] - RULER) / width
    from matplotlib.lines import Line2D

    ends = [begin, begin + RULER / width]
    figure.add_artist(Line2D(ends, [y, y], color="black", linewidth=0.6, marker="|", markersize=5))

"""Write a report on evaluations: one self-contained HTML page, and its tables as Markdown.

python scripts/report.py runs/random runs/trained --out report.html
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pushgrasp.program import UserError, readable_errors

if TYPE_CHECKING:
    from pg_tasks.app.parser import Parser


def make_parser() -> Parser:
    """Return the parser."""
    from pg_tasks.app.parser import Parser

    parser = Parser(__doc__)
    parser.add_argument(
        "runs", nargs="+", type=Path, metavar="RUN", help="folders that scripts/evaluate.py has written"
    )
    parser.add_argument("--out", type=Path, default=Path("report.html"), help="page; the tables go to the same name.md")
    parser.add_argument("--title", default="Push-grasp evaluation")
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run the script."""
    with readable_errors():
        args = make_parser().parse_args(argv)
        from pushgrasp.console import Console
        from pushgrasp.evaluation.report.contents import build_report
        from pushgrasp.evaluation.report.pages import report_markdown, report_page
        from pushgrasp.evaluation.runs import read_runs
        from pushgrasp.training.atomic import atomic_write

        if args.out.suffix not in (".html", ".htm"):
            raise UserError(f"--out {args.out}: a file name that ends in .html is needed")
        report = build_report(read_runs(args.runs))
        args.out.parent.mkdir(parents=True, exist_ok=True)
        pages = {args.out: report_page(report, args.title), args.out.with_suffix(".md"): report_markdown(report)}
        for path, text in pages.items():
            atomic_write(path, lambda file, text=text: file.write(text.encode()))
            Console().print(str(path))


if __name__ == "__main__":
    main()

"""The report in a real browser, on a desk and on a phone."""

from __future__ import annotations

from pathlib import Path

import browser
import numpy as np
import pytest
from browser import Page, chromium, wait_for

from pushgrasp.evaluation.report.contents import build_report
from pushgrasp.evaluation.report.pages import report_page
from pushgrasp.evaluation.runs import read_runs

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(browser.CHROMIUM is None, reason="no Chromium is installed (Debian: apt install chromium)"),
]

BROKEN = "[...document.images].filter(image => !image.complete || image.naturalWidth === 0).length"

SPILLED = """[...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll') && !e.closest('pre')
  && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).length"""

CUT = """[...document.querySelectorAll('svg text')].filter(e => {
  const own = e.getBoundingClientRect(), all = e.closest('svg').getBoundingClientRect();
  return own.right > all.right + 2 || own.left < all.left - 2 || own.bottom > all.bottom + 2; }).length"""


def look(page: Page, width: int, height: int) -> np.ndarray:
    """Return what is to be seen of the page at a size."""
    mobile = width < 600
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
    wait_for(lambda: page.evaluate("window.innerWidth") == width, "size of the window")
    return page.screenshot()


def test_page_fits_desks_and_phones(runs: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(report_page(build_report(read_runs(runs))), encoding="utf-8")
    with chromium(path.as_uri(), tmp_path / "profile") as page:
        wait_for(lambda: "Completion at a glance" in page.text, "page")
        assert page.evaluate(BROKEN) == 0
        for width, height in ((1280, 900), (390, 844)):
            picture = look(page, width, height)
            assert picture.shape[:2] == (height, width)
            assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 50
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate(SPILLED) == 0, f"something sticks out at a width of {width}"
            assert page.evaluate(CUT) == 0, f"the text of a figure is cut off at a width of {width}"
            published = page.evaluate("getComputedStyle(document.querySelector('td.other')).backgroundColor")
            assert published != page.evaluate("getComputedStyle(document.querySelector('td')).backgroundColor")

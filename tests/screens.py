"""Take the pictures of pages anew: the browser lab after some weeks, the first screen of a report, a sweep's report.

Needs the web packages and Chromium, as the browser tests do.
Run: python -m tests.screens results/demo, or python -m tests.screens --sweep results/first_screening
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from sim.lab.pictures import shrink
from sim.lab.report import report
from tests.test_browser import CHROMIUM, FLAGS, ROOT, Visitor, free_port, started

IMAGES = ROOT / "docs" / "images"
WEEKS = 177
SWEEP_HEIGHT = 2900


def main() -> None:
    """Write page.png and report.png, or that of a sweep, into docs/images."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("results", type=Path, nargs="?", help="a folder of results, for the report")
    parser.add_argument("--sweep", type=Path, help="a folder of a sweep, for first_screening.png")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        if options.sweep is not None:
            print(_report(browser, options.sweep, Path(scratch), "first_screening.png", SWEEP_HEIGHT))
        if options.results is not None:
            print(_report(browser, options.results, Path(scratch), "report.png"))
            print(_lab(browser, Path(scratch)))
        browser.close()


def _report(browser: Browser, results: Path, scratch: Path, name: str, height: int = 800) -> Path:
    """The beginning of the report of a folder."""
    guest = Visitor(browser, report(results, out=scratch / "report.html").resolve().as_uri())
    guest.page.set_viewport_size({"width": 1280, "height": height})
    guest.page.goto(guest.url)
    return _shot(guest, scratch, name)


def _lab(browser: Browser, scratch: Path) -> Path:
    """The browser lab, paused after WEEKS weeks of the status quo."""
    port = free_port()
    for url in started([sys.executable, "-m", "sim.cli", "serve", "status_quo", "--port", str(port)], port):
        guest = Visitor(browser, url)
        guest.open("")
        guest.page.wait_for_function(
            "weeks => Number(document.querySelector('[data-out=week]')?.innerText) >= weeks",
            arg=WEEKS, timeout=240_000,
        )  # fmt: skip
        guest.do("play")
        guest.until("state", "paused")
        guest.page.wait_for_timeout(1500)
        return _shot(guest, scratch, "page.png")
    raise AssertionError("no server")


def _shot(guest: Visitor, scratch: Path, name: str) -> Path:
    guest.page.screenshot(path=scratch / name)
    return shrink(scratch / name, IMAGES / name)


if __name__ == "__main__":
    main()

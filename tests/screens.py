"""Take the README's pictures of pages anew: the browser lab after some weeks, and the first screen of a report.

Needs the web packages and Chromium, as the browser tests do. Run: python -m tests.screens results/demo
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from sim.lab.pictures import shrink
from sim.lab.report import report
from tests.test_browser import CHROMIUM, FLAGS, ROOT, Visitor, free_port, started

IMAGES = ROOT / "docs" / "images"
WEEKS = 177


def main() -> None:
    """Write page.png and report.png into docs/images."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("results", type=Path, help="a folder of results, for the report")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        page = report(options.results, out=Path(scratch) / "report.html")
        guest = Visitor(browser, page.resolve().as_uri())
        guest.page.goto(guest.url)
        print(_shot(guest, Path(scratch), "report.png"))
        port = free_port()
        for url in started(
            [sys.executable, "-m", "sim.cli", "serve", "status_quo", "--port", str(port)], port
        ):
            guest = Visitor(browser, url)
            guest.open("")
            guest.page.wait_for_function(
                "weeks => Number(document.querySelector('[data-out=week]')?.innerText) >= weeks",
                arg=WEEKS, timeout=240_000,
            )  # fmt: skip
            guest.do("play")
            guest.until("state", "paused")
            guest.page.wait_for_timeout(1500)
            print(_shot(guest, Path(scratch), "page.png"))
        browser.close()


def _shot(guest: Visitor, scratch: Path, name: str) -> Path:
    guest.page.screenshot(path=scratch / name)
    return shrink(scratch / name, IMAGES / name)


if __name__ == "__main__":
    main()

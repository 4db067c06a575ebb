"""The pages in a real browser: headless Chromium driven by Playwright, servers on free loopback ports."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser
pytest.importorskip("solara")
pytest.importorskip("playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
if CHROMIUM is None:
    pytest.skip("no Chromium on this machine", allow_module_level=True)

from playwright.sync_api import Browser, Page, Request, sync_playwright  # noqa: E402

from sim.catalogue import policies  # noqa: E402
from sim.model import Model  # noqa: E402
from sim.scope import SCOPE  # noqa: E402
from sim.web import numbers  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
LOCAL = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:", "about:")
DRAWN = "window.contraflow ? window.contraflow.drawn : 0"


class Visitor:
    """A page of its own context that keeps errors of the console and requests that leave the machine."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.outside: list[str] = []
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._request)
        self.page.on("websocket", lambda ws: self._leaves(ws.url))
        self.url = url

    def _request(self, request: Request) -> None:
        self._leaves(request.url)

    def _leaves(self, url: str) -> None:
        if not url.startswith(LOCAL):
            self.outside.append(url)

    def open(self, query: str = "?play=0") -> Visitor:
        self.page.goto(self.url + query)
        self.page.wait_for_function(f"({DRAWN}) > 0", timeout=60_000)
        self.until("state", "paused" if query == "?play=0" else "playing")
        return self

    def read(self, what: str) -> str:
        return self.page.locator(f"[data-out={what}]").inner_text().strip()

    def until(self, what: str, value: str, seconds: float = 30) -> None:
        self.page.wait_for_function(
            "([what, value]) => document.querySelector(`[data-out=${what}]`)?.innerText.trim() === value",
            arg=[what, value], timeout=1000 * seconds,
        )  # fmt: skip

    def do(self, what: str) -> None:
        self.page.locator(f"[data-do={what}]").click()

    def download(self, what: str, file: Path) -> Path:
        with self.page.expect_download() as caught:
            self.do(what)
        caught.value.save_as(file)
        return file

    def values(self) -> dict[str, float]:
        self.page.wait_for_selector(f".cf-numbers[data-weeks='{self.read('week')}']")
        cards = self.page.locator(".cf-card")
        pairs = cards.evaluate_all("all => all.map(card => [card.dataset.outcome, card.dataset.value])")
        return {name: float(value) for name, value in pairs if value is not None}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def started(command: list[str], port: int, seconds: float = 240) -> Iterator[str]:
    """A server as a child process, up and answering; its end is ours."""
    quiet = {"SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False", "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **quiet}, stdout=subprocess.DEVNULL)
    try:
        give_up = time.monotonic() + seconds
        while server.poll() is None and time.monotonic() < give_up:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        assert server.poll() is None, "the server ended"
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()


@pytest.fixture(scope="module")
def lab() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "sim.cli", "serve", "status_quo", "--port", str(port)]
    yield from started([*command, "--people-per-agent", "1000", "--set", "run.years=10"], port)


@pytest.fixture(scope="module")
def mesa_lab() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "solara", "run", "sim/web/mesa_app.py", "--no-open"]
    yield from started([*command, "--host", "127.0.0.1", "--port", str(port)], port)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def visit(browser: Browser, lab: str) -> Iterator[Any]:
    """Makes visitors; at the end none of them has seen an error or left the machine."""
    guests: list[Visitor] = []

    def come() -> Visitor:
        guests.append(Visitor(browser, lab))
        return guests[-1]

    yield come
    for guest in guests:
        guest.context.close()
        assert guest.errors == []
        assert guest.outside == []


def colours(page: Page) -> int:
    """How many colours the map has, of a sample of its pixels."""
    return page.evaluate(
        """() => { const c = document.querySelector('.cf-canvas'), seen = new Set();
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        for (let i = 0; i < d.length; i += 4 * 37) seen.add(d[i] << 16 | d[i + 1] << 8 | d[i + 2]);
        return seen.size; }"""
    )


def test_the_first_paint_is_quick_and_the_map_is_not_blank(visit: Any) -> None:
    visit().open()  # what a server does once
    paints = []
    for _ in range(3):  # the best of three: other work on the machine is not the page's
        guest = visit()
        began = time.monotonic()
        guest.page.goto(guest.url)
        guest.page.wait_for_selector(".cf-page")
        paints.append(time.monotonic() - began)
        guest.page.wait_for_function(f"({DRAWN}) > 0", timeout=30_000)
        print(f"first paint {paints[-1]:.2f} s, first map {time.monotonic() - began:.2f} s")
        guest.until("state", "playing")  # no click is needed
        guest.do("play")
        guest.until("state", "paused")
    assert min(paints) < 3
    assert colours(guest.page) > 30
    assert SCOPE in guest.page.locator(".cf-scope").inner_text()
    assert guest.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_step_is_one_week(visit: Any) -> None:
    guest = visit().open()
    assert guest.read("week") == "0"
    for week in ("1", "2"):
        guest.do("step")
        guest.until("week", week)
    assert set(guest.values()) == {item.name for item in numbers.headlines()}


def test_play_draws_fifteen_frames_a_second_and_pause_is_prompt(visit: Any) -> None:
    guest = visit().open()
    page = guest.page
    page.select_option("[data-do=speed]", "full")
    guest.do("play")
    guest.until("state", "playing")
    page.wait_for_timeout(1000)
    rates = []
    while not rates or (len(rates) < 3 and rates[-1] < 15):  # again if something else kept the machine busy
        before, began = page.evaluate(DRAWN), time.monotonic()
        page.wait_for_timeout(10_000)
        rates.append((page.evaluate(DRAWN) - before) / (time.monotonic() - began))
        print(f"{rates[-1]:.1f} frames a second")
    pressed = page.evaluate("(document.querySelector('[data-do=play]').click(), performance.now())")
    page.wait_for_timeout(2500)
    late = page.evaluate("window.contraflow.last") - pressed
    print(f"last frame {late:.0f} ms after pause")
    assert max(rates) >= 15
    assert late <= 500
    assert guest.read("week") == str(page.evaluate("window.contraflow.week"))


def test_a_policy_switched_on_is_in_the_saved_file_and_runs_to_the_same_numbers(
    visit: Any, tmp_path: Path
) -> None:
    guest = visit().open()
    name = next(iter(policies()))
    guest.do("step")
    guest.until("week", "1")
    guest.page.locator(f"[data-policy={name}] input[type=checkbox]").click()
    guest.page.wait_for_selector(".cf-steps li")
    for week in range(2, 8):
        guest.do("step")
        guest.until("week", str(week))
    file = guest.download("save", tmp_path / "saved.toml")
    assert f"[policies.{name}]" in file.read_text() and "2019-01-08" in file.read_text()
    csv = guest.download("csv", tmp_path / "weekly.csv").read_text()
    model = Model(file, rng=1)
    for _ in range(7):
        model.step()
    weekly = model.record.weekly()
    assert csv == weekly.to_csv(index=False)
    shown = guest.values()
    for item in numbers.headlines():
        assert shown[item.name] == pytest.approx(numbers.pace(item, weekly[item.name]), rel=1e-6)


def test_reset_takes_a_typed_seed_and_refuses_other_text(visit: Any) -> None:
    guest = visit().open()
    guest.do("step")
    guest.until("week", "1")
    first = guest.values()
    guest.page.fill("[data-do=seed]", "7")
    guest.do("reset")
    guest.until("week", "0", 120)
    guest.until("state", "paused", 120)
    guest.do("step")
    guest.until("week", "1")
    model = Model(rng=7, people_per_agent=1000, years=10)
    model.step()
    shown = guest.values()
    for item in numbers.headlines():
        assert shown[item.name] == pytest.approx(numbers.pace(item, [model.record.now[item.name]]), rel=1e-9)
    assert shown != first
    guest.page.fill("[data-do=seed]", "seven")
    guest.do("reset")
    guest.page.wait_for_selector("[data-out=message]")
    assert "whole number" in guest.read("message") and guest.read("week") == "1"


def test_two_visitors_do_not_share_a_model(visit: Any) -> None:
    one, two = visit().open(), visit().open()
    one.do("step")
    one.until("week", "1")
    one.page.locator(".cf-policy input[type=checkbox]").first.click()
    one.page.wait_for_selector(".cf-steps li")
    two.page.wait_for_timeout(500)
    assert two.read("week") == "0" and two.page.locator(".cf-steps li").count() == 0
    two.do("step")
    two.until("week", "1")
    assert two.values() == one.values()  # the same dice, and a policy that begins next week


def test_layers_and_charts_can_be_chosen(visit: Any) -> None:
    guest = visit().open()
    choose = guest.page.locator("select[data-country=MX]")
    names = choose.locator("option").evaluate_all("all => all.map(o => o.value)")
    drawn = guest.page.evaluate(DRAWN)
    choose.select_option(names[-1])
    guest.page.wait_for_function(f"({DRAWN}) > {drawn}")
    assert choose.input_value() == names[-1]
    guest.do("step")
    guest.until("week", "1")
    last = numbers.headlines()[-1].name
    guest.page.locator(f"[data-outcome={last}]").click()
    guest.page.wait_for_selector(f".cf-card.chosen[data-outcome={last}]")


def test_a_request_under_a_foreign_name_is_refused(lab: str, browser: Browser) -> None:
    from urllib.error import HTTPError
    from urllib.request import Request as Ask
    from urllib.request import urlopen

    with pytest.raises(HTTPError, match="400"):
        urlopen(Ask(lab, headers={"Host": "example.org"}), timeout=10)


def test_mesas_page_renders_steps_and_resets(browser: Browser, mesa_lab: str) -> None:
    guest = Visitor(browser, mesa_lab)
    page = guest.page
    page.goto(guest.url)
    page.wait_for_function(f"({DRAWN}) > 0", timeout=120_000)
    assert colours(page) > 30
    for week in (1, 2):
        page.get_by_role("button", name="Step").click()
        page.get_by_text(f"Week {week} of 313, seed 1.").wait_for(timeout=30_000)
    page.get_by_label("Seed").fill("5")
    page.keyboard.press("Tab")
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Reset").click()
    page.get_by_text("Week 0 of 313, seed 5.").wait_for(timeout=120_000)
    page.get_by_role("button", name="Step").click()
    page.get_by_text("Week 1 of 313, seed 5.").wait_for(timeout=30_000)
    guest.context.close()
    assert guest.errors == [] and guest.outside == []

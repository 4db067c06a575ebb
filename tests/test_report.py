"""The report: one file that needs nothing from outside, made from catalogue, table and declared outcomes."""

from __future__ import annotations

import re
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from sim.catalogue import Own, Policy
from sim.cli import main
from sim.lab import report as reports
from sim.lab import report_parts
from sim.lab.batch import batch
from sim.lab.report import report
from sim.lab.sweep import sweep
from tests.fake_model import FakeModel, FakeScenario, _info

FAKE = {"factory": "tests.fake_model:FakeModel", "loader": "tests.fake_model:load"}
ISHIGAMI = {"factory": "tests.fake_ishigami:Ishigami", "loader": "tests.fake_ishigami:load"}
SWEEP = {
    "schema": 1, "kind": "sweep", "name": "three", "title": "Three angles", "scenario": "base", "weeks": 60,
    "replicates": 2, "trajectories": 3, "outcomes": ["f"],
    "factors": {name: {"low": -3.0, "high": 3.0} for name in "abc"},
}  # fmt: skip


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "store"
    return batch(["base", "hard", "soft"], replicates=4, jobs=1, out=folder, **FAKE)


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "swept"
    return sweep(SWEEP, jobs=1, out=folder, **ISHIGAMI)


class Links(HTMLParser):
    """Every attribute that could make a browser ask for something, the headings, and tags left open."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.tags: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for key, value in attrs:
            if key in ("src", "href", "srcset", "data", "action", "poster", "background", "content"):
                self.asked.append(f"{key}={value}")
            if key == "id":
                self.ids.add(value)


def parse(text: str) -> Links:
    links = Links()
    links.feed(text)
    return links


def test_nothing_is_asked_from_outside(compared):
    text = report(compared.folder).read_text(encoding="utf-8")
    links = parse(text)
    for asked in links.asked:
        key, _, value = asked.partition("=")
        assert key == "content" or value.startswith(("#", "data:image/png;base64,")), asked[:80]
    style = re.search(r"<style>(.*?)</style>", text, re.S).group(1)
    assert "url(" not in style and "@import" not in style
    assert not {"script", "link", "iframe", "object", "embed"} & set(links.tags)
    anchors = {asked.removeprefix("href=#") for asked in links.asked if asked.startswith("href=#")}
    assert anchors <= links.ids, "every link inside leads somewhere"


def test_it_says_what_was_compared_and_how_sure(compared):
    text = report(compared.folder).read_text(encoding="utf-8")
    for words in ("The hard scenario", "Who gains and who pays", "Mexico", "United States", "paired", "Limits",
                  "Switches of structure", "Provenance", "contraflow report", "not for targeting",
                  "Student t", compared.manifest["code"]["source_sha256"][:16]):  # fmt: skip
        assert words in text, words
    row = compared.summary().set_index(["scenario", "outcome"]).loc[("hard", "deaths")]
    assert report_parts.signed(row["diff"]) in text
    assert "sensitivity" not in parse(text).ids
    assert text.count("data:image/png") >= 4


def test_a_sweep_shows_its_sensitivity(swept):
    text = report(swept.folder).read_text(encoding="utf-8")
    assert "Three angles" in text and "Morris screening" in text and "sensitivity" in parse(text).ids
    assert (swept.folder / "figures" / "sensitivity_both.png").stat().st_size > 10_000


def test_figures_that_fail_are_named(compared, monkeypatch):
    monkeypatch.setattr("sim.plots.difference.draw", lambda results, out: 1 / 0)
    text = reports.render(compared)
    assert "difference (ZeroDivisionError)" in text


def test_command(compared, tmp_path, capsys):
    assert (
        main(["report", str(compared.folder), "--out", str(tmp_path / "r.html"), "--baseline", "soft"]) == 0
    )
    assert capsys.readouterr().out.strip().endswith("r.html")
    assert "The soft scenario (baseline)" in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert main(["report", str(tmp_path / "none")]) == 2


class Added(Policy):
    """A policy that no file of the lab knows."""

    name = "added_policy"
    title = "A policy added by a test"
    tradeoff = "a trade-off added by a test"
    parameters = {"reach": Own("1", 0.5, 0.0, 1.0, "a test")}


class AddedScenario(FakeScenario):
    def to_toml(self) -> str:
        return super().to_toml() + "[policies.added_policy]\nintensity = 0.5\nreach = 0.9\n"


class AddedModel(FakeModel):
    """Declares one more outcome, which its weekly table has."""

    OUTCOMES = {
        **FakeModel.OUTCOMES,
        "added_outcome": _info("added_outcome", title="an outcome added by a test"),
    }

    def weekly(self) -> pd.DataFrame:
        return (
            super().weekly().assign(added_outcome=5.0 + self.noise[:, 0] + self.plan.parameters.get("a", 0.0))
        )


def load_added(spec, *, sets=None):
    from tests.fake_model import load

    plan = load(spec, sets=sets)
    return plan if plan.name == "base" else AddedScenario(**vars(plan))


ADDED = {"factory": "tests.test_report:AddedModel", "loader": "tests.test_report:load_added"}


def test_an_added_policy_and_outcome_show_up_by_themselves(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.catalogue.policies", lambda: {"added_policy": Added})
    results = batch(["base", "hard"], replicates=2, jobs=1, out=tmp_path / "o", **ADDED)
    text = report(results.folder).read_text(encoding="utf-8")
    assert "A policy added by a test" in text and "a trade-off added by a test" in text
    assert "intensity 0.5; reach 0.9" in text
    assert "An outcome added by a test" in text
    content = {**SWEEP, "factors": {"a": {"low": 0.0, "high": 1.0}, "b": {"low": 0, "high": 1}}}
    del content["outcomes"]
    swept = sweep(content, jobs=1, out=tmp_path / "s", figures=False, **ADDED)
    table = pd.read_csv(swept.folder / "indices.csv")
    found = table[(table["outcome"] == "added_outcome") & (table["index"] == "mu")].set_index("factor")
    assert found["value"]["a"] == pytest.approx(52.1775, rel=1e-3) and abs(found["value"]["b"]) < 1e-3


def test_a_policy_file_dropped_in_becomes_a_factor(tmp_path, monkeypatch):
    """Through the real loader: the file is found, its intensity and its own parameter can be swept."""
    import sim.policies
    from sim.lab.sweep import plan_of
    from sim.scenario_checks import default_names

    (tmp_path / "dropped_in.py").write_text(
        "from sim.catalogue import Own, Policy\n\n\nclass DroppedIn(Policy):\n    name = 'dropped_in'\n"
        "    title = 'Dropped in'\n    source = 'a test'\n"
        "    parameters = {'reach': Own('1', 0.5, 0.1, 0.9, 'a test')}\n\n"
        "    def press(self, x, own, where):\n        return []\n"
    )
    monkeypatch.setattr(sim.policies, "__path__", [*sim.policies.__path__, str(tmp_path)])
    default_names.cache_clear()
    try:
        content = {"name": "n", "scenario": "status_quo", "years": 1, "trajectories": 2, "set": {},
                   "outcomes": ["homicides"],
                   "factors": {"dropped_in": {}, "policies.dropped_in.reach": {},
                               "levers.publicity": {"op": "scale", "low": 0.5, "high": 2.0}}}  # fmt: skip
        plan = plan_of(content)
    finally:
        default_names.cache_clear()
        sys.modules.pop("sim.policies.dropped_in", None)
    assert [factor.kind for factor in plan.design.factors] == ["policy", "policy's own", "lever"]
    assert {f["source"] for f in plan.record()["sweep"]["factors"][:2]} == {"a test"}
    assert all("dropped_in" in plan.scenario_of(run).policies for run in plan.runs)
    assert {use.scale for run in plan.runs for use in plan.scenario_of(run).levers.values()} <= {
        0.5,
        1.0,
        1.5,
        2.0,
    }


def test_values_that_differ_are_told(compared):
    content = {"run": {"years": 5}, "parameters": {"x": 2.0}, "title": "no matter"}
    base = {"run": {"years": 5}, "parameters": {}, "title": "other"}
    assert list(report_parts._changes(content, base)) == [("parameters.x", "none", "2.0")]


@pytest.mark.browser
def test_it_opens_offline_and_prints(compared, tmp_path):
    """In Chromium without a network: no request, no console message, pictures drawn, none taller than a page."""
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs chromium")
    path = report(compared.folder, out=tmp_path / "r.html")
    with playwright.sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True).new_page()
        requests: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(path.as_uri())
        assert [url for url in requests if not url.startswith(("data:", path.as_uri()))] == []
        assert said == []
        assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 500)")
        assert page.evaluate("document.documentElement.scrollWidth <= 1280")
        printed = tmp_path / "r.pdf"
        page.emulate_media(media="print")
        mm = 96 / 25.4
        heights = page.evaluate(
            "[...document.querySelectorAll('figure')].map(f => f.getBoundingClientRect().height)"
        )
        assert max(heights) < (297 - 30) * mm, "a figure fits on a page, so it need not be cut"
        uncut = "[...document.querySelectorAll('figure, table.numbers')].map(f => getComputedStyle(f).breakInside)"
        assert set(page.evaluate(uncut)) == {"avoid"}
        page.pdf(path=str(printed), format="A4")
        browser.close()
    assert printed.read_bytes().startswith(b"%PDF") and printed.stat().st_size > 100_000
    assert not list(Path(compared.folder).glob("**/*.tmp"))

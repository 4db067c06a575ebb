"""Findings about patterns are kept and reused by code; published effects are judged by sign and interval; the page."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from sim.cli import main
from sim.errors import InputError
from sim.lab import effects, findings, runs
from sim.lab.cluster import spread
from sim.lab.effects import Compared
from sim.lab.patterns import Pattern, patterns
from sim.lab.scorecard import page
from sim.lab.scorecard_parts import effects_part, patterns_part, rows_table
from sim.lab.summary import estimate
from sim.outcome import load_outcomes
from tests.test_validate import Stored

CALLS: list[str] = []


class Fair(Pattern):
    """Holds: a shift of one that goes when it is knocked out."""

    number, name, title, mechanism, rule = 2, "fair", "A shift", "shifting", "above one half"
    seeds, null_seeds = range(1, 4), range(4, 7)
    shift = 1.0

    def effect(self):
        CALLS.append(self.name)
        return {"shift": self.shift + 0.01 * np.array(self.seeds)}

    def knock_out(self):
        return {"shift": 0.01 * np.array(self.seeds)}

    def null(self, treated, base):
        return {"shift": 0.01 * (np.array(treated) - np.array(base))}

    def holds(self, values):
        return bool(values["shift"].mean() > 0.5)


class Missed(Fair):
    """Misses its rule."""

    number, name, title, shift = 1, "missed", "No shift", 0.0


class Told(Fair):
    """Is reported, with a table."""

    number, name, title, reported = 0, "told", "A table", True

    def table(self):
        return [{"month": 1, "deaths": 2.5}, {"month": 2, "deaths": 1234.5, "where": "here"}]


class Broken(Fair):
    """Cannot be measured."""

    number, name, title = 3, "broken", "No number"

    def effect(self):
        raise ValueError("nothing here")


@pytest.fixture
def known(monkeypatch):
    CALLS.clear()
    mine = {item.name: item for item in (Told(), Missed(), Fair())}
    monkeypatch.setattr(findings, "patterns", lambda: mine)
    monkeypatch.setattr(findings, "_model_digest", lambda: "model")
    return mine


def test_findings_are_kept_and_told_misses_first(known, tmp_path):
    found = findings.measure_patterns([], tmp_path, jobs=1)
    assert [(r["name"], r["verdict"]) for r in found] == [
        ("missed", "misses"),
        ("told", "reported"),
        ("fair", "holds"),
    ]
    assert findings.read(tmp_path) == found
    fair = found[2]
    assert fair["effect"]["shift"]["mean"] == pytest.approx(1.02)
    assert fair["effect"]["shift"]["values"] == pytest.approx([1.01, 1.02, 1.03])
    assert fair["nulls"] == {"held": 0, "trials": 20, "most": 2} and not fair["knock_out_holds"]
    assert fair["seeds"] == [1, 2, 3] and fair["code"]["digest"]
    assert findings.why(found[0]) == "misses: rule not met"
    assert found[1]["nulls"] is None and found[1]["table"][1]["where"] == "here"
    assert findings.summary(found) == "1 of 2 patterns with a pass mark hold; 1 are reported."


def test_what_is_measured_is_reused_while_the_code_is_the_same(known, tmp_path, monkeypatch):
    findings.measure_patterns(["fair"], tmp_path, jobs=1)
    with pytest.raises(InputError, match="--resume"):
        findings.measure_patterns(["fair"], tmp_path, jobs=1)
    findings.measure_patterns([], tmp_path, jobs=1, resume=True)
    assert CALLS == ["fair", "told", "missed"]
    monkeypatch.setattr(findings, "_model_digest", lambda: "another model")
    findings.measure_patterns(["fair"], tmp_path, jobs=1, resume=True)
    assert CALLS[3:] == ["fair"]
    with pytest.raises(InputError, match="nobody"):
        findings.measure_patterns(["nobody"], tmp_path, jobs=1)


def test_a_killed_run_keeps_what_was_measured(known, tmp_path, monkeypatch):
    def dies(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(Missed, "effect", dies)
    with pytest.raises(KeyboardInterrupt):
        findings.measure_patterns(["fair", "missed"], tmp_path, jobs=1)
    assert [record["name"] for record in findings.read(tmp_path)] == ["fair"]


def test_a_failure_is_a_record_and_is_tried_again(known, tmp_path, monkeypatch):
    known["broken"] = Broken()
    found = findings.measure_patterns(["broken", "fair"], tmp_path, jobs=1)
    assert found[0]["verdict"] == "failed" and "nothing here" in found[0]["error"]
    monkeypatch.setattr(Broken, "effect", Fair.effect)
    again = findings.measure_patterns(["broken"], tmp_path, jobs=1, resume=True)
    assert [record["verdict"] for record in again] == ["holds", "holds"]


@pytest.mark.slow
def test_work_is_spread_over_processes_and_a_fault_is_told():
    found = {name: (result, error) for name, result, error in spread(int, ["1", "x", "3"], jobs=2)}
    assert found["1"] == (1, None) and found["3"] == (3, None)
    assert found["x"][0] is None and "invalid literal" in found["x"][1]


def test_a_pattern_has_the_files_it_shares_in_its_digest():
    import inspect
    from pathlib import Path

    own = Path(inspect.getfile(type(patterns()["naloxone"])))
    assert [path.name for path in findings._own_files(own)] == [
        "_markets.py",
        "_pattern.py",
        "_runs.py",
        "naloxone.py",
    ]


def test_patterns_say_what_they_are():
    for name, pattern in patterns().items():
        assert pattern.name == name and pattern.title and pattern.mechanism and pattern.rule, name
        assert len(pattern.seeds) > 1, name
        assert pattern.reported or (pattern.knocked_out_by and pattern.null_seeds), name
        assert not set(pattern.seeds) & set(pattern.null_seeds) or pattern.reported, name


# Published effects


def an_effect(**options: object) -> effects.Effect:
    return replace(effects.effects()[0], **{"kind": "value", "unit": "percent", "sign": "", **options})


def compared(value: float, **options: object) -> Compared:
    return Compared(an_effect(**options), estimate(np.array([value, value])))


@pytest.mark.parametrize(
    ("value", "options", "verdict"),
    [
        (3.0, {"low": 2.0, "high": 4.0}, "inside"),
        (8.0, {"low": 2.0, "high": 4.0}, "outside (x 2)"),
        (-1.0, {"low": -4.0, "high": -2.0, "sign": "-"}, "outside (x 0.5), right sign"),
        (1.0, {"low": -4.0, "high": -2.0, "sign": "-"}, "outside, wrong sign"),
        (0.1, {"kind": "sign", "sign": "+"}, "right sign"),
        (-0.1, {"kind": "sign", "sign": "+"}, "wrong sign"),
        (4.0, {"kind": "sign", "sign": "0", "near": 5.0}, "about zero"),
        (6.0, {"kind": "sign", "sign": "0", "near": 5.0}, "not about zero"),
        (1.5, {"unit": "x", "sign": "+", "estimate": "2", "low": math.nan}, "right sign, 0.5 of it"),
        (0.5, {"unit": "x", "sign": "+", "estimate": "2", "low": math.nan}, "wrong sign, -0.5 of it"),
        (math.nan, {"low": 2.0, "high": 4.0}, "not measured"),
        (1.0, {"kind": "none"}, "not comparable"),
    ],
)
def test_verdicts_of_published_effects(value, options, verdict):
    item = compared(value, **options)
    assert item.verdict == verdict
    json.dumps(item.data(), allow_nan=False)


def test_a_sign_that_is_not_clear_is_not_right():
    item = Compared(an_effect(kind="sign", sign="+"), estimate(np.array([-1.0, 3.0])))
    assert item.verdict == "sign not clear" and not item.agrees


def test_the_table_of_effects_names_what_exists():
    known, outcomes = patterns(), load_outcomes()
    rows = effects.effects()
    assert len({row.id for row in rows}) == len(rows) == 46
    for row in rows:
        assert row.kind in effects.KINDS and row.citation and row.confidence, row.id
        assert row.remark, f"{row.id}: say how it maps, or why it cannot be compared"
        if row.kind == "none":
            assert not row.pattern and not row.of, row.id
            continue
        assert bool(row.pattern) != bool(row.of), row.id
        assert not row.pattern or row.value, row.id
        assert row.pattern in known or row.of, row.id
        assert {*row.of, *row.over} <= outcomes.keys(), row.id
        assert row.sign or math.isfinite(row.low + row.high), f"{row.id}: nothing to judge by"
        assert row.sign != "0" or row.near > 0, row.id


def test_effects_take_their_numbers_from_patterns_and_stored_runs(known, tmp_path):
    values = [-0.17, -0.16, -0.18]
    record = {"name": "naloxone", "effect": {"deaths": {"values": values}}}
    store = Stored({"cash_seized": 1.0, "cash_sent_south": 200.0, "money_laundered": 300.0})
    found = {item.effect.id: item for item in effects.compare(store, [record])}
    assert found["nal"].simulated.mean == pytest.approx(-17.0) and found["nal"].verdict == "right sign"
    assert found["cash_seize"].simulated.mean == pytest.approx(0.5)
    assert found["aml"].simulated.mean == pytest.approx(0.2) and found["aml"].verdict == "inside"
    assert found["cornish"].verdict == "not measured" and found["hope"].verdict == "not comparable"


# The page


def test_the_page_shows_levels_patterns_and_effects_misses_first(known, tmp_path):
    from sim.lab import validate

    records = findings.measure_patterns([], tmp_path, jobs=1)
    store = Stored({"members": 1e5, "cash_seized": 1.0, "cash_sent_south": 100.0, "money_laundered": 300.0})
    judged, both = validate.validate(store), effects.compare(store, records)
    text = page(store, judged, records, both, ["scorecard_levels.png"])
    order = [
        "## Levels that are missed",
        "## Patterns",
        "[`missed`]",
        "[`told`]",
        "[`fair`]",
        "| 2 | 1,230 | here |",
    ]
    order += [
        "## Published effects",
        "`cash_seize`",
        "## Published effects that cannot be compared",
        "`hope`",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert "![" in text and "images/scorecard_levels.png" in text
    assert all(f"\n### {record['name']}\n" in text for record in records)
    data = validate.as_data(store, judged, records, both)
    json.dumps(data, allow_nan=False)
    assert len(data["patterns"]) == 3 and len(data["effects"]) == 46


def test_rows_of_a_table_may_differ():
    text = rows_table([{"a": 1, "b": 0.12345}, {"a": 2, "c": [1.0, 2.0], "b": None}])
    assert text.splitlines()[2:] == ["| 1 | 0.123 | - |", "| 2 | - | 1 to 2 |"]
    assert patterns_part([])[0].startswith("## Patterns") and effects_part([]) == []


def test_command_measures_named_patterns(known, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(runs, "FACTORY", "tests.fake_model:FakeModel")
    monkeypatch.setattr(runs, "LOADER", "tests.fake_model:load")
    monkeypatch.setattr("sim.lab.patterns.patterns", lambda: known)
    monkeypatch.chdir(tmp_path)
    command = ["validate", "-n", "2", "-j", "1", "--json", "--out", "here", "--patterns", "missed", "fair"]
    assert main([*command, "--scorecard", "docs/card.md"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [record["name"] for record in data["patterns"]] == ["missed", "fair"]
    assert (tmp_path / "here" / "figures" / "patterns.png").stat().st_size > 10_000
    assert (tmp_path / "docs" / "images" / "scorecard_patterns.png").is_file()
    assert CALLS == ["missed", "fair"]
    assert main(["validate", "here", "--patterns", "fair", "-q"]) == 2
    assert main([*command, "--resume", "-q"]) == 0 and CALLS == ["missed", "fair"]
    capsys.readouterr()
    assert main(["validate", "here", "--no-figures"]) == 0
    out = capsys.readouterr().out
    assert out.index("Levels: status_quo") < out.index("misses: rule not met") < out.index("1 of 2 patterns")
    assert main(["validate", "here", "fair"]) == 2

"""Statistics of a store against closed forms, and how they are worded."""

from __future__ import annotations

import io

import numpy as np
import openpyxl
import pytest
from rich.console import Console
from scipy import stats

from sim.errors import InputError
from sim.lab.batch import batch
from sim.lab.compare import as_data, number, print_comparison, signed
from sim.lab.export import export
from sim.lab.store import Results
from sim.lab.summary import _difference, estimate, one_number

FAKE = {"factory": "tests.fake_model:FakeModel", "loader": "tests.fake_model:load"}


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Results:
    out = tmp_path_factory.mktemp("store") / "few"
    return batch(["base", "hard", "soft"], replicates=4, jobs=1, out=out, **FAKE)


def test_interval_is_that_of_a_t_test():
    values = np.array([3.0, 5.0, 4.5, 9.0, np.nan])
    found = estimate(values)
    expected = stats.ttest_1samp(values[:4], 0).confidence_interval(0.90)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.n == 4 and found.excludes_zero
    assert np.isnan(estimate(np.array([2.0])).low) and not estimate(np.array([2.0])).excludes_zero
    assert estimate(np.array([])).n == 0


def test_totals():
    weeks = np.column_stack([np.arange(104.0), np.full(104, 2.0)])
    assert one_number(weeks, "sum", (0, 104))[1] == pytest.approx(2 * 52.1775)
    assert one_number(weeks, "mean", (10, 20))[0] == pytest.approx(14.5)
    assert one_number(weeks, "last", (10, 20))[0] == 19
    weeks[12, 1] = np.nan
    assert one_number(weeks, "mean", (10, 20))[1] == 2


def test_summary_against_numbers_computed_by_hand(results):
    weekly = results.weekly().query("week >= 60")
    yearly = weekly.groupby(["scenario", "replicate"])["deaths"].sum() / 44 * 52.1775
    diffs = (yearly["hard"] - yearly["base"]).to_numpy()
    row = results.summary().query("scenario == 'hard' and outcome == 'deaths'").iloc[0]
    assert row["mean"] == pytest.approx(yearly["hard"].mean(), rel=1e-6)
    assert row["diff"] == pytest.approx(diffs.mean(), rel=1e-6)
    assert row["n_pairs"] == 4 and row["same_sign_share"] == 1 and row["excludes_zero"]
    assert (
        row["unit"] == "deaths/yr" and row["window"] == "weeks 60-103" and row["start_window"] == "weeks 8-59"
    )
    assert row["diff_high"] - row["diff_low"] < 0.01 * (
        row["high"] - row["low"]
    )  # same dice: the noise cancels
    price = results.summary().query("scenario == 'hard' and outcome == 'price'").iloc[0]
    half = float(stats.t.ppf(0.95, 3)) * (price["diff_high"] - price["diff"]) / float(stats.t.ppf(0.95, 3))
    assert price["diff_low"] == pytest.approx(price["diff"] - half)


@pytest.mark.parametrize(("shift", "told"), [(2e-6, True), (5e-7, False)])
def test_a_difference_of_less_than_a_millionth_is_none_however_sure(shift, told):
    base = np.array([0.79, 0.79, 0.79])
    found = _difference({"change_from_start": 1.0}, shift * base + np.array([0.0, 1e-12, -1e-12]), base)
    assert found["diff_low"] > 0 and found["excludes_zero"] == told


def test_stored_summary_is_the_one_computed(results):
    text = (results.folder / "summary.csv").read_text()
    assert text.count("\n") == 1 + 3 * 5
    assert text.splitlines()[0].startswith("scenario,outcome,title,family,country,unit,better")


def test_another_baseline_turns_signs_round(results):
    other = Results(results.folder, "hard").summary()
    there = other.query("scenario == 'base' and outcome == 'deaths'").iloc[0]
    here = results.summary().query("scenario == 'hard' and outcome == 'deaths'").iloc[0]
    assert there["diff"] == pytest.approx(-here["diff"])
    with pytest.raises(InputError) as error:
        Results(results.folder, "hrad")
    assert error.value.faults[0].nearest == "hard"


def test_table_for_people(results):
    text = io.StringIO()
    print_comparison(results, Console(file=text, width=140, color_system=None))
    said = text.getvalue()
    assert "Mexico" in said and "United States" in said and "hard -" in said
    assert said.index("Deaths") < said.index("Harm")
    assert "worse" in said and "better" in said and "unclear" in said and "changed" in said
    assert "Flat" not in said and "\x1b" not in said
    assert "4 pairs" in said


def test_data_for_scripts(results):
    data = as_data(results)
    assert [row["scenario"] for row in data["countries"]["MX"]] == ["base", "hard", "soft"]
    assert data["countries"]["MX"][0]["diff"] is None and data["countries"]["MX"][1]["diff"] > 0


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1234.5, "1,230"), (99.95, "100.0"), (0.5, "0.500"), (-12.34, "-12.3"), (float("nan"), "-")],
)
def test_numbers_for_people(value, text):
    assert number(value) == text


def test_signed():
    assert signed(3.0) == "+3.00" and signed(-3.0) == "-3.00" and signed(1e-9) == "+1.00e-09"


def test_export(results, tmp_path):
    assert {path.name for path in export(results.folder, "csv", tmp_path / "c")} == {
        "weekly.csv", "regional.csv", "corridors.csv", "events.csv", "summary.csv", "dictionary.csv",
    }  # fmt: skip
    assert (tmp_path / "c" / "weekly.csv").read_text().count("\n") == 1 + 12 * 104
    assert len(export(results.folder, "parquet", tmp_path / "p")) == 6
    book = openpyxl.load_workbook(export(results.folder, "xlsx", tmp_path / "x")[0], read_only=True)
    assert book.sheetnames == ["summary", "dictionary", "weekly", "regional", "corridors", "events"]
    with pytest.raises(InputError):
        export(results.folder, "cvs")

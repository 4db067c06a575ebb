"""Figures: found by their file, drawn from any results of the right shape, and true to the numbers they are given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

from sim import plots
from sim.plots import _ground, _read, _read_places, map, map_difference
from tests.fake_results import FakeResults, small_ground


@pytest.fixture(scope="module")
def results() -> _read.Held:
    return _read.held(FakeResults(small_ground(), n_runs=4, years=3))


@pytest.fixture(autouse=True)
def _small_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_ground, "ground", small_ground)


OF_SWEEPS = {"sensitivity"}
"""Figures that need a sweep in the folder; tests/test_sweep.py and test_report.py draw them."""


def test_every_file_is_a_figure_and_all_are_drawn(results: _read.Held, tmp_path: Path) -> None:
    files = {path.stem for path in Path(plots.__file__).parent.glob("[!_]*.py")}
    assert plots.names() == sorted(files)
    made = plots.draw_all(results, tmp_path)
    assert {path.stem for path in made} == files - OF_SWEEPS
    for path in made:
        picture = imread(path)
        assert min(picture.shape[:2]) > 400
        assert picture[..., :3].std() > 0.02, f"{path.name} is empty"


def test_two_drawings_are_the_same_bytes(results: _read.Held, tmp_path: Path) -> None:
    first, second = (plots.draw("difference", results, tmp_path / name)[0] for name in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_a_new_headline_outcome_appears_by_itself() -> None:
    row = ("harvests_lost", "ha", "MX", "lower", "sum", True, 10.0, 0.1, (0.1, 0.1, 0.1))
    assert "harvests_lost" in _read.headlines(FakeResults(small_ground(), 2, 1, extra=(row,)))["MX"]


def test_a_failing_figure_is_named_and_the_rest_go_on(
    results: _read.Held, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map, "draw", lambda *_: 1 / 0)
    with pytest.warns(UserWarning, match="figure map could not be drawn"):
        made = plots.draw_all(results, tmp_path)
    assert "series.png" in {path.name for path in made}


def test_one_scenario_or_one_run_still_draws(tmp_path: Path) -> None:
    alone = FakeResults(small_ground(), n_runs=1, years=1, scenarios=("status_quo",))
    assert {path.name for path in plots.draw_all(alone, tmp_path)} == {
        "map.png",
        "series.png",
        "corridors.png",
    }
    single = FakeResults(small_ground(), n_runs=1, years=1)
    assert len(plots.draw_all(single, tmp_path)) == len(plots.names()) - len(OF_SWEEPS)


def test_rates_are_per_100_000_people_a_year(results: _read.Held) -> None:
    place = small_ground()
    name = _read_places.state_outcome(results, "US")
    assert name == "overdose_deaths_by_state"
    rates = _read_places.state_rates(results, name, place.population)
    table = results.regional()
    mine = table[(table["outcome"] == name) & (table["scenario"] == "kingpin") & (table["replicate"] == 2)]
    expected = mine[mine["state"] == "US-B"]["value"].mean() / place.population["US-B"] * 1e5
    assert rates.loc[("kingpin", 2), "US-B"] == pytest.approx(expected, rel=0.01)


def test_years_follow_the_window_of_the_summary(results: _read.Held) -> None:
    windowed = _read.Held(results)
    windowed.experiment = {"window_weeks": [53, 157]}
    assert sorted(_read.window_years(windowed, [2019, 2020, 2021])) == [2020, 2021]
    assert _read.span(windowed, results.regional()) == "2020–2021"


def test_interval_agrees_with_the_closed_form() -> None:
    mean, low, high = _read.interval(np.array([[1.0], [2.0], [3.0]]))
    assert mean[0] == 2.0
    assert high[0] - mean[0] == pytest.approx(2.919986 / np.sqrt(3), rel=1e-5)
    assert mean[0] - low[0] == pytest.approx(high[0] - mean[0])


@pytest.mark.parametrize(
    ("low", "high", "better", "word"),
    [
        (-2, -1, "lower", "better"),
        (1, 2, "lower", "worse"),
        (1, 2, "higher", "better"),
        (-1, 1, "lower", "unclear"),
        (1, 2, None, "changed"),
        (np.nan, np.nan, "lower", "unclear"),
    ],
)
def test_verdict(low: float, high: float, better: str, word: str) -> None:
    assert _read.verdict(low, high, better) == word


def test_standardised_difference_is_mean_over_spread(results: _read.Held) -> None:
    rows = _read.contrasts(results).set_index(["scenario", "outcome"])
    weekly = results.weekly().groupby(["scenario", "replicate"])["impunity"].mean()
    pairs = weekly.loc["network_takedown"] - weekly.loc["status_quo"]
    got = rows.loc[("network_takedown", "impunity"), "standardised"]
    assert got == pytest.approx(pairs.mean() / pairs.std(ddof=1), rel=1e-3)


def test_arrows_come_from_marks_and_else_from_names(results: _read.Held) -> None:
    assert _read_places.arrows(results)["cash"] == ["cash_going_south"]
    unmarked = _read.Held(results)
    unmarked._tables = {"dictionary": results.dictionary().assign(arrow="")}
    assert _read_places.arrows(unmarked)["guns"] == ["guns_going_south"]


def test_corridors_have_room_and_the_sea_is_off_the_coast() -> None:
    place = small_ground()
    xs = sorted(x for x, _, _ in place.corridors.values())
    assert np.diff(xs).min() > _ground.APART - 0.05
    assert place.corridors["sea"][0] < place.x.min()


def test_another_layer_of_groups_can_be_drawn(results: _read.Held, tmp_path: Path) -> None:
    groups = pd.DataFrame({"x": [1.0, 2.0], "y": [1.0, 2.0], "group": ["one", "two"]})
    assert map.draw(results, tmp_path, small_ground(), {"groups": groups})
    assert map_difference.draw(results, tmp_path, small_ground())

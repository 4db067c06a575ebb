"""Known levels: the table names what exists, measures convert units, verdicts follow the mean, a miss is no failure."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from sim.cli import main
from sim.lab import runs, validate
from sim.lab.levels import (
    MEASURES,
    ROLES,
    Level,
    Window,
    covered,
    levels,
    spearman,
    state_rates,
    value_of,
    year_of,
)
from sim.lab.scorecard import page
from sim.outcome import OUTCOMES, Commodity, Reader, by_commodity, load_outcomes
from sim.units import WEEKS_PER_YEAR
from tests.source import modules, texts

BY_ID = {level.id: level for level in levels()}
START, WEEKS = date(2019, 1, 1), 261


class Stored:
    """A store of constant weeks: every outcome has one value a week, times 1, 2, ... by replicate."""

    baseline = "status_quo"
    failed: tuple[dict[str, str], ...] = ()

    def __init__(self, per_week: dict[str, float], replicates: int = 3, weeks: int = WEEKS) -> None:
        self.per_week, self.replicates, self.weeks = per_week, replicates, weeks
        one = {"name": "status_quo", "start": str(START), "weeks": weeks, "hash": "0" * 64}
        self.experiment = {"scenarios": [one], "replicates": replicates, "seed": 1}

    def weekly(self) -> pd.DataFrame:
        week = np.arange(self.weeks)
        frames = []
        for scenario in ("status_quo", "another"):
            for i in range(self.replicates):
                scale = (i + 1.0) * (1.0 if scenario == "status_quo" else 1e6)
                keys = {"run_id": f"{scenario}-{i}", "scenario": scenario, "week": week}
                frames.append(pd.DataFrame(keys | {name: v * scale for name, v in self.per_week.items()}))
        return pd.concat(frames, ignore_index=True)

    def regional(self) -> pd.DataFrame:
        rows = [
            ("status_quo-0", "status_quo", year, state, "homicides_organised_by_state", float(rank))
            for year in range(2019, 2024)
            for rank, state in enumerate(sorted(state_rates()))
        ]
        return pd.DataFrame(rows, columns=["run_id", "scenario", "year", "state", "outcome", "value"])


def a_level(low: float = 10.0, high: float = 20.0, **options: object) -> Level:
    return replace(BY_ID["use_cocaine"], low=low, high=high, **options)


def weekly(**columns: float) -> Window:
    return Window(pd.DataFrame({name: np.full(52, value) for name, value in columns.items()}), pd.DataFrame())


def test_every_row_has_a_measure_an_outcome_and_a_band():
    known = load_outcomes()
    assert len(BY_ID) == len(levels()) == 43
    for level in levels():
        assert level.measure in MEASURES and level.role in ROLES and level.chain and level.basis
        assert 0 < level.low < level.high and level.divide_by > 0
        assert 2019 <= level.years[0] <= level.years[1] <= 2023
        assert set(level.of) | set(level.over) <= known.keys(), level.id
        assert bool(level.over) == (level.measure == "share")
        places = {known[name].level for name in (*level.of, *level.over)}
        assert places == ({"regional"} if level.measure == "rank_correlation" else {"national"})


def test_measures_fit_the_kind_of_outcome():
    """Only what a year adds up may be summed, only a state of a week or a rate per week averaged."""
    known = load_outcomes()
    for level in levels():
        totals = {known[name].total for name in (*level.of, *level.over)}
        if level.measure == "yearly" or level.measure == "share":
            assert totals == {"sum"}, level.id
        elif level.measure == "average":
            assert totals == {"mean"} or level.unit.endswith("/week"), level.id


FACTOR = {"billion": 1e9, "million": 1e6, "pure t": 1.0, "t": 1.0, "USD per pure g": 1.0, "hours": 1.0}
UNIT = {
    "billion": {"USD"},
    "million": {"people", "crossings"},
    "t": {"t"},
    "pure t": {"t"},
    "deaths": {"deaths"},
    "guns": {"guns"},
    "people": {"people"},
    "hours": {"hours"},
    "USD per pure g": {"USD/g"},
    "ratio": {"ratio"},
    "fraction": {"1"},
}


@pytest.mark.parametrize("level", levels(), ids=lambda level: level.id)
def test_units_of_rows_follow_from_those_of_outcomes(level):
    if level.measure in ("share", "rank_correlation"):
        assert level.divide_by == 1 and level.is_share
        return
    word = level.unit.removesuffix("/yr").removesuffix("/week")
    word = word.split()[0] if word.startswith(("billion", "million")) else word
    assert level.divide_by == FACTOR.get(word, 1.0)
    assert {load_outcomes()[name].unit for name in level.of} <= UNIT[word]
    assert (level.measure == "yearly") == ("/yr" in level.unit or level.unit == "deaths/yr")


def test_measures_on_constant_weeks():
    tonnes = value_of(BY_ID["use_meth"], weekly(use_methamphetamine=4.6))
    assert tonnes == pytest.approx(4.6 * WEEKS_PER_YEAR)
    spent = value_of(BY_ID["spend_opioids"], weekly(spending_heroin=2e8, spending_fentanyl=1e8))
    assert spent == pytest.approx(0.3 * WEEKS_PER_YEAR)
    assert value_of(BY_ID["users_cocaine"], weekly(chronic_users_cocaine=2.4e6)) == pytest.approx(2.4)
    assert value_of(BY_ID["recruits"], weekly(recruits=360.0)) == pytest.approx(360)
    seized = {"seized_ports_fentanyl": 0.08, "seized_border_fentanyl": 0.1}
    assert value_of(BY_ID["ports_share_fentanyl"], weekly(**seized)) == pytest.approx(0.8)
    assert math.isnan(value_of(BY_ID["interdiction_cocaine"], weekly(found_cocaine=0.0, sent_cocaine=0.0)))
    deaths = weekly(overdose_involving_cocaine=20.0, overdose_deaths=80.0, overdose_background=20.0)
    assert value_of(BY_ID["od_cocaine_share"], deaths) == pytest.approx(0.2)


def test_rank_correlation_on_known_cases():
    assert spearman([1, 2, 3, 4], [10, 20, 30, 40]) == pytest.approx(1)
    assert spearman([1, 2, 3, 4], [9, 7, 5, 1]) == pytest.approx(-1)
    # By hand: d = (0, -1, 1, -1, 1), 1 - 6 * 4 / (5 * 24) = 0.8
    assert spearman([1, 2, 3, 4, 5], [1, 3, 2, 5, 4]) == pytest.approx(0.8)
    assert spearman([1, 1, 2], [1, 1, 5]) == pytest.approx(1), "ties take their mean rank"
    assert math.isnan(spearman([1, 1, 1], [1, 2, 3]))


def test_deaths_of_states_are_taken_per_person():
    from sim.world.world import world

    states, known = world().states, state_rates()
    assert len(known) == 32
    people = dict(zip(states.code, states.population, strict=True))
    rows = [(2019, s, "homicides_organised_by_state", rate * people[s]) for s, rate in known.items()]
    table = pd.DataFrame(rows, columns=["year", "state", "outcome", "value"])
    assert value_of(BY_ID["mx_state_spread"], Window(pd.DataFrame(), table)) == pytest.approx(1)


@pytest.mark.parametrize(
    ("values", "verdict", "factor", "distance"),
    [
        ((15.0, 15.0), "inside", 1, 0),
        ((10.0, 10.0), "inside", 1, 0),
        ((5.0, 35.0), "inside", 1, 0),
        ((40.0, 40.0), "above, x 2", 2, 20),
        ((2.0, 3.0), "below, x 4", 4, 7.5),
        ((0.0, 0.0), "below, no finite factor", math.inf, 10),
        ((math.nan, math.nan), "not covered", math.nan, math.nan),
    ],
)
def test_verdict_is_of_the_mean(values, verdict, factor, distance):
    found = validate.judge(a_level(), values)
    assert found.verdict == verdict
    assert [found.factor, found.distance] == pytest.approx([factor, distance], nan_ok=True)
    assert found.within_margin == (factor <= 3)
    json.dumps(found.data(), allow_nan=False)


def test_margin_of_a_share_is_a_distance():
    share = a_level(0.5, 1.0, unit="fraction")
    assert validate.judge(share, [0.36]).within_margin and not validate.judge(share, [0.34]).within_margin
    tiny = a_level(0.001, 0.01, unit="fraction/yr")
    assert validate.judge(tiny, [0.0001]).within_margin and validate.judge(tiny, [0.0001]).factor > 3


def test_weeks_belong_to_the_year_of_their_first_day():
    years = year_of(START, np.arange(WEEKS))
    assert [int((years == year).sum()) for year in range(2019, 2024)] == [53, 52, 52, 52, 52]
    assert covered(BY_ID["members"], years) and not covered(BY_ID["members"], years[:180])


def test_a_store_is_read_over_the_windows_of_its_baseline():
    judged = {item.level.id: item for item in validate.validate(Stored({"members": 1e5, "homicides": 300.0}))}
    assert judged["members"].simulated.mean == pytest.approx(2e5)
    assert judged["members"].simulated.n == 3 and judged["members"].simulated.low < 2e5
    assert judged["mx_homicides"].simulated.mean == pytest.approx(600 * WEEKS_PER_YEAR)
    assert judged["use_cocaine"].verdict == "not covered"
    assert judged["mx_state_spread"].simulated.n == 1
    short = {item.level.id: item for item in validate.validate(Stored({"members": 1e5}, weeks=100))}
    assert short["members"].verdict == "not covered"


def test_misses_come_first_and_are_counted():
    values = {"members": 1e5, "recruits": 1.0, "members_lost": 800.0, "homicides": 100.0}
    store = Stored(values)
    judged = validate.validate(store)
    order = [item.level.id for item in validate.misses_first(judged) if item.known]
    assert [name for name in order if name != "mx_state_spread"] == [
        "recruits",
        "losses",
        "mx_homicides",
        "members",
    ]
    data = validate.as_data(store, judged)
    json.dumps(data, allow_nan=False)
    assert sum(row["rows"] for row in data["by_role"].values()) == len(data["levels"]) == 43
    assert {"id", "mean", "low", "high", "inside", "role", "window"} <= data["levels"][0].keys()
    text = page(store, judged)
    assert text.index("`recruits`") < text.index("## Levels inside") < text.index("`members`")


def test_command_gives_0_with_misses(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(runs, "FACTORY", "tests.fake_model:FakeModel")
    monkeypatch.setattr(runs, "LOADER", "tests.fake_model:load")
    monkeypatch.chdir(tmp_path)
    assert main(["validate", "-n", "2", "-j", "1", "--json", "--scorecard", "card.md"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert {row["verdict"] for row in data["levels"]} == {"not covered"}
    assert (tmp_path / "results" / "validate" / "figures" / "levels.png").stat().st_size > 10_000
    assert (tmp_path / "card.md").read_text(encoding="utf-8").startswith("# Scorecard")
    assert main(["validate", "results/validate", "-q", "--no-figures"]) == 0
    assert main(["validate", "nowhere"]) == 2


def test_no_process_reads_the_test_data():
    readers = {
        name
        for name, tree in modules().items()
        if any(word in text.value for text in texts(tree) for word in ("state_rates", "validation"))
    }
    assert readers <= {
        "sim.lab.levels",
        "sim.lab.validate",
        "sim.lab.findings",
        "sim.cli.validating",
        "sim.lab.scorecard",
    }


# Outcomes by commodity


@pytest.fixture
def registry(monkeypatch):
    load_outcomes()
    before = dict(OUTCOMES)
    yield OUTCOMES
    OUTCOMES.clear()
    OUTCOMES.update(before)


def test_an_outcome_by_commodity_is_one_outcome_each(registry):
    calls = []

    def eaten(run):
        """Pure {} eaten."""
        calls.append(run)
        return np.array([1.0, 2.0, 3.0])

    some = (Commodity(0, "rice", "Rice"), Commodity(2, "figs", "Figs"))
    by_commodity("t", some, better="lower", title="eaten up")(eaten)
    made = [registry["eaten_rice"], registry["eaten_figs"]]
    assert "eaten_beans" not in registry
    assert [item.title for item in made] == ["eaten up, rice", "eaten up, figs"]
    assert made[0].doc == "Pure rice eaten." and made[0].family == "test_validate"
    reader = Reader(made)
    assert dict(zip(reader.names, reader.read(None), strict=True)) == {"eaten_rice": 1.0, "eaten_figs": 3.0}
    assert len(calls) == 1
    assert made[1].fn(None) == 3.0
    with pytest.raises(ValueError, match="no docstring"):
        by_commodity("t", some)(lambda run: np.zeros(3))


def test_parts_of_commodities_add_up():
    """On a made-up tally: parts add up to the totals, ports are part of the border, prices are means over use."""
    from types import SimpleNamespace

    from sim.world.world import world

    here, rng = world(), np.random.default_rng(4)
    shape = {"lane": here.lanes.n, "area": here.areas.n, "plaza": here.plazas.n, "drug": here.drugs.n}
    shape |= {"group": 6, "trade": here.drugs.n + 5, "use": 7, "cause": 6, "site": here.sites.n, "gun": 2}
    shape |= {"case": 3, "country": 2, "court": 33}
    from sim.state.tally import Tally

    tally = Tally(1, shape)
    for name in Tally.columns:
        getattr(tally, name)[:] = rng.random(getattr(tally, name).shape)
    area_prices = {name: rng.random((shape["area"], shape["drug"])) for name in ("price", "price_border")}
    areas = SimpleNamespace(**area_prices, need=rng.random((shape["area"], shape["drug"], 2)))
    run = SimpleNamespace(world=here, tally=tally, areas=areas)
    mine = [item for item in load_outcomes().values() if item.family == "commodities"]
    reader = Reader(mine)
    values = dict(zip(reader.names, reader.read(run), strict=True))

    def of(base: str) -> list[float]:
        return [value for name, value in values.items() if name.rsplit("_", 1)[0] == base]

    assert sum(of("income")) == pytest.approx(load_outcomes()["drug_income"].fn(run))
    assert sum(of("sent")) == pytest.approx(load_outcomes()["drugs_sent"].fn(run))
    assert sum(of("spending")) == pytest.approx(load_outcomes()["retail_spending"].fn(run))
    assert all(0 < p < b for p, b in zip(of("seized_ports"), of("seized_border"), strict=True))
    for i, price in enumerate(of("retail_price")):
        low, high = area_prices["price"][:, i].min(), area_prices["price"][:, i].max()
        assert low < price * 1e3 < high

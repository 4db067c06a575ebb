"""Scenario files: every fault told at once and never a traceback; merges, weeks, hashes and round trips."""

from __future__ import annotations

import datetime as dt
import json
import pickle
import tomllib
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.catalogue import Event, Field, Own, Policy, Step
from sim.errors import InputError
from sim.parameters import Parameter
from sim.scenario import Names, Scenario, json_schema, load
from sim.toml_text import document
from tests.strategies import SCENARIO, mutated_scenarios


class Kingpin(Policy):
    name = "kingpin_targeting"
    where_axes = ("groups", "states")
    parameters: ClassVar[dict[str, Own]] = {"delay": Own("weeks", 2.0, 0.0, 10.0, "A1")}


class Vetting(Policy):
    name = "vetting"
    excludes = ("amnesty",)


class Amnesty(Policy):
    name = "amnesty"


class LeaderRemoved(Event):
    kind = "leader_removed"
    fields: ClassVar[dict[str, Field]] = {
        "group": Field("group", "whose leader", required=True),
        "how": Field("text", "what happened", "captured", choices=("captured", "killed")),
        "size": Field("number", "how many", 1.0, low=1.0, high=5.0),
        "note": Field("text", "free"),
    }


ROWS = [
    Parameter("relapse_rate", "1/yr", 0.6, 0.2, 1.2, "A3", "memory"),
    Parameter("prosecutors_per_100k_mx", "officers/100k", 7.0, 1.0, 20.0, "A4", "memory"),
    Parameter(
        "price_pass_through", "switch", "additive", 0, 0, "A1", "assumed", "", ("additive", "multiplicative")
    ),
]
NAMES = Names(
    {row.name: row for row in ROWS},
    {policy.name: policy for policy in (Kingpin, Vetting, Amnesty)},
    {"leader_removed": LeaderRemoved},
    {"groups": ["SIN", "CJN", "GLF"]},
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, text: str) -> Path:
    path = Path(f"{name}.toml")
    path.write_text(text, encoding="utf-8")
    return path


def read(text: str, **sets: object) -> Scenario:
    return load(write("mine", text), sets=sets, names=NAMES)


def faults(text: str, **sets: object) -> str:
    with pytest.raises(InputError) as caught:
        read(text, **sets)
    return str(caught.value)


def test_a_full_file_loads() -> None:
    plan = read(SCENARIO)
    assert (plan.name, plan.title, plan.years, plan.n_weeks) == ("mine", "A base", 10.0, 522)
    assert plan.parameters == {"relapse_rate": 0.7, "price_pass_through": "multiplicative"}
    kingpin, vetting = plan.policies["kingpin_targeting"], plan.policies["vetting"]
    assert kingpin.steps == (Step(104, 0.8, 26),) and kingpin.own == {"delay": 3.0}
    assert kingpin.where == {"groups": ("CJN", "SIN")}
    assert vetting.steps == (Step(53, 0.5, 4), Step(200, -0.25, 0), Step(365, 0.0, 0))
    assert [vetting.intensity_at(week) for week in (52, 100, 200, 400)] == [0.0, 0.5, -0.25, 0.0]
    event = plan.events[0]
    assert (event.kind, event.week, event.fields["how"], event.fields["note"]) == (
        "leader_removed",
        126,
        "captured",
        None,
    )
    assert plan.changes[0].value_at(10, 0.6) == 0.6 and plan.changes[0].value_at(100, 0.6) == 0.9
    assert plan.uncertain["relapse_rate"].high == 1.1


def test_weeks_start_at_the_start() -> None:
    plan = Scenario(start=dt.date(2019, 1, 1))
    assert [plan.week_of(dt.date(2019, 1, day)) for day in (1, 7, 8, 15)] == [0, 0, 1, 2]
    assert plan.week_of(dt.date(2018, 12, 31)) == -1
    assert all(plan.week_of(plan.date_of(week)) == week for week in (-156, 0, 1, 521))


def test_five_different_faults_are_all_listed() -> None:
    text = faults("""schema = 1
titel = "x"
[run]
years = -3
[parameters]
prosecutors_per_100k_mx = 900
[policies.kingpin_targetting]
intensity = 0.5
[[events]]
kind = "leader_removed"
group = "SIN"
date = 2018-06-07
""")
    assert text.startswith("5 faults")
    assert "mine.toml: titel" in text and "did you mean 'title'" in text
    assert "mine.toml: run.years: read -3; expected a number of years, above 0 and at most 200" in text
    assert "read 900; expected a number from 1 to 20 (officers/100k)" in text
    assert "did you mean 'kingpin_targeting'" in text
    assert (
        "events[1].date: read datetime.date(2018, 6, 7); expected a date from the start, 2019-01-01" in text
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "[policies.vetting]\nintensity = 1.5",
            "policies.vetting.intensity: read 1.5; expected a number from -1 to 1",
        ),
        ("[policies.vetting]\nintensity = true", "policies.vetting.intensity: read True"),
        ("[policies.vetting]\nwhere = { groups = ['SIN'] }", "acts everywhere"),
        ("[policies.kingpin_targeting]\nwhere = { group = ['SIN'] }", "did you mean 'groups'"),
        ("[policies.kingpin_targeting]\nwhere = { groups = ['SIM'] }", "did you mean 'SIN'"),
        ("[policies.kingpin_targeting]\nwhere = 3", "a table of lists of names"),
        ("[policies.kingpin_targeting]\ndelay = 30", "a number from 0 to 10 (weeks)"),
        ("[policies.kingpin_targeting]\nintensty = 0.3", "did you mean 'intensity'"),
        ("[policies.kingpin_targeting]\nbudget_from = 'veting'", "did you mean 'vetting'"),
        ("[policies.vetting]\nstart = 2018-01-01", "a date from the start"),
        ("[policies.vetting]\nstart = 2020-01-01\nend = 2019-06-01", "after the last step"),
        ("[policies.vetting]\nstart = '2020-01-01'", "without quotes"),
        ("[policies.vetting]\nsteps = [{ intensity = 1 }]", "either date"),
        ("[policies.vetting]\nsteps = [{ week = 1, date = 2020-01-01, intensity = 1 }]", "either date"),
        ("[policies.vetting]\nsteps = [{ week = 1 }]", "Add the key 'intensity'"),
        (
            "[policies.vetting]\nsteps = [{ week = 1, intensity = 1, rampweeks = 3 }]",
            "did you mean 'ramp_weeks'",
        ),
        (
            "[policies.vetting]\nsteps = [{ week = 1, intensity = 1 }, { week = 1, intensity = 0 }]",
            "one step in a week",
        ),
        ("[policies.vetting]\nintensity = 1\nsteps = [{ week = 1, intensity = 1 }]", "either steps or start"),
        ("[policies.vetting]\n[policies.amnesty]", "they exclude each other"),
        ("[policies]\ndate = 2021-06-07", "policies.date"),
        ("[[events]]\nkind = 'leader_remove'\nweek = 3", "did you mean 'leader_removed'"),
        ("[[events]]\nkind = 'leader_removed'\nweek = 3", "Add the key 'group'"),
        (
            "[[events]]\nkind = 'leader_removed'\nweek = 3\ngroup = 'SIN'\nhow = 'kiled'",
            "did you mean 'killed'",
        ),
        ("[[events]]\nkind = 'leader_removed'\nweek = 3\ngroup = 'SIN'\nsize = 9", "a number from 1 to 5"),
        ("[[events]]\nkind = 'leader_removed'\nweek = -3\ngroup = 'SIN'", "a whole number of weeks"),
        ("[[events]]\nweek = 3", "Add the key 'kind'"),
        ("events = 3", "entries [[events]]"),
        (
            "[[changes]]\nparameter = 'relapse_rates'\nsteps = [{ week = 1, value = 1 }]",
            "did you mean 'relapse_rate'",
        ),
        (
            "[[changes]]\nparameter = 'relapse_rate'\nsteps = [{ week = 1, value = 9 }]",
            "from 0.2 to 1.2 (1/yr)",
        ),
        ("[[changes]]\nparameter = 'price_pass_through'\nsteps = [{ week = 1, value = 1 }]", "not a switch"),
        ("[parameters]\nprice_pass_through = 'additiv'", "did you mean 'additive'"),
        ("[uncertain]\nrelapse_rate = { low = 0.9, high = 0.3 }", "low < high"),
        ("[uncertain]\nrelapse_rate = { low = 0.01, high = 0.3 }", "from 0.2 to 1.2"),
        ("[uncertain]\nrelapse_rate = { low = 0.3, high = 0.4, dist = 'normall' }", "one of 'uniform'"),
        ("[run]\nstart = 0001-01-01", "a date from 1900"),
        ("[run]\npeople_per_agent = 10.5", "a whole number of people"),
        ("extends = 'nowhere_to_be_found'", "the name of a scenario"),
        ("x = [", "a TOML file"),
    ],
)
def test_each_fault_is_told(line: str, told: str) -> None:
    assert told in faults("schema = 1\n" + line)


def test_schema_is_asked_for() -> None:
    assert "Add the key 'schema'" in faults("title = 'x'")
    assert "the version" in faults("schema = 2")


@given(mutated_scenarios())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_mutated_file_gives_a_scenario_or_a_list_of_faults(data: bytes) -> None:
    path = Path("mutant.toml")
    path.write_bytes(data)
    try:
        plan = load(path, names=NAMES)
    except InputError as error:
        assert error.faults and str(error).encode("utf-8")
    else:
        assert load(write("again", plan.to_toml()), names=NAMES).hash == plan.hash


def test_round_trip_and_hash() -> None:
    plan = read(SCENARIO)
    again = load(write("again", plan.to_toml()), names=NAMES)
    assert again.hash == plan.hash and hash(again) == hash(plan) and not plan.diff(again)
    assert again.title == plan.title and again.source == plan.source
    assert read(SCENARIO.replace("A base", "B").replace("nobody", "me")).hash == plan.hash
    assert (
        read(SCENARIO.replace("2021-01-01", "2021-01-03")).hash
        != read(SCENARIO.replace("= 0.8", "= 0.7")).hash
    )
    assert pickle.loads(pickle.dumps(plan)) == plan


def test_every_number_of_a_file_changes_the_hash() -> None:
    plan = read(SCENARIO)
    changes = [
        ("years = 10", "years = 9"),
        ("= 0.7", "= 0.71"),
        ("26", "27"),
        ("-0.25", "0.25"),
        ('"SIN"\n', '"GLF"\n'),
    ]
    changes += [
        ("2021-06-07", "2021-06-14"),
        ("value = 0.9", "value = 0.8"),
        ("delay = 3", "delay = 4"),
        ("1.1", "1.0"),
    ]
    hashes = {read(SCENARIO.replace(old, new, 1)).hash for old, new in changes}
    assert len(hashes | {plan.hash}) == len(changes) + 1


def test_extends_says_only_what_differs() -> None:
    write("base", SCENARIO)
    plan = read(
        "schema = 1\nextends = 'base'\n[policies.kingpin_targeting]\nintensity = 0.2\n[run]\nyears = 6"
    )
    base = load("base", names=NAMES)
    paths = [path for path, _, _ in plan.diff(base)]
    assert paths == ["policies.kingpin_targeting.intensity", "run.years", "source", "title"]
    steps = read(
        "schema = 1\nextends = 'base'\n[policies.kingpin_targeting]\nsteps = [{ week = 3, intensity = 1 }]"
    )
    assert steps.policies["kingpin_targeting"].steps == (Step(3, 1.0, 0),)
    later = read("schema = 1\nextends = 'base'\n[policies.vetting]\nstart = 2022-01-01\n")
    assert later.policies["vetting"].steps[0].week == 156


def test_faults_name_the_file_they_are_in() -> None:
    write("base", SCENARIO.replace("delay = 3", "delay = 30"))
    text = faults("schema = 1\nextends = 'base'\n[parameters]\nrelapse_rate = 9\n")
    assert (
        "base.toml: policies.kingpin_targeting.delay" in text and "mine.toml: parameters.relapse_rate" in text
    )


def test_cycles_are_told() -> None:
    write("a", "schema = 1\nextends = 'b'")
    write("b", "schema = 1\nextends = 'a'")
    with pytest.raises(InputError, match="a -> b -> a"):
        load("a", names=NAMES)
    assert "no cycle" in faults("schema = 1\nextends = 'mine'")


def test_plus_merges_and_shared_parents_count_once() -> None:
    write("base", SCENARIO)
    write("one", "schema = 1\ntitle = 'One'\nextends = 'base'\n[parameters]\nrelapse_rate = 1.0\n")
    write(
        "two",
        "schema = 1\ntitle = 'Two'\nextends = 'base'\n[policies.vetting]\nsteps = [{ week = 9, intensity = 1 }]\n",
    )
    both = load("one+two", names=NAMES)
    assert both.name == "one+two" and both.title == "One + Two"
    assert both.parameters["relapse_rate"] == 1.0 and len(both.events) == 1
    assert both.policies["vetting"].steps == (Step(9, 1.0, 0),)
    assert both.hash == load("two + one", names=NAMES).hash


def test_sets() -> None:
    write("base", SCENARIO)
    sets = {
        "policies.kingpin_targeting.intensity": "0.5",
        "parameters.price_pass_through": "additive",
        "run.years": "6",
        "people_per_agent": 1000,
        "relapse_rate": 0.5,
        "policies.kingpin_targeting.where.groups": "GLF",
        "policies.amnesty.intensity": 0,
        "title": "Mine",
    }
    plan = load("base", sets=sets, names=NAMES)
    assert plan.policies["kingpin_targeting"].steps == (Step(104, 0.5, 26),)
    assert (plan.years, plan.people_per_agent, plan.title) == (6.0, 1000, "Mine")
    assert plan.parameters == {"relapse_rate": 0.5, "price_pass_through": "additive"}
    assert plan.policies["kingpin_targeting"].where == {"groups": ("GLF",)}
    assert load(load("base", names=NAMES), sets=sets, names=NAMES) == plan
    assert load("base", sets={"weeks": 26}, names=NAMES).n_weeks == 26
    assert (
        load("base", sets={"kingpin_targeting": -1}, names=NAMES)
        .policies["kingpin_targeting"]
        .steps[0]
        .intensity
        == -1
    )


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("run.yeers", 3, "did you mean 'years'"),
        ("yeers", 3, "did you mean 'years'"),
        ("relapse_rat", 3, "did you mean 'relapse_rate'"),
        ("run.years", "many", "a number of years"),
        ("policies.vetting.intensity", 0.4, "either steps or start"),
        ("events.0.date", "2020-01-01", "--set"),
        ("policies..intensity", 1, "--set"),
        ("", 1, "--set"),
        ("parameters.relapse_rate", object(), "a number from"),
        ("start", "2030-01-01", "a date from the start"),
    ],
)
def test_bad_sets_are_told(path: str, value: object, told: str) -> None:
    assert told in faults(SCENARIO, **{path: value})


@given(
    st.text(max_size=30),
    st.one_of(st.text(max_size=20), st.floats(), st.integers(), st.none(), st.lists(st.none())),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_set_gives_a_scenario_or_faults(path: str, value: Any) -> None:
    for head in ("", "run.", "parameters.relapse_rate", "policies.vetting.", "uncertain.x."):
        try:
            Scenario().with_sets({head + path: value}, names=NAMES)
        except InputError as error:
            assert error.faults


def test_a_live_step_is_added_and_replays() -> None:
    plan = read(SCENARIO)
    live = plan.with_step("kingpin_targeting", 40, 0.3, names=NAMES)
    assert live.policies["kingpin_targeting"].steps == (Step(40, 0.3, 0), Step(104, 0.8, 26))
    assert live.policies["kingpin_targeting"].own == {"delay": 3.0}
    assert live.with_step("kingpin_targeting", 40, 0.1, 4, names=NAMES).policies["kingpin_targeting"].steps[
        0
    ] == Step(40, 0.1, 4)
    new = Scenario().with_step("vetting", 7, -1.0, names=NAMES)
    assert new.policies["vetting"].steps == (Step(7, -1.0, 0),)
    assert load(write("live", live.to_toml()), names=NAMES).hash == live.hash
    for bad in (("veting", 1, 0.5), ("vetting", -1, 0.5), ("vetting", 1, 1.5)):
        with pytest.raises(InputError):
            plan.with_step(*bad, names=NAMES)


def test_names_are_looked_up_here_and_in_scenarios(here: Path) -> None:
    (here / "scenarios").mkdir()
    (here / "scenarios" / "near.toml").write_text("schema = 1\ntitle = 'Near'")
    assert load("near", names=NAMES).title == "Near"
    assert load("scenarios/near.toml", names=NAMES).name == "near"
    for strange in ("nea", "../near", "", "+", "a\x00b", "x" * 5000):
        with pytest.raises(InputError):
            load(strange, names=NAMES)


def test_json_schema_names_what_exists() -> None:
    schema = json.loads(json.dumps(json_schema(NAMES), default=str))
    assert schema["properties"]["parameters"]["properties"]["relapse_rate"]["maximum"] == 1.2
    assert "vetting" in schema["properties"]["policies"]["propertyNames"]["enum"]
    assert schema["required"] == ["schema"]


values = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
    st.integers(-(2**60), 2**60),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(min_value=dt.date(1900, 1, 1)),
)
keys = st.text("aé. -", max_size=4)
nested = st.recursive(
    values,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=8,
)


@given(st.dictionaries(st.text("ab_é.\n", max_size=5), nested, max_size=5))
@settings(max_examples=100, deadline=None)
def test_the_writer_is_the_inverse_of_the_reader(content: dict[str, Any]) -> None:
    assert tomllib.loads(document(content)) == content

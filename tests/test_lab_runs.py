"""The plan: sorted, stable, cut into chunks of bounded work; faults are all listed."""

from __future__ import annotations

import pytest

from sim.errors import InputError
from sim.lab import runs
from sim.lab.experiment import is_experiment, merged, parse_sets, read
from sim.lab.runs import make_plan, same_experiment

FAKE = {"factory": "tests.fake_model:FakeModel", "loader": "tests.fake_model:load"}


def test_plan_does_not_depend_on_the_order_of_scenarios():
    first = make_plan(["hard", "base", "soft"], replicates=3, **FAKE)
    second = make_plan(["soft", "hard", "base"], replicates=3, **FAKE)
    assert first == second
    assert [run.scenario for run in first.runs] == ["base"] * 3 + ["hard"] * 3 + ["soft"] * 3
    assert len({run.run_id for run in first.runs}) == 9


def test_a_replicate_has_one_seed_in_all_scenarios_and_draws():
    plan = make_plan(
        ["hard", "base"], replicates=2, seed=5, draws=[{"parameters.a": 1}, {"parameters.a": 2}], **FAKE
    )
    assert {(run.replicate, run.seed) for run in plan.runs} == {(0, 5), (1, 6)}
    assert plan.scenario_of(plan.runs[-1]).parameters == {"a": 2.0}
    assert all(len({(run.replicate, run.draw) for run in chunk.runs}) == 1 for chunk in plan.chunks)


def test_run_id_is_stable_and_changes_with_the_scenario():
    ids = {run.run_id for run in make_plan(["base"], replicates=2, **FAKE).runs}
    assert ids == {run.run_id for run in make_plan(["base"], replicates=5, **FAKE).runs if run.replicate < 2}
    assert not ids & {run.run_id for run in make_plan(["base"], replicates=2, weeks=20, **FAKE).runs}


def test_chunks_hold_at_most_a_minute(monkeypatch):
    monkeypatch.setattr(runs, "WEEK_SECONDS", 0.2)
    plan = make_plan(["base", "hard", "soft"], replicates=1, **FAKE)
    assert [len(chunk.runs) for chunk in plan.chunks] == [2, 1]
    monkeypatch.setattr(runs, "WEEK_SECONDS", 20.0)
    assert [len(chunk.runs) for chunk in make_plan(["base", "hard"], **FAKE).chunks] == [1, 1]


def test_windows_follow_the_first_policy():
    plan = make_plan(["base", "hard"], **FAKE)
    assert (plan.window, plan.start_window) == ((60, 104), (8, 60))
    assert make_plan(["base"], **FAKE).window == (0, 104)
    assert make_plan(["base"], **FAKE).start_window == (0, 26)


def test_baseline():
    assert make_plan(["hard", "status_quo", "base"], **FAKE).baseline == "status_quo"
    assert make_plan(["hard", "base"], **FAKE).baseline == "base"
    assert make_plan(["hard", "base"], baseline="hard", **FAKE).baseline == "hard"


def test_all_faults_are_listed():
    with pytest.raises(InputError) as error:
        make_plan(["bas", "hard", "hard"], replicates=0, seed=-1, weeks=0, baseline="hrd", **FAKE)
    assert [fault.where for fault in error.value.faults] == [
        "replicates", "seed", "weeks", "scenario", "scenarios", "baseline",
    ]  # fmt: skip
    assert error.value.faults[3].nearest == "base"


def test_another_experiment_may_not_be_resumed():
    old = make_plan(["base", "hard"], replicates=2, **FAKE).record()
    new = make_plan(["base", "soft"], replicates=3, **FAKE).record()
    assert same_experiment(old, old) == []
    wheres = [fault.where for fault in same_experiment(old, new)]
    assert wheres == ["--resume, replicates", "--resume, scenario hard", "--resume, scenario soft"]


def test_experiment_file(tmp_path):
    file = tmp_path / "few.toml"
    file.write_text('scenarios = ["base", "hard"]\nreplicates = 3\n[set]\n"run.years" = 1\n')
    assert is_experiment(file)
    options = merged(read(file), {"replicates": 2, "seed": None})
    assert options == {
        "scenarios": ["base", "hard"],
        "name": "few",
        "sets": {"run.years": 1},
        "replicates": 2,
    }
    file.write_text('scenarios = []\nreplicats = 3\nseed = "x"\nschema = 2\n')
    with pytest.raises(InputError) as error:
        read(file)
    assert len(error.value.faults) == 4


def test_sets_are_read_as_toml_or_as_words():
    found = parse_sets(["a.b=0.5", "c = word", "d=[1, 2]", "e=2020-01-02", "f=x=y"])
    assert found["a.b"] == 0.5 and found["c"] == "word" and found["d"] == [1, 2] and found["f"] == "x=y"
    with pytest.raises(InputError):
        parse_sets(["nothing"])

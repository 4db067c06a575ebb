"""The model as a whole: Mesa's own tools, dice, resuming, policies at zero and in any order."""

from __future__ import annotations

import gc
import weakref

import mesa
import numpy as np
import pandas as pd
import pytest

from sim.errors import LedgerLeak
from sim.model import WEEK, Model
from sim.state.run import process

SMALL = {"people_per_agent": 1000, "years": 0.25}
pytestmark = pytest.mark.compat


def run_for(model: Model, weeks: int) -> Model:
    for _ in range(weeks):
        model.step()
    return model


def states_equal(one: dict, other: dict) -> list[str]:
    """Names of arrays that differ by a bit."""
    assert one.keys() == other.keys()
    return [name for name in one if one[name].tobytes() != other[name].tobytes()]


def test_batch_run_of_mesa_gives_the_same_weeks() -> None:
    results = pd.DataFrame(
        mesa.batch_run(
            Model,
            {"rng": [1, 2], **SMALL},
            number_processes=1,
            max_steps=10,
            data_collection_period=1,
            display_progress=False,
        )
    )
    for seed in (1, 2):
        own = run_for(Model(rng=seed, **SMALL), 10).record.weekly()
        theirs = results[results["rng"] == seed].drop_duplicates("Step").sort_values("Step")
        theirs = theirs[theirs["homicides"].notna()]
        for name in ("homicides", "overdose_hazard", "drug_income", "members"):
            np.testing.assert_array_equal(theirs[name].to_numpy(np.float32)[:10], own[name].to_numpy())


def test_a_dropped_model_is_freed() -> None:
    model = Model(rng=1, **SMALL)
    model.step()
    seen = weakref.ref(model)
    del model
    gc.collect()
    assert seen() is None


def test_text_of_an_int_is_a_seed() -> None:
    assert Model(rng="7", **SMALL).seed == Model(rng=7, **SMALL).seed == 7


def test_the_cache_serves_the_same_state_as_a_fresh_spin_up(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("CONTRAFLOW_CACHE", str(tmp_path))
    fresh = Model(rng=3, **SMALL)
    cached = Model(rng=3, **SMALL)
    assert not fresh.spin_up_cached and cached.spin_up_cached
    assert states_equal(run_for(fresh, 3).snapshot(), run_for(cached, 3).snapshot()) == []


def test_resuming_equals_running_through() -> None:
    through = run_for(Model("kingpin", rng=2, **SMALL | {"years": 2}), 5)
    saved = through.snapshot()
    run_for(through, 6)
    resumed = Model("kingpin", rng=2, **SMALL | {"years": 2})
    resumed.restore(saved)
    run_for(resumed, 6)
    assert states_equal(through.snapshot(), resumed.snapshot()) == []


@pytest.mark.parametrize("scenario", ["kingpin", "network_takedown", "demand_reduction"])
def test_a_policy_at_zero_intensity_changes_no_bit(scenario: str) -> None:
    base = run_for(Model("status_quo", rng=4, **SMALL), 8)
    zero = Model("status_quo", rng=4, **SMALL)
    for name in Model(scenario, rng=4, **SMALL).plan.policies:
        zero.set_policy(name, 0.0)
    assert states_equal(base.snapshot(), run_for(zero, 8).snapshot()) == []


def test_policies_commute() -> None:
    one = run_for(Model("status_quo+kingpin+demand_reduction", rng=5, **SMALL | {"start": "2020-01-01"}), 6)
    other = run_for(Model("status_quo+demand_reduction+kingpin", rng=5, **SMALL | {"start": "2020-01-01"}), 6)
    assert states_equal(one.snapshot(), other.snapshot()) == []


def test_a_policy_in_force_changes_the_run() -> None:
    base = run_for(Model("status_quo", rng=5, **SMALL), 12).record.weekly()
    model = Model("status_quo", rng=5, **SMALL)
    model.set_policy("treatment_expansion", 1.0)
    changed = run_for(model, 12).record.weekly()
    assert (base["people_in_treatment"] != changed["people_in_treatment"]).any()


def test_a_live_edit_replays_from_the_saved_plan(tmp_path) -> None:  # type: ignore[no-untyped-def]
    live = run_for(Model("status_quo", rng=6, **SMALL), 3)
    live.set_policy("kingpin_targeting", 0.8)
    run_for(live, 6)
    file = tmp_path / "saved.toml"
    file.write_text(live.plan.to_toml(), encoding="utf-8")
    again = run_for(Model(str(file), rng=6), 9)
    assert states_equal(live.snapshot(), again.snapshot()) == []


def test_a_planted_leak_is_caught_and_named() -> None:
    model = Model(rng=1, **SMALL)

    @process(reads=(), writes=("areas",), accounts=("areas.pure",))
    def leaky(run) -> None:  # type: ignore[no-untyped-def]
        drug = int(np.argmax(run.areas.pure[0]))
        amounts = np.zeros(run.areas.pure.shape[1])
        amounts[drug] = 0.001 * run.areas.pure[0, drug]
        run.ledger.move("pure", "areas.pure", "consumed", amounts[None, :], "leak", source_rows=np.array([0]))
        run.areas.pure[0, drug] -= 1e-6 * amounts[drug]

    model.run.ledger.begin_week(0)
    model.run.ledger.process = "leaky"
    leaky(model.run)
    with pytest.raises(LedgerLeak, match="process leaky, account areas.pure .* week 0"):
        model.run.ledger.check(leaky.accounts)


def test_every_week_balances() -> None:
    model = run_for(Model(rng=9, **SMALL), 12)
    assert model.run.ledger.largest_residue < 1.0
    names = [item.name for item in WEEK]
    assert names[0] == "govern" and names[-2:] == ["audit", "observe"]


def test_a_group_asked_alone_decides_what_it_decides_among_all() -> None:
    model = run_for(Model(rng=3, **SMALL), 2)
    actors = model.run.actors["group"]
    sight, rows = actors[0].look(), np.array([actor.row for actor in actors])
    alone = np.array([actor.plan(sight) for actor in actors])
    assert np.array_equal(alone, actors[0].ask(sight, rows)) and alone.any(axis=0).all()

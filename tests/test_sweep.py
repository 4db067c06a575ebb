"""Sweeps: known indices through our own path, switches, dice beside samples, faults, resume, one row that fails."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest

from sim.errors import InputError
from sim.lab import indices
from sim.lab.design import Design, Target
from sim.lab.factors import Factor
from sim.lab.sweep import plan_of, sweep
from tests.fake_ishigami import FIRST, TOTAL

FAKE = {"factory": "tests.fake_ishigami:Ishigami", "loader": "tests.fake_ishigami:load"}
ANGLE = {"low": -math.pi, "high": math.pi}
BASE = {
    "schema": 1, "kind": "sweep", "name": "ishigami", "scenario": "base", "weeks": 2, "replicates": 2,
    "factors": {"a": ANGLE, "b": ANGLE, "c": ANGLE}, "outcomes": ["f"],
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_sweeping(monkeypatch):
    """Workers collect garbage after each run; a fake leaves none, and a thousand collections take a minute."""
    monkeypatch.setattr("sim.lab.worker.gc.collect", lambda: 0)


def run(tmp_path, **changes):
    results = sweep({**BASE, **changes}, jobs=1, out=tmp_path / "out", figures=False, **FAKE)
    return results, pd.read_csv(results.folder / "indices.csv")


def of(frame, index):
    return frame[frame["index"] == index].set_index("factor").loc[["a", "b", "c"]]


def test_sobol_recovers_ishigami(tmp_path):
    _, frame = run(tmp_path, method="sobol", samples=128, replicates=1)
    first, total = of(frame, "S1"), of(frame, "ST")
    assert np.allclose(first["value"], FIRST, atol=0.12)
    assert np.allclose(total["value"], TOTAL, atol=0.12)
    assert (abs(first["value"] - FIRST) < 2.5 * first["conf"]).all()
    assert (abs(total["value"] - TOTAL) < 2.5 * total["conf"]).all()


def test_morris_recovers_ishigami(tmp_path):
    """Effects on four levels of [-pi, pi] by hand: b has 7 sin2(pi/3) x 3/2 whatever the rest; c alone has mean 0."""
    _, frame = run(tmp_path, method="morris", trajectories=40)
    star, mean = of(frame, "mu_star"), of(frame, "mu")
    assert star["value"]["b"] == pytest.approx(7 * math.sin(math.pi / 3) ** 2 * 1.5, abs=1e-6)
    assert abs(mean["value"]["c"]) < star["value"]["c"] / 2
    assert of(frame, "sigma")["value"]["c"] > star["value"]["c"] / 2
    # a: |sin step| x 3/2 x mean of 1 + 0.1 c^4 over the levels pi, pi/3 (equally likely)
    effect = math.sin(math.pi / 3) * 1.5 * (1 + 0.1 * (math.pi**4 + (math.pi / 3) ** 4) / 2)
    assert star["value"]["a"] == pytest.approx(effect, abs=2 * star["conf"]["a"])
    assert np.allclose(frame["noise"], 0, atol=1e-4), "a shift that all rows share is no noise"


def test_dice_stand_beside_the_indices(tmp_path):
    _, frame = run(tmp_path, method="morris", trajectories=10, replicates=4, set={"parameters.noise": 1.0})
    star = of(frame, "mu_star")
    assert (star["noise"] > 0.05).all()
    # E|N(0, 2/4)| x 3/2
    assert star["noise_floor"].iloc[0] == pytest.approx(math.sqrt(2 / math.pi * 0.5) * 1.5, rel=0.25)
    assert 0 < star["noise_share"].iloc[0] < 0.5


def test_files_manifest_and_resume(tmp_path):
    results, frame = run(tmp_path, trajectories=3)
    record = json.loads((results.folder / "manifest.json").read_text())
    assert record["experiment"]["sweep"]["method"] == "morris"
    assert record["experiment"]["sweep"]["rows"] == 12 and len(record["runs"]) == 24
    assert {"indices.csv", "samples.csv", "summary.csv"} <= set(record["files"])
    samples = pd.read_csv(results.folder / "samples.csv")
    assert len(samples) == 24 and {"draw", "replicate", "block", "a", "b", "c", "f"} <= set(samples)
    by_seed = {run["seed"] for run in record["runs"]}
    assert by_seed == {1, 2}, "rows share their dice"
    before = (results.folder / "indices.csv").read_bytes()
    gone = sorted((results.folder / "weekly").glob("*.parquet"))[5]
    gone.unlink()  # as if the writer had been killed before this chunk
    sweep({**BASE, "trajectories": 3}, jobs=1, out=results.folder, resume=True, figures=False, **FAKE)
    assert (results.folder / "indices.csv").read_bytes() == before
    with pytest.raises(InputError):
        sweep({**BASE, "trajectories": 3}, jobs=1, out=results.folder, **FAKE)


def test_a_failing_row_costs_its_trajectory_only(tmp_path):
    content = {**BASE, "trajectories": 8, "set": {"parameters.fail_above": 3.0}, "replicates": 1}
    results = sweep(content, jobs=1, out=tmp_path / "o", figures=False, **FAKE)
    frame = pd.read_csv(results.folder / "indices.csv")
    assert results.failed and 0 < frame["n_blocks"].iloc[0] < 8
    assert results.manifest["made"]["blocks_dropped"] == 8 - frame["n_blocks"].iloc[0]


def test_switches_take_equal_parts():
    factor = Factor("s", "parameters.s", "switch", choices=("x", "y", "z"))
    assert [factor.value(u) for u in (0.0, 0.33, 0.34, 0.66, 0.67, 1.0)] == list("xxyyzz")
    log = Factor("l", "parameters.l", "parameter", 0.01, 1.0, "loguniform")
    assert log.value(0.5) == pytest.approx(0.1)
    assert (log.value(0.0), log.value(1.0)) == (0.01, 1.0)


def test_windows():
    assert Target("f", (3, 5)).weeks(261) == (104, 261)
    assert Target("f", (1, 1)).weeks(261) == (0, 52)
    assert Target("f").weeks(261) == (0, 261)
    assert Target("f", (3, 5)).label == "f [years 3-5]"


def test_same_seed_same_rows():
    factors = tuple(Factor(n, n, "parameter") for n in "abc")
    one = Design("n", "t", "base", "sobol", 8, factors, (Target("f"),))
    assert np.array_equal(one.shares(), one.shares())
    assert one.shares().shape == (8 * one.block, 3)


def test_an_outcome_that_never_changes_has_no_sensitivity():
    factors = tuple(Factor(n, n, "parameter") for n in "ab")
    for method in ("morris", "sobol"):
        design = Design("n", "t", "base", method, 8, factors, (Target("f"),))
        shares = design.shares()
        found = indices.analyse(design, shares, np.full((len(shares), 2), 3.0))
        assert all((part["value"] == 0).all() for part in found.values())


def test_all_faults_are_listed():
    content = {**BASE, "method": "moris", "outcomes": ["g"], "outcome_years": [3, 9], "outcom": 1}
    with pytest.raises(InputError) as error:
        plan_of(content, **FAKE)
    assert "outcomes" in str(error.value)
    del content["outcom"]
    with pytest.raises(InputError) as error:
        plan_of(content, **FAKE)
    text = str(error.value)
    assert all(word in text for word in ("method", "outcomes", "outcome_years", "morris"))


def test_a_scenario_presses_levers_from_its_date_on():
    from sim.scenario import load
    from sim.schedule import pressed

    plain = load("status_quo")
    plan = load(plain, sets={"levers.publicity.scale": 2.0, "levers.publicity.start": "2020-01-07"})
    assert plan.levers["publicity"].week == 53 and plan.hash != plain.hash
    assert load("status_quo").hash == plain.hash and not plain.levers
    assert plan.with_step("kingpin_targeting", 3, 0.5).levers == plan.levers
    assert [(p.op, p.value) for p in pressed("publicity", 0.1, 2.0)] == [("add", 0.1), ("scale", 2.0)]
    assert pressed("publicity", 0.0, 1.0) == [], "no effect is no press"
    with pytest.raises(InputError, match="did you mean 'publicity'"):
        load("status_quo", sets={"levers.publicty.add": 1.0})

"""Policies of family A that press officers on cases: what they press, and that they press no result."""

from __future__ import annotations

import pytest

from sim.catalogue import policies
from sim.levers import LEVERS
from sim.week.enforcement.cases import _off_the_streets
from tests.enforcement_sandbox import POLICIES, presses_of, stand


def test_both_are_in_the_catalogue_with_costs_and_sources() -> None:
    found = policies()
    for name in POLICIES:
        policy = found[name]()
        assert policy.family == "A" and policy.source and policy.tradeoff
        assert policy.cost(1.0) > 0 > policy.cost(-1.0)
    assert found["kingpin_targeting"]().cost(1.0) == pytest.approx(60e6)
    assert found["network_takedown"]().cost(1.0) == pytest.approx(125e6)


@pytest.mark.parametrize("name", list(POLICIES))
def test_they_press_officers_and_targets_only(name: str) -> None:
    for x in (-1.0, -0.3, 0.4, 1.0):
        for _, press in presses_of(name, x, group=["SIN"]):
            assert press.lever in LEVERS
            assert press.lever.endswith(("_case_officers", "_target_weight")) or press.lever in (
                "case_officers_hired",
                "unilateral_share",
            )


@pytest.mark.parametrize(
    ("name", "lever"), [("kingpin_targeting", "leader"), ("network_takedown", "network")]
)
def test_officers_follow_intensity_and_are_withdrawn_at_minus_one(name: str, lever: str) -> None:
    run = stand(1)
    base = run.levers[f"{lever}_case_officers"].copy()
    own = POLICIES[name].parameters
    run.levers.press(presses_of(name, 1.0))
    added = run.levers[f"{lever}_case_officers"] - base
    assert added.tolist() == [own["officers_mx"].default, own["officers_us"].default]
    run.levers.press(presses_of(name, 0.5))
    assert run.levers[f"{lever}_case_officers"] - base == pytest.approx(0.5 * added)
    run.levers.press(presses_of(name, -1.0))
    assert run.levers[f"{lever}_case_officers"].sum() == 0
    run.levers.press([])
    assert run.levers[f"{lever}_case_officers"].tolist() == base.tolist()


def test_chosen_groups_get_more_weight_as_targets() -> None:
    run = stand(1)
    run.levers.press(presses_of("network_takedown", 1.0, group=["SIN"]))
    weight = run.levers["network_target_weight"]
    at = run.world.groups0.name.index("SIN")
    assert weight[at] == 21.0 and (weight != 1.0).sum() == 1


@pytest.mark.parametrize("name", list(POLICIES))
def test_officers_that_no_money_pays_are_missing_on_patrol(name: str) -> None:
    """At equal officers (nobody hired) all that is added to cases leaves the streets; hired in full, nobody does."""
    run = stand(1)
    run.units.officers *= 3.0  # so that units can spare them
    before = _off_the_streets(run).sum()
    own = POLICIES[name].parameters
    added = own["officers_mx"].default + own["officers_us"].default
    for hired in (0.0, 0.5, 1.0):
        run.levers.press(
            [(name, item) for item in POLICIES[name].press(1.0, _own(name, hired_share=hired), {})]
        )
        assert _off_the_streets(run).sum() - before == pytest.approx((1.0 - hired) * added, rel=0.05, abs=1.0)


def _own(name: str, **changed: float) -> dict[str, float]:
    return {key: item.default for key, item in POLICIES[name].parameters.items()} | changed

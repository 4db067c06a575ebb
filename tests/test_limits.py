"""Ends of the range: no demand, no guns, one group, no enforcement, no protection. Weeks run and balance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from sim.levers import Press
from sim.model import Model
from sim.state.lineage import die, settle_crews, take_over
from sim.state.run import Run

WEEKS = 16
NOTHING: dict[str, float] = {}
pytestmark = pytest.mark.slow


def run_with(
    presses: list[tuple[str, str, float]] | None = None,
    change: Callable[[Run], None] | None = None,
    **parameters: float,
) -> tuple[Run, list[dict[str, float]]]:
    """Weeks with levers held at values and the state changed at the start; sums of the tally by week."""
    model = Model("status_quo", rng=3, people_per_agent=1000, years=1)
    run = model.run
    for name, value in parameters.items():
        run.p.set(name, value)
    run.levers.rebase()
    if change is not None:
        change(run)
        run.ledger.resync()
    held = [("limit", Press(lever, op, value)) for lever, op, value in presses or []]  # type: ignore[arg-type]
    plain = run.levers.press
    run.levers.press = lambda items: plain([*items, *held])  # type: ignore[method-assign]
    weeks = []
    for _ in range(WEEKS):
        model.step()
        weeks.append({name: float(getattr(run.tally, name)[0].sum()) for name in run.tally.columns})
    _sound(run)
    return run, weeks


def _sound(run: Run) -> None:
    """Every number of the state is finite, and what cannot be negative is not."""
    for name, values in run.snapshot().items():
        if np.issubdtype(values.dtype, np.floating):
            assert np.isfinite(values).all(), name
    assert (run.crews.members >= 0).all() and (run.groups.treasury >= 0).all() and (run.areas.pure >= 0).all()
    assert (run.areas.price > 0).all()


def test_no_users() -> None:
    def nobody(run: Run) -> None:
        run.people.state[:] = 0
        run.extra["people_stock"][:] = 0.0
        run.areas.need[:] = 0.0

    run, weeks = run_with(change=nobody)
    assert weeks[-1]["overdose_deaths"] < 20.0
    assert run.areas.price.min() < 0.5 * run.world.drugs.price("us_retail").max()


def test_no_guns() -> None:
    def disarmed(run: Run) -> None:
        run.crews.guns[:], run.crews.ammunition[:] = 0, 0

    run, weeks = run_with([("dealer_supply", "cap", 0.0)], disarmed, gun_price_dealer=500.0)
    fresh = run_with()[1]
    assert run.crews.guns.sum() == 0 and sum(week["guns_south"] for week in weeks) == 0
    assert sum(week["deaths_members"] for week in weeks) < 0.8 * sum(week["deaths_members"] for week in fresh)


def test_one_group() -> None:
    def merged(run: Run) -> None:
        into = int(run.alive[np.argmin(run.groups.id[run.alive])])
        for row in run.alive.tolist():
            if row != into:
                take_over(run, row, into)
        settle_crews(run)

    run, weeks = run_with(change=merged)
    assert len(run.alive) >= 1 and weeks[-1]["delivered"] > 0


def test_no_groups() -> None:
    def ended(run: Run) -> None:
        run.ledger.begin_week(-1)
        for row in run.alive.tolist():
            die(run, row)
        settle_crews(run)

    run, weeks = run_with(change=ended)
    assert len(run.alive) == 0 and weeks[-1]["fights"] == 0 and weeks[-1]["recruits"] == 0
    assert weeks[-1]["shipped"] == 0 and weeks[-1]["consumed"] > 0


def test_no_enforcement() -> None:
    off = [("agency_effort", "cap", 0.0), ("port_officers", "cap", 0.0), ("sector_agents", "cap", 0.0)]
    off += [(f"{kind}_case_officers", "cap", 0.0) for kind in ("leader", "network", "finance")]
    off += [
        ("port_scan_share", "cap", 0.0),
        ("port_scan_share_cars", "cap", 0.0),
        ("outbound_checks", "cap", 0.0),
    ]
    _, weeks = run_with(off)
    assert weeks[-1]["arrests"] == 0 and weeks[-1]["captures"] == 0 and weeks[-1]["seized"] == 0


def test_enforcement_at_the_top_of_its_bounds() -> None:
    most = [
        ("agency_effort", "scale", 10.0),
        ("port_officers", "scale", 5.0),
        ("sector_agents", "scale", 5.0),
    ]
    most += [(f"{kind}_case_officers", "scale", 20.0) for kind in ("leader", "network", "finance")]
    most += [
        ("port_scan_share", "floor", 1.0),
        ("outbound_checks", "floor", 1.0),
        ("agency_integrity", "floor", 1.0),
    ]
    run, weeks = run_with(most)
    base = run_with()[1]
    assert weeks[-1]["arrests"] > base[-1]["arrests"]
    assert sum(week["seized"] for week in weeks) > sum(week["seized"] for week in base)


@pytest.mark.parametrize(
    "levers",
    [
        [("agency_integrity", "cap", 0.0)],
        [("agency_integrity", "floor", 1.0)],
        [("corruption_detection", "floor", 1.0)],
        [("corruption_detection", "cap", 0.0)],
        [
            ("crop_capacity", "cap", 0.0),
            ("lab_capacity", "cap", 0.0),
            ("southern_price_factor", "scale", 20.0),
        ],
        [("precursor_seized", "floor", 0.95)],
        [("trusted_share", "floor", 1.0)],
        [("laundering_pressure", "scale", 10.0)],
        [("treatment_places", "cap", 0.0)],
    ],
    ids=lambda item: item[0][0] + "-" + item[0][1],
)
def test_ends_of_single_levers(levers: list[tuple[str, str, float]]) -> None:
    run_with(levers)


def test_a_poor_week_of_all_groups() -> None:
    def broke(run: Run) -> None:
        run.groups.treasury[:], run.crews.cash[:] = 0.0, 0.0

    run_with(change=broke)

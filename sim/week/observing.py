"""The end of the week: the books are closed, and what will be known next week is set.

`observe` is the only process that writes `seen`. What it writes lags, and what is publicised is noisy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.levers import lever
from sim.state.lineage import group_wealth
from sim.state.run import Run, process

lever(
    "publicity",
    unit="1",
    low=0.0,
    high=1.0,
    base=lambda run: run.p["publicity_share"],
    doc="share of finds at the border that is published by place",
    reader="learn, observe",
)


@process(reads=("every account",), writes=("ledger",))
def audit(run: Run) -> None:
    """Every commodity balances and no account is negative, or the run stops and names the leak."""
    run.ledger.audit()


@process(reads=("tally", "areas", "lanes", "groups", "crews", "lever publicity"), writes=("seen", "groups"))
def observe(run: Run) -> None:
    """Set what will be seen next week: finds, counted deaths, reported crimes, published prices and waits.

    Counts are running means over the delay of each statistic; estimates of a group's size carry log-normal noise.
    Source: assumption A4 (delays and noise of official statistics).
    """
    seen, tally = run.seen, run.tally
    seen.seized[0] = tally.seized_bulk[0]
    seen.seized_loads[0] = tally.hits[0]
    _publicise(run)
    _blend(
        seen.homicides[0],
        (tally.deaths[0] + tally.deaths_members[0]).sum(axis=1) + tally.background[0],
        run.p["homicide_count_weeks"],
    )
    _blend(seen.overdoses[0], tally.overdose_deaths[0].sum(axis=1), run.p["overdose_count_weeks"])
    _blend(seen.crimes[0], tally.reported[0], run.p["crime_count_weeks"])
    _estimate_groups(run)
    _keep_books(run)
    weight = run.areas.need.sum(axis=2)
    total = np.maximum(weight.sum(axis=0), 1e-12)
    seen.price[0] = (run.areas.price * weight).sum(axis=0) / total
    seen.waits[0] = run.lanes.wait
    seen.cash_seized[0] = tally.cash_seized[0].sum()
    seen.guns_seized[0] = tally.guns_seized[0].sum() + tally.guns_taken_mx[0].sum()


def _blend(old: NDArray[np.float64], new: NDArray[np.float64], weeks: float) -> None:
    """Running mean in place: old moves 1/weeks of the way to new."""
    old += (new - old) / max(1.0, weeks)


def _keep_books(run: Run) -> None:
    """Each group's own books: running receipts by trade, surplus and payments, from what it has now and had before."""
    groups, weeks = run.groups, run.p["books_weeks"]
    income = run.tally.income[0]
    wealth = group_wealth(run)
    before = run.extra.setdefault("books.wealth", wealth.copy())
    gain = wealth - before + run.tally.surplus[0]
    _blend(groups.revenue, income, weeks)
    _blend(groups.profit, gain, weeks)
    _blend(groups.outlay, np.maximum(0.0, income.sum(axis=1) - gain), weeks)
    for column in (groups.revenue, groups.profit, groups.outlay):
        column[~groups.alive] = 0.0
    before[:] = wealth


def _publicise(run: Run) -> None:
    """Published finds by lane: the published share of loads found, with noise, as a running mean."""
    lanes = np.arange(run.world.lanes.n)
    noise = run.draws.lognormal("observe/publicity", lanes, mean=0.0, sigma=run.p["publicity_noise"])
    found = run.tally.hits[0].sum(axis=1) * run.levers.scalar("publicity") * noise
    _blend(run.seen.publicised[0], found, run.p["publicity_weeks"])


def _estimate_groups(run: Run) -> None:
    """Estimated members and place in the news of each living group; nothing is known of a free row."""
    alive = run.alive
    ids = run.groups.id[alive]
    members = np.bincount(run.crews.group, run.crews.people, minlength=len(run.groups.alive))[alive]
    noise = run.draws.lognormal("observe/members", ids, mean=0.0, sigma=run.p["size_estimate_noise"])
    seen = np.zeros(len(run.groups.alive))
    seen[alive] = members * noise
    fresh = (run.seen.members[0] == 0) | ~run.groups.alive
    run.seen.members[0][fresh] = seen[fresh]
    _blend(run.seen.members[0], seen, run.p["size_estimate_weeks"])
    total = max(1.0, run.seen.members[0].sum())
    run.seen.prominence[0] = run.seen.members[0] / total

"""Arms of an experiment on the whole model, for tests of patterns: a seed's spin-up once, then each arm from week 0.

An arm is levers pressed and parameters changed from its first week; what is watched is summed over a window of weeks.
Knock-outs may put a parameter outside the range of the table, since they have to turn a mechanism off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pytest
from scipy import stats

from sim import model as the_model
from sim.levers import Press
from sim.model import Model
from sim.state.capacity import unit_costs
from sim.state.people import DEPENDENT, OCCASIONAL, TREATED
from sim.state.run import OTHER_TRADES, Run
from sim.week import people

PEOPLE_PER_AGENT = 500
OWN_EFFORT = ("extortion", "migrant smuggling", "fuel and predation")
EARLY, LATE = (0, 4), (13, 27)
"""Weeks since people left treatment and used again: first to one past the last."""


@contextmanager
def unspun(weeks: int) -> Iterator[None]:
    """Models built inside have a spin-up of so many weeks, and neither read nor fill the cache of spin-ups."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONTRAFLOW_CACHE", "off")
        patch.setattr(the_model, "SPIN_UP_WEEKS", weeks)
        yield


@dataclass
class Sums:
    """What was watched, summed over the window; drugs as (D,)."""

    other_trades: float = 0.0
    notes: float = 0.0
    brokers: float = 0.0
    deaths: float = 0.0
    active: float = 0.0
    users: np.ndarray = field(default_factory=lambda: np.zeros(5))
    usd: np.ndarray = field(default_factory=lambda: np.zeros(5))
    kg: np.ndarray = field(default_factory=lambda: np.zeros(5))
    cost: np.ndarray = field(default_factory=lambda: np.zeros(5))
    bag_price: np.ndarray = field(default_factory=lambda: np.zeros(5))
    purity: np.ndarray = field(default_factory=lambda: np.zeros(5))
    hazard: np.ndarray = field(default_factory=lambda: np.zeros(2))
    person_weeks: np.ndarray = field(default_factory=lambda: np.zeros(2))
    weeks: int = 0

    def add(self, run: Run) -> None:
        """Add the week that has just ended."""
        drugs, tally = run.world.drugs, run.tally
        income = tally.income[0].sum(axis=0)
        self.other_trades += sum(income[drugs.n + OTHER_TRADES.index(name)] for name in OWN_EFFORT)
        self.notes += tally.cash_south[0].sum()
        self.brokers += tally.laundered[0].sum()
        self.deaths += tally.overdose_hazard[0].sum()
        self.active += tally.people[0][drugs.is_opioid][:, [OCCASIONAL, DEPENDENT]].sum()
        self.users += tally.people[0][:, [OCCASIONAL, DEPENDENT]].sum(axis=1)
        self.usd += income[: drugs.n]
        self.kg += run.groups.landed.sum(axis=0)
        self.cost += unit_costs(run)
        need = run.areas.need.sum(axis=2)
        weight = need / np.maximum(need.sum(axis=0), 1e-12)
        self.bag_price += (run.areas.price * run.areas.purity * weight).sum(axis=0)
        self.purity += (run.areas.purity * weight).sum(axis=0)
        self.weeks += 1


@lru_cache(maxsize=6)
def opened(seed: int, parameters: tuple[tuple[str, object], ...] = ()) -> tuple[Model, dict[str, np.ndarray]]:
    """A model after its spin-up and the state it is then in."""
    model = Model(rng=seed, people_per_agent=PEOPLE_PER_AGENT, years=2, **dict(parameters))
    return model, model.snapshot()


@contextmanager
def changed(run: Run, values: Mapping[str, object], presses: Sequence[Press]) -> Iterator[None]:
    """Parameters and levers as an arm has them, put back afterwards."""
    before = {name: run.p.file_values()[name] for name in values}
    press = run.levers.press
    run.levers.press = lambda others: press([*others, *(("arm", item) for item in presses)])
    _put(run, values)
    try:
        yield
    finally:
        del run.levers.press
        _put(run, before)


def _put(run: Run, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        run.p._put(name, value)
    run.p._arrays.clear()
    run.p.version += 1
    run.levers.rebase()


def arm(
    seed: int,
    window: tuple[int, int],
    presses: Sequence[Press] = (),
    late: Mapping[str, object] | None = None,
    spin: tuple[tuple[str, object], ...] = (),
    follow: bool = False,
) -> Sums:
    """Run an arm to the end of the window. `late` parameters hold from week 0, `spin` ones from the start.

    `follow`: also follow those who leave treatment.
    """
    model, saved = opened(seed, spin)
    model.restore(saved)
    sums = Sums()
    with pytest.MonkeyPatch.context() as patch, changed(model.run, late or {}, presses):
        if follow:
            patch.setattr(people.kernel, "people_week", Leavers(sums, model, window[0]))
        while model.week < window[1]:
            model.step()
            if model.week > window[0]:
                sums.add(model.run)
    return sums


class Leavers:
    """Stands before the week of people: follows opioid users who left treatment and asks the kernel how likely their
    death is, on copies in which all others are away."""

    def __init__(self, sums: Sums, model: Model, first: int) -> None:
        self.sums, self.model, self.first = sums, model, first
        self.kernel = people.kernel.people_week
        state = model.run.people.state
        self.was = state.copy()
        self.since = np.full(len(state), -1)

    def __call__(self, *args: object) -> None:
        columns, out = args[5], args[11]
        drug, state, generation = columns[1], columns[2], columns[3]
        if self.model.week >= self.first:
            opioid = self.model.run.world.drugs.is_opioid[drug]
            for row, (low, high) in enumerate((EARLY, LATE)):
                inside = (self.since >= low) & (self.since < high) & opioid & (state == DEPENDENT)
                self._ask(args, columns, inside, out, row)
        born = generation.copy()
        self.was = state.copy()
        self.kernel(*args)
        left = (self.was == TREATED) & (state == DEPENDENT)
        stays = (self.since >= 0) & (state == DEPENDENT) & (born == generation)
        self.since = np.where(left, 0, np.where(stays, self.since + 1, -1))

    def _ask(self, args: tuple, columns: tuple, inside: np.ndarray, out: np.ndarray, row: int) -> None:
        copies = tuple(column.copy() for column in columns)
        copies[2][~inside] = 0
        empty, treated = np.zeros_like(out), np.zeros_like(args[12])
        self.kernel(*args[:5], copies, *args[6:11], empty, treated)
        self.sums.hazard[row] += empty[:, people.kernel.HAZARD :].sum()
        self.sums.person_weeks[row] += inside.sum()


def above(values: np.ndarray, least: float, level: float = 0.01) -> bool:
    """Whether replicates speak for a value above zero (one-sided t-test) and their mean reaches `least`."""
    if np.ptp(values) == 0.0:
        return bool(values[0] > 0.0 and values[0] >= least)
    return bool(
        stats.ttest_1samp(values, 0.0, alternative="greater").pvalue < level and values.mean() >= least
    )


def null_failures(rule: Callable[[Sequence[Sums], Sequence[Sums]], bool], runs: Sequence[Sums]) -> list[bool]:
    """Twenty times: halve the runs of one scenario at random, call one half treated; whether the rule rightly fails."""
    order, half = np.random.default_rng(20261), len(runs) // 2
    failed = []
    for _ in range(20):
        rows = order.permutation(len(runs))
        treated, base = [runs[i] for i in rows[:half]], [runs[i] for i in rows[half : 2 * half]]
        failed.append(not rule(treated, base))
    return failed

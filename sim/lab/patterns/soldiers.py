"""Soldiers hold the plazas to which they are sent, and lower trust where abuses occur."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.lab.patterns._pattern import Pattern, Values, above, by_seed, interval
from sim.lab.patterns._runs import BASE, Arm, Series, live
from sim.levers import Press
from sim.state.run import Run
from sim.world.world import world

STATES = ("MX-BCN", "MX-CHH", "MX-GRO", "MX-TAM")
SOLDIERS = 4000.0
WEEKS, FROM = 104, 13


def watch(run: Run) -> dict[str, Any]:
    """By plaza: firms extorted, fights, deaths tied to organised crime, people abused, trust, soldiers."""
    tally, places = run.tally, run.plazas
    return {
        "extorted": tally.extorted[0],
        "fights": tally.fights[0],
        "dead": tally.deaths[0].sum(axis=1) + tally.deaths_members[0].sum(axis=1),
        "abused": tally.abuses[0],
        "trust": places.trust,
        "soldiers": places.soldiers,
    }


def sent() -> Arm:
    """Soldiers sent to the states for the whole time."""
    return BASE.pressed(Press("forces_deployed", "add", SOLDIERS, {"state": STATES}))


class Soldiers(Pattern):
    """Presence makes crews hide and leave; operations abuse some, and people stop trusting."""

    number = 19
    name = "soldiers"
    title = "soldiers hold the plazas to which they are sent, and lower trust where abuses occur"
    mechanism = "abuses in operations of forces, which a community counts"
    knocked_out_by = "abuse_prob = 0"
    rule = (
        "4,000 soldiers to each of four states against the same states not sent, same seeds, weeks 13-103: fall of log "
        "firms extorted there above 0 (one-sided t test, p < 0.01) and at least 0.1 in the mean, fall of log fights "
        "above 0 (p < 0.01) and at least 0.05, and trust by people in weeks 78-103 lower (p < 0.01) by at least 0.005"
    )

    history = (
        "first run, rule as now: with hiding at two soldiers per armed member alone and abuses at the rate of "
        "complaints, firms extorted -45 %, fights -87 %, deaths -57 % and trust +0.005 (+0.015 without abuse): missed. "
        "The force needed then also counted the people of a place, a garrison became 500, and complaints were read as "
        "the tenth of abuses that is reported; the rule stayed"
    )

    def effect(self) -> Values:
        return by_seed(self.seeds, lambda seed: _compare(_run(seed, sent()), _run(seed, BASE)))

    def knock_out(self) -> Values:
        off = {"abuse_prob": 0.0}
        return by_seed(
            self.seeds, lambda seed: _compare(_run(seed, sent().but(**off)), _run(seed, BASE.but(**off)))
        )

    def null(self, treated: Sequence[int], base: Sequence[int]) -> Values:
        found = [_compare(_run(a, BASE), _run(b, BASE)) for a, b in zip(treated, base, strict=True)]
        return {name: np.array([one[name] for one in found]) for name in found[0]}

    def holds(self, values: Values) -> bool:
        return (
            above(values["extortion_lower"], 0.1)
            and above(values["fights_lower"], 0.05)
            and above(values["trust_lower"], 0.005)
        )

    def table(self) -> list[dict[str, Any]]:
        """By place (states sent to, plazas next to them, elsewhere) and half-year: changes in percent, and of trust."""
        rows = []
        for place, rows_of in regions().items():
            for half in range(WEEKS // 26):
                span = slice(26 * half, 26 * half + 26)
                row: dict[str, Any] = {"place": place, "half_year": half + 1}
                pairs = [(_run(s, sent()), _run(s, BASE)) for s in self.seeds]
                for name in ("fights", "extorted", "dead"):
                    change = [
                        np.log(a[name][span, rows_of].sum() / b[name][span, rows_of].sum()) for a, b in pairs
                    ]
                    mean, low, high = interval(np.array(change))
                    for end, value in (("percent", mean), ("low", low), ("high", high)):
                        row[f"{name}_{end}"] = float(100.0 * np.expm1(value))
                trust = [_trust(a, span, rows_of) - _trust(b, span, rows_of) for a, b in pairs]
                abused = [
                    a["abused"][span, rows_of].sum() - b["abused"][span, rows_of].sum() for a, b in pairs
                ]
                row |= {"trust": float(np.mean(trust)), "abused_more": float(np.mean(abused))}
                rows.append(row)
        return rows


def regions() -> dict[str, NDArray[np.int64]]:
    """Rows of plazas: in the states sent to, next to them, and elsewhere in Mexico."""
    plazas = world().plazas
    codes = [world().states.index[code] for code in STATES]
    inside = np.isin(plazas.state, codes) & (plazas.hub_area < 0)
    near = np.zeros_like(inside)
    for row in np.flatnonzero(inside):
        near[plazas.neighbours(int(row))] = True
    near &= ~inside
    other = (plazas.hub_area < 0) & ~inside & ~near
    return {
        "sent to": np.flatnonzero(inside),
        "next to": np.flatnonzero(near),
        "elsewhere": np.flatnonzero(other),
    }


def _run(seed: int, arm: Arm) -> Series:
    return live(seed, arm, WEEKS, watch)


def _trust(series: Series, span: slice, rows: NDArray[np.int64]) -> float:
    people = world().plazas.population[rows]
    return float(series["trust"][span, rows].mean(axis=0) @ people / people.sum())


def _compare(there: Series, base: Series) -> dict[str, float]:
    rows = regions()["sent to"]
    late = slice(78, WEEKS)
    lower = {
        f"{short}_lower": -float(np.log(there[name][FROM:, rows].sum() / base[name][FROM:, rows].sum()))
        for short, name in (("extortion", "extorted"), ("fights", "fights"))
    }
    return lower | {"trust_lower": _trust(base, late, rows) - _trust(there, late, rows)}

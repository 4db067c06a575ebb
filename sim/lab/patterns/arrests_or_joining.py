"""Pattern 14: arrests doubled against joining halved, over five years. Reported, without a pass mark."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from sim.lab.patterns._pattern import Pattern, Values
from sim.lab.patterns._runs import BASE, Arm, Series, live
from sim.lab.patterns._years import Measure, by_year, change, last, rows_of, sign, total
from sim.levers import Press
from sim.parameters import Parameters
from sim.state.run import Run

YEARS = 5
START = slice(0, 26)
"""Weeks of the status quo that stand for the start, for what is counted by week."""
RATES = ("raid_rate_mx", "raid_rate_us", "street_arrest_rate_mx", "street_arrest_rate_us")
FACTOR = 2.25
"""Of these rates, at which arrests over the five years are about twice those of the status quo."""
JOINING = ("join_forced", "join_voluntary")
OFFICES = ("investigators_per_100k", "prosecutors_per_100k", "judges_per_100k")
ABROAD = ("us_cases_charged", "us_cases_decided", "prison_places", "us_prison_places")

PAPER = {
    ("arrests doubled", "start"): 1,
    ("arrests and courts doubled", "start"): 1,
    ("joining halved", "start"): -1,
    ("arrests doubled", "status quo"): -1,
    ("arrests and courts doubled", "status quo"): -1,
    ("joining halved", "status quo"): -1,
}
"""Signs of doi:10.1126/science.adh2888 after five years, for members and deaths alike: with incapacitation doubled both
still grow (by less than without), with recruitment halved both fall; without either both grow."""


def _scaled(names: tuple[str, ...], factor: float) -> dict[str, float]:
    """Defaults of parameters times a factor, in the unit of the table."""
    values = Parameters().file_values()
    return {name: factor * float(values[name]) for name in names}


def watch(run: Run) -> Mapping[str, Any]:
    """Members, deaths of organised crime, and what the arms are meant to change."""
    tally = run.tally
    return {
        "members": run.crews.members.sum(),
        "deaths": tally.deaths[0].sum() + tally.deaths_members[0].sum(),
        "arrests": tally.arrests[0].sum(),
        "jailed": tally.convicted[0].sum(),
        "recruits": tally.recruits[0].sum(),
    }


MEASURES: dict[str, Measure] = {
    "members": last("members"),
    "deaths": total("deaths"),
    "arrests": total("arrests"),
    "jailed": total("jailed"),
    "recruits": total("recruits"),
}


@cache
def arms() -> dict[str, Arm]:
    """The arms by name; the first is the status quo."""
    arrests = BASE.but(**_scaled(RATES, FACTOR))
    return {
        "status quo": BASE,
        "arrests doubled": arrests,
        "arrests and courts doubled": arrests.but(**_scaled(ABROAD, 2.0)).pressed(
            *(Press(name, "scale", 2.0) for name in OFFICES)
        ),
        "joining halved": BASE.but(**_scaled(JOINING, 0.5)),
    }


class ArrestsOrJoining(Pattern):
    """Arrests doubled against joining halved: members and deaths by year."""

    number = 14
    name = "arrests_or_joining"
    title = "arrests doubled against joining halved, over five years"
    mechanism = "arrests take members out for as long as courts and prisons hold them; joining brings them in"
    rule = (
        "reported: six seeds, five years; rates of raids and street arrests in both countries raised until arrests "
        "over the five years are twice as many, the same with the capacity of investigators, prosecutors, courts and "
        "prisons x 2, and the chance that an approached person joins x 0.5, each from the first week; members at the "
        "end and organised-crime deaths in each year against the start (week 1; the first half year of the status "
        "quo) and against the status quo of the same seed, mean and 90 % interval; a year whose interval has one sign "
        "is set against the sign of doi:10.1126/science.adh2888"
    )
    reported = True
    history = (
        "with the rates x 2 arrests over the five years were 1.82 times as many, from 1.92 in the first to 1.70 in the "
        "fifth, as members grew fewer; members after five years were lower by 12 %, with courts doubled too by 16 %, "
        "with joining halved by 16 %, deaths of the fifth year by 23, 26 and 33 %"
    )

    def effect(self) -> Values:
        """Relative changes in the last year, and how far arrests, jail and joining changed over the years."""
        base = self._runs("status quo")
        found: dict[str, Any] = {}
        for name in list(arms())[1:]:
            word, runs = name.replace(" ", "_"), self._runs(name)
            for what in ("members", "deaths"):
                against = change(by_year(runs, MEASURES[what], YEARS), by_year(base, MEASURES[what], YEARS))
                found[f"{what}_{word}"] = against[:, -1]
            for what in ("arrests", "jailed", "recruits"):
                mine, usual = (by_year(series, MEASURES[what], YEARS).sum(axis=1) for series in (runs, base))
                found[f"{what}_all_years_{word}"] = change(mine, usual)
        return found

    def table(self) -> list[dict[str, Any]]:
        """Every measure by arm and year against start and status quo, with the sign of the paper where it has one."""
        base, rows = self._runs("status quo"), []
        for name in arms():
            for what, measure in MEASURES.items():
                values = by_year(self._runs(name), measure, YEARS)
                since = change(values, self._start(base, what)[:, None])
                against = change(values, by_year(base, measure, YEARS))
                new = rows_of(name, what, {"start": since, "status quo": against})
                for row in new:
                    row["agrees"] = _agrees(
                        name, what, {"start": since, "status quo": against}, row["year"] - 1
                    )
                rows += new
        return rows

    def _runs(self, name: str) -> list[Series]:
        return [live(seed, arms()[name], 52 * YEARS, watch) for seed in self.seeds]

    def _start(self, base: list[Series], what: str) -> Any:
        """Value at the start by seed, (seeds,): per year for what is counted by week."""
        if what == "members":
            return np.array([run[what][0] for run in base])
        return np.array([run[what][START].mean() * 52.0 for run in base])


def _agrees(arm: str, what: str, columns: Mapping[str, Any], year: int) -> str:
    """Whether signs are those of the paper: yes, no, open (the interval holds 0), in the order of columns."""
    if what not in ("members", "deaths"):
        return ""
    words = []
    for reference, values in columns.items():
        expected, found = PAPER.get((arm, reference), 1 if reference == "start" else 0), sign(values[:, year])
        if expected == 0:
            continue
        words.append(f"{reference}: " + ("open" if found == 0 else "yes" if found == expected else "no"))
    return ", ".join(words)

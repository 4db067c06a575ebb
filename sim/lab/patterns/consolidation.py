"""Pattern 13: where control is consolidated there are fewer fights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.lab.patterns._pattern import Pattern, Values, above, by_seed
from sim.lab.patterns._runs import BASE, Arm, live
from sim.state.crews import ARMED
from sim.state.run import Run

WEEKS, SHARE = 26, 0.8


def consolidate(run: Run) -> None:
    """In every plaza most armed people of the other groups go over to whoever holds it, with guns and rounds."""
    crews = run.crews
    holder = run.plazas.holder[crews.plaza]
    into = np.where(holder >= 0, crews.at[np.maximum(holder, 0), crews.plaza], -1)
    rows = np.flatnonzero(
        (into >= 0) & (into != np.arange(crews.n)) & (crews.plaza < run.world.plazas.n_mexico)
    )
    for column in (crews.members[:, ARMED], crews.guns[:, 0], crews.guns[:, 1], crews.ammunition):
        going = (SHARE * column[rows]).astype(np.int64)
        column[rows] -= going
        np.add.at(column, into[rows], going)


def fights(run: Run) -> Mapping[str, Any]:
    """Fights of the week."""
    return {"fights": run.tally.fights[0].sum()}


class Consolidation(Pattern):
    """Half a year after four fifths of everybody else's armed people went over to the holder of their plaza."""

    number = 13
    name = "consolidation"
    title = "Consolidation of control lowers fights"
    mechanism = "contest: sides of like strength fight, over places that nobody holds firmly"
    knocked_out_by = (
        "fight_parity_exponent = fight_size_exponent = fight_contest = 0: a fight no longer asks who is stronger, nor "
        "who holds the place"
    )
    rule = (
        "six seeds; in week 0 four fifths of armed people, guns and rounds of every crew go to the crew of the "
        "group that holds the plaza; log of fights in weeks 0 to 25 of the base over those of the arm, same seed: at "
        "least 0.25 on average, one-sided t test p < 0.01"
    )

    def effect(self) -> Values:
        """How far fights fall, on a log scale."""
        return self._fall({})

    def knock_out(self) -> Values:
        """The same where a fight does not depend on strength and contest, in both arms."""
        return self._fall({"fight_parity_exponent": 0.0, "fight_size_exponent": 0.0, "fight_contest": 0.0})

    def _fall(self, off: Mapping[str, float]) -> Values:
        treated, base = Arm(acts=((0, consolidate),)).but(**off), BASE.but(**off)
        return by_seed(self.seeds, lambda seed: {"log_fall": _logs(seed, base) - _logs(seed, treated)})

    def null(self, treated: Sequence[int], base: Sequence[int]) -> Values:
        """The status quo of other seeds in place of the arm."""
        pairs = dict(zip(treated, base, strict=True))
        return by_seed(treated, lambda seed: {"log_fall": _logs(pairs[seed], BASE) - _logs(seed, BASE)})

    def holds(self, values: Values) -> bool:
        """See `rule`."""
        return above(values["log_fall"], 0.25)


def _logs(seed: int, arm: Arm) -> float:
    return float(np.log(live(seed, arm, WEEKS, fights)["fights"].sum() + 0.5))

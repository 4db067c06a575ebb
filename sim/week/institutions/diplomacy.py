"""Diplomacy: the order in which the two sides hear, trust, talk and carry out."""

from __future__ import annotations

from sim.state.run import Run, process
from sim.week.institutions.agreements import carry_out
from sim.week.institutions.talks import TALK_LEVERS, talk
from sim.week.institutions.trust import THREATS, move_trust, tell_scandals


@process(
    reads=(
        "governments",
        "relations",
        "seen",
        *(f"lever {name}" for name in (*TALK_LEVERS, THREATS)),
    ),
    writes=("relations", "tally"),
)
def diplomacy(run: Run) -> None:
    """Scandals are told; political trust moves and caps agency trust; every 13 weeks issues are bargained.

    Trust is lost at once and won slowly. An issue dealt with alone is agreed if both sides gain over their disagreement
    points; as a package, iff the sum of gains less c n (n - 1) / 2 is positive for both and no issue is below a red
    line; a failed package blocks every issue in it. Deals come into force over months and lapse within weeks.
    Source: Tollison & Willett 1979, doi:10.1017/S0020818300027417; rates are assumptions A2, A5 to A8.
    """
    tell_scandals(run)
    move_trust(run)
    talk(run)
    carry_out(run)

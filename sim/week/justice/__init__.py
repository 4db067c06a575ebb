"""Justice: files, charges, trials, sentences and release, by court. Members and others wait in the same queues.

It arrests nobody and knows no case against a group. What is tried is decided by the time that investigators,
prosecutors and judges have; impunity is what is left. `offices`, `queues` and `custody` each do one part of it.
"""

from __future__ import annotations

from sim.state.run import Run, process
from sim.week.justice.custody import pass_members
from sim.week.justice.offices import LEVERS, office_integrity, offices
from sim.week.justice.queues import chances, investigate, pass_others

__all__ = ["prosecute"]


@process(
    reads=("seen", "units", *(f"lever {name}" for name in LEVERS)),
    writes=("groups", "crews", "courts", "tally"),
    accounts=("groups.accused", "groups.charged", "groups.prisoners", "crews.members"),
)
def prosecute(run: Run) -> None:
    """Terms end, judges decide, prosecutors charge, investigators work on files; some go back to their group.

    Each office has a finite capacity a week that files on members and on others share; what it cannot do waits, and
    lapses at a rate. Source: stocks and flows of accounts sections 4 and 7; forms are assumptions E8 to E11.
    """
    can = offices(run)
    integrity = office_integrity(run)
    odds = chances(run, can, integrity)
    pass_members(run, can, odds)
    pass_others(run, can, odds)
    investigate(run, can, integrity)

"""How organisations change: succession, splits, withdrawal, expansion, absorption, death, alliances, mergers, links.

It does not remove leaders (an event, a case, a fight: `groups.removed`) and it does not move people one by one.
"""

from __future__ import annotations

import numpy as np

from sim.kernels_territory import follow_loyalty
from sim.state.lineage import group_wealth, settle_crews
from sim.state.run import Run, process
from sim.week.structure.brokers import lose_brokers, mend_links
from sim.week.structure.ends import defect, end_empty, take_over_weak
from sim.week.structure.mergers import merge_equals
from sim.week.structure.relations import RELATIONS_WEEKS, review_relations, set_holders
from sim.week.structure.succession import succeed
from sim.week.structure.territory import TERRITORY_WEEKS, expand, relieve_hubs, withdraw


@process(
    reads=("groups", "crews", "plazas", "tally"),
    writes=("groups", "crews", "plazas", "loads", "units", "seen"),
    accounts=(
        *(
            f"crews.{name}"
            for name in ("members", "cash", "pure", "diluent", "precursor", "guns", "ammunition")
        ),
        "groups.treasury",
        "groups.accused",
        "groups.charged",
        "groups.prisoners",
        "loads.pure",
        "loads.diluent",
    ),
)
def restructure(run: Run) -> None:
    """Leaders are succeeded, groups split, crews withdraw and expand, small or broke groups are taken over or end.

    Source: replacement by skill x trust x (1 + degree), doi:10.1038/srep04238; the rest F6 to F12, F22, F23.
    """
    before = group_wealth(run)
    lose_brokers(run)
    _age(run)
    changed = succeed(run)
    if run.week % TERRITORY_WEEKS == 0:
        changed |= withdraw(run)
        changed |= expand(run)
        changed |= relieve_hubs(run)
    if changed:
        settle_crews(run)
    if defect(run):
        settle_crews(run)
    if take_over_weak(run):
        settle_crews(run)
    if end_empty(run):
        settle_crews(run)
    if run.week % RELATIONS_WEEKS == 0:
        review_relations(run)
        if merge_equals(run):
            settle_crews(run)
    mend_links(run)
    set_holders(run)
    if "books.wealth" in run.extra:  # money that changes hands with people is nobody's surplus of the week
        run.extra["books.wealth"] += group_wealth(run) - before


def _age(run: Run) -> None:
    """Time passes: tenure, shock, pauses, newcomers; loyalty moves toward what pay, leader and trade deserve."""
    p, groups, crews = run.p, run.groups, run.crews
    groups.tenure[groups.alive] += 1.0
    groups.shock *= np.exp(-1.0 / p["shock_weeks"])
    groups.shock[groups.shock < 0.01] = 0.0
    np.maximum(crews.pause - 1.0, 0.0, out=crews.pause)
    lead = p["loyalty_skill"] * (groups.skill - 0.5) - p["loyalty_shock"] * groups.shock
    due = p["loyalty_usual"] + lead - p["loyalty_unpaid"] * (1.0 - np.clip(groups.paid, 0.0, 1.0))
    follow_loyalty(
        crews.group, crews.reach, due, p["loyalty_cut_off"], p["loyalty_weeks"], crews.weeks, crews.loyalty
    )

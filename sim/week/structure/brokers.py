"""Brokers: what their loss breaks, who fills the vacancy by the switch `replacement`, and how links come back.

A broker is a manager: one in each crew holds its link of supply, two of the group hold its links to the outside.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels_links import OPEN, VACANT, break_links, onward, tie_to, triads
from sim.state.crews import MANAGER, TRANSIT
from sim.state.links import border_cost, carry, plaza_km, rebuild_links
from sim.state.run import Run

Floats = NDArray[Any]
Ints = NDArray[Any]
LEAST = 0.05
"""Least weight of a candidate without skill or trust."""


def lose_brokers(run: Run) -> None:
    """Managers arrested or killed this week leave ties and links behind that nobody else holds. Assumption F22."""
    crews, groups = run.crews, run.groups
    rows = np.flatnonzero(crews.managers_lost)
    if rows.size:
        u = run.draws.words("structure/broker-lost", groups.id[crews.group[rows]], crews.plaza[rows])
        break_links(
            rows, u, crews.group, crews.ptr, crews.plaza, crews.members[:, MANAGER], crews.managers_lost, crews.known,
            crews.trust, crews.onto, crews.supply, groups.seat, groups.contact, groups.unfilled,
        )  # fmt: skip


def mend_links(run: Run) -> None:
    """Pointers follow births and deaths of crews; vacancies are filled; ties and links grow with time together."""
    version = run.extra["crews.version"] if "crews.version" in run.extra else np.zeros(1, dtype=np.int64)
    seen = run.extra.setdefault("links.version", np.full(1, -1, dtype=np.int64))
    if seen[0] != version[0]:
        rebuild_links(run)
        seen[:] = version
    _fill_links(run)
    _fill_offices(run)
    pace = 1.0 / run.p["link_weeks"]
    groups = run.groups
    groups.contact += np.where(groups.unfilled, 0.0, pace * (1.0 - groups.contact))
    carry(run, 1.0 / run.p["trust_weeks"], pace)


def role_weights(run: Run, rows: Ints, skill: Floats, place: int) -> Floats:
    """Weight of candidates in crews of one group (n,) for a vacancy at a place, by the switch `replacement`.

    degree: skill x trust x (1 + ties); triadic: trust among those it knows counts too; distance: nearness to the place;
    random: all alike. Trust is the crew's loyalty, ties those of `Crews.degree`.
    Source: Duijn et al. 2014, doi:10.1038/srep04238; Diviak 2023, doi:10.1007/s11292-023-09563-z.
    """
    rule, crews = run.p.switch("replacement"), run.crews
    if rule == "random":
        return np.ones(rows.size)
    weight = (LEAST + skill) * (LEAST + crews.loyalty[rows])
    if rule == "distance":
        return np.asarray(weight * np.exp(-plaza_km(run)[crews.plaza[rows], place] / run.p["replacement_km"]))
    ties = crews.degree[rows]
    if rule == "triadic":
        at = crews.at[crews.group[rows[0]]]
        ties = ties + triads(rows, crews.plaza, at, crews.known, crews.trust)
    return np.asarray(weight * (1.0 + ties))


def find_broker(run: Run, g: int, place: int, word: str) -> tuple[int, float]:
    """Crew from which the successor of a broker of group g at a place comes, -1 if it has no managers; his skill."""
    crews, gid = run.crews, int(run.groups.id[g])
    rows = np.arange(crews.ptr[g], crews.ptr[g + 1])
    rows = rows[(crews.members[rows, MANAGER] > 0) & (crews.plaza[rows] < run.world.plazas.n_mexico)]
    if not rows.size:
        return -1, 0.0
    u = run.draws.words(f"structure/{word}", gid * 1024 + place, crews.plaza[rows])
    weight = role_weights(run, rows, u[..., 0], place)
    chosen = int(np.argmax(np.log(u[..., 1]) / weight))
    return int(rows[chosen]), float(u[chosen, 0])


def _fill_links(run: Run) -> None:
    """Vacant links of supply that find a broker this week: he comes over and links again to those whom he knows."""
    crews, gid = run.crews, run.groups.id[run.crews.group]
    rows = np.flatnonzero((crews.onto == VACANT) & (crews.plaza < run.world.plazas.n_mexico))
    if not rows.size:
        return
    found = run.draws.uniform("structure/broker-found", gid[rows], crews.plaza[rows])
    rows = rows[found < 1.0 / run.p["broker_delay_weeks"]]
    for row in rows[np.lexsort((crews.plaza[rows], gid[rows]))].tolist():
        g = int(crews.group[row])
        source, skill = find_broker(run, g, int(crews.plaza[row]), "broker")
        if source >= 0:
            _take_post(run, g, row, source, skill)


def _take_post(run: Run, g: int, row: int, source: int, skill: float) -> None:
    """A manager of crew `source` takes up the vacant link of crew `row`, as strong as skill and acquaintance allow."""
    crews = run.crews
    onto = onward(
        crews.ptr[g], crews.ptr[g + 1], row, crews.plaza, plaza_km(run), border_cost(run), crews.members[:, TRANSIT],
        run.p["supply_km"], run.world.plazas.n_mexico,
    )  # fmt: skip
    known = tie_to(source, onto, crews.known, crews.trust)
    if source == row or crews.plaza[source] == onto:
        known = 1.0
    if source != row:
        known = max(known, tie_to(source, crews.plaza[row], crews.known, crews.trust))
        crews.members[source, MANAGER] -= 1
        crews.members[row, MANAGER] += 1
    crews.onto[row], crews.supply[row] = onto, skill * known


def _fill_offices(run: Run) -> None:
    """A financier or buyer is found; contacts of his predecessor are worth what he knew of that crew."""
    groups, crews = run.groups, run.crews
    rows, offices = np.nonzero(groups.unfilled & groups.alive[:, None])
    if not rows.size:
        return
    found = run.draws.uniform("structure/office-found", groups.id[rows], offices)
    ready = np.flatnonzero(found < 1.0 / run.p["broker_delay_weeks"])
    for i in ready.tolist():
        g, office = int(rows[i]), int(offices[i])
        before = int(groups.seat[g, office])
        source, skill = find_broker(run, g, max(before, 0), f"office-{office}")
        if source >= 0:
            known = tie_to(source, before, crews.known, crews.trust)
            groups.contact[g, office] = skill * (1.0 if crews.plaza[source] == before else known)
            groups.seat[g, office], groups.unfilled[g, office] = crews.plaza[source], False


def bring_along(run: Run, rows: Ints, places: Ints) -> None:
    """Detachments in new crews (n,) know the crew at the place (n,) that sent them, and link anew."""
    crews = run.crews
    crews.known[rows, -1], crews.trust[rows, -1] = places, 1.0
    crews.onto[rows] = OPEN

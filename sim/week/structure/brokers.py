"""Brokers: what their loss breaks, who fills the vacancy by the switch `replacement`, and how links come back.

A broker is a manager: in each crew one or more hold its link of supply, its contact to those who launder and that to
those who sell drugs and precursors.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels_brokers import RULES, break_links, fill_links, fill_offices, weigh
from sim.kernels_links import OPEN, VACANT
from sim.state.crews import MANAGER, OFFICES, TRANSIT
from sim.state.links import border_cost, carry, know, plaza_km, rebuild_links
from sim.state.run import Run

Floats = NDArray[Any]
Ints = NDArray[Any]
TRUST_WEEKS = 4
"""Ties grow once in so many weeks."""
POST_DRAWS = ("structure/broker-found", "structure/broker")
"""Draws of whether vacant links of supply find a broker, and of who he is."""
OFFICE_DRAWS = ("structure/office-found", *(f"structure/{office}" for office in OFFICES))
"""Draws of whether vacant offices are filled, and of who fills each."""


def lose_brokers(run: Run) -> None:
    """Managers arrested or killed this week leave ties and links behind that nobody else holds. Assumption F22."""
    crews, groups = run.crews, run.groups
    rows = np.flatnonzero(crews.managers_lost)
    if rows.size:
        u = run.draws.words("structure/broker-lost", groups.id[crews.group[rows]], crews.plaza[rows])
        break_links(
            rows, u, int(run.p["managers_per_broker"]), crews.group, crews.ptr, crews.plaza, crews.members[:, MANAGER],
            crews.managers_lost, crews.known,
            crews.trust, crews.onto, crews.supply, crews.contact, crews.unfilled,
        )  # fmt: skip


def mend_links(run: Run) -> None:
    """Pointers follow births and deaths of crews; vacancies are filled; links and ties grow with time together."""
    p = run.p
    version = run.extra.setdefault("crews.version", np.zeros(1, dtype=np.int64))
    seen = run.extra.setdefault("links.version", np.full(1, -1, dtype=np.int64))
    changed = seen[0] != version[0]
    if changed:
        rebuild_links(run)
        seen[:] = version
    if changed or run.week % TRUST_WEEKS == 0:
        know(run, TRUST_WEEKS / p["trust_weeks"] if run.week % TRUST_WEEKS == 0 else 0.0)
    _fill_posts(run)
    _fill_offices(run)
    carry(run, 1.0 / p["link_weeks"])


def _rule(run: Run) -> int:
    return RULES.index(run.p.switch("replacement"))


def role_weights(run: Run, rows: Ints, skill: Floats, place: int) -> Floats:
    """Weight of candidates in crews of one group (n,) for a vacancy at a place, by the switch `replacement`.

    Source: Duijn et al. 2014, doi:10.1038/srep04238; Diviak 2023, doi:10.1007/s11292-023-09563-z.
    """
    crews = run.crews
    return np.asarray(
        weigh(
            rows, skill, place, _rule(run), run.p["replacement_km"], crews.plaza, crews.at[crews.group[rows[0]]],
            plaza_km(run), crews.loyalty, crews.degree, crews.known, crews.trust,
        )
    )  # fmt: skip


def _fill_posts(run: Run) -> None:
    """Vacant links of supply that find a broker this week: he comes over and links again to those whom he knows."""
    p, crews, ids = run.p, run.crews, run.groups.id
    if not np.any(crews.onto == VACANT):
        return
    fill_links(
        1.0 / p["broker_delay_weeks"], crews.group, ids, _rule(run), p["replacement_km"], p["supply_km"], crews.ptr,
        crews.plaza, crews.at, run.world.plazas.n_mexico, plaza_km(run), border_cost(run), crews.members, MANAGER,
        TRANSIT, crews.loyalty, crews.degree, crews.known, crews.trust, crews.onto, crews.supply,
        run.draws.keys(POST_DRAWS).reshape(-1), run.draws.week_word,
    )  # fmt: skip


def _fill_offices(run: Run) -> None:
    """Contacts grow with time; a crew finds a financier or buyer, to whom they are worth what he knew of that crew."""
    p, crews, draws = run.p, run.crews, run.draws
    keys = draws.keys(OFFICE_DRAWS)
    fill_offices(
        1.0 / p["broker_delay_weeks"], 1.0 / p["link_weeks"], crews.group, run.groups.id, _rule(run),
        p["replacement_km"], crews.ptr, crews.plaza, crews.at, run.world.plazas.n_mexico, plaza_km(run),
        crews.members[:, MANAGER], crews.loyalty, crews.degree, crews.known, crews.trust, crews.contact, crews.unfilled,
        keys.reshape(-1), draws.week_word,
    )  # fmt: skip


def bring_along(run: Run, rows: Ints, places: Ints) -> None:
    """Detachments in new crews (n,) know the crew at the place (n,) that sent them, and link anew."""
    crews = run.crews
    crews.known[rows, -1], crews.trust[rows, -1] = places, 1.0
    crews.onto[rows] = OPEN

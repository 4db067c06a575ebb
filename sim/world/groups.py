"""The groups at the start: the named ones of the snapshot and an unnamed local fringe, by a rank-size law.

A starting state for a model, from press maps that disagree: never evidence about a place or a person. It gives shares
of members, not members, and no rivalries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.streams import stable_id
from sim.world.areas import Areas
from sim.world.drugs import Drugs
from sim.world.grid import States
from sim.world.plazas import Plazas
from sim.world.ports import Sites
from sim.world.routes import Paths
from sim.world.tables import Flags, Floats, Ints, csr, read

N_GROUPS = 150
"""Groups at the start. Source: Prieto-Curiel et al. 2023, doi:10.1126/science.adh2888."""
LARGEST_SHARE = 0.179
"""Share of members in the largest group; the r-th has 1/r of it. Source: as above."""
FRINGE_PLAZAS = 6
"""Plazas of the largest fringe group; smaller ones have fewer, by the root of size. Assumed."""
LOCAL_TRADES = (0.71, 2.05, 0.75)
"""What local groups live on, bn USD a year: drug sales; firms and people; fuel. Source: accounts, section 2."""
STATUSES = ("minor", "contested", "dominant", "home")
"""How firmly a plaza is held; the position is the code used in `Groups0.status`."""


@dataclass(frozen=True)
class Groups0:
    """Groups at the start (G = 150), by size. Plazas and hubs are CSR: entries `ptr[g]` to
    `ptr[g + 1]` belong to group g."""

    name: tuple[str, ...]
    """(G,) code of a named group, or ``fringe-<state>-<k>``."""
    title: tuple[str, ...]
    """(G,) name for people."""
    id: Ints
    """(G,) int64, stable identity from the name, 31 bits."""
    named: Flags
    """(G,) bool, in the snapshot by name."""
    share: Floats
    """(G,) float64, share of all members; sums to 1."""
    home_state: Ints
    """(G,) int64, row of `States`."""
    plaza_ptr: Ints
    """(G + 1,) int64, start of each group's entries."""
    plaza_idx: Ints
    """(m,) int64, Mexican plaza of each entry, ascending within a group."""
    plaza_weight: Floats
    """(m,) float64, share of the group's members in Mexico there; sums to 1 per group."""
    plaza_status: Ints
    """(m,) int64, 0 minor, 1 contested, 2 dominant, 3 home. Code of `STATUSES`."""
    trades: Flags
    """(G, D) bool: every named group trades all; the fringe what is made or enters where it sits, or all at the
    border. Assumed."""
    hub_ptr: Ints
    """(G + 1,) int64, start of each group's hubs."""
    hub_idx: Ints
    """(h,) int64, row of `Areas` where the group has people of its own, ascending. Assumed."""
    hub_weight: Floats
    """(h,) float64, share of those people, by the area's population; sums to 1 per group that has hubs."""

    @property
    def n(self) -> int:
        """Number of groups."""
        return len(self.name)

    def plazas_of(self, group: int) -> Ints:
        """Return the plazas of one group, (k,) int64."""
        return self.plaza_idx[self.plaza_ptr[group] : self.plaza_ptr[group + 1]]

    def hubs_of(self, group: int) -> Ints:
        """Return the US areas of one group, (k,) int64."""
        return self.hub_idx[self.hub_ptr[group] : self.hub_ptr[group + 1]]


@dataclass(frozen=True)
class _Presence:
    """Status of each plaza a group holds, and the weights that go with a status."""

    held: dict[int, int]
    home: int
    worth: float


def load_groups(
    states: States, areas: Areas, sites: Sites, plazas: Plazas, drugs: Drugs, paths: Paths, year: str = "2019"
) -> Groups0:
    """Build the groups of a snapshot `year` and the fringe that fills up the rank-size law."""
    rules = {
        row["status"]: (float(row["weight"]), float(row["plaza_share"]))
        for row in read("group_presence").rows
    }
    titles, named, cover = _named_presence(states, sites, plazas, rules, year)
    order = sorted(named, key=lambda code: (-named[code].worth, code))
    share = LARGEST_SHARE / np.arange(1, N_GROUPS + 1)
    share /= share.sum()
    fringe = _fringe(states, plazas, cover, share[len(order) :])
    name = tuple(order) + tuple(fringe)
    presence = [named[code] for code in order] + list(fringe.values())
    ptr, flat = csr([sorted(entry.held) for entry in presence])
    status = np.array([entry.held[p] for entry in presence for p in sorted(entry.held)], dtype=np.int64)
    worth = np.array([rules[word][0] for word in STATUSES])
    weight = worth[status] * plazas.population[flat]
    weight /= np.repeat(np.add.reduceat(weight, ptr[:-1]), np.diff(ptr))
    is_named = np.arange(len(name)) < len(order)
    hubs = _hubs(name, ptr, flat, weight, plazas, sites, areas, paths, year)
    hub_ptr, hub_idx = csr([np.flatnonzero(row).tolist() for row in hubs])
    people = hubs * areas.population[None, :]
    people /= np.maximum(people.sum(axis=1, keepdims=True), 1.0)
    return Groups0(
        name=name,
        title=tuple(titles[code] for code in order)
        + tuple(
            f"local group {code.rsplit('-', 1)[1]} of {states.name[fringe[code].home]}" for code in fringe
        ),
        id=np.array([stable_id(code) for code in name], dtype=np.int64),
        named=is_named,
        share=share,
        home_state=np.array([entry.home for entry in presence], dtype=np.int64),
        plaza_ptr=ptr,
        plaza_idx=flat,
        plaza_weight=weight,
        plaza_status=status,
        trades=_trades(is_named, ptr, flat, plazas, drugs),
        hub_ptr=hub_ptr,
        hub_idx=hub_idx,
        hub_weight=people[hubs],
    )


def _named_presence(
    states: States, sites: Sites, plazas: Plazas, rules: Mapping[str, tuple[float, float]], year: str
) -> tuple[dict[str, str], dict[str, _Presence], Floats]:
    """Read who is where; return titles, presence by code, and named cover per state (80,)."""
    held: dict[str, dict[int, int]] = {}
    home: dict[str, int] = {}
    titles: dict[str, str] = {}
    worth: dict[str, float] = {}
    cover = np.zeros(len(states.code))
    for row in read("groups").where("year", year).rows:
        code, state = row["group"], states.index[row["state"]]
        word = "home" if row["role"] == "home" else row["status"]
        titles.setdefault(code, row["title"])
        if row["role"] == "home":
            home[code] = state
        if row["role"] == "plaza":
            rows = _place(row, state, sites, plazas)
        else:
            rows = _pick(
                code, np.flatnonzero((plazas.state == state) & (plazas.hub_area < 0)), plazas, rules[word][1]
            )
            cover[state] += rules[word][0]
            worth[code] = worth.get(code, 0.0) + rules[word][0] * float(np.sqrt(states.population[state]))
        mine = held.setdefault(code, {})
        for plaza in rows.tolist():
            known = row["role"] == "plaza"
            mine[plaza] = STATUSES.index(word) if known else max(mine.get(plaza, 0), STATUSES.index(word))
    return titles, {code: _Presence(held[code], home[code], worth[code]) for code in held}, cover


def _place(row: Mapping[str, str], state: int, sites: Sites, plazas: Plazas) -> Ints:
    """Return the plaza a row of role `plaza` names: a border site's, or the state's seaport, (1,) int64."""
    if row["site"]:
        return sites.plaza[[sites.index[row["site"]]]]
    return np.flatnonzero(plazas.seaport & (plazas.state == state))[:1]


def _pick(name: str, rows: Ints, plazas: Plazas, part: float) -> Ints:
    """Choose a part of some plazas, larger ones likelier, by a stable hash of name and plaza, (k,) int64."""
    count = max(1, round(part * rows.size))
    if count >= rows.size:
        return rows
    u = (np.array([stable_id(f"{name} {row}") for row in rows]) + 0.5) / 2.0**31
    return np.sort(rows[np.argsort(np.log(u) / plazas.population[rows])[::-1][:count]])


def _fringe(states: States, plazas: Plazas, cover: Floats, share: Floats) -> dict[str, _Presence]:
    """Place local groups over states by what local trades offer and by how thin the named are; larger ones first."""
    mexican = np.flatnonzero(states.country == 0)
    people = np.where(plazas.hub_area < 0, plazas.population, 0.0)
    drugs, firms, fuel = LOCAL_TRADES
    offer = drugs * plazas.use + firms * people / people.sum() + fuel * plazas.fuel
    pull = np.bincount(plazas.state, offer, minlength=len(states.code))[mexican] / (1.0 + cover[mexican])
    count = np.zeros(mexican.size, dtype=np.int64)
    queue: list[tuple[int, int]] = []
    for _ in range(share.size):
        best = int(np.argmax(pull / (count + 1.0)))
        count[best] += 1
        queue.append((int(mexican[best]), int(count[best])))
    queue.sort(key=lambda entry: (entry[1], -float(states.population[entry[0]]), entry[0]))
    fringe: dict[str, _Presence] = {}
    for (state, ordinal), size in zip(queue, share, strict=True):
        rows = np.flatnonzero((plazas.state == state) & (plazas.hub_area < 0))
        wide = int(
            np.clip(np.ceil(FRINGE_PLAZAS * np.sqrt(size / share[0])), 1, min(FRINGE_PLAZAS, rows.size))
        )
        of_state = int(count[np.flatnonzero(mexican == state)[0]])
        start = int((ordinal - 0.5) / of_state * rows.size)
        here = rows[(start + np.arange(wide)) % rows.size]
        name = f"fringe-{states.code[state]}-{ordinal}"
        fringe[name] = _Presence({int(plaza): STATUSES.index("contested") for plaza in here}, state, 0.0)
    return fringe


def _trades(named: Flags, ptr: Ints, flat: Ints, plazas: Plazas, drugs: Drugs) -> Flags:
    """Say which drugs each group trades, (G, D)."""
    here = plazas.supply(drugs)[flat] > 0.0
    border = plazas.site[flat] >= 0
    reach = np.logical_or.reduceat(here | border[:, None], ptr[:-1], axis=0)
    return np.asarray(reach | named[:, None], dtype=np.bool_)


def _hubs(
    name: tuple[str, ...],
    ptr: Ints,
    flat: Ints,
    weight: Floats,
    plazas: Plazas,
    sites: Sites,
    areas: Areas,
    paths: Paths,
    year: str,
) -> Flags:
    """Give each group of group_hubs.csv the areas with most people per km from the sites it holds, (G, A)."""
    hubs = np.zeros((len(name), areas.n), dtype=np.bool_)
    for row in read("group_hubs").where("year", year).rows:
        group = name.index(row["group"])
        span = slice(ptr[group], ptr[group + 1])
        to_site = weight[span] @ paths.cost_mx[flat[span]]
        holds = np.isin(sites.plaza, flat[span])
        reach = np.where(holds, to_site, np.inf) if bool(holds.any()) else to_site
        km = np.min(reach[:, None] + paths.cost_us, axis=0)
        hubs[group, np.argsort(-areas.population / km, kind="stable")[: int(row["n_hubs"])]] = True
    return hubs

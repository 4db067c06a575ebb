"""Build a run: empty tables of the right size, the registered accounts, and the starting groups and posts.

Each chain fills its own tables in a starter of its own beside its processes; this module only does what all
of them stand on.
"""

from __future__ import annotations

from functools import partial
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from sim.kernels_sums import by_group
from sim.ledger import Ledger
from sim.levers import LeverBoard
from sim.parameters import Parameters
from sim.state.crews import ROLES
from sim.state.governments import ISSUES
from sim.state.groups import CAPACITY
from sim.state.links import start_links
from sim.state.people import STATES
from sim.state.run import GUNS, OTHER_TRADES, TABLES, Run, axis_lengths, commodities
from sim.state.tally import CAUSES
from sim.streams import Draws
from sim.world.world import World


def build_run(
    world: World, parameters: Parameters, seed: int, people_per_agent: int, policy_names: list[str]
) -> Run:
    """An opened run: tables, accounts, starting groups, crews, posts, units and governments.

    Starters of the chains (people, markets, arms) come after it, then `open_books`.
    """
    axes = axis_lengths(world)
    rows = {
        "groups": CAPACITY,
        "plazas": world.plazas.n,
        "sites": world.sites.n,
        "lanes": world.lanes.n,
        "units": world.units0.n,
        "courts": axes["court"],
        "areas": world.areas.n,
        "arms": world.states.n,
        "governments": 2,
        "relations": 1,
        "programmes": len(policy_names),
        "seen": 1,
        "tally": 1,
    }
    tables = {name: kind(rows.get(name, 0), axes) for name, kind in TABLES}
    run = Run(
        world=world,
        p=parameters,
        draws=Draws(seed),
        people_per_agent=people_per_agent,
        ledger=Ledger(commodities(axes["drug"])),
        policy_names=policy_names,
        **tables,  # type: ignore[arg-type]
    )
    _start_groups(run)
    _start_crews(run)
    start_links(run)
    _start_posts(run)
    return run


def open_books(run: Run, axes: dict[str, list[str]] | None = None) -> None:
    """Register every account with what is in the tables now, and set the levers to their bases."""
    ledger, drugs = run.ledger, len(run.world.drugs.names)
    for commodity, tables in (("pure", ("crews", "areas")), ("diluent", ("crews", "areas"))):
        for table in tables:
            ledger.account(f"{table}.{commodity}", commodity, _reader(run, table, commodity))
    for column in ("pure", "diluent"):
        ledger.account(f"loads.{column}", column, _load_reader(run, column, drugs))
    ledger.account("crews.precursor", "precursor", _reader(run, "crews", "precursor"))
    ledger.account("groups.treasury", "usd", _reader(run, "groups", "treasury"))
    ledger.account("crews.cash", "usd", _reader(run, "crews", "cash"))
    ledger.account("crews.guns", "guns", _reader(run, "crews", "guns"))
    ledger.account("arms.private", "guns", _reader(run, "arms", "private"))
    ledger.account("crews.ammunition", "ammunition", _reader(run, "crews", "ammunition"))
    ledger.account("crews.members", "members", _reader(run, "crews", "members"))
    for column in ("accused", "charged", "prisoners"):
        ledger.account(f"groups.{column}", "members", _reader(run, "groups", column))
    run.levers = LeverBoard(run, axes or lever_axes(run.world))


def lever_axes(world: World) -> dict[str, list[str]]:
    """Names of the elements of every axis a lever or a `where` may use."""
    return {
        "country": ["MX", "US"],
        "state": list(world.states.code),
        "area": list(world.areas.code),
        "site": list(world.sites.code),
        "corridor": list(world.corridors),
        "drug": list(world.drugs.names),
        "agency": list(world.agencies.names),
        "group": list(world.groups0.name),
        "issue": list(ISSUES),
        "role": list(ROLES),
        "gun": list(GUNS),
        "trade": [*world.drugs.names, *OTHER_TRADES],
        "use": list(STATES),
        "cause": list(CAUSES),
    }


def _reader(run: Run, table: str, column: str):  # type: ignore[no-untyped-def]
    return partial(attrgetter(f"{table}.{column}"), run)


def _load_reader(run: Run, column: str, drugs: int):  # type: ignore[no-untyped-def]
    return lambda: by_group(run.loads.drug, getattr(run.loads, column), drugs)


def _start_groups(run: Run) -> None:
    start, groups = run.world.groups0, run.groups
    n = start.n
    rows = np.arange(n)
    groups.id[:n] = start.id
    groups.alive[:n] = True
    groups.named[:n] = start.named
    run.names[:n] = list(start.name)
    groups.trades[:n] = start.trades
    groups.skill[:n] = 0.3 + 0.5 * run.draws.uniform("start/skill", start.id)
    groups.tenure[:n] = 52 * (1 + 8 * run.draws.uniform("start/tenure", start.id))
    groups.caution[:n] = run.draws.uniform("start/caution", start.id)
    groups.aggression[:n] = 0.2 + 0.6 * run.draws.uniform("start/aggression", start.id)
    groups.wage[:n] = run.p["wage_member_week"]
    members = run.p["members_start"] * start.share
    groups.treasury[:n] = members * run.p["wage_member_week"] * run.p["treasury_weeks_start"]
    groups.rivalry[np.ix_(rows, rows)] = _overlap_rivalry(run)


def _overlap_rivalry(run: Run) -> NDArray[np.float64]:
    """Starting rivalry: how much the territories of two groups overlap, scaled; zero with itself."""
    start = run.world.groups0
    weight = np.zeros((start.n, run.world.plazas.n))
    owner = np.repeat(np.arange(start.n), np.diff(start.plaza_ptr))
    weight[owner, start.plaza_idx] = start.plaza_weight
    size = np.sqrt((weight**2).sum(axis=1)) + 1e-12
    overlap = (weight @ weight.T) / np.outer(size, size)
    np.fill_diagonal(overlap, 0.0)
    return np.asarray(run.p["rivalry_overlap"] * overlap)


def _start_crews(run: Run) -> None:
    start, crews = run.world.groups0, run.crews
    owner = np.repeat(np.arange(start.n), np.diff(start.plaza_ptr))
    hub_owner = np.repeat(np.arange(start.n), np.diff(start.hub_ptr))
    hubs = run.world.areas.hub_plaza[start.hub_idx]
    rows = crews.append(len(owner) + len(hubs))
    crews.group[rows] = np.concatenate([owner, hub_owner])
    crews.plaza[rows] = np.concatenate([start.plaza_idx, hubs])
    people = run.p["members_start"] * start.share
    in_us = np.where(np.diff(start.hub_ptr) > 0, run.p["members_us_share"], 0.0)
    home = (people * (1 - in_us))[owner] * start.plaza_weight
    away = (people * in_us)[hub_owner] * start.hub_weight
    size = np.concatenate([home, away])
    at_home = np.array([run.p[f"role_share_{role}"] for role in ROLES])
    abroad = np.array([run.p[f"role_share_us_{role}"] for role in ROLES])
    shares = np.where(np.arange(len(size))[:, None] < len(owner), at_home, abroad)
    crews.members[rows] = _whole(
        size[:, None] * shares, run.draws.uniform("start/members", start.id[crews.group], crews.plaza)
    )
    crews.loyalty[rows] = 0.4 + 0.5 * run.draws.uniform("start/loyalty", start.id[crews.group], crews.plaza)
    crews.index(CAPACITY, run.world.plazas.n)


def _whole(sizes: NDArray[np.float64], u: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round at random so that the mean is kept: floor plus one with the chance of the remainder."""
    return np.floor(sizes + u.reshape(-1, *([1] * (sizes.ndim - 1)))).astype(np.int64)


def _start_posts(run: Run) -> None:
    world = run.world
    run.sites.officers[:] = world.sites.officers
    run.lanes.traffic[:] = world.lanes.traffic_per_week
    run.lanes.booths[:] = world.lanes.booths
    run.units.officers[:] = world.units0.effort_officers
    run.units.skill[:] = world.units0.skill
    run.units.integrity[:] = world.units0.integrity

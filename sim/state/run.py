"""A run: one simulated history in progress, and what a process of the week declares about itself.

`Run` holds the world, parameters, levers, draws, ledger, tables and handles of agents. It knows no process
and no Mesa: a policy, an outcome and a benchmark can use it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from sim.ledger import Commodity, Ledger
from sim.levers import LeverBoard
from sim.parameters import Parameters
from sim.state.areas import Areas
from sim.state.arms import Arms
from sim.state.courts import Courts, n_courts
from sim.state.crews import OFFICES, ROLES, TIES, Crews
from sim.state.governments import ISSUES, Governments, Programmes, Relations
from sim.state.groups import CAPACITY, Groups
from sim.state.loads import Loads
from sim.state.people import STATES, People
from sim.state.plazas import Plazas
from sim.state.ports import Carriers, Lanes, Sites, Teams
from sim.state.seen import Seen
from sim.state.table import Table
from sim.state.tally import CAUSES, Tally
from sim.state.units import CASE_KINDS, Cases, Units
from sim.streams import Draws
from sim.world.world import World

T = TypeVar("T")
OTHER_TRADES = ("extortion", "migrant smuggling", "fuel and predation", "local retail", "tolls")
GUNS = ("handgun", "long gun")


@dataclass(frozen=True)
class Process:
    """A function of the week and what it reads and writes (names of tables, levers and accounts)."""

    name: str
    fn: Callable[[Run], None]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    accounts: tuple[str, ...]
    doc: str

    def __call__(self, run: Run) -> None:
        self.fn(run)


def process(
    *, reads: Sequence[str], writes: Sequence[str], accounts: Sequence[str] = ()
) -> Callable[[Callable[[Run], None]], Process]:
    """Make a function a process of the week. `accounts` are the ledger accounts it moves: audited after it."""

    def wrap(fn: Callable[[Run], None]) -> Process:
        doc = " ".join((fn.__doc__ or "").split())
        return Process(fn.__name__, fn, tuple(reads), tuple(writes), tuple(accounts), doc)

    return wrap


@dataclass
class Note:
    """Something that happened, for the table of events: kind, subject and detail in words."""

    week: int
    kind: str
    subject: str
    detail: str = ""


TABLES: tuple[tuple[str, type[Table]], ...] = (
    ("groups", Groups),
    ("crews", Crews),
    ("plazas", Plazas),
    ("sites", Sites),
    ("lanes", Lanes),
    ("carriers", Carriers),
    ("teams", Teams),
    ("units", Units),
    ("cases", Cases),
    ("courts", Courts),
    ("loads", Loads),
    ("areas", Areas),
    ("arms", Arms),
    ("people", People),
    ("governments", Governments),
    ("relations", Relations),
    ("programmes", Programmes),
    ("seen", Seen),
    ("tally", Tally),
)


@dataclass
class Run:
    """One history. Tables are attributes of their own names; `names` gives each group row its name."""

    world: World
    p: Parameters
    draws: Draws
    people_per_agent: int
    groups: Groups
    crews: Crews
    plazas: Plazas
    sites: Sites
    lanes: Lanes
    carriers: Carriers
    teams: Teams
    units: Units
    cases: Cases
    courts: Courts
    loads: Loads
    areas: Areas
    arms: Arms
    people: People
    governments: Governments
    relations: Relations
    programmes: Programmes
    seen: Seen
    tally: Tally
    ledger: Ledger
    policy_names: list[str]
    names: list[str] = field(default_factory=lambda: [""] * CAPACITY)
    week: int = 0
    notes: list[Note] = field(default_factory=list)
    actors: dict[str, list[Any]] = field(default_factory=dict)
    extra: dict[str, NDArray[Any]] = field(default_factory=dict)
    levers: LeverBoard = field(init=False)
    kept: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    recorded: dict[Any, Any] | None = None
    """What outcomes share, while a week is recorded."""

    def note(self, kind: str, subject: str, detail: str = "") -> None:
        """Keep an event of this week for the table of events."""
        self.notes.append(Note(self.week, kind, subject, detail))

    def keep(self, name: str, key: object, make: Callable[[], T]) -> T:
        """Return `make()`, made again only when `key` has changed since the last call under this name.

        For what follows from world, parameters (`p.version`) and levers (`levers[name].tobytes()`) alone: it is no
        state, and a snapshot does not need it. An array it returns is read-only.
        """
        found = self.kept.get(name)
        if found is None or found[0] != key:
            found = self.kept[name] = (key, make())
            if isinstance(found[1], np.ndarray):
                found[1].flags.writeable = False
        return cast(T, found[1])

    @property
    def alive(self) -> NDArray[np.int64]:
        """Rows of living groups, ascending."""
        return self.groups.alive.nonzero()[0]

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """All arrays of the state, by `table.column`; names as an array of text."""
        saved = {f"{t}.{c}": v for t, _ in TABLES for c, v in getattr(self, t).snapshot().items()}
        saved |= {f"extra.{k}": v.copy() for k, v in self.extra.items()}
        saved["run.names"] = np.array(self.names, dtype="U80")
        saved["run.week"] = np.array([self.week])
        return saved

    def restore(self, saved: dict[str, NDArray[Any]]) -> None:
        """Put a snapshot back, rebuild pointers and take the balances as opening ones."""
        for name, _ in TABLES:
            start = f"{name}."
            getattr(self, name).restore({k[len(start) :]: v for k, v in saved.items() if k.startswith(start)})
        self.extra = {k[6:]: np.array(v) for k, v in saved.items() if k.startswith("extra.")}
        self.names = [str(name) for name in saved["run.names"]]
        self.week = int(saved["run.week"][0])
        self.crews.index(CAPACITY, self.world.plazas.n)
        self.ledger.resync()


def axis_lengths(world: World) -> dict[str, int]:
    """Length of every named axis that tables use."""
    return {
        "group": CAPACITY,
        "drug": len(world.drugs.names),
        "lane": world.lanes.n,
        "site": world.sites.n,
        "plaza": world.plazas.n,
        "area": world.areas.n,
        "role": len(ROLES),
        "tie": TIES,
        "office": len(OFFICES),
        "gun": len(GUNS),
        "kind": 2,
        "country": 2,
        "court": n_courts(world),
        "issue": len(ISSUES),
        "case": len(CASE_KINDS),
        "agency": len(world.agencies.names),
        "cause": len(CAUSES),
        "trade": len(world.drugs.names) + len(OTHER_TRADES),
        "use": len(STATES),
    }


def commodities(n_drugs: int) -> list[Commodity]:
    """What the ledger counts."""
    return [
        Commodity("pure", "pure kg", n_drugs, whole=False),
        Commodity("diluent", "kg", n_drugs, whole=False),
        Commodity("precursor", "kg", n_drugs, whole=False),
        Commodity("usd", "USD", 1, whole=False),
        Commodity("guns", "guns", len(GUNS), whole=True),
        Commodity("ammunition", "rounds", 1, whole=True),
        Commodity("members", "people", 1, whole=True),
    ]

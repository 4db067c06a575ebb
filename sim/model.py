"""The model: a Mesa model built from a scenario, and the week as one tuple of functions.

It builds, steps, records, snapshots and restores. It holds no mechanism: those are the functions of WEEK.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from sim import mesa_door
from sim.agents.consumers import Consumers
from sim.agents.crew import Crew
from sim.agents.government import Government, start_governments
from sim.agents.group import TraffickingGroup
from sim.agents.port import BorderPort
from sim.agents.unit import EnforcementUnit
from sim.catalogue import Step, events, policies
from sim.kernels_crews import turnover
from sim.outcome import of_level
from sim.parameters import Parameters, parameter_table
from sim.places import WHERE
from sim.record import Record
from sim.scenario import Scenario, load
from sim.schedule import Change, Happening, Programme, pressed
from sim.state import cache
from sim.state.build import build_run, open_books
from sim.state.run import Process, Run
from sim.week.arming import arm, start_arms
from sim.week.cash import repatriate
from sim.week.community import community, start_places
from sim.week.crossing import cross, deliver
from sim.week.enforcement import enforce, sense, start_units
from sim.week.force import fight, recruit
from sim.week.institutions import diplomacy, govern
from sim.week.justice import prosecute
from sim.week.learning import learn
from sim.week.market import clear, start_markets
from sim.week.observing import audit, observe
from sim.week.people import consume, start_people
from sim.week.planning import plan
from sim.week.protection import bribe
from sim.week.structure import restructure
from sim.week.supply import dispatch, produce
from sim.world.world import world as the_world

SPIN_UP_WEEKS = 156

WEEK: tuple[Process, ...] = (
    govern,
    diplomacy,
    sense,
    plan,
    recruit,
    produce,
    dispatch,
    cross,
    deliver,
    clear,
    consume,
    repatriate,
    arm,
    bribe,
    enforce,
    prosecute,
    fight,
    restructure,
    community,
    learn,
    audit,
    observe,
)
"""The week: every process in order. `contraflow week` prints it; `--profile` times it."""

STARTERS = (start_people, start_markets, start_arms, start_places, start_units, start_governments)


class Model(mesa.Model):
    """One history of a scenario under one replicate seed.

    spec: a name, path or Scenario; rng: the seed (int, its text, SeedSequence or Generator; None is 0); seed: an older
    word for rng, without which `batch_run` of Mesa 3.5 would put None in place of the `rng` it was given;
    kwargs: dotted paths of the scenario (`policies.NAME.intensity`), parameters by bare name, or
    `people_per_agent`, `years`, `start`. Raises InputError listing every fault of the scenario.
    """

    def __init__(self, spec: Any = "status_quo", *, rng: Any = None, seed: Any = None, **kwargs: Any) -> None:
        _one_blas_thread()
        self.seed = mesa_door.seed_of(seed if rng is None else rng)
        super().__init__(rng=self.seed % 2**63)
        self.plan: Scenario = load(spec, sets=mesa_door.without_mesa_words(kwargs))
        self.profile: dict[str, float] = {}
        self.profiling = False
        self.week = 0
        self.spin_up_cached = False
        self.run = self._open()
        self.record = Record(self.plan.start)
        self._spin_up()
        self._schedule()
        self._make_agents()
        self.datacollector = mesa_door.weekly_values([item.name for item in of_level("national")])
        self.running = self.n_weeks > 0

    @property
    def n_weeks(self) -> int:
        """Weeks of the scenario, spin-up apart."""
        return self.plan.n_weeks

    def step(self) -> None:
        """Run one week of the scenario and record it."""
        if self.week >= self.n_weeks:
            self.running = False
            return
        self._one_week(self.week)
        self._timed("handles", self._follow_births)
        self._timed("record", self.record.collect, self.run, self.week)
        self.week += 1
        self.running = self.week < self.n_weeks
        self._timed("reporters", self.datacollector.collect, self)

    def set_policy(self, name: str, intensity: float, ramp_weeks: int = 0) -> None:
        """Change a policy from the next week on; the plan keeps the dated step, so that it can be replayed."""
        self.plan = self.plan.with_step(name, self.week, intensity, ramp_weeks)
        self._schedule()

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """Copies of all arrays of the state; `restore` on a model of the same scenario goes on from there."""
        return self.run.snapshot() | {"model.week": np.array([self.week])}

    def restore(self, saved: dict[str, NDArray[Any]]) -> None:
        """Put a snapshot back. The record of weeks before it is not part of it."""
        self.run.restore(saved)
        self.week = int(saved["model.week"][0])
        self.running = self.week < self.n_weeks
        self._make_agents()

    def close(self) -> None:
        """Let go of all agents, so that the model can be freed."""
        self.run.actors.clear()
        mesa_door.release(self)

    def _open(self) -> Run:
        parameters = Parameters(parameter_table(), self.plan.parameters)
        run = build_run(the_world(), parameters, self.seed, self.plan.people_per_agent, list(policies()))
        for starter in STARTERS:
            starter(run)
        open_books(run)
        return run

    def _spin_up(self) -> None:
        """Weeks -156 to -1 without policies and events, from the cache when it has them."""
        name = cache.key(self.seed, self.plan.people_per_agent, self.run.p.hash)
        saved = cache.load(name)
        if saved is not None:
            self.run.restore(saved)
            self.spin_up_cached = True
            return
        self.run.actors["government"] = [Government(self, self.run, row) for row in range(2)]
        self.run.actors["group"] = []
        self._groups_seen = b"", b""
        for week in range(-SPIN_UP_WEEKS, 0):
            self._follow_groups()
            self._one_week(week)
        self.run.notes = []
        self.remove_all_agents()
        cache.save(name, self.run.snapshot())

    def _one_week(self, week: int) -> None:
        run = self.run
        run.week = run.draws.week = week
        self._timed("open", self._open_week, week)
        for process in WEEK:
            self._timed(process.name, self._one_process, process)

    def _open_week(self, week: int) -> None:
        self.run.ledger.begin_week(week)
        self.run.tally.zero()

    def _one_process(self, process: Process) -> None:
        ledger = self.run.ledger
        ledger.process = process.name
        process(self.run)
        if process.accounts:
            ledger.check(process.accounts)

    def _timed(self, name: str, work: Callable[..., None], *arguments: Any) -> None:
        """Do a part of the week; when profiling, add its seconds to the row `name` of `profile`.

        Rows that are not processes: `open` (empty tally and postings), `handles` (of agents born and dead), `record`
        (outcomes) and `reporters` (Mesa's data collector).
        """
        if not self.profiling:
            work(*arguments)
            return
        began = time.perf_counter()
        work(*arguments)
        self.profile[name] = self.profile.get(name, 0.0) + time.perf_counter() - began

    def _schedule(self) -> None:
        """Put the scenario's programmes, happenings and changes on the calendar."""
        plan, catalogue, kinds = self.plan, policies(), events()
        programmes = []
        for name in self.run.policy_names:
            use, policy = plan.policies.get(name), catalogue[name]()
            if use is None:
                programmes.append(Programme(name, policy, (), {}, {}))
                continue
            own = {key: float(value) for key, value in use.own.items()}
            where = {WHERE.get(axis, axis): names for axis, names in use.where.items()}
            programmes.append(Programme(name, policy, tuple(use.steps), own, where, use.budget_from))
        self.run.actors["programme"] = programmes
        self.run.actors["event"] = [Happening(kinds[e.kind](), dict(e.fields), e.week) for e in plan.events]
        self.run.actors["lever"] = [
            (use.week, press)
            for use in plan.levers.values()
            for press in pressed(use.name, use.add, use.scale)
        ]
        base = Parameters(parameter_table(), plan.parameters).file_values()
        self.run.actors["change"] = [
            Change(
                c.parameter,
                tuple(Step(s.week, s.value, s.ramp_weeks) for s in c.steps),
                float(base[c.parameter]),
            )
            for c in plan.changes
        ]

    def _make_agents(self) -> None:
        """Handles for everything that decides, on the grid where they have a place."""
        run, world = self.run, self.run.world
        self.remove_all_agents()
        population = np.zeros((mesa_door.WIDTH, mesa_door.HEIGHT))
        population[world.cells.x, world.cells.y] = world.cells.population
        self.grid = mesa_door.new_grid(self, {"population": population})
        self.cells = [self.grid[int(x), int(y)] for x, y in zip(world.cells.x, world.cells.y, strict=True)]
        actors = run.actors
        actors["government"] = [Government(self, run, row) for row in range(2)]
        actors["port"] = [
            BorderPort(self, run, row, self.cells[c]) for row, c in enumerate(world.sites.us_cell)
        ]
        actors["unit"] = [
            EnforcementUnit(self, run, row, self.cells[c]) for row, c in enumerate(world.units0.cell)
        ]
        populated = np.flatnonzero(np.diff(run.people.ptr) > 0)
        actors["consumers"] = [Consumers(self, run, int(c), self.cells[c]) for c in populated]
        actors["group"] = []
        self._groups_seen = b"", b""
        self._crews: dict[int, Crew] = {}
        self._crew_keys = np.empty((2, 0), dtype=np.int64)
        self._crews_seen = np.empty((0, 0), dtype=np.int32)
        self._follow_births()

    def _follow_births(self) -> None:
        self._follow_groups()
        self._follow_crews()

    def _follow_groups(self) -> None:
        """Make handles of new groups and drop those of dead ones; handles are in row order."""
        groups = self.run.groups
        seen = groups.alive.tobytes(), groups.id.tobytes()
        if seen == self._groups_seen:
            return
        self._groups_seen = seen
        now = {actor.row: actor for actor in self.run.actors["group"]}
        for row, actor in now.items():
            if not groups.alive[row] or actor.id != groups.id[row]:
                actor.remove()
        kept = {row: a for row, a in now.items() if groups.alive[row] and a.id == groups.id[row]}
        self.run.actors["group"] = [
            kept.get(r) or TraffickingGroup(self, self.run, r) for r in self.run.alive.tolist()
        ]

    def _follow_crews(self) -> None:
        """Make handles of new crews and drop those of dead ones; a handle finds its own row.

        `Crews.index` makes a new `at` whenever crews are born, die or move: the same `at` means the same crews.
        """
        crews, groups = self.run.crews, self.run.groups
        if crews.at is self._crews_seen:
            return
        self._crews_seen = crews.at
        plaza_cell = self.run.world.plazas.cell
        before = self._crew_keys
        self._crew_keys, gone, born = turnover(before, crews.group, crews.plaza, groups.id, len(plaza_cell))
        for key in before[1][gone].tolist():
            self._crews.pop(key).remove()
        for row in born.tolist():
            cell = self.cells[plaza_cell[crews.plaza[row]]]
            self._crews[int(self._crew_keys[1, row])] = Crew(self, self.run, row, cell)


@lru_cache(maxsize=1)
def _one_blas_thread() -> None:
    """Matrix products on one thread, once per process: sums then do not depend on the number of cores."""
    threadpool_limits(limits=1, user_api="blas")

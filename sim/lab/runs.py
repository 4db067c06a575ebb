"""The plan of an experiment: which runs, with which seeds, in which chunks. It runs nothing and writes nothing.

An experiment is resolved scenarios x replicates x parameter draws. Replicate i has the seed `seed + i` in every
scenario and every draw, so that replicate i of one scenario pairs with replicate i of another. The plan is sorted,
so it does not depend on the order in which scenarios were named.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import Fault, InputError, nearest
from sim.units import WEEKS_PER_YEAR

FACTORY = "sim.model:Model"
LOADER = "sim.scenario:load"
USUAL_BASELINE = "status_quo"
CHUNK_SECONDS = 60.0
# Planning figures only (they cut the plan into chunks): seconds per week at 100 people per agent, and per run.
WEEK_SECONDS = 0.02
RUN_SECONDS = 2.0

Spec = Any
"""A name, a path, a sum of them with `+`, or a resolved Scenario."""


@dataclass(frozen=True)
class RunSpec:
    """One run: scenario, replicate and draw are its key in every table; `seed` gives its dice."""

    run_id: str
    scenario: str
    replicate: int
    draw: int
    seed: int


@dataclass(frozen=True)
class Chunk:
    """One replicate of one draw across scenarios: a task of at most about a minute, and a file of each table."""

    name: str
    runs: tuple[RunSpec, ...]


@dataclass(frozen=True)
class Plan:
    """An experiment as resolved. `scenarios[name][draw]` is the scenario with that draw's parameters set."""

    name: str
    scenarios: Mapping[str, Sequence[Any]]
    draws: tuple[dict[str, object], ...]
    baseline: str
    replicates: int
    seed: int
    window: tuple[int, int]
    start_window: tuple[int, int]
    chunks: tuple[Chunk, ...]
    factory: str

    @property
    def runs(self) -> list[RunSpec]:
        """Every run, sorted by (scenario, replicate, draw)."""
        return sorted(
            (run for chunk in self.chunks for run in chunk.runs),
            key=lambda r: (r.scenario, r.replicate, r.draw),
        )

    def scenario_of(self, run: RunSpec) -> Any:
        """The resolved scenario of a run."""
        return self.scenarios[run.scenario][run.draw]

    def record(self) -> dict[str, Any]:
        """What identifies the experiment, as plain data for the manifest; two equal records mean equal tables."""
        return {
            "name": self.name,
            "baseline": self.baseline,
            "replicates": self.replicates,
            "seed": self.seed,
            "draws": [dict(draw) for draw in self.draws],
            "window_weeks": list(self.window),
            "start_window_weeks": list(self.start_window),
            "scenarios": [
                {
                    "name": name,
                    "title": str(each[0].title),
                    "hash": str(each[0].hash),
                    "start": str(each[0].start),
                    "weeks": int(each[0].n_weeks),
                    "toml": each[0].to_toml(),
                }
                for name, each in self.scenarios.items()
            ],
        }


def resolve(dotted: str) -> Any:
    """The object at `package.module:name`. Workers get this text and import the object themselves."""
    module, _, name = dotted.partition(":")
    return getattr(importlib.import_module(module), name)


def make_plan(
    specs: Sequence[Spec],
    *,
    replicates: int = 1,
    seed: int = 1,
    weeks: int | None = None,
    sets: Mapping[str, object] | None = None,
    draws: Sequence[Mapping[str, object]] = (),
    baseline: str | None = None,
    name: str | None = None,
    factory: str | None = None,
    loader: str | None = None,
) -> Plan:
    """Resolve the scenarios and lay out the runs.

    `weeks` overrides the length of every scenario; `sets` are dotted paths set in every scenario; each of `draws`
    maps dotted paths to values (none: one draw, the scenarios as they are). The baseline is the one named, or
    `status_quo` where it is among the scenarios, or the first by name.
    Raises InputError with every fault found.
    """
    faults = _check_counts(specs, replicates, seed, weeks)
    load = resolve(loader or LOADER)
    fixed = dict(sets or {})
    if weeks is not None:
        fixed["run.years"] = weeks / WEEKS_PER_YEAR
    all_draws = tuple(dict(draw) for draw in draws) or ({},)
    scenarios = _load_all(specs, fixed, all_draws, load, faults)
    base = baseline or (USUAL_BASELINE if USUAL_BASELINE in scenarios else next(iter(scenarios), ""))
    if scenarios and base not in scenarios:
        faults.append(Fault("baseline", base, f"one of {', '.join(scenarios)}", nearest(base, scenarios)))
    if faults:
        raise InputError(faults)
    window, start_window = windows({n: each[0] for n, each in scenarios.items()}, base)
    return Plan(
        name=name or "-".join(scenarios),
        scenarios=scenarios,
        draws=all_draws,
        baseline=base,
        replicates=replicates,
        seed=seed,
        window=window,
        start_window=start_window,
        chunks=tuple(_chunks(scenarios, replicates, seed, all_draws)),
        factory=factory or FACTORY,
    )


def _check_counts(specs: Sequence[Spec], replicates: int, seed: int, weeks: int | None) -> list[Fault]:
    faults = []
    if not specs:
        faults.append(Fault("scenarios", [], "at least one scenario", fix="name one, such as status_quo"))
    if replicates < 1:
        faults.append(Fault("replicates", replicates, "a whole number of at least 1"))
    if seed < 0:
        faults.append(Fault("seed", seed, "a whole number of at least 0"))
    if weeks is not None and weeks < 1:
        faults.append(Fault("weeks", weeks, "a whole number of at least 1"))
    return faults


def _load_all(
    specs: Sequence[Spec],
    fixed: Mapping[str, object],
    draws: Sequence[Mapping[str, object]],
    load: Callable[..., Any],
    faults: list[Fault],
) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for spec in specs:
        try:
            each = [load(spec, sets={**fixed, **draw}) for draw in draws]
        except InputError as error:
            faults += [fault for fault in error.faults if fault not in faults]
            continue
        if each[0].name in found:
            faults.append(
                Fault("scenarios", each[0].name, "each name once", fix="give one of the files another name")
            )
        found[each[0].name] = each
    return dict(sorted(found.items()))


def run_id_of(scenario: Any, replicate: int, draw: int, seed: int) -> str:
    """A stable name of a run: readable, with a digest of what it is made from."""
    made_from = f"{scenario.hash}|{seed}|{draw}"
    digest = hashlib.blake2b(made_from.encode(), digest_size=4).hexdigest()
    return f"{scenario.name}-r{replicate:04d}-d{draw:04d}-{digest}"


def expected_seconds(scenario: Any) -> float:
    """A planning figure for one run; it only cuts plans into chunks."""
    per_agent = float(getattr(scenario, "people_per_agent", 100) or 100)
    return RUN_SECONDS + WEEK_SECONDS * float(scenario.n_weeks) * max(0.2, 100.0 / per_agent)


def _chunks(
    scenarios: Mapping[str, Sequence[Any]], replicates: int, seed: int, draws: Sequence[Mapping[str, object]]
) -> list[Chunk]:
    chunks: list[Chunk] = []
    for replicate in range(replicates):
        for draw in range(len(draws)):
            parts: list[list[RunSpec]] = []
            spent = CHUNK_SECONDS
            for name, each in scenarios.items():
                cost = expected_seconds(each[draw])
                if spent + cost > CHUNK_SECONDS:
                    parts.append([])
                    spent = 0.0
                spent += cost
                run_id = run_id_of(each[draw], replicate, draw, seed + replicate)
                parts[-1].append(RunSpec(run_id, name, replicate, draw, seed + replicate))
            for number, part in enumerate(parts):
                chunks.append(Chunk(f"r{replicate:04d}-d{draw:04d}-p{number:02d}", tuple(part)))
    return chunks


def policy_week(scenario: Any, base: Any) -> int | None:
    """First week in which a policy that differs from the baseline's acts, or None."""
    starts = [
        int(step.week)
        for name, use in scenario.policies.items()
        if base.policies.get(name) != use
        for step in getattr(use, "steps", ())
        if step.intensity != 0
    ]
    return min(starts) if starts else None


def windows(scenarios: Mapping[str, Any], baseline: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """Weeks [first, end) that results are averaged over, and those that stand for the start.

    Results: from the first week of any policy that is not the baseline's to the end. Start: the year before that
    week where at least 26 weeks exist, else the first 26 weeks.
    """
    end = min(int(each.n_weeks) for each in scenarios.values())
    weeks = [policy_week(each, scenarios[baseline]) for each in scenarios.values()]
    first = min((week for week in weeks if week is not None and 0 <= week < end), default=0)
    start = (max(0, first - 52), first) if first >= 26 else (0, min(26, end))
    return (first, end), start


def same_experiment(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Fault]:
    """Faults that say where a stored experiment differs from the one asked for; none if it may be resumed."""
    faults = []
    for key in ("replicates", "seed", "draws", "baseline"):
        if old.get(key) != new[key]:
            text = json.dumps(old.get(key))
            faults.append(Fault(f"--resume, {key}", new[key], f"{text[:80]}, as in the folder's manifest"))
    before = {each["name"]: each["hash"] for each in old.get("scenarios", [])}
    now = {each["name"]: each["hash"] for each in new["scenarios"]}
    for name in sorted(before.keys() | now.keys()):
        if before.get(name) != now.get(name):
            faults.append(
                Fault(
                    f"--resume, scenario {name}",
                    now.get(name, "absent"),
                    f"hash {before.get(name, 'absent')}",
                )
            )
    return faults


def default_folder(plan: Plan) -> Path:
    """results/NAME below the folder one stands in."""
    name = (
        plan.name
        if len(plan.name) <= 60
        else "batch-" + hashlib.blake2b(plan.name.encode(), digest_size=4).hexdigest()
    )
    return Path("results") / name

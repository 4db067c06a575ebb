"""Sweep factors of one scenario and say which of them matter: plan, run through the batch, analyse, write, draw.

Rows are draws of one scenario and share their dice replicate by replicate. A row that failed takes its trajectory or
base sample with it, and the rest is analysed. Beside what a batch writes: samples.csv, indices.csv, figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from sim.errors import Fault, InputError, RunFailed
from sim.lab import design as designs
from sim.lab import indices, manifest, runs
from sim.lab.batch import Progress, carry_out, cores
from sim.lab.design import Design
from sim.lab.dictionary import OutcomeRow, declared, national
from sim.lab.experiment import find
from sim.lab.runs import Chunk, Plan, RunSpec, default_folder, make_plan, resolve
from sim.lab.store import Results
from sim.lab.summary import one_number, to_csv
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

CHUNKS = 64
"""At least so many tasks, where there are so many runs."""
SAMPLES, INDICES = "samples.csv", "indices.csv"
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SweepPlan(Plan):
    """A plan whose draws are the rows of a design; the manifest holds the design and the scenario before it."""

    design: Design
    base: Any

    def record(self) -> dict[str, Any]:
        """What identifies the experiment, with the design."""
        return {**super().record(), "sweep": {**self.design.record(), "base_toml": self.base.to_toml()}}


def sweep(
    experiment: str | Path | Mapping[str, Any],
    *,
    replicates: int | None = None,
    seed: int | None = None,
    weeks: int | None = None,
    sets: Mapping[str, object] | None = None,
    jobs: int | None = None,
    scheduler: str | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    figures: bool = True,
    progress: Progress | None = None,
    command: str | None = None,
    factory: str | None = None,
    loader: str | None = None,
) -> Results:
    """Run a sweep and return a reader of the folder written (`out`, or results/NAME).

    experiment: a file of kind "sweep", its name, or its content. Other options are those of `batch`.
    Raises InputError before anything is written; RunFailed if no trajectory or base sample is whole.
    """
    given = {"replicates": replicates, "seed": seed, "weeks": weeks}
    content = {**_content(experiment), **{key: value for key, value in given.items() if value is not None}}
    content["set"] = {**content.get("set", {}), **(sets or {})}
    plan = plan_of(content, factory=factory, loader=loader)
    n_jobs = cores() if jobs is None else jobs
    if n_jobs < 1:
        raise InputError([Fault("--jobs", n_jobs, "a whole number of at least 1")])
    folder = default_folder(plan) if out is None else Path(out)
    results = carry_out(plan, folder, n_jobs, scheduler, resume, progress or Progress(), command)
    write(results, plan)
    if figures:
        from sim.plots import draw

        draw("sensitivity", results, folder / "figures")
    return results


def _content(experiment: str | Path | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(experiment, Mapping):
        return {"name": "sweep", **experiment}
    path = find(str(experiment))
    if path is None:
        fix = 'Name a file of kind "sweep", such as first_screening.'
        raise InputError([Fault("experiment", str(experiment), "the name or path of an experiment", fix=fix)])
    content = designs.content_of(path)
    if content.get("kind") != "sweep":
        fix = f"contraflow batch {experiment}"
        raise InputError([Fault(f"{path.name}: kind", content.get("kind"), '"sweep"', fix=fix)])
    return content


def plan_of(
    content: Mapping[str, Any], *, factory: str | None = None, loader: str | None = None
) -> SweepPlan:
    """Resolve the design and lay out its runs. Raises InputError listing every fault."""
    names = None
    if (loader or runs.LOADER) == "sim.scenario:load":
        from sim.scenario_checks import default_names

        names = default_names()
    if not isinstance(content.get("scenario"), str):
        raise InputError([Fault("scenario", content.get("scenario"), designs.KEYS["scenario"][1])])
    sets = dict(content.get("set", {}))
    sets |= {f"run.{key}": content[key] for key in ("years", "weeks") if content.get(key) is not None}
    load = resolve(loader or runs.LOADER)
    base = load(content["scenario"], sets=_weeks_as_years(sets))
    design = designs.read(content, base, declared(factory or runs.FACTORY), names)
    plan = make_plan(
        [design.scenario], replicates=design.replicates, seed=design.seed, weeks=design.weeks,
        sets=design.sets, draws=design.draws(), name=design.name, factory=factory, loader=loader,
    )  # fmt: skip
    return SweepPlan(**{**vars(plan), "chunks": together(plan)}, design=design, base=base)


def together(plan: Plan) -> tuple[Chunk, ...]:
    """Chunks of several rows of one replicate: enough of them to share the work out, each at most a minute's.

    A batch has a chunk for each draw; a sweep has many short draws, and four files for each would cost more than
    they hold. Depends on the plan alone, so that a store may be resumed with another number of jobs.
    """
    runs_of = plan.runs
    costs = {run.run_id: runs.expected_seconds(plan.scenario_of(run)) for run in runs_of}
    room = min(runs.CHUNK_SECONDS, sum(costs.values()) / CHUNKS)
    parts: list[list[RunSpec]] = []
    spent = 0.0
    for run in runs_of:
        if not parts or run.replicate != parts[-1][-1].replicate or spent + costs[run.run_id] > room:
            parts.append([])
            spent = 0.0
        parts[-1].append(run)
        spent += costs[run.run_id]
    return tuple(Chunk(f"r{p[0].replicate:04d}-d{p[0].draw:04d}-n{len(p):04d}", tuple(p)) for p in parts)


def _weeks_as_years(sets: dict[str, object]) -> dict[str, object]:
    weeks = sets.pop("run.weeks", None)
    if isinstance(weeks, int):
        sets["run.years"] = weeks / WEEKS_PER_YEAR
    return sets


def outcome_table(results: Results, design: Design) -> Values:
    """One number per row, replicate and target, (n_rows, n_replicates, n_targets); NaN for runs not in the store."""
    n_rows = design.size * design.block
    table = np.full((n_rows, design.replicates, len(design.targets)), np.nan)
    totals = {row.name: row.total for row in national(results.dictionary())}
    for frame in results.chunks():
        for key, weeks in frame.groupby(["replicate", "draw"], sort=True):
            replicate, draw = cast(tuple[int, int], key)
            ordered = weeks.sort_values("week")
            for i, target in enumerate(design.targets):
                column = ordered[[target.outcome]].to_numpy(np.float64)
                window = target.weeks(len(ordered))
                table[int(draw), int(replicate), i] = one_number(column, totals[target.outcome], window)[0]
    return table


def write(results: Results, plan: SweepPlan) -> None:
    """Write samples.csv and indices.csv, and enter them in the manifest."""
    design = plan.design
    table, shares = outcome_table(results, design), design.shares()
    manifest.write_text(results.folder / SAMPLES, to_csv(samples_table(plan, table)))
    kept = indices.complete(design, table)
    if not kept.any():
        raise RunFailed("no trajectory or base sample has all its runs; run it again with --resume")
    rows = {row.name: row for row in national(results.dictionary())}
    frame = indices_table(design, shares[kept], table[kept], rows)
    manifest.write_text(results.folder / INDICES, to_csv(frame))
    record = manifest.read(results.folder)
    record["files"] |= manifest.hashes(results.folder, [SAMPLES, INDICES])
    record["files"] = dict(sorted(record["files"].items()))
    record["made"]["blocks_dropped"] = int((~kept).sum()) // design.block
    manifest.write(results.folder, record)
    results.manifest.update(record)


def samples_table(plan: SweepPlan, table: Values) -> pd.DataFrame:
    """One row per run: draw, replicate, the value of each factor, then of each outcome."""
    import pandas as pd

    design, draws = plan.design, plan.draws
    values = {f.name: [draw[f.path] for draw in draws] for f in design.factors}
    keys = {"draw": range(len(draws)), "block": [i // design.block for i in range(len(draws))]}
    frame = pd.DataFrame({**keys, **values})
    parts = []
    for replicate in range(design.replicates):
        part = frame.copy()
        part.insert(1, "replicate", replicate)
        for i, label in enumerate(designs.labels(design.targets)):
            part[label] = table[:, replicate, i]
        parts.append(part)
    return pd.concat(parts, ignore_index=True).sort_values(["draw", "replicate"], ignore_index=True)


def indices_table(
    design: Design, shares: Values, table: Values, outcomes: Mapping[str, OutcomeRow]
) -> pd.DataFrame:
    """One row per target, factor and index, in the order of the design."""
    import pandas as pd

    whole = replace(design, size=shares.shape[0] // design.block)
    rows: list[dict[str, Any]] = []
    for i, target in enumerate(design.targets):
        values, meta = table[:, :, i], outcomes[target.outcome]
        found = indices.analyse(whole, shares, values)
        about = {
            "outcome": target.outcome, "title": meta.title, "country": meta.country, "window": target.window,
            "unit": meta.unit_per_year if meta.total == "sum" else meta.unit, "better": meta.better,
            "mean": values.mean(), "sd": values.mean(axis=1).std(ddof=1),
            "noise_floor": indices.noise_floor(design, values), "noise_share": indices.noise_share(values),
        }  # fmt: skip
        for j, factor in enumerate(design.factors):
            ends = {"low": factor.low, "high": factor.high} if not factor.choices else {}
            who = {"factor": factor.name, "kind": factor.kind, "range": factor.range_text,
                   "factor_unit": factor.unit, **{k: ends.get(k, np.nan) for k in ("low", "high")}}  # fmt: skip
            for index, parts in found.items():
                numbers = {key: part[j] for key, part in parts.items()}
                sizes = {"n_blocks": whole.size, "replicates": design.replicates}
                rows.append({**about, **who, "index": index, **numbers, **sizes})
    return pd.DataFrame(rows)


__all__ = ["Design", "Results", "outcome_table", "plan_of", "sweep", "write"]

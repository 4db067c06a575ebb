"""The demo: four policies for two countries, at the size that shows the main findings in minutes.

It replaces its own folder of results: the old one is removed only when it is a demo's (its manifest says so).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from sim.errors import Fault, InputError
from sim.lab import manifest
from sim.lab.batch import Progress, carry_out, cores
from sim.lab.runs import Spec, make_plan
from sim.lab.store import Results

NAME = "demo"
SCENARIOS = ("status_quo", "kingpin", "network_takedown", "demand_reduction")
REPLICATES = 8
YEARS = 6
OUT = Path("results") / NAME


def demo(
    *,
    jobs: int | None = None,
    out: Path = OUT,
    replicates: int = REPLICATES,
    years: float = YEARS,
    seed: int = 1,
    progress: Progress | None = None,
    scenarios: Sequence[Spec] = SCENARIOS,
) -> Results:
    """Run the four scenarios with common dice and return the results, an old demo's removed.

    Raises InputError if the folder holds something that no demo made.
    """
    plan = make_plan(
        scenarios,
        replicates=replicates,
        seed=seed,
        sets={"run.years": years},
        baseline=str(scenarios[0]),
        name=NAME,
    )
    make_room(out)
    return carry_out(plan, out, cores() if jobs is None else jobs, None, False, progress or Progress(), None)


def make_room(folder: Path) -> None:
    """Remove the folder of an earlier demo."""
    if not folder.exists() or not any(folder.iterdir()):
        return
    try:
        owner = manifest.read(folder)["experiment"]["name"]
    except (OSError, KeyError, TypeError, json.JSONDecodeError):
        owner = None
    if owner != NAME:
        fix = "move it away, or give another folder with --out"
        raise InputError([Fault("--out", str(folder), "an empty folder or that of an earlier demo", fix=fix)])
    shutil.rmtree(folder)

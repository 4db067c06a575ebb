"""Measure what common dice are worth: the variance of paired differences over that of unpaired ones.

The outcome is the overdose hazard summed over years 3 to 5. A paired difference is replicate i of a policy minus
replicate i of the status quo; an unpaired one takes replicate j, not i, of the status quo. The interval of the ratio is
by bootstrap over replicates. Run: python -m benchmarks.pairing [--replicates 40] [--people-per-agent 100] [--jobs 3]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.lab.batch import batch, failures
from sim.lab.store import Results
from sim.units import WEEKS_PER_YEAR

Floats = NDArray[np.float64]
BASE, POLICIES = "status_quo", ("demand_reduction", "kingpin")
FIRST_YEAR, LAST_YEAR = 3, 5
BOOTSTRAPS = 4000
MOST = 0.5
"""Upper end of the interval that the project asks for."""


def main() -> None:
    """Run the batch, or read a folder that holds it; print the ratios and write them as JSON."""
    options = _options()
    with tempfile.TemporaryDirectory() as scratch:
        results = _results(options, Path(scratch) / "runs")
        for line in failures(results):
            print(line)
        ratios = {name: measure(results, name, options.outcome) for name in POLICIES}
    show(ratios, options.outcome)
    if options.json:
        Path(options.json).write_text(json.dumps(ratios, indent=1) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--replicates", type=int, default=40)
    parser.add_argument("--people-per-agent", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=3)
    parser.add_argument("--outcome", default="overdose_hazard")
    parser.add_argument(
        "--out", help="keep the runs in this folder; one that holds them is read, not run again"
    )
    parser.add_argument("--json", help="write the figures to this file")
    return parser.parse_args()


def _results(options: argparse.Namespace, scratch: Path) -> Results:
    """The runs of the folder asked for, run now if they are not there."""
    folder = Path(options.out) if options.out else scratch
    if (folder / "summary.csv").is_file():
        return Results(folder)
    return batch(
        [BASE, *POLICIES],
        replicates=options.replicates,
        weeks=window()[1],
        sets={"people_per_agent": options.people_per_agent},
        baseline=BASE,
        jobs=options.jobs,
        out=folder,
        resume=folder.exists(),
    )


def window() -> tuple[int, int]:
    """First week of year 3 and first week after year 5, of the scenario."""
    return round((FIRST_YEAR - 1) * WEEKS_PER_YEAR), round(LAST_YEAR * WEEKS_PER_YEAR)


def summed(results: Results, scenario: str, outcome: str) -> Floats:
    """The outcome summed over years 3 to 5, by replicate in order, (n,)."""
    table, (first, end) = results.weekly(), window()
    inside = (table["scenario"] == scenario) & table["week"].between(first, end - 1)
    return table[inside].groupby("replicate")[outcome].sum().to_numpy(dtype=float)


def measure(results: Results, scenario: str, outcome: str) -> dict[str, Any]:
    """Ratio of variances of a scenario against the base, with its 90 % interval and what stands behind it."""
    ours, base = summed(results, scenario, outcome), summed(results, BASE, outcome)
    draws = np.random.default_rng(1).integers(0, len(ours), (BOOTSTRAPS, len(ours)))
    ratios = np.array([variance_ratio(ours, base, rows) for rows in draws])
    low, high = np.quantile(ratios, (0.05, 0.95))
    return {
        "replicates": len(ours),
        "base_mean": float(base.mean()),
        "base_sd": float(base.std(ddof=1)),
        "paired_mean": float((ours - base).mean()),
        "paired_sd": float((ours - base).std(ddof=1)),
        "unpaired_sd": float(np.sqrt(base.var(ddof=1) + ours.var(ddof=1))),
        "correlation": float(np.corrcoef(ours, base)[0, 1]),
        "ratio": variance_ratio(ours, base, np.arange(len(ours))),
        "ratio_90": [float(low), float(high)],
        "holds": bool(high <= MOST),
    }


def variance_ratio(ours: Floats, base: Floats, rows: NDArray[np.int64]) -> float:
    """Variance of paired over that of all unpaired differences among the chosen replicates, (k,) with repeats."""
    differences = ours[rows][:, None] - base[rows][None, :]
    unpaired = differences[rows[:, None] != rows[None, :]]
    return float(np.diag(differences).var(ddof=1) / unpaired.var(ddof=1))


def show(ratios: dict[str, dict[str, Any]], outcome: str) -> None:
    """Print a row per policy."""
    print(f"{outcome}, summed over years {FIRST_YEAR} to {LAST_YEAR}, against {BASE}")
    print(
        f"{'policy':18s}{'n':>4s}{'mean':>11s}{'sd paired':>11s}{'sd unpaired':>12s}{'ratio':>8s}  90 % interval"
    )
    for name, row in ratios.items():
        low, high = row["ratio_90"]
        print(
            f"{name:18s}{row['replicates']:4d}{row['paired_mean']:11.1f}{row['paired_sd']:11.1f}"
            f"{row['unpaired_sd']:12.1f}{row['ratio']:8.3f}  {low:.3f} to {high:.3f}"
            f"  {'holds' if row['holds'] else f'above {MOST}'}"
        )


if __name__ == "__main__":
    main()

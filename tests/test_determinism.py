"""Same seed, same bytes, with the real model: any number of processes, any order, any hash seed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TABLES = ("weekly", "regional", "corridors", "events")


def batch(out: Path, scenarios: list[str], jobs: int, hash_seed: str, cache: Path) -> dict[str, str]:
    """Run a small batch in a process of its own; hash of every table by its path in the folder."""
    command = [sys.executable, "-m", "sim.cli", "batch", *scenarios, "--replicates", "2", "--weeks", "60"]
    command += ["--set", "run.people_per_agent=1000", "--set", "run.start=2019-12-01"]
    command += ["--jobs", str(jobs), "--out", str(out), "--baseline", "status_quo", "--quiet"]
    environment = dict(
        os.environ, PYTHONHASHSEED=hash_seed, CONTRAFLOW_CACHE=str(cache), PYTHONPATH=str(ROOT)
    )
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    files = [path for table in TABLES for path in sorted((out / table).glob("*.parquet"))]
    files += [out / "summary.csv", out / "dictionary.csv"]
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_tables_do_not_depend_on_processes_order_or_hash_seed(tmp_path: Path) -> None:
    one = batch(tmp_path / "one", ["status_quo", "kingpin"], 1, "0", tmp_path / "cache-one")
    three = batch(tmp_path / "three", ["kingpin", "status_quo"], 3, "7", tmp_path / "cache-three")
    assert len(one) >= 6
    assert one == three


@pytest.mark.slow
def test_the_wheel_runs_named_scenarios_elsewhere(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    wheel = next(tmp_path.glob("contraflow-*.whl"))
    target = tmp_path / "site"
    subprocess.run(
        [*pip, "install", "--no-deps", "--target", str(target), str(wheel)], check=True, capture_output=True
    )
    code = (
        "import sim, sys; from sim import Model\n"
        "assert 'site' in sim.__file__, sim.__file__\n"
        "for name in ('status_quo', 'kingpin', 'network_takedown', 'demand_reduction'):\n"
        "    m = Model(name, rng=1, people_per_agent=1000, years=0.1); m.step(); print(name, m.week)\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"PYTHONPATH": str(target)}
    environment["CONTRAFLOW_CACHE"] = str(tmp_path / "cache")
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == "status_quo 1 kingpin 1 network_takedown 1 demand_reduction 1".split()

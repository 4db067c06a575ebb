"""The store: the same bytes whatever the order, the jobs, an interruption; failing runs; nothing half written."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.errors import InputError
from sim.lab.batch import Progress, batch, failures
from sim.lab.runs import RunSpec
from sim.lab.store import Results, read_tables, write_table

FAKE = {"factory": "tests.fake_model:FakeModel", "loader": "tests.fake_model:load"}
NAMES = ["base", "hard", "soft"]
HERE = Path(__file__).resolve().parent


def contents(folder: Path) -> dict[str, str]:
    """Digest of every file of a store; of the manifest without what tells one making from another."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "manifest.json":
            found[path.relative_to(folder).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert {"command", "started", "ended", "jobs", "seconds_by_run"} == set(manifest.pop("made"))
    return {**found, "manifest": json.dumps(manifest)}


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("store") / "whole"
    batch(NAMES, replicates=3, jobs=1, out=folder, **FAKE)
    return folder


def test_layout(whole):
    results = Results(whole)
    assert {path.name for path in whole.iterdir()} == {
        "manifest.json", "weekly", "regional", "corridors", "events", "dictionary.csv", "summary.csv",
    }  # fmt: skip
    weekly = results.weekly()
    assert list(weekly.columns[:5]) == ["run_id", "scenario", "replicate", "draw", "week"]
    assert (weekly.dtypes.iloc[5:] == np.float32).all()
    assert len(weekly) == 9 * 104 and not weekly.duplicated(["run_id", "week"]).any()
    keys = ["scenario", "replicate", "draw", "week"]
    assert weekly[keys].equals(weekly[keys].sort_values(keys, ignore_index=True))
    assert set(results.events()["scenario"]) == {"hard"}
    assert len(results.corridors()) == 9 * 4 and len(results.regional()) == 9 * 4
    assert results.failed == results.missing == []
    assert str(Path.home()) not in (whole / "manifest.json").read_text()


def test_manifest_hashes_every_file(whole):
    files = Results(whole).manifest["files"]
    assert files == {k: v for k, v in contents(whole).items() if k != "manifest"}


def test_same_bytes_from_three_workers_in_another_order(whole, tmp_path):
    batch(NAMES[::-1], replicates=3, jobs=3, out=tmp_path / "other", **FAKE)
    assert contents(tmp_path / "other") == contents(whole)


@pytest.mark.parametrize("hash_seed", ["1", "77"])
def test_same_bytes_for_any_hash_seed(whole, tmp_path, hash_seed):
    options = {"replicates": 3, "jobs": 1, "out": str(tmp_path / "o"), **FAKE}
    code = f"from sim.lab.batch import batch; batch({NAMES!r}, **{options!r})"
    path = str(HERE.parent)
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=60)
    assert contents(tmp_path / "o") == contents(whole)


def test_resume_after_a_kill_ends_with_the_same_bytes(whole, tmp_path):
    """Killed between two renames: one chunk lacks its mark, one is absent, a temporary file is left."""
    folder = tmp_path / "cut"
    batch(NAMES, replicates=3, jobs=1, out=folder, **FAKE)
    (folder / "weekly" / "r0001-d0000-p00.parquet").unlink()
    for table in ("weekly", "regional", "corridors", "events"):
        (folder / table / "r0002-d0000-p00.parquet").unlink()
    (folder / "weekly" / ".r0002-d0000-p00.parquet.tmp").write_bytes(b"half")
    (folder / "summary.csv").unlink()
    assert set(Results(folder).regional()["replicate"]) == {0}
    with pytest.raises(InputError):
        batch(NAMES, replicates=3, jobs=1, out=folder, **FAKE)
    heard: list[str] = []
    progress = Progress(stored=lambda done: heard.append(done.run.run_id))
    batch(NAMES, replicates=3, jobs=1, out=folder, resume=True, progress=progress, **FAKE)
    assert len(heard) == 6 and not any("r0000" in run_id for run_id in heard)
    assert contents(folder) == contents(whole)


def test_resume_completes_part_of_a_chunk(whole, tmp_path):
    folder = tmp_path / "part"
    batch(NAMES, replicates=3, jobs=1, out=folder, **FAKE)
    path = folder / "weekly" / "r0001-d0000-p00.parquet"
    frame = read_tables([path])
    write_table(frame[frame["scenario"] != "hard"], "weekly", path)
    batch(NAMES[::-1], replicates=3, jobs=1, out=folder, resume=True, **FAKE)
    assert contents(folder) == contents(whole)


def test_interruption_keeps_what_is_finished(whole, tmp_path):
    folder = tmp_path / "interrupted"

    def stop(done):
        if done.run.replicate == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        batch(NAMES, replicates=3, jobs=1, out=folder, progress=Progress(stored=stop), **FAKE)
    results = Results(folder)
    assert {run["replicate"] for run in results.missing} == {2}
    assert (results.summary()["n"] == 2).all()
    batch(NAMES, replicates=3, jobs=1, out=folder, resume=True, **FAKE)
    assert contents(folder) == contents(whole)


def test_a_failing_run_is_recorded_and_the_rest_go_on(tmp_path):
    results = batch(
        ["base", "hard"], replicates=3, jobs=1, out=tmp_path / "f", sets={"parameters.fail_seed": 2}, **FAKE
    )
    assert [(run["scenario"], run["replicate"]) for run in results.failed] == [("hard", 1)]
    assert "ArithmeticError: the fake was told to fail" in results.failed[0]["error"]
    assert failures(results)[0].endswith("ArithmeticError: the fake was told to fail")
    assert results.weekly().groupby("scenario")["run_id"].nunique().to_dict() == {"base": 3, "hard": 2}
    assert set(results.summary().query("scenario == 'hard'")["n_pairs"]) == {2}


def test_a_killed_worker_loses_nothing(tmp_path):
    """The run that kills its worker fails alone; the innocent ones beside it are run again."""
    sets = {"parameters.die_seed": 2}
    results = batch(["base", "hard"], replicates=2, jobs=2, out=tmp_path / "killed", sets=sets, **FAKE)
    assert [(run["scenario"], run["replicate"]) for run in results.failed] == [("hard", 1)]
    assert "worker process died" in results.failed[0]["error"]
    assert results.weekly()["run_id"].nunique() == 3


def test_bad_input_writes_nothing(tmp_path):
    for options in ({"replicates": 0}, {"jobs": 0}, {"sets": {"nonsense": 1}}, {"baseline": "soft"}):
        with pytest.raises(InputError):
            batch(["base", "hard"], **{"jobs": 1, "out": tmp_path / "none", **options}, **FAKE)
    with pytest.raises(InputError):
        batch(["base", "hrad"], jobs=1, out=tmp_path / "none", **FAKE)
    assert list(tmp_path.iterdir()) == []


def test_resume_refuses_another_experiment(whole):
    before = contents(whole)
    with pytest.raises(InputError) as error:
        batch(NAMES, replicates=3, seed=9, jobs=1, out=whole, resume=True, **FAKE)
    assert error.value.faults[0].where == "--resume, seed"
    assert contents(whole) == before


def test_weekly_table_stays_small(tmp_path):
    """Under 1.8 kB per column and 10-year run, for the noisiest columns there are."""
    rng = np.random.default_rng(1)
    n = 522
    columns = {f"c{i}": rng.lognormal(3, 0.5, n).astype(np.float32) for i in range(60)}
    keys = pd.DataFrame({"run_id": "x", "scenario": "x", "replicate": 0, "draw": 0, "week": np.arange(n)})
    frame = pd.concat([keys, pd.DataFrame(columns)], axis=1)
    write_table(frame, "weekly", tmp_path / "one.parquet")
    assert (tmp_path / "one.parquet").stat().st_size / len(frame.columns) < 1800
    back = read_tables([tmp_path / "one.parquet"])
    assert all(np.array_equal(back[name], values) for name, values in columns.items())


def test_runs_compare_by_value():
    assert RunSpec("a", "b", 0, 0, 1) == RunSpec("a", "b", 0, 0, 1)

"""The store of results: its tables, how a chunk is written whole, and how it is read.

A chunk is one Parquet file in each of four folders. The weekly file is renamed last and is the mark that the chunk
is in the store: rows of other tables count only if their run is in the weekly table. This module computes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import Fault, InputError, RunFailed, nearest
from sim.lab import manifest
from sim.lab.worker import Done

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

KEYS = {"run_id": "VARCHAR", "scenario": "VARCHAR", "replicate": "INTEGER", "draw": "INTEGER"}
WEEK = {"week": "INTEGER"}
# Column types of each table after the keys; the weekly table adds one FLOAT column per national outcome.
TABLES: dict[str, dict[str, str]] = {
    "regional": {"year": "INTEGER", "state": "VARCHAR", "outcome": "VARCHAR", "value": "FLOAT"},
    "corridors": {
        "year": "INTEGER",
        "corridor": "VARCHAR",
        "mode": "VARCHAR",
        "outcome": "VARCHAR",
        "value": "FLOAT",
    },
    "events": {"week": "INTEGER", "kind": "VARCHAR", "subject": "VARCHAR", "detail": "VARCHAR"},
    "weekly": WEEK,
}
SORT = {
    "regional": ["year", "state", "outcome"],
    "corridors": ["year", "corridor", "mode", "outcome"],
    "events": ["week"],  # and within a week in the order they happened
    "weekly": ["week"],
}
ORDER = ["scenario", "replicate", "draw"]
# Version 2 splits floats into streams of bytes, which takes a fifth off noisy columns.
FORMAT = "FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2"


def connect() -> duckdb.DuckDBPyConnection:
    """A connection of one thread, in memory: the same bytes and the same order each time."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    connection.execute("SET preserve_insertion_order = true")
    return connection


def types_of(table: str, columns: Sequence[str]) -> dict[str, str]:
    """SQL type of each column of a table, keys first."""
    known = {**KEYS, **TABLES[table]}
    return {**known, **{name: "FLOAT" for name in columns if name not in known}}


def quoted(name: str | Path) -> str:
    """A name or a path as an SQL literal."""
    return "'" + str(name).replace("'", "''") + "'"


def write_table(frame: pd.DataFrame, table: str, path: Path) -> None:
    """Write a table as Parquet under a temporary name, then rename it."""
    types = types_of(table, list(frame.columns))
    chosen = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in types.items())
    temporary = path.with_name(f".{path.name}.tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    with connect() as connection:
        connection.register("frame", frame)
        connection.execute(f"COPY (SELECT {chosen} FROM frame) TO {quoted(temporary)} ({FORMAT})")
    os.replace(temporary, path)


def read_tables(paths: Sequence[Path], order: Sequence[str] = ()) -> pd.DataFrame:
    """Read Parquet files as one table, sorted by the columns given, then as in the file (a run is in one file)."""
    files = ", ".join(quoted(path) for path in paths)
    by = ", ".join([*(f'"{name}"' for name in order), "file_row_number"])
    source = f"read_parquet([{files}], file_row_number = true)"
    with connect() as connection:
        return connection.execute(f"SELECT * EXCLUDE (file_row_number) FROM {source} ORDER BY {by}").df()


def assemble(table: str, ended: Sequence[Done]) -> pd.DataFrame:
    """One table of several runs, with key columns in front."""
    import pandas as pd

    frames = []
    for done in ended:
        frame = done.tables[table].reset_index(drop=True)
        keys = {"run_id": done.run.run_id, "scenario": done.run.scenario}
        numbers = {"replicate": done.run.replicate, "draw": done.run.draw}
        key_frame = pd.DataFrame({**keys, **numbers}, index=frame.index)
        frames.append(pd.concat([key_frame, frame], axis=1))
    first = list(frames[0].columns)
    for frame in frames:
        if list(frame.columns) != first:
            raise RunFailed(f"runs of one chunk have different columns in the {table} table")
    return pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)


class Store:
    """The one writer of a folder of results."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, table: str, chunk: str) -> Path:
        """Where a chunk's file of a table is."""
        return self.folder / table / f"{chunk}.parquet"

    def clean(self) -> None:
        """Remove temporary files that an interrupted writer left."""
        for leftover in sorted(self.folder.glob("**/.*.tmp")):
            leftover.unlink()

    def stored(self, chunk: str) -> set[str]:
        """Identifiers of the runs of a chunk that are in the store."""
        path = self.path("weekly", chunk)
        if not path.exists():
            return set()
        with connect() as connection:
            rows = connection.execute(f"SELECT DISTINCT run_id FROM read_parquet({quoted(path)})").fetchall()
        return {str(row[0]) for row in rows}

    def commit(self, chunk: str, ended: Sequence[Done]) -> None:
        """Put the runs that succeeded into the store, beside those of the chunk that are there already."""
        import pandas as pd

        good = [done for done in ended if done.error is None]
        if not good:
            return
        before = self.stored(chunk)
        for table in TABLES:
            frame = assemble(table, good)
            if before:
                old = read_tables([self.path(table, chunk)])
                old = old[old["run_id"].isin(before)]
                frame = pd.concat([old, frame], ignore_index=True) if len(old) else frame
            frame = frame.sort_values(ORDER + SORT[table], kind="stable", ignore_index=True)
            write_table(frame, table, self.path(table, chunk))


class Results:
    """A reader of a folder of results. Tables come sorted by (scenario, replicate, draw) and their own order."""

    def __init__(self, folder: str | Path, baseline: str | None = None) -> None:
        self.folder = Path(folder)
        if not (self.folder / manifest.NAME).is_file():
            fix = "name a folder that `contraflow batch` or `run` wrote"
            raise InputError([Fault("results", str(folder), f"a folder with a {manifest.NAME}", fix=fix)])
        self.manifest: dict[str, Any] = manifest.read(self.folder)
        named = self.experiment["baseline"] if baseline is None else baseline
        if named not in self.scenarios:
            expected = f"one of {', '.join(self.scenarios)}"
            raise InputError([Fault("baseline", named, expected, nearest(str(named), self.scenarios))])
        self.baseline = str(named)
        self._summary: pd.DataFrame | None = None

    @property
    def experiment(self) -> Mapping[str, Any]:
        """The experiment as resolved: scenarios, draws, seeds, windows."""
        found: Mapping[str, Any] = self.manifest["experiment"]
        return found

    @property
    def scenarios(self) -> list[str]:
        """Names of the scenarios, sorted."""
        return [str(each["name"]) for each in self.experiment["scenarios"]]

    @property
    def failed(self) -> list[dict[str, Any]]:
        """Runs that failed, each with its traceback under `error`."""
        return [run for run in self.manifest["runs"] if run["status"] == "failed"]

    @property
    def missing(self) -> list[dict[str, Any]]:
        """Runs that are not in the store, failed or not."""
        return [run for run in self.manifest["runs"] if run["status"] != "done"]

    def _files(self, table: str) -> list[Path]:
        chunks = sorted(path.name for path in (self.folder / "weekly").glob("*.parquet"))
        return [self.folder / table / name for name in chunks]

    def _read(self, table: str) -> pd.DataFrame:
        files = self._files(table)
        if not files:
            raise RunFailed(
                f"no run of {self.folder} is in the store; `contraflow batch ... --resume` runs them again"
            )
        frame = read_tables(files, ORDER + SORT[table])
        if table == "weekly":
            return frame
        inside = {str(run_id) for chunk in self.chunks(["run_id"]) for run_id in chunk["run_id"].unique()}
        return frame[frame["run_id"].isin(inside)].reset_index(drop=True)

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """The weekly table file by file, so that a large store need not fit in memory."""
        chosen = "*" if columns is None else ", ".join(f'"{name}"' for name in columns)
        for path in self._files("weekly"):
            with connect() as connection:
                yield connection.execute(f"SELECT {chosen} FROM read_parquet({quoted(path)})").df()

    def weekly(self) -> pd.DataFrame:
        """One row per run and week: run_id, scenario, replicate, draw, week, then a float32 column per outcome."""
        return self._read("weekly")

    def regional(self) -> pd.DataFrame:
        """One row per run, year, state and outcome."""
        return self._read("regional")

    def corridors(self) -> pd.DataFrame:
        """One row per run, year, corridor, mode and outcome."""
        return self._read("corridors")

    def events(self) -> pd.DataFrame:
        """One row per event: week, kind, subject, detail."""
        return self._read("events")

    def summary(self) -> pd.DataFrame:
        """One row per scenario and outcome, against this reader's baseline (see `sim.lab.summary`)."""
        from sim.lab.summary import summarise

        if self._summary is None:
            self._summary = summarise(self)
        return self._summary.copy()

    def dictionary(self) -> pd.DataFrame:
        """One row per column or long outcome: table, column, unit, meaning, seen or true."""
        import pandas as pd

        return pd.read_csv(self.folder / "dictionary.csv", keep_default_na=False)

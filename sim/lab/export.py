"""Write a store in other forms: CSV files, one Parquet file per table, or a workbook. Reads the store only."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import Fault, InputError, nearest
from sim.lab.store import FORMAT, Results, connect, quoted
from sim.lab.summary import to_csv

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("csv", "parquet", "xlsx")
SHEET_ROWS = 1_048_575
TABLES = ("weekly", "regional", "corridors", "events")


def export(folder: str | Path, form: str = "csv", out: str | Path | None = None) -> list[Path]:
    """Write all tables into `out` (default DIR/export), in place of files of the same names. Returns the files.

    Raises InputError for an unknown format, or a table that is too long for a sheet.
    """
    if form not in FORMATS:
        raise InputError([Fault("--format", form, f"one of {', '.join(FORMATS)}", nearest(form, FORMATS))])
    results = Results(folder)
    tables = {name: getattr(results, name)() for name in TABLES}
    tables |= {"summary": results.summary(), "dictionary": results.dictionary()}
    place = results.folder / "export" if out is None else Path(out)
    if form == "xlsx":
        _check_length(tables)
    place.mkdir(parents=True, exist_ok=True)
    if form == "xlsx":
        return [_workbook(tables, place / f"{results.experiment['name']}.xlsx")]
    return [_file(frame, place / f"{name}.{form}") for name, frame in tables.items()]


def _check_length(tables: dict[str, pd.DataFrame]) -> None:
    fix = "export as csv or parquet"
    expected = f"at most {SHEET_ROWS:,} rows in a sheet"
    faults = [
        Fault(f"table {name}", f"{len(frame):,} rows", expected, fix=fix)
        for name, frame in tables.items()
        if len(frame) > SHEET_ROWS
    ]
    if faults:
        raise InputError(faults)


def _file(frame: pd.DataFrame, path: Path) -> Path:
    temporary = path.with_name(f".{path.name}.tmp")
    if path.suffix == ".csv":
        temporary.write_text(to_csv(frame), encoding="utf-8", newline="\n")
    else:
        with connect() as connection:
            connection.register("frame", frame)
            connection.execute(f"COPY frame TO {quoted(temporary)} ({FORMAT})")
    os.replace(temporary, path)
    return path


def _workbook(tables: dict[str, pd.DataFrame], path: Path) -> Path:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for name in ("summary", "dictionary", *TABLES):
        sheet = book.create_sheet(name)
        frame = tables[name]
        sheet.append(list(frame.columns))
        # A cell takes Python numbers; a missing one stays empty.
        for row in frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None):
            sheet.append(row)
    temporary = path.with_name(f".{path.name}.tmp")
    book.save(temporary)
    os.replace(temporary, path)
    return path

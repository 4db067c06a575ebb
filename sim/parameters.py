"""The typed table of parameters, and the values one run uses.

The table is read from ``sim/data/parameters/*.csv``, one file per chain, columns
``name,unit,default,low,high,source,confidence,note,choices``. A switch of structure has unit ``switch``, its default
is one of ``choices`` (``a|b``) and it has no range. Values per commodity are rows named BASE_NAME.
Rates per year in files become rates per week here, once (`sim.units.to_model`). It does not know who reads what.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sim.errors import Fault, InputError, nearest
from sim.units import SWITCH, check_unit, natural_bounds, to_model

FOLDER = Path(__file__).parent / "data" / "parameters"
REQUIRED = ("name", "unit", "default", "low", "high", "source", "confidence")
OPTIONAL = ("note", "choices")
CONFIDENCE = ("data", "page", "seed", "derived", "memory", "assumed")
"""How a value is known: computed from a data file, read on a page, stated in a policy paper, worked out from others,
remembered and not checked, assumed (with its number in the ODD)."""

Value = float | str
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


@dataclass(frozen=True)
class Parameter:
    """One row of the table, as written in its file (rates per year)."""

    name: str
    unit: str
    default: Value
    low: float
    high: float
    source: str
    confidence: str
    note: str = ""
    choices: tuple[str, ...] = ()
    file: str = ""

    @property
    def is_switch(self) -> bool:
        """Whether the value is one of `choices` and not a number."""
        return self.unit == SWITCH

    @property
    def expected(self) -> str:
        """What a value must be, with unit and bounds, as an error says it."""
        if self.is_switch:
            return "one of " + ", ".join(f"'{choice}'" for choice in self.choices)
        return f"a number from {self.low:g} to {self.high:g} ({self.unit})"

    def fault(self, value: object, where: str) -> Fault | None:
        """Return what is wrong with ``value`` (in the unit of the file), or None."""
        if self.is_switch:
            if isinstance(value, str) and value in self.choices:
                return None
            return Fault(
                where, value, self.expected, nearest(value, self.choices), "Write one of these words."
            )
        if is_number(value) and self.low <= float(value) <= self.high:  # type: ignore[arg-type]
            return None
        return Fault(where, value, self.expected, None, "Write a number inside the range, in this unit.")


def is_number(value: object) -> bool:
    """Whether ``value`` is a finite int or float (True and False are not numbers)."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


class ParameterTable(Mapping[str, Parameter]):
    """All parameters by name, sorted. Immutable."""

    def __init__(self, rows: Mapping[str, Parameter]) -> None:
        self._rows = {name: rows[name] for name in sorted(rows)}

    @classmethod
    def read(cls, folder: Path | str | None = None) -> ParameterTable:
        """Read every csv file of ``folder`` (the package's own by default).

        Raises: InputError listing every fault of every file.
        """
        rows: dict[str, Parameter] = {}
        faults: list[Fault] = []
        for path in sorted(Path(folder or FOLDER).glob("*.csv")):
            for row in _read_file(path, faults):
                if row.name in rows:
                    where = f"{path.name}: {row.name}"
                    fix = f"Keep one of the two; the other is in {rows[row.name].file}."
                    faults.append(Fault(where, row.name, "a name that is used once", None, fix))
                rows.setdefault(row.name, row)
        if faults:
            raise InputError(faults)
        return cls(rows)

    def __getitem__(self, name: str) -> Parameter:
        return self._rows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def fault(self, name: str, value: object, where: str) -> Fault | None:
        """Return what is wrong with setting ``name`` to ``value``, or None."""
        row = self._rows.get(name)
        if row is None:
            return _unknown(name, where, self._rows)
        return row.fault(value, where)


@lru_cache(maxsize=1)
def parameter_table() -> ParameterTable:
    """Return the package's own table, read once."""
    return ParameterTable.read()


class Parameters:
    """Resolved values in the units of the model: rates per year in files are per week here.

    ``set`` and the overrides given at the start are in the units of the file, and are checked.
    """

    def __init__(
        self, table: ParameterTable | None = None, overrides: Mapping[str, object] | None = None
    ) -> None:
        self._table = parameter_table() if table is None else table
        self._file: dict[str, Value] = {name: row.default for name, row in self._table.items()}
        self._numbers: dict[str, float] = {}
        self._arrays: dict[tuple[str, tuple[str, ...]], npt.NDArray[np.float64]] = {}
        self.version = 0
        """Counts calls of `set`, so that what was worked out from the values can be kept until one changes."""
        for name, row in self._table.items():
            if not row.is_switch:
                self._numbers[name] = to_model(float(row.default), row.unit)
        chosen = dict(overrides or {})
        faults = [self._table.fault(name, value, f"parameters.{name}") for name, value in chosen.items()]
        if found := [fault for fault in faults if fault]:
            raise InputError(found)
        for name, value in chosen.items():
            self._put(name, value)

    def __getitem__(self, name: str) -> float:
        """Return the number ``name`` in model units. Raises: InputError for an unknown name or a switch."""
        try:
            return self._numbers[name]
        except KeyError:
            raise InputError(self._missing(name, "a parameter that is a number")) from None

    def __contains__(self, name: object) -> bool:
        return name in self._file

    def switch(self, name: str) -> str:
        """Return the word chosen for the switch ``name``."""
        value = self._file.get(name)
        if not isinstance(value, str):
            raise InputError(self._missing(name, "a parameter that is a switch"))
        return value

    def by(self, base: str, names: Sequence[str]) -> npt.NDArray[np.float64]:
        """Return the numbers BASE_NAME in model units, float64 (len(names),), read-only and kept until a `set`.

        Names are written as in the table: small letters, ``-`` and blanks as ``_``.
        """
        key = (base, tuple(names))
        found = self._arrays.get(key)
        if found is None:
            found = np.array([self[f"{base}_{_slug(name)}"] for name in names], dtype=np.float64)
            found.flags.writeable = False
            self._arrays[key] = found
        return found

    def set(self, name: str, value: object) -> None:
        """Set ``name`` to ``value``, in the unit of its file. Raises: InputError outside the range or choices."""
        if fault := self._table.fault(name, value, f"parameters.{name}"):
            raise InputError(fault)
        self._put(name, value)
        self._arrays.clear()
        self.version += 1

    def table(self) -> list[Parameter]:
        """Return the rows of the table, sorted by name."""
        return list(self._table.values())

    def file_values(self) -> dict[str, Value]:
        """Return every value by name in the units of the files."""
        return dict(self._file)

    def overridden(self) -> dict[str, Value]:
        """Return the values that differ from the table's defaults, in the units of the files."""
        return {name: value for name, value in self._file.items() if value != self._table[name].default}

    def copy(self) -> Parameters:
        """Return an independent copy."""
        return Parameters(self._table, self.overridden())

    @property
    def hash(self) -> str:
        """SHA-256 of names, units and values; changes with any of them."""
        content = [[name, self._table[name].unit, value] for name, value in self._file.items()]
        return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()

    def _put(self, name: str, value: object) -> None:
        row = self._table[name]
        if row.is_switch:
            self._file[name] = str(value)
        else:
            number = float(value)  # type: ignore[arg-type]
            self._file[name] = number
            self._numbers[name] = to_model(number, row.unit)

    def _missing(self, name: str, expected: str) -> Fault:
        if name in self._file:
            return Fault(
                f"parameters.{name}", self._file[name], expected, None, "Use p[name] or p.switch(name)."
            )
        return _unknown(name, f"parameters.{name}", self._table)


def _slug(name: str) -> str:
    return name.lower().replace("-", "_").replace(" ", "_")


def _unknown(name: str, where: str, names: Mapping[str, Parameter]) -> Fault:
    fix = "See `contraflow parameters list`."
    return Fault(where, name, "the name of a parameter", nearest(name, names), fix)


def _read_file(path: Path, faults: list[Fault]) -> list[Parameter]:
    """Return the good rows of one file; what is wrong with the others goes to ``faults``."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        header, lines = list(reader.fieldnames or []), list(reader)
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        faults.append(Fault(path.name, str(error), "a table in UTF-8, comma separated"))
        return []
    known = {*REQUIRED, *OPTIONAL}
    wrong = [name for name in header if name not in known] + [name for name in REQUIRED if name not in header]
    if wrong:
        expected = "the columns " + ",".join((*REQUIRED, *OPTIONAL))
        faults.append(Fault(f"{path.name}: header", ",".join(header), expected, nearest(wrong[0], known)))
        return []
    rows = [_read_row(path.name, number, line, faults) for number, line in enumerate(lines, 2)]
    return [row for row in rows if row is not None]


def _read_row(
    file: str, number: int, line: Mapping[str | None, object], faults: list[Fault]
) -> Parameter | None:
    """Return one row, or None with its faults noted."""
    where = f"{file}, line {number}: {line.get('name')}"
    if None in line or any(line.get(column) is None for column in REQUIRED):
        faults.append(
            Fault(where, line.get(None), "as many cells as columns", None, 'Quote texts with commas: "a, b".')
        )
        return None
    cell = {str(key): str(value or "").strip() for key, value in line.items()}
    before = len(faults)
    faults += _word_faults(where, cell)
    choices = tuple(word.strip() for word in cell.get("choices", "").split("|") if word.strip())
    default: Value = cell["default"]
    low, high = -math.inf, math.inf
    if cell["unit"] == SWITCH:
        faults += _switch_faults(where, cell, choices)
    else:
        if choices:
            faults.append(
                Fault(f"{where}.choices", cell["choices"], f"nothing for a number ({cell['unit']})")
            )
        default, low, high = _numbers(where, cell, faults)
    if len(faults) > before:
        return None
    rest = (cell["source"], cell["confidence"], cell.get("note", ""))
    return Parameter(cell["name"], cell["unit"], default, low, high, *rest, choices, file)


def _word_faults(where: str, cell: Mapping[str, str]) -> list[Fault]:
    """Check name, unit, source and confidence."""
    faults = []
    if not _NAME.match(cell["name"]):
        faults.append(
            Fault(where, cell["name"], "a name of small letters, digits and _, starting with a letter")
        )
    try:
        check_unit(cell["unit"])
    except InputError as error:
        fault = error.faults[0]
        faults.append(Fault(f"{where}.unit", fault.value, fault.expected, fault.nearest, fault.fix))
    if not cell["source"]:
        faults.append(Fault(f"{where}.source", "", "a source, or an assumption number such as A7"))
    if cell["confidence"] not in CONFIDENCE:
        close = nearest(cell["confidence"], CONFIDENCE)
        faults.append(
            Fault(f"{where}.confidence", cell["confidence"], "one of " + ", ".join(CONFIDENCE), close)
        )
    return faults


def _switch_faults(where: str, cell: Mapping[str, str], choices: tuple[str, ...]) -> list[Fault]:
    faults = []
    if len(set(choices)) < 2 or len(set(choices)) < len(choices):
        faults.append(Fault(f"{where}.choices", cell.get("choices"), "two or more different words, as a|b"))
    elif cell["default"] not in choices:
        expected = "one of " + ", ".join(choices)
        faults.append(Fault(f"{where}.default", cell["default"], expected, nearest(cell["default"], choices)))
    for column in ("low", "high"):
        if cell[column]:
            faults.append(Fault(f"{where}.{column}", cell[column], "nothing: a switch has no range"))
    return faults


def _numbers(where: str, cell: Mapping[str, str], faults: list[Fault]) -> tuple[float, float, float]:
    """Return default, low, high; notes faults of form, of order and against the unit's own bounds."""
    values = {}
    for column in ("default", "low", "high"):
        try:
            values[column] = float(cell[column])
        except ValueError:
            values[column] = math.nan
        if not math.isfinite(values[column]):
            faults.append(Fault(f"{where}.{column}", cell[column], f"a finite number ({cell['unit']})"))
    default, low, high = values["default"], values["low"], values["high"]
    least, most = natural_bounds(cell["unit"])
    if low > high or low < least or high > most:
        limits = f" within {least:g} to {most:g}" if math.isfinite(least) else ""
        faults.append(
            Fault(f"{where}.low, high", f"{low:g}, {high:g}", f"low <= high{limits} ({cell['unit']})")
        )
    elif default < low or default > high:
        expected = f"a default from {low:g} to {high:g} ({cell['unit']})"
        faults.append(
            Fault(f"{where}.default", default, expected, None, "Correct the default or widen the range.")
        )
    return default, low, high

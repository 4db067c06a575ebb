"""The design of a sweep: which factors vary over which ranges, how they are sampled, which outcomes are judged.

It reads an experiment file of kind "sweep", checks it, and lays out the rows of samples. It runs nothing.

::

    schema = 1
    kind = "sweep"
    scenario = "status_quo"
    years = 5
    method = "morris"               # or "sobol"
    trajectories = 6                # morris; sobol has samples = 64 (a power of two) and second_order = false
    replicates = 2
    outcomes = ["overdose_deaths", { name = "street_price", years = [4, 5] }]   # none: the headline outcomes
    outcome_years = [3, 5]          # the years outcomes are taken over, counted from 1; none: the whole run
    [set]                           # dotted paths, set in every row
    "run.people_per_agent" = 400
    [factors]                       # none: all that the scenario's [uncertain] names
    share_of_something = {}         # a parameter over the range of the table (or of [uncertain])
    other = { low = 2, high = 9, dist = "loguniform" }
    a_switch = {}                   # choices of the switch, in equal parts; or choices = ["a", "b"]
    a_policy = { low = 0, high = 1, start = 2020-01-01, ramp_weeks = 26 }   # intensity of a policy
    "policies.a_policy.own_key" = {}
    "levers.a_lever" = { op = "scale", low = 0.5, high = 2.0 }   # or op = "add": a press on the whole lever
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.errors import Fault, InputError, nearest
from sim.lab.factors import Factor, known_factor
from sim.units import WEEKS_PER_YEAR

Values = npt.NDArray[np.float64]
METHODS = ("morris", "sobol")
DISTRIBUTIONS = ("uniform", "loguniform")


@dataclass(frozen=True)
class Target:
    """An outcome over years of the run, counted from 1 and with both ends; None is the whole run."""

    outcome: str
    years: tuple[int, int] | None = None

    def weeks(self, n_weeks: int) -> tuple[int, int]:
        """Weeks [first, end) of a run of `n_weeks`."""
        if self.years is None:
            return 0, n_weeks
        return round((self.years[0] - 1) * WEEKS_PER_YEAR), min(
            round(self.years[1] * WEEKS_PER_YEAR), n_weeks
        )

    @property
    def window(self) -> str:
        """The years as words."""
        if self.years is None:
            return "whole run"
        first, last = self.years
        return f"year {first}" if first == last else f"years {first}-{last}"

    @property
    def label(self) -> str:
        """Name of its column in samples.csv."""
        return self.outcome if self.years is None else f"{self.outcome} [{self.window}]"


@dataclass(frozen=True)
class Design:
    """A sweep as resolved. `size` is the number of trajectories (morris) or of base samples (sobol)."""

    name: str
    title: str
    scenario: str
    method: str
    size: int
    factors: tuple[Factor, ...]
    targets: tuple[Target, ...]
    replicates: int = 2
    seed: int = 1
    weeks: int | None = None
    sets: Mapping[str, object] = field(default_factory=dict)
    levels: int = 4
    second_order: bool = False

    @property
    def problem(self) -> dict[str, Any]:
        """The problem as SALib has it: every factor on [0, 1]."""
        names = [factor.name for factor in self.factors]
        return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}

    @property
    def block(self) -> int:
        """Rows that belong together: a trajectory, or one base sample with its exchanges."""
        n = len(self.factors)
        if self.method == "morris":
            return n + 1
        return 2 * n + 2 if self.second_order else n + 2

    def shares(self) -> Values:
        """Rows of samples on [0, 1], shape (size * block, n_factors); the same for the same seed."""
        if self.method == "morris":
            from SALib.sample import morris

            rows = morris.sample(self.problem, self.size, num_levels=self.levels, seed=self.seed)
        else:
            from SALib.sample import sobol

            rows = sobol.sample(self.problem, self.size, calc_second_order=self.second_order, seed=self.seed)
        return np.asarray(rows, dtype=np.float64)

    def draws(self) -> list[dict[str, object]]:
        """What each row sets in the scenario, by dotted path."""
        fixed = {path: value for factor in self.factors for path, value in factor.fixed.items()}
        return [
            fixed | {factor.path: factor.value(float(u)) for factor, u in zip(self.factors, row, strict=True)}
            for row in self.shares()
        ]

    def record(self) -> dict[str, Any]:
        """The design as plain data, for the manifest."""
        return {
            "title": self.title,
            "method": self.method,
            "size": self.size,
            "levels": self.levels,
            "second_order": self.second_order,
            "rows": self.size * self.block,
            "factors": [
                {"name": f.name, "path": f.path, "kind": f.kind, "range": f.range_text, "dist": f.dist,
                 "unit": f.unit, "source": f.source, "fixed": {k: str(v) for k, v in f.fixed.items()}}
                for f in self.factors
            ],
            "outcomes": [{"name": t.outcome, "window": t.window} for t in self.targets],
        }  # fmt: skip


KEYS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "schema": (int, "1"),
    "kind": (str, '"sweep"'),
    "name": (str, "a word, the name of the folder of results"),
    "title": (str, "a text"),
    "scenario": (str, "the name or path of a scenario"),
    "years": ((int, float), "a number of years above 0"),
    "weeks": (int, "a whole number of at least 1"),
    "replicates": (int, "a whole number of at least 1"),
    "seed": (int, "a whole number of at least 0"),
    "method": (str, "one of " + ", ".join(METHODS)),
    "trajectories": (int, "a whole number of at least 2"),
    "levels": (int, "an even number of at least 4"),
    "samples": (int, "a power of two, at least 4"),
    "second_order": (bool, "true or false"),
    "outcomes": (list, "a list of names, or of { name = ..., years = [3, 5] }"),
    "outcome_years": (list, "two years of the run, first and last, counted from 1"),
    "set": (dict, "a table of dotted paths and values"),
    "factors": (dict, "a table of factors"),
}


def content_of(path: Path) -> dict[str, Any]:
    """Read an experiment file; the name of the file is the name of the sweep where it states none."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError([Fault(path.name, str(error), "a readable TOML file in UTF-8")]) from error
    return {"name": path.stem, **found}


class Reader:
    """Turns the content of an experiment into a Design; every fault is collected and raised at once."""

    def __init__(
        self, content: Mapping[str, Any], scenario: Any, outcomes: Mapping[str, Any], names: Any = None
    ) -> None:
        """`scenario` is the resolved base, `outcomes` the declared ones; `names` is None where any may be set."""
        self.content, self.scenario, self.outcomes, self.names = content, scenario, outcomes, names
        self.faults: list[Fault] = []

    def design(self) -> Design:
        """The design. Raises InputError listing every fault."""
        given = self.content
        self._check_keys()
        if self.faults:
            raise InputError(self.faults)
        method = given.get("method", "morris")
        self._expect("method", method, method in METHODS, nearest(str(method), METHODS))
        factors = tuple(self._factors())
        targets = tuple(self._targets())
        size = int(given.get("trajectories", 10) if method == "morris" else given.get("samples", 64))
        levels = int(given.get("levels", 4))
        if method == "morris":
            self._expect("trajectories", size, size >= 2)
            self._expect("levels", levels, levels >= 4 and levels % 2 == 0)
        else:
            self._expect("samples", size, size >= 4 and size & (size - 1) == 0)
        if self.faults:
            raise InputError(self.faults)
        sets = dict(given.get("set", {}))
        if "years" in given:
            sets["run.years"] = float(given["years"])
        return Design(
            given["name"], given.get("title", given["name"]), given["scenario"], method, size, factors, targets,
            int(given.get("replicates", 2)), int(given.get("seed", 1)), given.get("weeks"), sets, levels,
            bool(given.get("second_order", False)),
        )  # fmt: skip

    def _expect(self, key: str, value: object, good: bool, close: str | None = None) -> None:
        if not good:
            self.faults.append(Fault(key, value, KEYS[key][1], close))

    def _check_keys(self) -> None:
        for key, value in self.content.items():
            if key not in KEYS:
                self.faults.append(Fault(key, value, "one of " + ", ".join(KEYS), nearest(key, KEYS)))
                continue
            kind = KEYS[key][0]
            self._expect(
                key, value, isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
            )
        if self.content.get("schema", 1) != 1:
            self.faults.append(Fault("schema", self.content["schema"], "1"))
        if "scenario" not in self.content:
            self.faults.append(Fault("scenario", None, KEYS["scenario"][1], fix="Add the key 'scenario'."))

    def _targets(self) -> list[Target]:
        national = {name for name, item in self.outcomes.items() if item.level == "national"}
        asked = self.content.get("outcomes") or [
            name for name in self.outcomes if name in national and self.outcomes[name].headline
        ]
        usual = self._years(self.content.get("outcome_years"))
        found = []
        for item in asked:
            entry = item if isinstance(item, dict) else {"name": item}
            name = entry.get("name")
            if name not in national:
                expected = "the name of a national outcome"
                fix = "See `contraflow outcomes list`."
                self.faults.append(Fault("outcomes", name, expected, nearest(str(name), national), fix))
                continue
            found.append(Target(str(name), self._years(entry["years"]) if "years" in entry else usual))
        return found

    def _years(self, given: object) -> tuple[int, int] | None:
        if given is None:
            return None
        last_year = math.ceil(self.scenario.n_weeks / WEEKS_PER_YEAR - 1e-6)
        whole = isinstance(given, list) and len(given) == 2 and all(type(year) is int for year in given)
        if whole and 1 <= given[0] <= given[1] <= last_year:  # type: ignore[index]
            return given[0], given[1]  # type: ignore[index]
        expected = f"[first, last], two years of the run from 1 to {last_year}"
        self.faults.append(Fault("outcome_years", given, expected))
        return None

    def _factors(self) -> list[Factor]:
        given = self.content.get("factors")
        if given is None:
            given = {name: {} for name in self.scenario.uncertain}
        found = [self._factor(str(name), spec) for name, spec in given.items()]
        if not 2 <= len(given):
            self.faults.append(Fault("factors", list(given), "at least two factors"))
        return [factor for factor in found if factor is not None]

    def _factor(self, name: str, spec: object) -> Factor | None:
        where = f"factors.{name}"
        if not isinstance(spec, dict):
            self.faults.append(Fault(where, spec, "a table, as {} or { low = 0, high = 1 }"))
            return None
        if self.names is None:
            return self._range(where, Factor(name, f"parameters.{name}", "parameter"), spec)
        known = known_factor(where, name, spec, self.names, getattr(self.scenario, "uncertain", {}))
        if isinstance(known, Fault):
            self.faults.append(known)
            return None
        return self._range(where, known, spec)

    def _range(self, where: str, known: Factor, spec: Mapping[str, Any]) -> Factor | None:
        """Lay the range that was given over the known one, and check it."""
        before = len(self.faults)
        extra = ("start", "ramp_weeks") if known.kind == "policy" else ("op", "start")
        allowed = ("low", "high", "dist", "choices", *(extra if known.kind in ("policy", "lever") else ()))
        for key in spec.keys() - set(allowed):
            expected = "one of " + ", ".join(allowed)
            self.faults.append(Fault(f"{where}.{key}", spec[key], expected, nearest(key, allowed)))
        choices = tuple(spec.get("choices", known.choices))
        low, high = spec.get("low", known.low), spec.get("high", known.high)
        dist = spec.get("dist", known.dist)
        if known.choices and (len(choices) < 2 or set(choices) - set(known.choices)):
            expected = "two or more of " + ", ".join(known.choices)
            self.faults.append(Fault(f"{where}.choices", list(choices), expected))
        elif not choices and not _in_range(low, high, known):
            expected = "low < high"
            if known.source or known.kind != "parameter":
                expected += f", both from {known.low:g} to {known.high:g} ({known.unit or 'no unit'})"
            self.faults.append(Fault(where, [low, high], expected))
        if dist not in DISTRIBUTIONS or (dist == "loguniform" and not (_number(low) and low > 0)):
            expected = "one of " + ", ".join(DISTRIBUTIONS) + "; loguniform needs low above 0"
            self.faults.append(Fault(f"{where}.dist", dist, expected))
        if len(self.faults) > before:
            return None
        if choices:
            low, high = 0.0, 1.0
        return Factor(
            known.name, known.path, known.kind, float(low), float(high), dist, choices, known.unit,
            known.source, known.fixed,
        )  # fmt: skip


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _in_range(low: object, high: object, known: Factor) -> bool:
    if not (_number(low) and _number(high)):
        return False
    if not low < high:  # type: ignore[operator]
        return False
    free = not known.source and known.kind == "parameter"
    return free or (known.low <= low and high <= known.high)  # type: ignore[operator]


def read(content: Mapping[str, Any], scenario: Any, outcomes: Mapping[str, Any], names: Any = None) -> Design:
    """The design that an experiment's content describes. Raises InputError listing every fault."""
    return Reader(content, scenario, outcomes, names).design()


def labels(targets: Sequence[Target]) -> list[str]:
    """Columns of the targets."""
    return [target.label for target in targets]

"""The shape of a scenario file: which keys exist, of which type, within which bounds.

pydantic is used here, at the edge, and nowhere further in. Whether names exist is for `sim.scenario_checks`.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from sim.errors import Fault, nearest

FIRST_DATE, LAST_DATE = dt.date(1900, 1, 1), dt.date(2300, 1, 1)
MAX_WEEK = 20_000


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names_ = Annotated[list[str], BeforeValidator(_as_list)]
Date = Annotated[dt.date, Field(ge=FIRST_DATE, le=LAST_DATE)]
Week = Annotated[int, Field(ge=0, le=MAX_WEEK)]
Ramp = Annotated[int, Field(ge=0, le=5200)]
Intensity = Annotated[float, Field(ge=-1.0, le=1.0)]
Text = Annotated[str, Field(max_length=2000)]


class _Closed(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class _Open(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow", allow_inf_nan=False)


class _Dated:
    """Exactly one of `date` and `week`."""

    @model_validator(mode="before")
    @classmethod
    def _one_of_date_and_week(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and ("date" in data) == ("week" in data):
            raise ValueError("either date = 2021-01-01 or week = 105, one of the two")
        return data


class RunSpec(_Closed):
    """The table [run]."""

    start: Date = dt.date(2019, 1, 1)
    years: Annotated[float, Field(gt=0.0, le=200.0)] = 10.0
    people_per_agent: Annotated[int, Field(ge=1, le=100_000)] = 100


class StepSpec(_Dated, _Closed):
    """One entry of steps of a policy."""

    date: Date | None = None
    week: Week | None = None
    intensity: Intensity
    ramp_weeks: Ramp = 0


class PolicySpec(_Open):
    """A table [policies.NAME]; further keys are parameters of the policy's own."""

    start: Date | None = None
    end: Date | None = None
    ramp_weeks: Ramp | None = None
    intensity: Intensity | None = None
    steps: Annotated[list[StepSpec], Field(min_length=1)] | None = None
    where: dict[str, Names_] | None = None
    budget_from: str | None = None


class EventSpec(_Dated, _Open):
    """An entry [[events]]; further keys are fields of its kind."""

    kind: str
    date: Date | None = None
    week: Week | None = None


class ChangeStepSpec(_Dated, _Closed):
    """One entry of steps of a change."""

    date: Date | None = None
    week: Week | None = None
    value: float
    ramp_weeks: Ramp = 0


class ChangeSpec(_Closed):
    """An entry [[changes]]."""

    parameter: str
    steps: Annotated[list[ChangeStepSpec], Field(min_length=1)]


class UncertainSpec(_Closed):
    """An entry of [uncertain]: a range and a distribution, or the choices of a switch."""

    low: float | None = None
    high: float | None = None
    dist: Literal["uniform", "loguniform", "triangular", "normal"] = "uniform"
    choices: Annotated[list[str], Field(min_length=1)] | None = None


class LeverSpec(_Closed):
    """A table [levers.NAME]: a press on the whole lever from a date on, (base + add) x scale, by no policy."""

    add: float | None = None
    scale: Annotated[float, Field(ge=0.0)] | None = None
    start: Date | None = None


class ScenarioSpec(_Closed):
    """A scenario file."""

    schema_: Literal[1] = Field(alias="schema")
    title: Text = ""
    extends: str | None = None
    source: Text = ""
    run: RunSpec = Field(default_factory=RunSpec)
    parameters: dict[str, Any] = Field(default_factory=dict)
    policies: dict[str, PolicySpec] = Field(default_factory=dict)
    events: list[EventSpec] = Field(default_factory=list)
    changes: list[ChangeSpec] = Field(default_factory=list)
    uncertain: dict[str, UncertainSpec] = Field(default_factory=dict)
    levers: dict[str, LeverSpec] = Field(default_factory=dict)


_DATE = f"a date from {FIRST_DATE} to {LAST_DATE}, as 2021-01-01 without quotes"
EXPECTED: dict[str, str] = {
    "schema": "1, the version of this file format",
    "title": "a text in quotes",
    "source": "a text in quotes",
    "extends": "the name or path of a scenario, in quotes",
    "start": _DATE,
    "end": _DATE,
    "date": _DATE,
    "week": f"a whole number of weeks after the start, 0 to {MAX_WEEK}",
    "years": "a number of years, above 0 and at most 200",
    "people_per_agent": "a whole number of people, 1 to 100000",
    "intensity": "a number from -1 to 1 (share of the strongest form)",
    "ramp_weeks": "a whole number of weeks, 0 to 5200",
    "value": "a number in the unit of the parameter",
    "low": "a number in the unit of the parameter",
    "high": "a number in the unit of the parameter",
    "dist": "one of 'uniform', 'loguniform', 'triangular', 'normal'",
    "kind": "the kind of an event, in quotes",
    "parameter": "the name of a parameter, in quotes",
    "budget_from": "the name of a policy, in quotes",
    "where": "a table of lists of names, as { groups = [\"A\"] }",
    "run": "a table [run]",
    "parameters": "a table [parameters]",
    "policies": "tables [policies.NAME]",
    "events": "entries [[events]]",
    "changes": "entries [[changes]]",
    "uncertain": "a table [uncertain]",
    "levers": "tables [levers.NAME]",
    "add": "a number in the unit of the lever",
    "scale": "a number of at least 0",
    "steps": "a list of one or more { date = ..., ... }",
    "choices": "a list of words",
}  # fmt: skip


def path_text(loc: tuple[int | str, ...]) -> str:
    """Write a location as a person finds it: ``policies.x.steps[2].date`` (entries count from 1)."""
    text = ""
    for part in loc:
        text += f"[{part + 1}]" if isinstance(part, int) else (f".{part}" if text else str(part))
    return text or "the file"


def check_shape(
    content: dict[str, Any], file: str, *, whole: bool = True
) -> tuple[dict[str, Any], list[Fault]]:
    """Return a copy of ``content`` without its misshapen parts, and a fault for each of those.

    What is left has the types of the schema, so that names and ranges in it can still be checked and every fault be
    told at once. whole: False for a fragment (``--set``), which states no schema.
    """
    kept = copy.deepcopy(content)
    shown = kept if whole else {"schema": 1, **kept}
    faults: list[Fault] = []
    for _ in range(100):
        try:
            ScenarioSpec.model_validate(shown)
        except ValidationError as error:
            found = error.errors(include_url=False)
            faults += [_fault(item, file) for item in found]
            for item in sorted(found, key=lambda item: _order(item["loc"]), reverse=True):
                _prune(shown, item["loc"], item["type"])
            shown.setdefault("schema", 1)
        else:
            break
    return _plain_names(shown), faults


def _plain_names(content: dict[str, Any]) -> dict[str, Any]:
    """Write every single name of a ``where`` as a list of one."""
    for use in content.get("policies", {}).values():
        if "where" in use:
            use["where"] = {axis: _as_list(names) for axis, names in use["where"].items()}
    return content


def _order(loc: tuple[int | str, ...]) -> tuple[tuple[int, str], ...]:
    return tuple((part, "") if isinstance(part, int) else (-1, part) for part in loc)


def _fault(item: ErrorDetails, file: str) -> Fault:
    loc, kind = item["loc"], item["type"]
    where = f"{file}: {path_text(loc)}"
    last = str(loc[-1]) if loc else ""
    if kind == "extra_forbidden":
        keys = _keys_at(loc[:-1])
        fix = "Correct the key or remove it."
        return Fault(
            where, item["input"], "no such key; keys here are " + ", ".join(keys), nearest(last, keys), fix
        )
    if kind == "missing":
        return Fault(where, None, EXPECTED.get(last, "a value"), None, f"Add the key '{last}'.")
    if kind == "value_error":
        return Fault(where, item["input"], item["msg"].removeprefix("Value error, "))
    expected = EXPECTED.get(last)
    if expected is None:
        expected = "a table" if kind.startswith(("dict", "model")) else item["msg"]
    return Fault(where, item["input"], expected)


def _keys_at(loc: tuple[int | str, ...]) -> list[str]:
    """List the keys that may stand at a place of the file."""
    models: dict[tuple[object, bool], type[BaseModel]] = {
        ("run", False): RunSpec,
        ("uncertain", False): UncertainSpec,
        ("levers", False): LeverSpec,
        ("policies", True): StepSpec,
        ("changes", False): ChangeSpec,
        ("changes", True): ChangeStepSpec,
    }
    model = models.get((loc[0], "steps" in loc), ScenarioSpec) if loc else ScenarioSpec
    return [field.alias or name for name, field in model.model_fields.items()]


def _prune(content: dict[str, Any], loc: tuple[int | str, ...], kind: str) -> None:
    """Remove what is at ``loc``; when a key is missing or steps run out, remove what it is missing from.

    A bad date leaves week 0 behind, so that the rest of what it dates is still checked.
    """
    parts = loc[:-1] if kind == "missing" else loc
    if not parts:
        if kind != "missing":
            content.clear()
        return
    spot: Any = content
    try:
        for part in parts[:-1]:
            spot = spot[part]
        del spot[parts[-1]]
        if (
            parts[-1] in ("date", "week") and isinstance(spot, dict) and len(parts) > 2
        ):  # not a policy named so
            spot["week"] = 0
    except (KeyError, IndexError, TypeError):
        content.pop(str(parts[0]), None)

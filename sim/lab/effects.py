"""Published effects of interventions beside what the model gives: the table of them, and how each is judged.

A row of `sim/data/validation/effects.csv` names where its number is found: a measured pattern, or a measure over stored
runs of the status quo. Rows that cannot be compared honestly say why. Nothing is tuned to them.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.lab.levels import FOLDER, number
from sim.lab.summary import Estimate, estimate

if TYPE_CHECKING:
    from sim.lab.store import Results

NAME = "effects.csv"
KINDS = ("value", "sign", "none")
MOST_FACTOR = 3.0
"""How far a size without an interval may be from the published one and still agree with it."""
Values = Sequence[float]


@dataclass(frozen=True)
class Effect:
    """A published effect. `kind`: value (a size), sign (a direction, or about zero), none (not comparable).

    `low` and `high` may be not a number. `sign` is "+", "-" or "0", and for "0" `near` says how far from zero counts as
    about zero. `pattern` and `value` say which number of which pattern stands beside it, or `of` over `over` which
    outcomes of the status quo; it is multiplied by `scale`.
    """

    id: str
    intervention: str
    outcome: str
    estimate: str
    low: float
    high: float
    unit: str
    horizon: str
    kind: str
    sign: str
    near: float
    pattern: str
    value: str
    of: tuple[str, ...]
    over: tuple[str, ...]
    scale: float
    remark: str
    citation: str
    doi: str
    confidence: str

    @property
    def neutral(self) -> float:
        """The value that stands for no effect: 1 for ratios, else 0."""
        return 1.0 if self.unit == "x" or self.unit.startswith(("ratio", "x ")) else 0.0

    @property
    def source(self) -> str:
        """Citation with its DOI."""
        return f"{self.citation}, doi:{self.doi}" if self.doi else self.citation

    @property
    def measured_by(self) -> str:
        """Where the simulated number comes from, in words."""
        if self.pattern:
            return f"pattern {self.pattern}, {self.value.replace('_', ' ')}"
        return f"status quo, {' + '.join(self.of)} over {' + '.join(self.over)}" if self.of else ""


@dataclass(frozen=True)
class Compared:
    """A published effect and what the model gives, mean and interval over replicates; not a number if not measured."""

    effect: Effect
    simulated: Estimate

    @property
    def known(self) -> bool:
        """Whether there is a number."""
        return self.effect.kind != "none" and math.isfinite(self.simulated.mean)

    @property
    def right_sign(self) -> bool | None:
        """Whether the sign is that of the literature (about zero where it says so); None where it has none.

        A sign is right only if the interval over replicates does not hold what stands for no effect.
        """
        if not self.known or not self.effect.sign:
            return None
        x = self.simulated.mean - self.effect.neutral
        if self.effect.sign == "0":
            return abs(x) <= self.effect.near
        return self._clear() and (x > 0 if self.effect.sign == "+" else x < 0)

    def _clear(self) -> bool:
        """Whether the interval, if there is one, leaves out what stands for no effect."""
        return not self.simulated.low <= self.effect.neutral <= self.simulated.high

    @property
    def inside(self) -> bool | None:
        """Whether the mean lies in the published interval; None where there is none."""
        if (
            not self.known
            or self.effect.kind != "value"
            or not math.isfinite(self.effect.low + self.effect.high)
        ):
            return None
        return self.effect.low <= self.simulated.mean <= self.effect.high

    @property
    def agrees(self) -> bool:
        """Inside where there is an interval, else of the right sign and, where there is a size, within MOST_FACTOR."""
        if self.inside is not None:
            return self.inside
        sized = self.effect.kind == "value" and self.known
        return bool(self.right_sign) and (not sized or 1.0 / MOST_FACTOR <= self._part() <= MOST_FACTOR)

    @property
    def verdict(self) -> str:
        """inside, outside, right or wrong sign, about zero or not, not comparable, not measured."""
        if self.effect.kind == "none":
            return "not comparable"
        if not self.known:
            return "not measured"
        sign = {True: "right sign", False: "wrong sign", None: ""}[self.right_sign]
        sign = sign if self._clear() or not sign else "sign not clear"
        if self.inside is None:
            words = sign
            if self.effect.sign == "0":
                words = "about zero" if self.right_sign else "not about zero"
            return words if self.effect.kind == "sign" else f"{words}, {self._part():.2g} of it"
        words = "inside" if self.inside else f"outside{self._off()}"
        return f"{words}, {sign}" if sign and not self.inside else words

    def _off(self) -> str:
        """How far outside, as a factor, where that has a meaning."""
        x, low, high = self.simulated.mean, self.effect.low, self.effect.high
        if x * low <= 0 or x * high <= 0:
            return ""
        near = min((low, high), key=lambda end: abs(math.log(x / end)))
        return f" (x {x / near:.2g})"

    def _part(self) -> float:
        """The effect over the published one."""
        return (self.simulated.mean - self.effect.neutral) / (
            float(self.effect.estimate) - self.effect.neutral
        )

    def data(self) -> dict[str, Any]:
        """Plain data for scripts."""
        effect, found = self.effect, self.simulated
        return {
            "id": effect.id, "intervention": effect.intervention, "outcome": effect.outcome,
            "estimate": effect.estimate, "low": _plain(effect.low), "high": _plain(effect.high),
            "unit": effect.unit, "horizon": effect.horizon, "kind": effect.kind, "source": effect.source,
            "doi": effect.doi or None, "confidence": effect.confidence, "measured_by": effect.measured_by or None,
            "mean": _plain(found.mean) if self.known else None,
            "mean_low": _plain(found.low) if self.known else None,
            "mean_high": _plain(found.high) if self.known else None,
            "n": found.n if self.known else 0, "right_sign": self.right_sign, "inside": self.inside,
            "verdict": self.verdict, "remark": effect.remark,
        }  # fmt: skip


@cache
def effects() -> tuple[Effect, ...]:
    """Every published effect of the table, in its order."""
    with (FOLDER / NAME).open(newline="", encoding="utf-8") as lines:
        return tuple(_effect(row) for row in csv.DictReader(lines))


def _effect(row: Mapping[str, str]) -> Effect:
    words = {
        name: row[name]
        for name in (
            "id intervention outcome estimate unit horizon kind sign pattern value remark citation doi confidence"
        ).split()
    }
    numbers = {name: float(row[name]) if row[name] else math.nan for name in ("low", "high", "near")}
    parts = {name: tuple(row[name].split(" + ")) if row[name] else () for name in ("of", "over")}
    return Effect(**words, **numbers, **parts, scale=float(row["scale"] or 1.0))  # type: ignore[arg-type]


def compare(results: Results | None, records: Sequence[Mapping[str, Any]]) -> list[Compared]:
    """Every published effect beside what stored runs and measured patterns give."""
    by_name = {record["name"]: record for record in records}
    return [Compared(effect, estimate(_values(effect, results, by_name))) for effect in effects()]


def _values(effect: Effect, results: Results | None, records: Mapping[str, Mapping[str, Any]]) -> np.ndarray:
    """What the model gives, by replicate, (n,); empty where nothing was measured."""
    found: Values = ()
    if effect.pattern:
        item = records.get(effect.pattern, {}).get("effect", {}).get(effect.value)
        found = [] if item is None else [x for x in item["values"] if x is not None]
    elif effect.of and results is not None:
        found = _shares(effect, results)
    return effect.scale * np.asarray(found or [math.nan], dtype=np.float64)


def _shares(effect: Effect, results: Results) -> list[float]:
    """Sum of outcomes over the sum of others in each run of the baseline, over all its weeks."""
    weekly = results.weekly()
    if not {*effect.of, *effect.over} <= set(weekly.columns):
        return []
    rows = weekly[weekly["scenario"] == results.baseline].groupby("run_id", sort=True)
    return [
        float(
            run[list(effect.of)].to_numpy(np.float64).sum()
            / run[list(effect.over)].to_numpy(np.float64).sum()
        )
        for _, run in rows
    ]


def disagreements_first(compared: Sequence[Compared]) -> list[Compared]:
    """Wrong signs and values outside, then what agrees, then what was not measured and what cannot be compared."""

    def rank(item: Compared) -> int:
        if item.effect.kind == "none":
            return 4
        if not item.known:
            return 3
        if item.right_sign is False:
            return 0
        return 2 if item.agrees else 1

    return sorted(compared, key=rank)


def print_effects(compared: Sequence[Compared], console: Any) -> None:
    """A table of the effects that can be compared, disagreements first."""
    from rich.table import Table

    grid = Table(title="Published effects", title_justify="left", box=None, pad_edge=False)
    grid.add_column("effect", no_wrap=True)
    for name in ("simulated", "published"):
        grid.add_column(name, justify="right")
    for name in ("unit", "verdict"):
        grid.add_column(name)
    for item in disagreements_first(compared):
        if item.effect.kind == "none":
            continue
        colour = "dim" if item.agrees or not item.known else "bold dark_orange"
        row = (item.effect.id, simulated(item), published(item.effect), item.effect.unit, item.verdict)
        grid.add_row(*row, style=colour if console.is_terminal else "")
    console.print(grid)
    console.print(summary(compared), markup=False, highlight=False, soft_wrap=True)


def simulated(item: Compared) -> str:
    """Mean and interval as text."""
    if not item.known:
        return "-"
    found = item.simulated
    ends = f" ({number(found.low)} to {number(found.high)})" if math.isfinite(found.low) else ""
    return f"{number(found.mean)}{ends}"


def published(effect: Effect) -> str:
    """The published estimate with its interval as text."""
    if math.isfinite(effect.low + effect.high) and effect.low != effect.high:
        return f"{effect.estimate} ({effect.low:g} to {effect.high:g})"
    return effect.estimate


def summary(compared: Sequence[Compared]) -> str:
    """How many agree."""
    known = [item for item in compared if item.known]
    both = [item for item in known if item.inside is not None]
    signs = [item for item in known if item.right_sign is not None]
    open_ = sum(item.effect.kind != "none" and not item.known for item in compared)
    return (
        f"Of {len(compared)} published effects {len(known)} are compared: {sum(bool(i.inside) for i in both)} of"
        f" {len(both)} with an interval are inside it, {sum(bool(i.right_sign) for i in signs)} of {len(signs)} with a"
        f" sign have it; {open_} were not measured here, the others cannot be compared."
    )


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None

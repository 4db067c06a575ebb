"""A small stand-in for the model: numbers from the seed and the scenario alone, for tests of the lab."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import Fault, InputError, nearest

KNOWN = {"base": 0.0, "hard": 0.3, "soft": -0.2, "status_quo": 0.0}


@dataclass(frozen=True)
class Step:
    week: int
    intensity: float


@dataclass(frozen=True)
class Use:
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class FakeScenario:
    name: str
    effect: float
    years: float = 2.0
    parameters: dict[str, float] = field(default_factory=dict)
    start: date = date(2019, 1, 1)
    people_per_agent: int = 100

    @property
    def title(self) -> str:
        return f"The {self.name} scenario"

    @property
    def n_weeks(self) -> int:
        return round(self.years * 52.1775)

    @property
    def policies(self) -> dict[str, Use]:
        return {"push": Use((Step(60, 0.5),))} if self.effect else {}

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.to_toml().encode()).hexdigest()

    def diff(self, other: FakeScenario) -> list[tuple[str, object, object]]:
        return [("effect", self.effect, other.effect)] if self.effect != other.effect else []

    def to_toml(self) -> str:
        sets = "".join(f"{k} = {v}\n" for k, v in sorted(self.parameters.items()))
        return f'title = "{self.title}"\neffect = {self.effect}\nyears = {self.years}\n[parameters]\n{sets}'


def load(spec: str | Path | FakeScenario, *, sets: Mapping[str, object] | None = None) -> FakeScenario:
    """Stand-in of sim.scenario.load."""
    if isinstance(spec, FakeScenario):
        plan = spec
    elif str(spec) in KNOWN:
        plan = FakeScenario(str(spec), KNOWN[str(spec)])
    else:
        raise InputError([Fault("scenario", str(spec), "a scenario", nearest(str(spec), list(KNOWN)))])
    for key, value in (sets or {}).items():
        if key == "run.years":
            plan = replace(plan, years=float(str(value)))
        elif key.startswith("parameters."):
            plan = replace(plan, parameters={**plan.parameters, key[11:]: float(str(value))})
        else:
            raise InputError([Fault(f"--set {key}", value, "a path of a scenario")])
    return plan


def _info(name: str, level: str = "national", **options: Any) -> Any:
    usual = dict(
        name=name, family="fake", unit="deaths", sees="true", country="MX", better="lower", total="sum",
        headline=True, level=level, arrow=None, doc=f"The {name}.", title=name.title(),
    )  # fmt: skip
    return SimpleNamespace(**{**usual, **options})


class FakeModel:
    """Random walks keyed by seed; the scenario scales one of them. Two switches make a run fail or kill its process."""

    OUTCOMES = {
        item.name: item
        for item in (
            _info("deaths"),
            _info("harm", country="US"),
            _info("price", country="US", unit="USD/g", better=None, total="mean"),
            _info("trust", country="both", unit="share", better="higher", total="last"),
            _info("flat", headline=False),
            _info("deaths_by_state", "regional"),
            _info("flow", "corridor", arrow="north"),
        )
    }

    def __init__(self, spec: FakeScenario, *, rng: int = 1, **kwargs: Any) -> None:
        self.plan, self.seed, self.week, self.n_weeks = load(spec), int(rng), 0, spec.n_weeks
        self.running = True
        self.profiling = False
        self.record = self
        rng_ = np.random.default_rng(self.seed)
        self.noise = rng_.normal(size=(self.n_weeks, 3))
        wanted = spec.parameters.get("fail_seed"), spec.parameters.get("die_seed")
        if wanted[0] == self.seed and spec.effect > 0:
            raise ArithmeticError("the fake was told to fail")
        if wanted[1] == self.seed and spec.effect > 0:
            os.kill(os.getpid(), signal.SIGKILL)

    @property
    def profile(self) -> dict[str, float]:
        return {"people": 0.01, "cross": 0.002} if self.profiling else {}

    def step(self) -> None:
        time.sleep(self.plan.parameters.get("sleep", 0.0))
        self.week += 1
        self.running = self.week < self.n_weeks

    def close(self) -> None:
        self.noise = self.noise[:0]

    def weekly(self) -> pd.DataFrame:
        weeks = np.arange(self.n_weeks)
        on = self.plan.effect * (weeks >= 60)
        columns = {
            "deaths": 100 * (1 + on) + 10 * self.noise[:, 0],
            "harm": 50 + 5 * self.noise[:, 1],
            "price": 80 * np.exp(0.01 * np.cumsum(self.noise[:, 2]) + on),
            "trust": 0.5 + 0.001 * np.cumsum(self.noise[:, 1]) - on,
            "flat": np.full(self.n_weeks, 3.0),
        }
        return pd.DataFrame({"week": weeks, **{k: v.astype(np.float32) for k, v in columns.items()}})

    def _years(self) -> list[int]:
        return sorted({2019 + int(week // 52.1775) for week in range(self.n_weeks)})

    def regional(self) -> pd.DataFrame:
        rows = [(y, s, "deaths_by_state", 1.5 * self.seed + y) for y in self._years() for s in ("SON", "AZ")]
        return pd.DataFrame(rows, columns=["year", "state", "outcome", "value"])

    def corridors(self) -> pd.DataFrame:
        rows = [
            (y, "Tucson", m, "flow", 2.5 * self.seed) for y in self._years() for m in ("truck", "between")
        ]
        return pd.DataFrame(rows, columns=["year", "corridor", "mode", "outcome", "value"])

    def events(self) -> pd.DataFrame:
        rows = [(60, "capture", "a leader", f"seed {self.seed}")] if self.plan.effect > 0 else []
        return pd.DataFrame(rows, columns=["week", "kind", "subject", "detail"])

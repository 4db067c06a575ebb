"""The Ishigami function behind the model's door: its sensitivity indices are known in closed form.

f = sin(a) + 7 sin(b)^2 + 0.1 c^4 sin(a), with a, b, c uniform on [-pi, pi]. Source: doi:10.1109/ISUMA.1990.151285.
Dice: a shift that all rows of a replicate share, and noise of each row where the parameter `noise` is set.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from tests.fake_model import FakeModel, FakeScenario, _info, load

__all__ = ["FIRST", "TOTAL", "Ishigami", "load"]

A, B = 7.0, 0.1
_P = math.pi
_V1 = 0.5 * (1 + B * _P**4 / 5) ** 2
_V2 = A**2 / 8
_V13 = B**2 * _P**8 * 8 / 225
_V = _V1 + _V2 + _V13
FIRST = np.array([_V1, _V2, 0.0]) / _V
TOTAL = np.array([_V1 + _V13, _V2, _V13]) / _V


def ishigami(a: float, b: float, c: float) -> float:
    return math.sin(a) + A * math.sin(b) ** 2 + B * c**4 * math.sin(a)


class Ishigami(FakeModel):
    OUTCOMES = {"f": _info("f", country="both", better=None, total="mean", unit="1"),
                "noise": _info("noise", total="mean", headline=False)}  # fmt: skip

    def __init__(self, spec: FakeScenario, *, rng: int = 1, **kwargs: Any) -> None:
        super().__init__(spec, rng=rng, **kwargs)
        if spec.parameters.get("fail_above", math.inf) < spec.parameters["a"]:
            raise ArithmeticError("told to fail")

    def weekly(self) -> pd.DataFrame:
        p = self.plan.parameters
        value = ishigami(p["a"], p["b"], p["c"]) + float(np.random.default_rng(self.seed).normal())
        own = np.random.default_rng([self.seed, abs(hash((p["a"], p["b"], p["c"])))]).normal()
        value += p.get("noise", 0.0) * float(own)
        n = self.n_weeks
        return pd.DataFrame({"week": np.arange(n), "f": np.full(n, value), "noise": np.full(n, own)})

    def regional(self) -> pd.DataFrame:
        return super().regional().iloc[:0]

    def corridors(self) -> pd.DataFrame:
        return super().corridors().iloc[:0]

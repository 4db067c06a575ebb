"""Units: the vocabulary that tables may use, and the one conversion made at load.

Files state rates per year; the model steps in weeks. A unit that ends in ``/yr`` is a rate and is divided by
``WEEKS_PER_YEAR`` once, when a table becomes `sim.parameters.Parameters`. Every other unit is kept as it is written
(grams stay grams: names carry their unit). Units are words joined by ``/``, a leading ``1`` for a bare rate
(``1/yr``), so ``deaths/100k/yr`` is read as deaths per 100,000 people per year.
"""

from __future__ import annotations

import math

from sim.errors import Fault, InputError, nearest

WEEKS_PER_YEAR = 52.1775

SWITCH = "switch"
"""Unit of a categorical parameter, whose default is one of its choices."""

PLAIN = frozenset(
    {"fraction", "prob", "ratio", "elasticity", "index", "logit", "sd", "exponent", "count", SWITCH}
)
"""Units without a dimension. ``fraction`` and ``prob`` must lie in [0, 1]; ``prob`` is per event (or per week)."""

_LIST = """1 USD kg g mg t ml L m km km2 ha deg
yr week month day hour min s
100 1k 10k 100k 1M
person people firm user member crew group gang officer prosecutor soldier unit agent case leader target victim voter
death homicide overdose arrest conviction sentence prisoner recruit capture raid inspection scan referral seizure
patrol fight attack extortion kidnapping crime report leak bribe scandal abuse deal issue place kit dose pill
session gun round rifle handgun licence dealer plant lab batch load trip crossing vehicle truck car booth lane
scanner port sector site state area cell plaza country agency policy event job vote migrant plan link
gum opium seed poppy coca precursor pure_kg pure_g bulk_kg"""
WORDS = frozenset(_LIST.split())
"""Words a unit may be made of; ``_singular`` also accepts their plural."""

_RATE = "/yr"


def check_unit(unit: str) -> str:
    """Return ``unit`` if it is in the vocabulary.

    Raises: InputError naming the word that is not known.
    """
    if unit in PLAIN:
        return unit
    for word in unit.split("/"):
        if _singular(word) not in WORDS:
            expected = (
                "a plain unit ("
                + ", ".join(sorted(PLAIN))
                + ") or words joined by '/', such as USD/kg or deaths/yr"
            )
            raise InputError(
                Fault(
                    "unit",
                    unit,
                    expected,
                    nearest(word, WORDS | PLAIN),
                    "Use a known unit, or add the word to sim/units.py.",
                )
            )
    return unit


def is_rate(unit: str) -> bool:
    """Say whether ``unit`` is a rate per year, which the model holds per week."""
    return unit.endswith(_RATE)


def to_model(value: float, unit: str) -> float:
    """Convert a value as written in a file to the model's: ``/yr`` becomes per week, the rest is kept."""
    return value / WEEKS_PER_YEAR if is_rate(unit) else value


def to_file(value: float, unit: str) -> float:
    """Convert a value of the model back to the unit of its file; the inverse of `to_model` to rounding."""
    return value * WEEKS_PER_YEAR if is_rate(unit) else value


def model_unit(unit: str) -> str:
    """Name the unit in which the model holds a value of ``unit``."""
    return unit[: -len(_RATE)] + "/week" if is_rate(unit) else unit


def natural_bounds(unit: str) -> tuple[float, float]:
    """Return the limits no range may leave, whatever the table says."""
    return (0.0, 1.0) if unit in ("fraction", "prob") else (-math.inf, math.inf)


def _singular(word: str) -> str:
    """Map a plural to the word of the vocabulary; words that are known already are kept."""
    if word in WORDS:
        return word
    for ending, instead in (("ies", "y"), ("es", "e"), ("es", ""), ("s", "")):
        if word.endswith(ending) and word[: -len(ending)] + instead in WORDS:
            return word[: -len(ending)] + instead
    return word

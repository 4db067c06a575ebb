"""The exceptions of the package, and nothing else.

::

    ContraflowError
    ├── InputError    what the user wrote cannot be used; lists every fault found
    ├── LedgerLeak    a commodity did not balance in some week
    └── RunFailed     a run stopped for another reason

An error is a sentence for the person with the scenario file: where, what was read, what was expected with unit and
bounds, the nearest valid name, what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

_SHOWN = 120


class ContraflowError(Exception):
    """Root of every error raised on purpose."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input.

    where: file and key, e.g. ``"kingpin.toml: policies.kingpin_targeting.intensity"``; value: what was read;
    expected: with unit and bounds; nearest: the closest valid name; fix: what to do.
    """

    where: str
    value: object
    expected: str
    nearest: str | None = None
    fix: str | None = None

    def __str__(self) -> str:
        text = f"{self.where}: read {_short(self.value)}; expected {self.expected}"
        if self.nearest:
            text += f"; did you mean '{self.nearest}'?"
        if self.fix:
            text += f"{'' if self.nearest else '.'} {self.fix}"
        return text


class InputError(ContraflowError):
    """What the user wrote cannot be used. ``faults`` lists every fault found, in the order they were found."""

    def __init__(self, faults: Iterable[Fault] | Fault) -> None:
        self.faults: list[Fault] = [faults] if isinstance(faults, Fault) else list(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        count = len(self.faults)
        head = "1 fault in the input:" if count == 1 else f"{count} faults in the input:"
        return "\n".join([head, *(f"  {i}. {fault}" for i, fault in enumerate(self.faults, 1))])


class LedgerLeak(ContraflowError):
    """A commodity did not balance: names process, account, week and the amount missing."""


class RunFailed(ContraflowError):
    """A run stopped; the message says in which week and why."""


def nearest(name: object, names: Iterable[str]) -> str | None:
    """Return the valid name closest to ``name``, or the first that begins with it; None when none is close."""
    known, word = list(names), str(name)
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    longer = sorted(item for item in known if len(word) > 2 and item.startswith(word))
    return next(iter(close + longer), None)


def _short(value: object) -> str:
    """Show a value as it was read, cut to a line and printable on any terminal."""
    text = repr(value)
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."

"""The dictionary of a store: what each column and each long outcome is, in which unit, seen or true."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.lab.runs import resolve

if TYPE_CHECKING:
    import pandas as pd

TABLE_OF = {"national": "weekly", "regional": "regional", "corridor": "corridors"}
COLUMNS = (
    "table column unit meaning level seen_or_true title family country better total headline arrow".split()
)
KEY_MEANINGS = (
    ("all", "run_id", "", "Name of the run, as in the manifest."),
    ("all", "scenario", "", "Name of the scenario."),
    ("all", "replicate", "", "Replicate: runs of one replicate share their dice in every scenario and draw."),
    ("all", "draw", "", "Draw of the uncertain parameters; 0 where none was drawn."),
    ("weekly", "week", "week", "Week since the start of the scenario; week 0 begins at its start date."),
    ("regional", "year", "year", "Calendar year of the first day of the weeks taken together."),
    ("regional", "state", "", "Code of the state."),
    ("regional", "outcome", "", "Name of the outcome, described below."),
    ("regional", "value", "", "Its value, in the unit of the outcome."),
    (
        "corridors",
        "corridor",
        "",
        "Corridor: the ports and sectors of one field office taken together, or the sea.",
    ),
    ("corridors", "mode", "", "How the crossing is made."),
    ("events", "kind", "", "What happened: captures, takedowns, splits, mergers, deals, scandals."),
    ("events", "subject", "", "To whom."),
    ("events", "detail", "", "More about it, in words."),
)


@dataclass(frozen=True)
class OutcomeRow:
    """A national outcome as the dictionary describes it."""

    name: str
    title: str
    family: str
    unit: str
    country: str
    better: str
    sees: str
    total: str
    headline: bool

    @property
    def unit_per_year(self) -> str:
        """Unit of a yearly total of the weekly values."""
        for tail in ("/wk", "/week"):
            if self.unit.endswith(tail):
                return self.unit.removesuffix(tail) + "/yr"
        return f"{self.unit}/yr"


def declared(factory: str) -> Mapping[str, Any]:
    """Outcomes by name: the model's own `OUTCOMES` where it has them, else all that are declared in the package."""
    own: Mapping[str, Any] | None = getattr(resolve(factory), "OUTCOMES", None)
    if own is not None:
        return own
    from sim.outcome import load_outcomes

    return load_outcomes()


def table_of(outcomes: Iterable[Any]) -> pd.DataFrame:
    """The dictionary: key columns first, then outcomes by table, family and name."""
    import pandas as pd

    rows: list[tuple[Any, ...]] = [(*row, "key", *[""] * 8) for row in KEY_MEANINGS]
    for item in sorted(outcomes, key=lambda o: (list(TABLE_OF).index(o.level), o.family, o.name)):
        words = (
            item.unit,
            item.doc,
            item.level,
            item.sees,
            item.title,
            item.family,
            item.country,
            item.better or "",
        )
        flags = (item.total, "yes" if item.headline else "no", item.arrow or "")
        rows.append((TABLE_OF[item.level], item.name, *words, *flags))
    return pd.DataFrame(rows, columns=COLUMNS)


def national(dictionary: pd.DataFrame) -> list[OutcomeRow]:
    """The outcomes of the weekly table, in the order of the dictionary."""
    chosen = dictionary[dictionary["level"] == "national"]
    return [
        OutcomeRow(
            name=row["column"],
            title=row["title"],
            family=row["family"],
            unit=row["unit"],
            country=row["country"],
            better=row["better"],
            sees=row["seen_or_true"],
            total=row["total"],
            headline=row["headline"] == "yes",
        )
        for row in chosen.to_dict("records")
    ]

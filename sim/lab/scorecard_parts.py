"""Parts of the scorecard's page on patterns and on published effects, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.lab import effects as published
from sim.lab import findings
from sim.lab.docs import table
from sim.lab.effects import Compared
from sim.lab.findings import Record
from sim.lab.levels import number

PATTERNS_INTRO = (
    "A pattern has a decision rule and a number of replicates that were written before its first run. It *holds* if the"
    " rule holds, if the null arm (the same scenario, other seeds) fails it in at least 18 of 20 trials, and if it goes"
    " when its mechanism is knocked out. *Reported* ones have no pass mark."
)
EFFECTS_INTRO = (
    "What studies found that interventions did, and what the model gives where the two can be compared honestly."
    " Nothing was fitted to these numbers. With a published interval the verdict is inside or outside; else it is of"
    " the sign. What is marked *memory* in the last column was not checked in the source."
)


def patterns_part(records: Sequence[Record]) -> list[str]:
    """Sections on patterns: summary, table with misses first, then each pattern by number."""
    if not records:
        return ["## Patterns\n\nNone measured yet: `contraflow validate --patterns`."]
    rows = (
        (
            record["number"] or "",
            f"[`{record['name']}`](#{record['name']})",
            record["title"],
            record["mechanism"],
            findings.why(record),
            findings.told(record["effect"]),
            findings.told(record["knock_out"]),
            findings.nulls_told(record),
        )
        for record in findings.ordered(records)
    )
    header = ("", "pattern", "what", "mechanism", "verdict", "effect", "knocked out", "nulls")
    by_number = sorted(records, key=lambda record: (record["number"] or 1000, record["name"]))
    return [
        f"## Patterns\n\n{PATTERNS_INTRO}\n\n{findings.summary(records)} {_made(records)}",
        table(header, rows),
        "## Pattern by pattern",
        *(_one(record) for record in by_number),
    ]


def _made(records: Sequence[Record]) -> str:
    """With which code, in words."""
    commits = sorted({str(record["code"]["commit"] or "unknown")[:10] for record in records})
    dirty = any(record["code"]["dirty"] for record in records)
    return f"Measured with commit {', '.join(commits)}{' and changes on top' if dirty else ''}."


def _one(record: Record) -> str:
    """What a pattern is, its rule, its replicates, what its history is, and its table."""
    title = f"{record['title']} ({record['number']})" if record["number"] else record["title"]
    lines = [
        f"### {record['name']}\n\n**{title}.** Verdict: {findings.why(record)}.",
        f"- Rule: {record['rule']}",
    ]
    if record["knocked_out_by"]:
        lines.append(f"- Knock-out: {record['knocked_out_by']}")
    seeds = _span(record["seeds"])
    nulls = f", null arm also {_span(record['null_seeds'])}" if record["null_seeds"] else ""
    lines.append(f"- Seeds: {seeds}{nulls}; digest of code and data `{record['code']['digest']}`")
    if record["history"]:
        lines.append(f"- History: {record['history']}")
    if record["error"]:
        lines.append(f"- Could not be measured: {str(record['error']).strip().splitlines()[-1]}")
    parts = [lines[0], "\n".join(lines[1:])]
    if record["reported"]:
        parts.append(f"Found: {findings.told(record['effect'])}.")
    if record["table"]:
        parts.append(rows_table(record["table"]))
    return "\n\n".join(parts)


def _span(seeds: Sequence[int]) -> str:
    whole = list(range(seeds[0], seeds[-1] + 1)) if seeds else []
    return (
        f"{seeds[0]} to {seeds[-1]}"
        if len(whole) > 1 and whole == list(seeds)
        else ", ".join(map(str, seeds))
    )


def rows_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows of a pattern as a table: every column that any row has, numbers with three digits."""
    header = list(dict.fromkeys(name for row in rows for name in row))
    words = [name.replace("_", " ") for name in header]
    return table(words, ([_cell(row.get(name)) for name in header] for row in rows))


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " to ".join(_cell(each) for each in value)
    return number(value) if isinstance(value, float) else str(value)


def effects_part(compared: Sequence[Compared]) -> list[str]:
    """Sections on published effects: those compared, disagreements first, and those that are not, with the reason."""
    if not compared:
        return []
    ordered = published.disagreements_first(compared)
    rows = (
        (
            f"`{item.effect.id}`",
            item.effect.intervention,
            item.effect.outcome,
            published.simulated(item),
            published.published(item.effect),
            item.effect.unit,
            item.verdict,
            item.effect.measured_by,
            item.effect.remark,
            _source(item),
        )
        for item in ordered
        if item.effect.kind != "none"
    )
    header = (
        "effect", "intervention", "outcome", "simulated", "published", "unit", "verdict", "measured by", "remark",
        "source",
    )  # fmt: skip
    left = (
        (f"`{e.id}`", e.intervention, e.outcome, published.published(e), e.unit, e.remark, _source(item))
        for item in ordered
        if (e := item.effect).kind == "none"
    )
    return [
        f"## Published effects\n\n{EFFECTS_INTRO}\n\n{published.summary(compared)}",
        table(header, rows),
        "## Published effects that cannot be compared",
        table(("effect", "intervention", "outcome", "published", "unit", "why not", "source"), left),
    ]


def _source(item: Compared) -> str:
    return f"{item.effect.source} ({item.effect.confidence})"

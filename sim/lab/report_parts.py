"""What a report says, as plain data: scenarios, findings, tables, switches, parameters, provenance.

Names of policies, parameters and outcomes come from the store and the catalogues; none is kept here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.lab import manifest
from sim.lab.compare import BLOCKS, blocks, number, verdict
from sim.lab.store import Results
from sim.lab.summary import INTERVAL
from sim.lab.switches import sides, texts

if TYPE_CHECKING:
    import pandas as pd

ACROSS = 3
"""Scenarios side by side in one table."""
ABOUT = ("schema", "title", "source")
TOP_FACTORS = 6


def short(value: float) -> str:
    """A number for people: three significant digits, in millions or billions where it is large."""
    for limit, unit in ((1e9, "bn"), (1e6, "M")):
        if abs(value) >= limit:
            return f"{number(value / limit)} {unit}"
    return number(value)


def signed(value: float) -> str:
    """The same with its sign."""
    return ("+" if value > 0 else "") + short(value).replace("-", "−" if value < 0 else "-")


def words(name: object) -> str:
    """A name as words."""
    return str(name).replace("_", " ")


def collect(results: Results) -> dict[str, Any]:
    """Everything the template shows but the figures."""
    from sim.scope import SCOPE

    summary = results.summary()
    titles = titles_of(results)
    headline = summary[summary["headline"]] if summary["headline"].any() else summary
    swept = sensitivity(results)
    return {
        "title": title_of(results, swept),
        "scope": SCOPE,
        "interval_text": INTERVAL,
        "baseline": results.baseline,
        "titles": titles,
        "scenarios": [_scenario(each, results, titles) for each in results.experiment["scenarios"]],
        "span": span(results, summary),
        "findings": findings(headline, results, titles),
        "tables": list(tables(headline, results, titles)),
        "all_tables": list(tables(summary, results, titles)) if len(headline) < len(summary) else [],
        "sensitivity": swept,
        "switches": switches(results),
        "parameters": parameters(results),
        "outcomes": outcomes(results),
        "provenance": provenance(results),
        "runs": {
            "all": len(results.manifest["runs"]), "failed": len(results.failed), "missing": len(results.missing)
        },
    }  # fmt: skip


def title_of(results: Results, swept: Mapping[str, Any] | None) -> str:
    """What was compared, as a title."""
    if swept:
        return str(swept["title"])
    titles = titles_of(results)
    others = [titles[name] for name in results.scenarios if name != results.baseline]
    return (
        f"{' · '.join(others)} — against {titles[results.baseline]}" if others else titles[results.baseline]
    )


def titles_of(results: Results) -> dict[str, str]:
    """Titles of the scenarios, or their names as words."""
    return {str(e["name"]): str(e["title"] or words(e["name"])) for e in results.experiment["scenarios"]}


def contents(results: Results) -> dict[str, dict[str, Any]]:
    """The content of each scenario as it was run."""
    return {name: tomllib.loads(text) for name, text in texts(results).items()}


def span(results: Results, summary: pd.DataFrame) -> dict[str, Any]:
    """Length, start, window and sizes of the runs."""
    first = results.experiment["scenarios"][0]
    run = tomllib.loads(first["toml"]).get("run", {})
    return {
        "start": first["start"], "weeks": first["weeks"], "years": round(first["weeks"] / 52.1775, 1),
        "replicates": results.experiment["replicates"], "draws": len(results.experiment["draws"]),
        "window": summary["window"].iloc[0], "start_window": summary["start_window"].iloc[0],
        "people_per_agent": run.get("people_per_agent", "?"),
    }  # fmt: skip


def _scenario(each: Mapping[str, Any], results: Results, titles: Mapping[str, str]) -> dict[str, Any]:
    """One scenario: what it is, and where it differs from the baseline."""
    found = contents(results)
    content, base = found[str(each["name"])], found[results.baseline]
    source = str(content.get("source", "") or "")
    is_base = each["name"] == results.baseline
    return {
        "name": each["name"], "title": titles[str(each["name"])], "source": source,
        "is_baseline": is_base and len(results.scenarios) > 1,
        "hash": str(each["hash"])[:12], "toml": texts(results)[str(each["name"])],
        "policies": [] if is_base and not content.get("policies") else list(_policies(content, base, is_base)),
        "changes": [] if is_base else list(_changes(content, base)),
    }  # fmt: skip


def _policies(content: Mapping[str, Any], base: Mapping[str, Any], every: bool) -> Any:
    """The policies of a scenario that the baseline does not have in the same form."""
    from sim.catalogue import policies

    catalogue = policies()
    for name, use in content.get("policies", {}).items():
        if not every and base.get("policies", {}).get(name) == use:
            continue
        policy = catalogue.get(name)
        own = policy.parameters if policy else {}
        usual = {key: item.default for key, item in own.items()}
        facts = (
            f"{words(key)} {value:g}" if isinstance(value, float) else f"{words(key)} {value}"
            for key, value in use.items()
            if key not in ("steps", "where") and usual.get(key) != value
        )
        steps = (f"{s['intensity']:g} from {s['date']}" for s in use.get("steps", ()))
        where = (f"{axis}: {', '.join(chosen)}" for axis, chosen in use.get("where", {}).items())
        yield {
            "name": name,
            "title": (policy.title if policy else "") or words(name),
            "how": "; ".join([*facts, *steps, *where]),
            "tradeoff": policy.tradeoff if policy else "",
            "source": policy.source if policy else "",
        }


def flat(value: object, path: str = "") -> dict[str, object]:
    """Values of nested tables by dotted path; lists are values."""
    if not isinstance(value, Mapping):
        return {path: value}
    found: dict[str, object] = {}
    for key, item in value.items():
        found |= flat(item, f"{path}.{key}" if path else str(key))
    return found


def _changes(content: Mapping[str, Any], base: Mapping[str, Any]) -> Any:
    """Other values that differ from the baseline: (path, there, here)."""
    here, there = ({k: v for k, v in flat(c).items() if k not in ABOUT} for c in (content, base))
    for path in sorted(here.keys() | there.keys()):
        if path.startswith("policies.") and content.get("policies"):
            continue
        if here.get(path) != there.get(path):
            yield path, _short(there.get(path)), _short(here.get(path))


def _short(value: object) -> str:
    if value is None or value == []:
        return "none"
    text = "; ".join(str(item) for item in value) if isinstance(value, list) else str(value)
    return text if len(text) <= 160 else text[:157] + "..."


def others_of(table: pd.DataFrame, results: Results) -> list[str]:
    """Scenarios with a difference to show."""
    there = set(table["scenario"])
    return [name for name in results.scenarios if name != results.baseline and name in there]


def findings(table: pd.DataFrame, results: Results, titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """Who gains and who pays: for each country and scenario, what clearly became better, worse or other."""
    found = []
    for name in others_of(table, results):
        rows = table[table["scenario"] == name]
        countries = []
        for code, country in BLOCKS.items():
            part = rows[rows["country"] == code]
            if not len(part):
                continue
            named: dict[str, list[Any]] = {"better": [], "worse": [], "changed": [], "unclear": []}
            for _, row in part.iterrows():
                word = verdict(row)
                named.setdefault(word if word in named else "unclear", []).append(row)
            for rows_of in named.values():
                rows_of.sort(key=lambda row: -abs(row["diff_percent"]))
            countries.append({"title": country, **named})
        found.append({"name": name, "title": titles[name], "countries": countries})
    return found


def tables(table: pd.DataFrame, results: Results, titles: Mapping[str, str]) -> Any:
    """A table per country and per few scenarios: levels of the baseline and paired differences."""
    others = others_of(table, results)
    for country, part in blocks(table):
        by_key = {(row["scenario"], row["outcome"]): row for _, row in part.iterrows()}
        for first in range(0, max(1, len(others)), ACROSS):
            across = others[first : first + ACROSS]
            rows = []
            for outcome in dict.fromkeys(part["outcome"]):
                base = by_key.get((results.baseline, outcome))
                cells = [_cell(by_key.get((name, outcome))) for name in across]
                some = base if base is not None else next(v for k, v in by_key.items() if k[1] == outcome)
                rows.append({"about": some, "base": base, "cells": cells})
            yield {"country": country, "across": [titles[name] for name in across], "rows": rows}


def _cell(row: Any) -> dict[str, Any] | None:
    if row is None or row["n_pairs"] == 0:
        return None
    turned = bool(row["excludes_zero"] and row["signs_differ"])
    return {"row": row, "verdict": verdict(row), "turned": turned}


def sensitivity(results: Results) -> dict[str, Any] | None:
    """The sweep of the folder, if it holds one: its design and the factors that matter most for each outcome."""
    import pandas as pd

    path = results.folder / "indices.csv"
    if not path.is_file() or "sweep" not in results.experiment:
        return None
    table = pd.read_csv(path)
    design = results.experiment["sweep"]
    index = "mu_star" if design["method"] == "morris" else "ST"
    ranked = []
    for _, part in table[table["index"] == index].groupby(["outcome", "window"], sort=False):
        top = part.sort_values("value", ascending=False).head(TOP_FACTORS)
        ranked.append({"about": part.iloc[0], "rows": [row for _, row in top.iterrows()]})
    signs = table[table["index"] == "mu"].set_index(["outcome", "window", "factor"])["value"].to_dict()
    return {**design, "ranked": ranked, "signs": signs, "n_blocks": int(table["n_blocks"].iloc[0]),
            "scenario": results.experiment["scenarios"][0]["name"]}  # fmt: skip


def _used(results: Results) -> dict[str, dict[str, Any]]:
    """Parameters each scenario states."""
    return {name: content.get("parameters", {}) for name, content in contents(results).items()}


def switches(results: Results) -> list[dict[str, Any]]:
    """Every switch of structure and which side was used; the swept ones say so."""
    return [{"row": row, "used": used} for row, used in sides(results)]


def parameters(results: Results) -> dict[str, Any]:
    """The parameter table with sources: first those the scenarios or the sweep set, then all."""
    from sim.parameters import parameter_table

    used, table = _used(results), parameter_table()
    swept = {f["name"]: f["range"] for f in results.experiment.get("sweep", {}).get("factors", ())}
    stated = {name for each in used.values() for name in each} | set(swept)
    rows = []
    for name in sorted(stated & set(table)):
        sides = {scenario: each.get(name, table[name].default) for scenario, each in used.items()}
        same = set(map(str, sides.values()))
        text = same.pop() if len(same) == 1 else ", ".join(f"{words(k)}: {v}" for k, v in sides.items())
        rows.append({"row": table[name], "used": f"swept: {swept[name]}" if name in swept else text})
    return {"set": rows, "all": list(table.values()), "same_code": _same_code(results)}


def _same_code(results: Results) -> bool:
    """True if the results were made by the code that is installed, so that its tables are theirs."""
    same: bool = results.manifest["code"]["source_sha256"] == manifest.source_digest()
    return same


def outcomes(results: Results) -> list[dict[str, Any]]:
    """Meaning of every national outcome, from the store's dictionary."""
    table = results.dictionary()
    chosen = table[table["level"] == "national"]
    return [{str(key): value for key, value in row.items()} for row in chosen.to_dict("records")]


def provenance(results: Results) -> dict[str, Any]:
    """What made the results, and how to make them again."""
    record = results.manifest
    made, code = record["made"], record["code"]
    hours = sum(made["seconds_by_run"].values()) / 3600
    commit = code["commit"] or "not under version control"
    rows = [
        ("Version", code["version"]),
        ("Commit", commit + (", with uncommitted changes" if code["dirty"] else "")),
        ("Source digest", code["source_sha256"][:16]),
        ("Made", f"{made['started']} to {made['ended']}"),
        ("Runs", f"{len(record['runs'])}, {hours:.2f} processor hours, {made['jobs']} at a time"),
        ("Seeds", _seeds(record["seeds"])),
        ("Packages", ", ".join(f"{name} {version}" for name, version in record["packages"].items())),
        ("Files", f"{len(record['files'])}, each with its SHA-256 in {manifest.NAME}"),
    ]
    return {"rows": rows, "command": made["command"], "folder": Path(results.folder).resolve().name,
            "ended": str(made["ended"] or "")[:10]}  # fmt: skip


def _seeds(seeds: list[int]) -> str:
    whole = seeds == list(range(seeds[0], seeds[0] + len(seeds)))
    return f"{seeds[0]} to {seeds[-1]}" if whole and len(seeds) > 2 else ", ".join(map(str, seeds))

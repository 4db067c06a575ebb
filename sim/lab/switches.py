"""Which side of every switch of structure the scenarios of a store used; comparisons and reports both name it."""

from __future__ import annotations

import tomllib

from sim.lab.store import Results
from sim.parameters import Parameter, parameter_table


def texts(results: Results) -> dict[str, str]:
    """The file of each scenario as it was run; of a sweep, the scenario before its factors were set."""
    if "sweep" in results.experiment:
        return {results.baseline: str(results.experiment["sweep"]["base_toml"])}
    return {str(each["name"]): str(each["toml"]) for each in results.experiment["scenarios"]}


def sides(results: Results) -> list[tuple[Parameter, str]]:
    """Every switch and the side used, in words; where scenarios differ that of each, and a swept one says so."""
    used = {name: tomllib.loads(text).get("parameters", {}) for name, text in texts(results).items()}
    swept = {f["name"]: f["range"] for f in results.experiment.get("sweep", {}).get("factors", ())}
    found = []
    for name, row in parameter_table().items():
        if not row.is_switch:
            continue
        by_scenario = {
            scenario.replace("_", " "): str(own.get(name, row.default)) for scenario, own in used.items()
        }
        same = set(by_scenario.values())
        text = same.pop() if len(same) == 1 else ", ".join(f"{k}: {v}" for k, v in by_scenario.items())
        found.append((row, f"swept: {swept[name]}" if name in swept else text))
    return found

"""The house: floors of imports, no proper names in code, small files, clean text, scenarios that load.

What inputs and processes must say of themselves is in `test_house_inputs.py`. Source is read, nothing is run.
"""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from sim.scenario import load
from tests.source import ROOT, SIM, column, identifiers, modules, none, room, texts

FLOORS: tuple[tuple[str, list[str]], ...] = (
    (
        "base",
        (
            "sim.units sim.errors sim.streams sim.levers sim.parameters sim.scenario sim.scenario_* sim.catalogue"
            " sim.outcome sim.compiled sim.quantiles sim.schedule sim.toml_text sim.places sim.scope"
        ).split(),
    ),
    ("world", "sim.world sim.world.* sim.state sim.state.* sim.ledger sim.seen sim.kernels*".split()),
    (
        "behaviour",
        (
            "sim.agents sim.agents.* sim.week sim.week.* sim.policies sim.policies.* sim.events sim.events.*"
            " sim.outcomes sim.outcomes.*"
        ).split(),
    ),
    ("model", "sim.model sim.mesa_door sim.record".split()),
    (
        "lab",
        "sim.lab sim.lab.* sim.plots sim.plots.* sim.web sim.web.* sim.cli sim.cli.* sim.__main__".split(),
    ),
)
"""The five floors, from the ground up. A new top-level module gets its floor here."""

LONGEST_FILE, LONGEST_BODY = 400, 80
MEDIAN_BODY, NINTH_BODY = 15, 45


# Imports


def floor_of(module: str) -> int:
    """Number of the floor a module is on; -1 for the package itself."""
    if module == "sim":
        return -1
    for number, (_, patterns) in enumerate(FLOORS):
        for pattern in patterns:
            exact = not pattern.endswith("*")
            if module == pattern if exact else module.startswith(pattern[:-1]):
                return number
    raise AssertionError(f"{module} is on no floor: add it to FLOORS in {Path(__file__).name}")


def for_types_only(tree: ast.AST) -> set[int]:
    """Ids of the imports under `if TYPE_CHECKING:`."""
    blocks = [n for n in ast.walk(tree) if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.unparse(n.test)]
    return {id(inner) for block in blocks for statement in block.body for inner in ast.walk(statement)}


def imports(name: str, tree: ast.AST, types: bool = True) -> Iterator[tuple[str, int]]:
    """Modules of the package that a module imports, anywhere in it, with the line; relative imports resolved.

    `types` says whether imports that only type checkers follow count.
    """
    is_package = (SIM.parent / Path(*name.split(".")) / "__init__.py").is_file()
    skip = set() if types else for_types_only(tree)
    for node in ast.walk(tree):
        if id(node) in skip:
            continue
        if isinstance(node, ast.Import):
            yield from ((a.name, node.lineno) for a in node.names if a.name.split(".")[0] == "sim")
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = name.split(".")
                kept = parts[: len(parts) - node.level + int(is_package)]
                base = ".".join([*kept, *([node.module] if node.module else [])])
            if base.split(".")[0] != "sim":
                continue
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                yield (whole if whole in modules() else base), node.lineno


def test_every_module_has_a_floor():
    assert {floor_of(name) for name in modules()} <= set(range(-1, len(FLOORS)))


def test_imports_go_down():
    faults = []
    for name, tree in modules().items():
        for target, line in imports(name, tree):
            if floor_of(target) > floor_of(name):
                faults.append(f"{name}:{line} imports {target}, from a floor above")
    none(faults, "Imports go down the five floors.")


def test_no_module_imports_the_package_from_inside():
    faults = [
        f"{name}:{line} imports sim itself"
        for name, tree in modules().items()
        for target, line in imports(name, tree)
        if target == "sim" and name != "sim.__main__"
    ]
    none(faults, "Import the module a name lives in.")


def test_no_sideways_imports_between_behaviour_files():
    behaviour = [name for name, _ in FLOORS].index("behaviour")
    faults = []
    for name, tree in modules().items():
        if floor_of(name) != behaviour:
            continue
        for target, line in imports(name, tree):
            if floor_of(target) == behaviour and (room(name) is None or room(target) != room(name)):
                faults.append(f"{name}:{line} imports {target}")
    none(faults, "Files of the behaviour floor meet in the tables and levers, not in each other.")


def test_no_cycles_of_imports():
    graph = {
        name: {t for t, _ in imports(name, tree, types=False)} - {name} for name, tree in modules().items()
    }
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, "a cycle of imports: " + " -> ".join((*path[path.index(name) :], name))
        if name not in done:
            for target in sorted(graph.get(name, ())):
                walk(target, (*path, name))
            done.add(name)

    for name in graph:
        walk(name, ())


# Names


@lru_cache(maxsize=1)
def proper_names() -> tuple[re.Pattern[str], re.Pattern[str], set[str]]:
    """Pattern for texts of drugs (any case), of places and organisations (as written), and whole codes."""
    drugs = column("commodities.csv", "drug") | column("commodities.csv", "title")
    places = column("ports.csv", "name") | column("sectors.csv", "name") | column("seaports.csv", "name")
    codes = column("groups.csv", "group") | column("agencies.csv", "agency")
    codes |= column("ports.csv", "code") | column("sectors.csv", "code")
    phrases = places | column("groups.csv", "title")
    any_case = re.compile(rf"(?<![a-z])({'|'.join(map(re.escape, sorted(drugs)))})(?![a-z])", re.IGNORECASE)
    as_written = re.compile(rf"\b({'|'.join(map(re.escape, sorted(phrases)))})\b")
    return any_case, as_written, codes


UNIT_OF_DOSE = re.compile(r"heroin.?equivalents?", re.IGNORECASE)
"""The unit in which the literature adds up opioids; it names no commodity."""


def test_code_names_no_drug_group_port_or_agency():
    any_case, as_written, codes = proper_names()
    slugs = {re.sub(r"\W+", "_", code).lower() for code in codes if len(code) > 4}
    faults = []
    for name, tree in modules().items():
        if name.startswith(("sim.policies.", "sim.events.")):
            continue
        for text in texts(tree):
            found = any_case.search(UNIT_OF_DOSE.sub("", text.value)) or as_written.search(text.value)
            if found or text.value in codes:
                faults.append(f"{name}:{text.lineno} {text.value!r}")
        for identifier, line in identifiers(tree):
            if any_case.search(identifier) or identifier in codes or identifier.lower() in slugs:
                faults.append(f"{name}:{line} {identifier}")
    none(faults, "Code knows classes: a drug, group, port or agency is data.")


# Size


def bodies() -> list[tuple[int, str]]:
    """Lines of the body of every function, docstring apart, with where it is."""
    found = []
    for name, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) is not None else node.body
                lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
                found.append((lines, f"{name}.{node.name}"))
    return found


def test_files_and_functions_are_small(record_property):
    counted = {p: len(p.read_text(encoding="utf-8").splitlines()) for p in SIM.rglob("*.py")}
    long = [f"{p.relative_to(ROOT)}: {n} lines" for p, n in sorted(counted.items()) if n > LONGEST_FILE]
    none(long, f"Files have at most {LONGEST_FILE} lines.")
    sizes = bodies()
    median = statistics.median(n for n, _ in sizes)
    ninth = statistics.quantiles((n for n, _ in sizes), n=10)[-1]
    record_property("body_lines", f"median {median:g}, 90th percentile {ninth:g}, of {len(sizes)} functions")
    print(f"\nfunction bodies: median {median:g} lines, 90th percentile {ninth:g}, {len(sizes)} functions")
    none([f"{where}: {n} lines" for n, where in sorted(sizes) if n > LONGEST_BODY], "Bodies are short.")
    assert median <= MEDIAN_BODY and ninth <= NINTH_BODY


# Text


HOSTS = re.compile(r"https?://([\w.-]+)")
KNOWN_HOSTS = {
    "doi.org",
    "www.apache.org",
    "json-schema.org",
    "toml.io",
    "www.w3.org",
    "127.0.0.1",
    "localhost",
}
"""Where a reader may be sent, and the machine's own names."""
PATHS = re.compile(
    r"(?<![\w.])(/(?:home|Users|root|work|mnt|private|var/folders)/\w|[A-Z]:\\\\?(?:Users|home))"
)
NUMBERS = re.compile(r"(?<![\w.=-])(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?![\w.])")
MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b")
HERE = {"127.0.0.1", "0.0.0.0", "255.255.255.255"}


def tracked() -> list[Path]:
    """Text files under version control."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a clone")
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [f for f in files if f.is_file() and b"\0" not in f.read_bytes()[:4096] and f != Path(__file__)]


def test_no_host_address_or_machine_path_in_text():
    faults = []
    for path in tracked():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = [f"host {h}" for h in HOSTS.findall(line) if h.lower() not in KNOWN_HOSTS and "." in h]
            found += [f"path {p}" for p in PATHS.findall(line)]
            found += [f"address {a}" for a in NUMBERS.findall(line) if a not in HERE]
            found += [f"mail {m}" for m in MAIL.findall(line)]
            faults += [f"{path.relative_to(ROOT)}:{number} {item}" for item in found]
    none(faults, "Tracked text names no host, address or path of a machine.")


# Scenarios


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios").glob("*.toml")), ids=lambda path: path.stem)
def test_scenario_loads(path):
    plan = load(path)
    assert plan.n_weeks > 0 and plan.title and plan.source
    assert load(path).hash == plan.hash

"""The house: floors of imports, no proper names in code, units and readers of every input, small files, clean text.

Everything here reads source with `ast` or the registries; nothing runs a week.
"""

from __future__ import annotations

import ast
import csv
import importlib
import math
import pkgutil
import re
import statistics
import subprocess
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from sim.catalogue import FAMILIES, discover
from sim.errors import ContraflowError
from sim.levers import LEVERS, OPS
from sim.outcome import load_outcomes
from sim.parameters import parameter_table
from sim.scenario import load
from sim.state.crews import ROLES
from sim.state.governments import ISSUES
from sim.state.people import STATES
from sim.state.run import OTHER_TRADES, TABLES, Process
from sim.units import check_unit

ROOT = Path(__file__).resolve().parent.parent
SIM = ROOT / "sim"

FLOORS: tuple[tuple[str, list[str]], ...] = (
    (
        "base",
        (
            "sim.units sim.errors sim.streams sim.levers sim.parameters sim.scenario sim.scenario_* sim.catalogue"
            " sim.outcome sim.compiled sim.quantiles sim.schedule sim.toml_text sim.places"
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

LEVER_READERS = ("sim.week", "sim.agents", "sim.state", "sim.kernels")
LONGEST_FILE, LONGEST_BODY = 400, 80
MEDIAN_BODY, NINTH_BODY = 15, 45


@lru_cache(maxsize=1)
def modules() -> dict[str, ast.Module]:
    """Parsed source of every module of the package, by dotted name."""
    found = {}
    for path in sorted(SIM.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def load_package(name: str) -> list:
    """Import every module of a package that is on disk."""
    package = importlib.import_module(name)
    return [
        importlib.import_module(item.name)
        for item in pkgutil.walk_packages(package.__path__, f"{name}.")
        if not item.name.endswith("__main__")
    ]


@lru_cache(maxsize=1)
def week() -> dict[str, Process]:
    """Every process on disk by name; importing them declares levers and conversions."""
    found = {}
    for module in load_package("sim.week"):
        for item in vars(module).values():
            if isinstance(item, Process) and item.fn.__module__ == module.__name__:
                found[item.name] = item
    load_package("sim.state")
    return found


def docstrings(tree: ast.AST) -> set[int]:
    """Ids of the nodes that are docstrings, those of attributes of a class or module included."""
    found = set()
    for node in ast.walk(tree):
        for statement in getattr(node, "body", []) if not isinstance(node, ast.Lambda | ast.IfExp) else []:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                found.add(id(statement.value))
    return found


def texts(tree: ast.AST) -> Iterator[ast.Constant]:
    """String constants that are not docstrings."""
    skip = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skip:
            yield node


def identifiers(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every name that the source introduces or uses, with its line."""
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        for attribute in ("id", "attr", "arg", "name", "asname"):
            value = getattr(node, attribute, None)
            if isinstance(value, str):
                yield value, line


def called(node: ast.Call) -> str:
    """Last word of what is called: `ledger.move(...)` gives `move`."""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def none(faults: list[str], rule: str) -> None:
    """Fail with every fault in one message."""
    assert not faults, f"{rule}\n  " + "\n  ".join(faults)


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


def room(module: str) -> str | None:
    """The folder that a file grew into (`sim.week.NAME`), for its files and itself; None for a single file."""
    parts = module.split(".")
    folder = SIM.parent.joinpath(*parts[:3])
    return ".".join(parts[:3]) if len(parts) >= 3 and folder.is_dir() else None


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


def column(table: str, name: str) -> set[str]:
    """Values of a column of one of the project's tables."""
    with (SIM / "data" / table).open(encoding="utf-8") as file:
        return {row[name].strip() for row in csv.DictReader(file) if row[name].strip()}


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


# Units and meanings


def test_columns_of_state_have_unit_and_meaning():
    faults = [
        f"{table}.{name}: unit {item.unit!r}, meaning {item.doc!r}"
        for table, kind in TABLES
        for name, item in kind.columns.items()
        if not item.unit.strip() or not item.doc.strip()
    ]
    none(faults, "Every column says its unit and what it means.")


def test_parameters_have_unit_meaning_and_source():
    faults = []
    for row in parameter_table().values():
        try:
            check_unit(row.unit)
        except ContraflowError as error:
            faults.append(f"{row.file}: {row.name}: {error}")
        if not row.note.strip():
            faults.append(f"{row.file}: {row.name}: the note must say what it is")
        if not row.source.strip():
            faults.append(f"{row.file}: {row.name}: no source")
    none(faults, "Every parameter has a unit of the vocabulary, a meaning and a source.")


def test_levers_have_unit_meaning_and_order_of_bounds():
    week()
    faults = []
    for item in LEVERS.values():
        try:
            check_unit(item.unit)
        except ContraflowError as error:
            faults.append(f"{item.name}: {error}")
        if not item.doc.strip() or not item.low < item.high:
            faults.append(f"{item.name}: meaning {item.doc!r}, bounds {item.low}, {item.high}")
    none(faults, "Every lever has a unit, a meaning and bounds.")


# Inputs are read, and are not outcomes


def lever_reads() -> tuple[set[str], set[str]]:
    """Names in `levers["..."]` and `.scalar("...")`, and modules that read levers by a name they hold in a variable."""
    literal, by_variable = set(), set()
    for name, tree in modules().items():
        if not name.startswith(LEVER_READERS):
            continue
        for node in ast.walk(tree):
            key: ast.AST | None = None
            if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("levers"):
                key = node.slice
            elif isinstance(node, ast.Call) and called(node) == "scalar" and node.args:
                key = node.args[0]
            if isinstance(key, ast.Constant):
                literal.add(key.value)
            elif key is not None:
                by_variable.add(name)
    return literal, by_variable


def test_every_lever_is_read_by_a_process():
    processes, (literal, by_variable) = week(), lever_reads()
    faults = [
        f"{item.name} is read nowhere"
        for item in LEVERS.values()
        if item.name not in literal and not by_variable & family_of(item.base.__module__)
    ]
    faults += [
        f"{item.name}: {reader} is no process of the week"
        for item in LEVERS.values()
        for reader in item.reader.split(", ")
        if reader not in processes
    ]
    none(faults, "Every lever is read by a process.")


def family_of(module: str) -> set[str]:
    """A module and the others of its room (a folder of the week)."""
    return {name for name in modules() if name == module or (room(module) and room(name) == room(module))}


def test_no_input_is_an_outcome():
    week()
    outcomes = load_outcomes()
    assert not set(LEVERS) & set(outcomes), "a lever has the name of an outcome"
    assert not set(parameter_table()) & set(outcomes), "a parameter has the name of an outcome"


@pytest.mark.parametrize("name", sorted(discover("policies")))
def test_policy_presses_declared_levers_only(name):
    week()
    policy = discover("policies")[name]()
    own = {key: item.default for key, item in policy.parameters.items()}
    assert policy.family in FAMILIES and policy.title and policy.tradeoff and policy.source
    for item in policy.parameters.values():
        check_unit(item.unit)
        assert item.low <= item.default <= item.high and item.source
    reached: set[str] = set()
    for x in (1.0, -1.0):
        presses = policy.press(x, own, {})
        assert presses, f"{name} presses nothing at {x}"
        for press in presses:
            assert press.lever in LEVERS, f"{name} presses {press.lever}, which no process declares"
            assert press.op in OPS and np.all(np.isfinite(press.value))
            reached |= set(LEVERS[press.lever].axes)
        assert math.isfinite(policy.cost(x))
    missing = set(policy.where_axes) - reached - {"group", "plaza"}
    assert not missing, f"{name} takes where.{missing}, but no lever it presses has that axis"


def suffixes() -> list[str]:
    """What a name of a parameter may end in when it is one of a family: by drug, lane, corridor, role, state, side."""
    corridors = {name.lower().replace(" ", "_") for name in column("corridors.csv", "corridor")}
    words = column("commodities.csv", "drug") | column("lane_kinds.csv", "lane") | corridors
    return sorted(words | {*STATES, *ROLES, *ISSUES, "mx", "us"}, key=len, reverse=True)


def families(name: str, endings: list[str]) -> Iterator[str]:
    """The name, and what is left of it without the endings of a family."""
    yield name
    for ending in endings:
        if name.endswith(f"_{ending}"):
            yield from families(name[: -len(ending) - 1], endings)


def parameter_reads() -> tuple[set[str], list[re.Pattern[str]]]:
    """Texts in code that may be names of parameters or of families of them, and patterns of f-strings."""
    literal: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for name, tree in modules().items():
        if name.startswith(("sim.lab", "sim.plots", "sim.web", "sim.cli")):
            continue
        skip: set[int] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node) in ("lever", "conversion", "process"):
                direct = [*node.args, *(k.value for k in node.keywords if k.arg != "base")]
                skip |= {id(inner) for item in direct for inner in ast.walk(item)}
            elif isinstance(node, ast.Call) and called(node) == "split":
                words = getattr(getattr(node.func, "value", None), "value", None)
                literal |= set(words.split()) if isinstance(words, str) else set()
            elif isinstance(node, ast.JoinedStr):
                parts = [getattr(part, "value", None) for part in node.values]
                if sum(len(part) for part in parts if isinstance(part, str)) >= 4:
                    wanted = "".join(re.escape(p) if isinstance(p, str) else r"\w+" for p in parts)
                    patterns.append(re.compile(rf"{wanted}\Z"))
        literal |= {text.value for text in texts(tree) if id(text) not in skip}
    return literal, patterns


def test_every_parameter_is_read():
    (literal, patterns), endings = parameter_reads(), suffixes()
    faults = [
        f"{row.file}: {row.name}"
        for row in parameter_table().values()
        if not literal & set(families(row.name, endings))
        and not any(pattern.match(row.name) for pattern in patterns)
    ]
    none(faults, "Every parameter of the table is read somewhere.")


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


# The week


def test_processes_say_what_they_read_write_and_stand_on():
    accounts = ("crews.", "groups.", "areas.", "loads.", "arms.")
    faults = []
    for name, item in week().items():
        if not item.doc or not item.reads or not item.writes:
            faults.append(f"{name}: no docstring, reads or writes")
        if "Source" not in item.doc and name != "audit":
            faults.append(f"{name}: the docstring names no Source")
        faults += [f"{name}: account {a}?" for a in item.accounts if not a.startswith(accounts)]
        for lever in (word[6:] for word in item.reads if word.startswith("lever ")):
            if lever not in LEVERS:
                faults.append(f"{name}: says it reads the lever {lever}, which is not declared")
    none(faults, "A process says what it reads, writes and stands on.")


def test_the_week_is_all_processes_there_are():
    from sim.model import WEEK

    assert len({item.name for item in WEEK}) == len(WEEK)
    assert {item.name for item in WEEK} == set(week())


def test_trades_beyond_drugs_are_no_drug():
    assert not set(OTHER_TRADES) & column("commodities.csv", "drug")


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

"""Contraflow: an agent-based policy lab for two countries. Eight public names, imported when first used.

Importing the package costs nothing: numba, Mesa and the lab load with the name that needs them.
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

_HOME = {
    "Model": "sim.model",
    "Scenario": "sim.scenario",
    "load": "sim.scenario",
    "run": "sim.lab.batch",
    "batch": "sim.lab.batch",
    "compare": "sim.lab.compare",
    "sweep": "sim.lab.sweep",
    "report": "sim.lab.report",
}

__all__ = list(_HOME)

try:
    __version__ = version("contraflow")
except PackageNotFoundError:  # run from a folder that was never installed
    __version__ = "0+unknown"


def __getattr__(name: str) -> object:
    """Import a public name from its module (PEP 562)."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    try:
        value: object = getattr(import_module(home), name)
    except ModuleNotFoundError as fault:
        if fault.name is None or not (home == fault.name or home.startswith(fault.name + ".")):
            raise  # a package that is missing, not a room that is not built yet
        raise AttributeError(f"sim.{name} is not part of version {__version__}") from fault
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})

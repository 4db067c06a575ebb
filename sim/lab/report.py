"""One self-contained HTML file from a folder of results, for people who decide. It runs nothing and asks no network.

What it shows comes from the store, the parameter table, the catalogue and the declared outcomes (`report_parts`); how
it looks is the template's. Figures are drawn anew and embedded.
"""

from __future__ import annotations

import base64
import importlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.lab import manifest, report_parts
from sim.lab.store import Results

TEMPLATES = Path(__file__).parent / "templates"
TEMPLATE = "report.html.j2"


@dataclass(frozen=True)
class Figure:
    """A picture as a data URI, with what it shows and the part of the report it belongs to."""

    name: str
    uri: str
    caption: str
    section: str
    rank: int


def report(folder: str | Path, *, out: str | Path | None = None, baseline: str | None = None) -> Path:
    """Write the report of a folder of results (to DIR/report.html unless `out` says) and return its path.

    Raises InputError if the folder holds no results, RunFailed if no run of it is in the store.
    """
    results = Results(folder, baseline)
    path = Path(out) if out is not None else results.folder / "report.html"
    manifest.write_text(path, render(results))
    return path


def render(results: Results) -> str:
    """The page as text."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(
        number=report_parts.short, signed=report_parts.signed, words=report_parts.words
    )
    drawn, failed = figures(results)
    content: dict[str, Any] = report_parts.collect(results)
    text: str = environment.get_template(TEMPLATE).render(
        **content,
        figures=[item for item in drawn if item.section != "sensitivity"],
        sensitivity_figures=[item for item in drawn if item.section == "sensitivity"],
        figures_failed=failed,
    )
    return text


def figures(results: Results) -> tuple[list[Figure], list[str]]:
    """Every figure the results give, those with the smallest RANK first; and the names of those that failed."""
    from sim import plots
    from sim.plots._read import held

    once, drawn, failed = held(results), [], []
    with tempfile.TemporaryDirectory(prefix="contraflow-") as place:
        for name in plots.names():
            module = importlib.import_module(f"{plots.__name__}.{name}")
            try:
                pictures = plots.draw(name, once, Path(place))
            except Exception as error:
                failed.append(f"{name} ({type(error).__name__})")
                continue
            for picture in pictures:
                drawn.append(_figure(Path(picture), module))
    return sorted(drawn, key=lambda item: item.rank), failed


def _figure(path: Path, module: Any) -> Figure:
    """Embed one picture; its caption is the first line of its module, after the name of the file."""
    first = (module.__doc__ or path.stem).strip().partition("\n")[0]
    caption = first.partition(": ")[2] or first
    uri = "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode("ascii")
    section, rank = getattr(module, "SECTION", "comparison"), int(getattr(module, "RANK", 50))
    return Figure(path.stem, uri, caption[:1].upper() + caption[1:], section, rank)

"""The README's pictures: the figures of stored results, drawn again and made small enough to keep under git."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image

from sim.errors import Fault, InputError
from sim.lab.store import Results
from sim.plots import draw_all

WIDEST = 1500
COLOURS = 256


def write_pictures(results: Path, folder: Path) -> list[Path]:
    """Draw the figures of `results` into `folder` as indexed PNG of at most WIDEST pixels; return the paths.

    Raises InputError when `results` is no folder of results.
    """
    if not (results / "manifest.json").exists():
        raise InputError(
            [Fault("--pictures", str(results), "a folder of results", fix="run `contraflow demo`")]
        )
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with tempfile.TemporaryDirectory() as scratch:
        for path in draw_all(Results(results), Path(scratch)):
            written.append(shrink(path, folder / path.name))
    return written


def shrink(path: Path, target: Path) -> Path:
    """Write a picture as indexed PNG of at most WIDEST pixels; returns `target`."""
    image = Image.open(path).convert("RGB")
    if image.width > WIDEST:
        image = image.resize((WIDEST, round(image.height * WIDEST / image.width)), Image.Resampling.LANCZOS)
    image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(target, optimize=True)
    return target

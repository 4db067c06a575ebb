"""Frames: what the map draws, packed into a few kilobytes of bytes. No drawing and no browser here.

Layout, little-endian:

| bytes | content |
|---|---|
| 6 x uint16 | columns W, rows H, marks M, arrows A, week, frame number modulo 65536 |
| W * H x uint8 | ground, northern row first (see below) |
| M x 4 uint8 | marks: column, row (north first), colour, size 0 to 255 |
| A x (2 uint8, uint16) | arrows: corridor, kind, width (65535 is the width in the legend) |

Ground: 0 sea; 1 Mexico and 102 United States without a value; 2 to 101 and 103 to 202 the 100 shades of each.
Colour: 0 other, 1 to 7 a group of the legend, 8 more for a splinter of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHADES = 100
BARE = (1, 2 + SHADES)
"""Ground code of a cell without a value, by country; its shades follow it."""
SPLINTER = 8
MARK = np.dtype([("x", "u1"), ("y", "u1"), ("colour", "u1"), ("size", "u1")])
ARROW = np.dtype([("corridor", "u1"), ("kind", "u1"), ("width", "<u2")])


@dataclass(frozen=True)
class Frame:
    """One picture. ground: (H, W) uint8; marks and arrows: arrays of MARK and ARROW."""

    week: int
    number: int
    ground: NDArray[np.uint8]
    marks: NDArray[np.void]
    arrows: NDArray[np.void]


def pack(frame: Frame) -> bytes:
    """Write a frame in the layout above."""
    height, width = frame.ground.shape
    head = (width, height, len(frame.marks), len(frame.arrows), frame.week % 65536, frame.number % 65536)
    parts = (np.array(head, dtype="<u2"), np.ascontiguousarray(frame.ground), frame.marks, frame.arrows)
    return b"".join(part.tobytes() for part in parts)


def unpack(data: bytes) -> Frame:
    """Read a frame back. Raises ValueError when bytes are missing or left over."""
    width, height, n_marks, n_arrows, week, number = np.frombuffer(data[:12], dtype="<u2").astype(int)
    ends = np.cumsum([12, width * height, n_marks * MARK.itemsize, n_arrows * ARROW.itemsize])
    if ends[-1] != len(data):
        raise ValueError(f"a frame of {len(data)} bytes where its head says {ends[-1]}")
    ground = np.frombuffer(data[ends[0] : ends[1]], dtype=np.uint8).reshape(height, width)
    marks = np.frombuffer(data[ends[1] : ends[2]], dtype=MARK)
    return Frame(int(week), int(number), ground, marks, np.frombuffer(data[ends[2] :], dtype=ARROW))


def shade(values: NDArray[np.float64], country: NDArray[np.int64], top: Sequence[float]) -> NDArray[np.uint8]:
    """Ground codes of cells: values (n,) in any unit, `top` the value of the last shade by country; NaN is bare."""
    full = np.asarray(top, dtype=float)[country]
    share = np.divide(values, full, out=np.full(len(values), np.nan), where=full > 0)
    level = np.nan_to_num(np.clip(share, 0, 1) * (SHADES - 1), nan=-1.0)
    return (np.asarray(BARE)[country] + 1 + np.rint(level)).astype(np.uint8)


def nice(value: float) -> float:
    """Round up to 1, 1.5, 2, 3, 4, 5 or 8 times a power of ten; 1 for what is not positive."""
    if not np.isfinite(value) or value <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    steps = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 8.0, 10.0)
    return float(next(step for step in steps if step * power >= value * (1 - 1e-9)) * power)

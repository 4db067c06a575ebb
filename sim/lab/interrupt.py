"""Ctrl-C while results are written: it waits for the end of the step, and it is never lost."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Interrupts:
    """Within the context, Ctrl-C raises KeyboardInterrupt at once, or at the end of a `held` block.

    Compiled code may swallow the exception; then the next `held` block raises it again. Outside the main thread,
    where Python delivers no signal, nothing changes.
    """

    def __init__(self) -> None:
        self.heard = False
        self._held = 0
        self._before: Any = None

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.heard = True
        if not self._held:
            raise KeyboardInterrupt

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let the block end before an interruption is raised."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
        if self.heard and not self._held:
            raise KeyboardInterrupt

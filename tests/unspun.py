"""Models without a spin-up, for tests that need one quickly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sim import model as the_model


@contextmanager
def unspun(weeks: int) -> Iterator[None]:
    """Models built inside have a spin-up of so many weeks, and neither read nor fill the cache of spin-ups."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONTRAFLOW_CACHE", "off")
        patch.setattr(the_model, "SPIN_UP_WEEKS", weeks)
        yield

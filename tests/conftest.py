"""For all tests: how long an example takes is no matter of a test; speed is measured in `benchmarks/`."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

"""Hypothesis strategies shared by the tests of the base floor."""

from __future__ import annotations

from hypothesis import strategies as st

uniforms = st.integers(0, 2**52 - 1).map(lambda k: (k + 0.5) * 2.0**-52)
"""Every value that `sim.streams.u53` can give."""

tails = st.one_of(
    uniforms,
    st.integers(0, 100).map(lambda k: (k + 0.5) * 2.0**-52),
    st.integers(1, 40).map(lambda k: 2.0**-k),
)
"""Uniforms with the small end well covered."""

seeds = st.integers(0, 2**63 - 1)
decisions = st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable())
id_lists = st.lists(st.integers(-(2**31), 2**32 - 1), min_size=1, max_size=60)
weeks = st.integers(-200, 5000)

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

SCENARIO = """schema = 1
title = "A base"
source = "nobody"
[run]
start = 2019-01-01
years = 10
people_per_agent = 100
[parameters]
relapse_rate = 0.7
price_pass_through = "multiplicative"
[policies.kingpin_targeting]
start = 2021-01-01
ramp_weeks = 26
intensity = 0.8
where = { groups = ["SIN", "CJN"] }
delay = 3
[policies.vetting]
steps = [{ date = 2020-01-07, intensity = 0.5, ramp_weeks = 4 }, { week = 200, intensity = -0.25 }]
end = 2026-01-01
[[events]]
kind = "leader_removed"
group = "SIN"
date = 2021-06-07
[[changes]]
parameter = "relapse_rate"
steps = [{ date = 2020-04-01, value = 0.9, ramp_weeks = 4 }]
[uncertain]
relapse_rate = { low = 0.3, high = 1.1 }
price_pass_through = { choices = ["additive", "multiplicative"] }
"""
"""A scenario file that uses every part of the format."""

_JUNK = [
    "",
    "=",
    "[",
    "]]",
    '"',
    "\n",
    "#",
    "nan",
    "inf",
    "-1",
    "1e999",
    "9" * 5000,
    "true",
    "{}",
    "[]",
    "[" * 3000,
]
_JUNK += [
    "2019-13-40",
    "0000-01-01",
    "9999-12-31",
    "2019-01-01T00:00:00Z",
    "07:00:00",
    "x",
    "\\u0000",
    "'''",
    "é",
    "\x00",
]
_JUNK += [
    "[[run]]",
    "[policies]",
    "[policies.a.b.c]\n",
    "run = 3\n",
    "extends = 'status_quo'\n",
    "where = 3\n",
]
_JUNK += [
    "steps = []\n",
    "steps = [1]\n",
    "schema = 2\n",
    "[[events]]\n",
    "[[changes]]\n",
    "[uncertain]\nx = 1\n",
]
_junk = st.sampled_from(_JUNK)


@st.composite
def mutated_scenarios(draw: st.DrawFn) -> bytes:
    """Scenario files with pieces cut, swapped, repeated or replaced by junk, sometimes by raw bytes."""
    text = SCENARIO
    for _ in range(draw(st.integers(1, 4))):
        how = draw(st.sampled_from(["value", "cut", "insert", "swap", "drop", "key"]))
        lines = text.split("\n")
        row = draw(st.integers(0, len(lines) - 1))
        if how == "value" and "=" in lines[row]:
            lines[row] = lines[row].split("=")[0] + "= " + draw(_junk)
        elif how == "key" and "=" in lines[row]:
            lines[row] = (
                draw(st.text("abcdefstep_.", min_size=1, max_size=8)) + " =" + lines[row].split("=", 1)[1]
            )
        elif how == "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[row], lines[other] = lines[other], lines[row]
        elif how == "drop":
            del lines[row]
        elif how == "insert":
            lines.insert(row, draw(_junk))
        else:
            cut = draw(st.integers(0, len(lines[row])))
            lines[row] = lines[row][:cut] + draw(_junk) + lines[row][cut + draw(st.integers(0, 5)) :]
        text = "\n".join(lines)
    data = text.encode("utf-8")
    if draw(st.integers(0, 9)) == 0:
        spot = draw(st.integers(0, len(data)))
        data = data[:spot] + draw(st.binary(min_size=1, max_size=4)) + data[spot:]
    return data

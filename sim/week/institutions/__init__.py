"""Institutions of the two countries: `govern` and `diplomacy`.

`governing` turns announcements into capacity, `trust` moves political and agency trust, `talks` holds the rounds of
bargaining, `agreements` is what a deal in force puts to work.
"""

from __future__ import annotations

from sim.week.institutions.diplomacy import diplomacy
from sim.week.institutions.governing import govern

__all__ = ["diplomacy", "govern"]

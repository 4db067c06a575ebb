"""Patterns of the field that the model must be able to show, and to fail to show: one file each.

A pattern states its mechanism, decision rule and number of replicates before its first run. It is measured on whole
runs that branch from one spin-up per seed, judged by its rule, tried against a null arm and against a knock-out.
Dropping a file in adds one: the tests, `contraflow validate --patterns` and the scorecard find it by themselves.
"""

from __future__ import annotations

from sim.lab.patterns._pattern import Finding, Pattern, measure, patterns

__all__ = ["Finding", "Pattern", "measure", "patterns"]

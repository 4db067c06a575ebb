"""Compiled sums of small tables, quicker than numpy's where one axis is short. Every sum goes in order of the rows."""

from __future__ import annotations

import numpy as np

from sim.compiled import kernel


@kernel
def over_rows(values):  # type: ignore[no-untyped-def]
    """Sum values (n, k) over rows, float64 (k,)."""
    out = np.zeros(values.shape[1])
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            out[j] += values[i, j]
    return out


@kernel
def of_both(first, second):  # type: ignore[no-untyped-def]
    """Sum first + second (both (n, k)) over columns, float64 (n,)."""
    out = np.zeros(first.shape[0])
    for i in range(first.shape[0]):
        for j in range(first.shape[1]):
            out[i] += first[i, j] + second[i, j]
    return out


@kernel
def over_kinds(values):  # type: ignore[no-untyped-def]
    """Sum values (n, k, m) over the last axis, float64 (n, k)."""
    out = np.zeros(values.shape[:2])
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            for m in range(values.shape[2]):
                out[i, j] += values[i, j, m]
    return out


@kernel
def weighted_mean(values, weight):  # type: ignore[no-untyped-def]
    """Mean of values (n, k) over rows by weight (n, k), float64 (k,)."""
    top, whole = np.zeros(values.shape[1]), np.zeros(values.shape[1])
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            top[j] += values[i, j] * weight[i, j]
            whole[j] += weight[i, j]
    return top / np.maximum(whole, 1e-300)


@kernel
def by_group(owner, values, n):  # type: ignore[no-untyped-def]
    """Sum values (k,) or counts by owner (k,), float64 (n,)."""
    out = np.zeros(n)
    for i in range(owner.size):
        out[owner[i]] += values[i]
    return out

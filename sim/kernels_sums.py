"""Compiled sums of small tables, quicker than numpy's where one axis is short.

They go in order of the rows, but for `column_sums` and what is made of it.
"""

from __future__ import annotations

import numpy as np

from sim.compiled import kernel

LANES = 64
"""Sums that run side by side, about: as many whole rows of an account as fit."""


@kernel
def column_sums(values, width):  # type: ignore[no-untyped-def]
    """Sum contiguous values of any shape over rows of `width` numbers, (width,), in sums that run side by side."""
    flat = values.reshape(values.size)
    beside = np.zeros(max(1, LANES // width) * width, flat.dtype)
    blocks = flat.size // beside.size
    body, rest = flat[: blocks * beside.size].reshape(blocks, beside.size), flat[blocks * beside.size :]
    for i in range(blocks):
        block = body[i]
        for k in range(block.size):
            beside[k] += block[k]
    for k in range(rest.size):
        beside[k] += rest[k]
    for k in range(width, beside.size):
        beside[k % width] += beside[k]
    return beside[:width]


@kernel
def over_rows(values):  # type: ignore[no-untyped-def]
    """Sum values (n, k) over rows, float64 (k,)."""
    out = np.zeros(values.shape[1])
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            out[j] += values[i, j]
    return out


@kernel
def over_some_rows(values, some):  # type: ignore[no-untyped-def]
    """Sum the rows of values (n, k) where some (n,) is true, float64 (k,)."""
    out = np.zeros(values.shape[1])
    for i in range(values.shape[0]):
        if some[i]:
            for j in range(values.shape[1]):
                out[j] += values[i, j]
    return out


@kernel
def over_parts(values, parts, out):  # type: ignore[no-untyped-def]
    """Fill out with sums over rows of the tables that lie side by side in values (n,).

    parts (k, 4): where a table starts, its rows, its columns, and where its sums start in out.
    """
    for i in range(parts.shape[0]):
        start, rows, width, first = parts[i]
        out[first : first + width] = column_sums(values[start : start + rows * width], width)


@kernel
def of_columns(values, some):  # type: ignore[no-untyped-def]
    """Sum values (n, k) over the columns where some (k,) is true, float64 (n,)."""
    out = np.zeros(values.shape[0])
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            if some[j]:
                out[i] += values[i, j]
    return out


@kernel
def product(values, weight):  # type: ignore[no-untyped-def]
    """Sum of values x weight, both (n,)."""
    total = 0.0
    for i in range(values.size):
        total += values[i] * weight[i]
    return total


@kernel
def all_and_last(values):  # type: ignore[no-untyped-def]
    """Sum of whole numbers (n, k) in all columns but the last, and in the last."""
    every, last = 0, 0
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            every += values[i, j]
        last += values[i, values.shape[1] - 1]
    return every - last, last


@kernel
def by_place(place, where, values, n):  # type: ignore[no-untyped-def]
    """Sum values (k,) by where[place] of places (k,), float64 (n,)."""
    out = np.zeros(n)
    for i in range(place.size):
        out[where[place[i]]] += values[i]
    return out


@kernel
def price_indices(price, purity, need, reference, bulk):  # type: ignore[no-untyped-def]
    """Indices of the retail price, of purity and of the price in the bag, weighted by need x reference price.

    price, purity, need (A, D); reference, bulk (D,): price and purity at the reference.
    """
    whole, prices, purities, bags = 0.0, 0.0, 0.0, 0.0
    for a in range(need.shape[0]):
        for d in range(need.shape[1]):
            weight = need[a, d] * reference[d]
            whole += weight
            prices += price[a, d] / reference[d] * weight
            purities += purity[a, d] / bulk[d] * weight
            bags += price[a, d] * purity[a, d] / (reference[d] * bulk[d]) * weight
    whole = max(whole, 1e-12)
    return prices / whole, purities / whole, bags / whole


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

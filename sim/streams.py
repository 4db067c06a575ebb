"""Keyed random draws: each number is a pure function of (seed, decision, entity, sub-entity, week, block).

philox4x32-10 by counter; no state is kept, so a result cannot depend on the order of entities, on how an array is cut
in chunks, on threads or on processes, and adding or renaming a decision shifts no other dice. Distributions are drawn
by inversion, monotone in u, which is what pairs two scenarios draw by draw.

Source: Salmon et al. 2011, doi:10.1145/2063384.2063405. It does not know which decisions exist, and holds no generator.
"""

from __future__ import annotations

import hashlib
import math
import sys
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.compiled import inlined, kernel
from sim.quantiles import (
    binomial_array,
    binomial_inv,
    common_shape,
    flat,
    normal_array,
    poisson_array,
    poisson_inv,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
U64 = npt.NDArray[np.uint64]

WEEK_ZERO = 2**20
"""Added to the week in the counter, so that weeks of the spin-up, which are negative, are counters too."""

_LOW = 0xFFFFFFFF
_MUL0, _MUL1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_WEYL0, _WEYL1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_MASK, _HALF_WORD = np.uint64(_LOW), np.uint64(32)
_SIX = np.uint64(6)
_LARGEST = sys.float_info.max
_TWO26, _TWO_MINUS_52, _TWO_MINUS_32 = 2.0**26, 2.0**-52, 2.0**-32


def stable_hash(text: str) -> int:
    """Return a 64-bit hash of ``text`` that is the same in every process and release (BLAKE2b)."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8"), digest_size=8).digest(), "little")


def stable_id(text: str) -> int:
    """Return a 31-bit id of ``text``, for entities known by name; never negative."""
    return stable_hash(text) & 0x7FFFFFFF


@inlined
def _rounds(k0, k1, c0, c1, c2, c3):  # type: ignore[no-untyped-def]
    """Ten rounds of philox4x32 on words held as uint64 below 2**32."""
    for _ in range(10):
        p0 = _MUL0 * c0
        p1 = _MUL1 * c2
        c0 = (p1 >> _HALF_WORD) ^ c1 ^ k0
        c1 = p1 & _MASK
        c2 = (p0 >> _HALF_WORD) ^ c3 ^ k1
        c3 = p0 & _MASK
        k0 = (k0 + _WEYL0) & _MASK
        k1 = (k1 + _WEYL1) & _MASK
    return c0, c1, c2, c3


@inlined
def philox4x32(k0, k1, c0, c1, c2, c3):  # type: ignore[no-untyped-def]
    """Return four uint32 words for key (k0, k1) and counter (c0..c3); each argument is taken mod 2**32."""
    x0, x1, x2, x3 = _rounds(
        np.uint64(k0) & _MASK,
        np.uint64(k1) & _MASK,
        np.uint64(c0) & _MASK,
        np.uint64(c1) & _MASK,
        np.uint64(c2) & _MASK,
        np.uint64(c3) & _MASK,
    )
    return np.uint32(x0), np.uint32(x1), np.uint32(x2), np.uint32(x3)


@inlined
def u53(x0, x1):  # type: ignore[no-untyped-def]
    """Make one uniform of two words: an odd multiple of 2**-53, so never 0 or 1, and 1 - u is exact."""
    high = np.float64(np.int32(np.uint64(x0) >> _SIX))
    low = np.float64(np.int32(np.uint64(x1) >> _SIX))
    return (high * _TWO26 + low + 0.5) * _TWO_MINUS_52


@inlined
def u32(x):  # type: ignore[no-untyped-def]
    """Make one uniform of one word: (x + 0.5) * 2**-32."""
    return (np.float64(x) + 0.5) * _TWO_MINUS_32


@kernel
def _fill_uniform(k0, k1, ids, sub, week, block, out):  # type: ignore[no-untyped-def]
    """Write one uniform per id; ids int64 (n,), out float64 (n,)."""
    for i in range(ids.size):
        x0, x1, _, _ = philox4x32(k0, k1, ids[i], sub, week, block)
        out[i] = u53(x0, x1)


@kernel
def _fill_uniform_subs(k0, k1, ids, subs, week, block, out):  # type: ignore[no-untyped-def]
    """Write one uniform per pair (id, sub); all arrays (n,)."""
    for i in range(ids.size):
        x0, x1, _, _ = philox4x32(k0, k1, ids[i], subs[i], week, block)
        out[i] = u53(x0, x1)


@kernel
def _fill_words(k0, k1, ids, subs, week, block, out):  # type: ignore[no-untyped-def]
    """Write four uniforms per pair (id, sub); ids, subs (n,), out (4, n) so that the loop becomes vector code."""
    for i in range(ids.size):
        x0, x1, x2, x3 = philox4x32(k0, k1, ids[i], subs[i], week, block)
        out[0, i] = u32(x0)
        out[1, i] = u32(x1)
        out[2, i] = u32(x2)
        out[3, i] = u32(x3)


@kernel
def all_within(values, low, high):  # type: ignore[no-untyped-def]
    """Return whether all of values (n,) are from low to high; what is not a number is not."""
    for i in range(values.size):
        if not (low <= values[i] <= high):
            return False
    return True


@kernel
def _uniforms(k0, k1, ids, subs, week):  # type: ignore[no-untyped-def]
    """Return one uniform per pair (id, sub), float64 (n,); ids, subs (n,), or subs (1,) for all ids."""
    out = np.empty(ids.size)
    if subs.size == 1:
        _fill_uniform(k0, k1, ids, subs[0], week, 0, out)
    else:
        _fill_uniform_subs(k0, k1, ids, subs, week, 0, out)
    return out


@kernel
def _draw_poisson(k0, k1, ids, subs, week, mean, out):  # type: ignore[no-untyped-def]
    """Write Poisson counts; ids, out (n,), subs, mean (n,) or (1,). Returns whether all means are allowed."""
    if not all_within(mean, 0.0, _LARGEST):
        return False
    u = _uniforms(k0, k1, ids, subs, week)
    for i in range(u.size):
        out[i] = poisson_inv(u[i], mean[i if mean.size > 1 else 0])
    return True


@kernel
def _draw_binomial(k0, k1, ids, subs, week, n, prob, out):  # type: ignore[no-untyped-def]
    """Write binomial counts; ids, out (n,), the rest (n,) or (1,). Returns whether all of n and prob are allowed."""
    if not (all_within(n, 0.0, np.inf) and all_within(prob, 0.0, 1.0)):
        return False
    u = _uniforms(k0, k1, ids, subs, week)
    for i in range(u.size):
        out[i] = binomial_inv(u[i], n[i if n.size > 1 else 0], prob[i if prob.size > 1 else 0])
    return True


@kernel
def _one_uniform(k0, k1, c0, c1, c2, c3):  # type: ignore[no-untyped-def]
    """Return one uniform."""
    x0, x1, _, _ = philox4x32(k0, k1, c0, c1, c2, c3)
    return u53(x0, x1)


def philox4x32_numpy(
    key: tuple[int, int], c0: npt.ArrayLike, c1: npt.ArrayLike, c2: npt.ArrayLike, c3: npt.ArrayLike
) -> tuple[U64, U64, U64, U64]:
    """Numpy twin of `philox4x32` on arrays that broadcast; words come back as uint64 below 2**32."""
    words = [np.asarray(c).astype(np.int64, copy=False).view(np.uint64) & _MASK for c in (c0, c1, c2, c3)]
    w0, w1, w2, w3 = np.broadcast_arrays(*words)
    k0, k1 = int(key[0]) & _LOW, int(key[1]) & _LOW
    for _ in range(10):
        p0, p1 = w0 * _MUL0, w2 * _MUL1
        w0, w1 = (p1 >> _HALF_WORD) ^ w1 ^ np.uint64(k0), p1 & _MASK
        w2, w3 = (p0 >> _HALF_WORD) ^ w3 ^ np.uint64(k1), p0 & _MASK
        k0, k1 = (k0 + int(_WEYL0)) & _LOW, (k1 + int(_WEYL1)) & _LOW
    return w0, w1, w2, w3


def uniform_numpy(x0: U64, x1: U64) -> Floats:
    """Numpy twin of `u53` on arrays of words."""
    high, low = (x0 >> _SIX).astype(np.float64), (x1 >> _SIX).astype(np.float64)
    return (high * _TWO26 + low + 0.5) * _TWO_MINUS_52


def _splitmix64(x: int) -> int:
    """Mix 64 bits so that each input bit reaches each output bit (Steele 2014, doi:10.1145/2660193.2660195)."""
    mask = 2**64 - 1
    x = (x + 0x9E3779B97F4A7C15) & mask
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
    return x ^ (x >> 31)


def _integers(values: npt.ArrayLike, what: str) -> Ints:
    """Return int64 array of ``values``; a float id would be cut silently, so it is refused."""
    array = np.asarray(values)
    if array.dtype == np.int64:
        return array
    if array.dtype.kind not in "iub" and array.size:
        raise TypeError(f"{what} of a draw must be integers, not {array.dtype}")
    return array.astype(np.int64, copy=False)


def _in_a_row(ids: Ints, *others: npt.NDArray[Any]) -> bool:
    """Whether ids are one row (n,) and all others are such a row or scalars: what the kernels of counts read."""
    return ids.ndim == 1 and all(not item.ndim or item.shape == ids.shape for item in others)


class Draws:
    """The dice of one replicate. ``week`` is set by the model before each week (negative in the spin-up).

    ids and subs are integers (scalar or arrays that broadcast), each taken mod 2**32 in the counter; results have the
    shape of the broadcast. Same arguments, same numbers, whatever was drawn before.
    """

    def __init__(self, seed: int) -> None:
        self.seed = int(seed)
        self.week = 0
        self._mixed_seed = _splitmix64(self.seed & (2**64 - 1))
        self._keys: dict[str, tuple[np.uint32, np.uint32]] = {}
        self._tables: dict[tuple[str, ...], npt.NDArray[np.uint32]] = {}

    def key(self, decision: str) -> tuple[np.uint32, np.uint32]:
        """Return the two key words of ``decision`` under this seed, for kernels that draw themselves."""
        found = self._keys.get(decision)
        if found is None:
            mixed = _splitmix64(self._mixed_seed ^ stable_hash(decision))
            found = self._keys[decision] = (np.uint32(mixed & _LOW), np.uint32(mixed >> 32))
        return found

    def keys(self, decisions: tuple[str, ...]) -> npt.NDArray[np.uint32]:
        """Return the key words of several decisions, (n, 2), for kernels that draw for all of them."""
        found = self._tables.get(decisions)
        if found is None:
            found = self._tables[decisions] = np.array(
                [self.key(name) for name in decisions], dtype=np.uint32
            )
            found.flags.writeable = False
        return found

    @property
    def week_word(self) -> int:
        """The third counter word of this week, for kernels that draw themselves."""
        return (self.week + WEEK_ZERO) & _LOW

    def uniform(self, decision: str, ids: npt.ArrayLike, subs: npt.ArrayLike = 0, block: int = 0) -> Floats:
        """Draw uniforms in (0, 1), shape broadcast(ids, subs)."""
        k0, k1 = self.key(decision)
        rows = _integers(ids, "ids")
        if isinstance(subs, int):
            out = np.empty(rows.shape)
            _fill_uniform(k0, k1, flat(rows, rows.shape), subs, self.week_word, block, out.reshape(-1))
            return out
        parts = _integers(subs, "subs")
        shape = common_shape(rows.shape, parts.shape)
        out = np.empty(shape)
        flat_rows, flat_parts = flat(rows, shape), flat(parts, shape)
        _fill_uniform_subs(k0, k1, flat_rows, flat_parts, self.week_word, block, out.reshape(-1))
        return out

    def words(self, decision: str, ids: npt.ArrayLike, subs: npt.ArrayLike = 0, block: int = 0) -> Floats:
        """Draw four uniforms in (0, 1) per id, each of one 32-bit word, shape broadcast(ids, subs) + (4,).

        The result is a view whose columns ``[..., j]`` are contiguous.
        """
        k0, k1 = self.key(decision)
        rows, parts = _integers(ids, "ids"), _integers(subs, "subs")
        shape = common_shape(rows.shape, parts.shape)
        out = np.empty((4, *shape))
        _fill_words(k0, k1, flat(rows, shape), flat(parts, shape), self.week_word, block, out.reshape(4, -1))
        return out.transpose(*range(1, out.ndim), 0)

    def normal(
        self,
        decision: str,
        ids: npt.ArrayLike,
        subs: npt.ArrayLike = 0,
        mean: npt.ArrayLike = 0.0,
        sigma: npt.ArrayLike = 1.0,
    ) -> Floats:
        """Draw normals with ``mean`` and standard deviation ``sigma`` (both broadcast with the ids)."""
        z = normal_array(self.uniform(decision, ids, subs))
        return np.asarray(np.asarray(mean) + np.asarray(sigma) * z, dtype=np.float64)

    def lognormal(
        self,
        decision: str,
        ids: npt.ArrayLike,
        subs: npt.ArrayLike = 0,
        mean: npt.ArrayLike = 0.0,
        sigma: npt.ArrayLike = 1.0,
    ) -> Floats:
        """Draw ``exp`` of a normal: ``mean`` and ``sigma`` are those of the logarithm, as in numpy."""
        return np.asarray(np.exp(self.normal(decision, ids, subs, mean, sigma)), dtype=np.float64)

    def poisson(
        self, decision: str, mean: npt.ArrayLike, ids: npt.ArrayLike, subs: npt.ArrayLike = 0
    ) -> Ints:
        """Draw Poisson counts (int64) with ``mean`` >= 0.

        Raises: ValueError for a mean that is negative or not finite.
        """
        means, rows, parts = (
            np.asarray(mean, dtype=np.float64),
            _integers(ids, "ids"),
            _integers(subs, "subs"),
        )
        if _in_a_row(rows, parts, means):
            out, whole = np.empty(rows.size, dtype=np.int64), np.ascontiguousarray
            keys, week = self.key(decision), self.week_word
            if _draw_poisson(*keys, whole(rows), whole(parts), week, whole(means), out):
                return out
        if not all_within(means.reshape(-1), 0.0, _LARGEST):
            raise ValueError(f"{decision}: means of Poisson draws must be finite and not negative")
        return poisson_array(self.uniform(decision, ids, subs), means)

    def binomial(
        self,
        decision: str,
        n: npt.ArrayLike,
        prob: npt.ArrayLike,
        ids: npt.ArrayLike,
        subs: npt.ArrayLike = 0,
    ) -> Ints:
        """Draw binomial counts (int64) of ``n`` >= 0 trials with probability ``prob`` in [0, 1].

        Raises: ValueError for a negative n or a prob outside [0, 1].
        """
        trials, probs = _integers(n, "trials"), np.asarray(prob, dtype=np.float64)
        rows, parts = _integers(ids, "ids"), _integers(subs, "subs")
        if _in_a_row(rows, parts, trials, probs):
            out, whole = np.empty(rows.size, dtype=np.int64), np.ascontiguousarray
            keys, week = self.key(decision), self.week_word
            if _draw_binomial(*keys, whole(rows), whole(parts), week, whole(trials), whole(probs), out):
                return out
        if not (all_within(trials.reshape(-1), 0.0, math.inf) and all_within(probs.reshape(-1), 0.0, 1.0)):
            raise ValueError(f"{decision}: binomial draws need n >= 0 and prob in [0, 1]")
        return binomial_array(self.uniform(decision, ids, subs), trials, probs)

    def bernoulli(
        self, decision: str, prob: npt.ArrayLike, ids: npt.ArrayLike, subs: npt.ArrayLike = 0
    ) -> Bools:
        """Draw True with probability ``prob``: u < prob, so 0 never happens and 1 always does."""
        return np.asarray(self.uniform(decision, ids, subs) < np.asarray(prob), dtype=np.bool_)

    def scalar(self, decision: str, id: int = 0, sub: int = 0, block: int = 0) -> float:
        """Draw one uniform; equal to the element that `uniform` gives for the same id and sub."""
        k0, k1 = self.key(decision)
        return float(_one_uniform(k0, k1, int(id), int(sub), self.week_word, block))

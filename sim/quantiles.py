"""Inverse distribution functions, compiled, for draws by inversion.

Every function is monotone in u. Counts are exact (an inversion walk from the small end) while their mean is below
``WALK_BELOW``; beyond, a Cornish-Fisher quantile, rounded and clipped, within one count of the exact one.

Sources: normal, Wichura 1988 (AS 241), doi:10.2307/2347330; Cornish-Fisher, Fisher & Cornish 1960,
doi:10.2307/1266546.
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from sim.compiled import kernel

T = TypeVar("T", bound=np.generic)

WALK_BELOW = 60.0
_NEGLIGIBLE = 1e-18
_SAFE = 1e-12
"""Far more than rounding of the chance of none: where u is lower than a bound of that chance by this, there is none."""


@kernel
def _normal_tail(r):  # type: ignore[no-untyped-def]
    """Return the quantile's size for r = sqrt(-log(tail mass)), AS 241 regions two and three."""
    if r <= 5.0:
        r -= 1.6
        num = 2.27238449892691845833e-2 + r * 7.74545014278341407640e-4
        num = 2.41780725177450611770e-1 + r * num
        num = 1.27045825245236838258e0 + r * num
        num = 3.64784832476320460504e0 + r * num
        num = 5.76949722146069140550e0 + r * num
        num = 4.63033784615654529590e0 + r * num
        num = 1.42343711074968357734e0 + r * num
        den = 5.47593808499534494600e-4 + r * 1.05075007164441684324e-9
        den = 1.51986665636164571966e-2 + r * den
        den = 1.48103976427480074590e-1 + r * den
        den = 6.89767334985100004550e-1 + r * den
        den = 1.67638483018380384940e0 + r * den
        den = 2.05319162663775882187e0 + r * den
        return num / (1.0 + r * den)
    r -= 5.0
    num = 2.71155556874348757815e-5 + r * 2.01033439929228813265e-7
    num = 1.24266094738807843860e-3 + r * num
    num = 2.65321895265761230930e-2 + r * num
    num = 2.96560571828504891230e-1 + r * num
    num = 1.78482653991729133580e0 + r * num
    num = 5.46378491116411436990e0 + r * num
    num = 6.65790464350110377720e0 + r * num
    den = 1.42151175831644588870e-7 + r * 2.04426310338993978564e-15
    den = 1.84631831751005468180e-5 + r * den
    den = 7.86869131145613259100e-4 + r * den
    den = 1.48753612908506148525e-2 + r * den
    den = 1.36929880922735805310e-1 + r * den
    den = 5.99832206555887937690e-1 + r * den
    return num / (1.0 + r * den)


@kernel
def normal_inv(u):  # type: ignore[no-untyped-def]
    """Return the standard normal quantile of u in (0, 1), to about 1e-16 relative (AS 241)."""
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        num = 3.3430575583588128105e4 + r * 2.5090809287301226727e3
        num = 6.7265770927008700853e4 + r * num
        num = 4.5921953931549871457e4 + r * num
        num = 1.3731693765509461125e4 + r * num
        num = 1.9715909503065514427e3 + r * num
        num = 1.3314166789178437745e2 + r * num
        num = 3.3871328727963666080e0 + r * num
        den = 2.8729085735721942674e4 + r * 5.2264952788528545610e3
        den = 3.9307895800092710610e4 + r * den
        den = 2.1213794301586595867e4 + r * den
        den = 5.3941960214247511077e3 + r * den
        den = 6.8718700749205790830e2 + r * den
        den = 4.2313330701600911252e1 + r * den
        return q * num / (1.0 + r * den)
    tail = u if q < 0.0 else 1.0 - u
    size = _normal_tail(math.sqrt(-math.log(tail)))
    return -size if q < 0.0 else size


@kernel
def happens(u, hazard):  # type: ignore[no-untyped-def]
    """Whether something of a hazard happens: u < 1 - exp(-hazard), which is at most the hazard."""
    return u < hazard + _SAFE and u < 1.0 - math.exp(-hazard)


@kernel
def _rounded(x, top):  # type: ignore[no-untyped-def]
    """Round to the nearest count in [0, top]."""
    x = math.floor(x + 0.5)
    return np.int64(min(max(x, 0.0), top))


@kernel
def poisson_inv(u, mean):  # type: ignore[no-untyped-def]
    """Return the smallest count k with F(k) >= u for a Poisson of ``mean``; 0 when mean <= 0. int64."""
    if (
        not mean > 0.0 or u <= 1.0 - mean - _SAFE
    ):  # e^-mean >= 1 - mean: most draws of rare things need no exponential
        return np.int64(0)
    if mean >= WALK_BELOW:
        z = normal_inv(u)
        s = math.sqrt(mean)
        return _rounded(mean + s * z + (z * z - 1.0) / 6.0 + (z - z * z * z) / (72.0 * s), 9.0e18)
    k = 0
    mass = math.exp(-mean)
    total = mass
    while u > total and (mass > _NEGLIGIBLE or k < mean):
        k += 1
        mass *= mean / k
        total += mass
    return np.int64(k)


@kernel
def _binomial_half(u, n, p):  # type: ignore[no-untyped-def]
    """Return the quantile for p <= 1/2, by a walk from 0 or by Cornish-Fisher."""
    q = 1.0 - p
    mean = n * p
    if u <= 1.0 - mean - _SAFE:  # (1 - p)^n >= 1 - n p
        return np.int64(0)
    if mean >= WALK_BELOW:
        z = normal_inv(u)
        s = math.sqrt(mean * q)
        skew = (q - p) / s
        excess = (1.0 - 6.0 * p * q) / (s * s)
        w = z + skew * (z * z - 1.0) / 6.0 + excess * (z * z * z - 3.0 * z) / 24.0
        w -= skew * skew * (2.0 * z * z * z - 5.0 * z) / 36.0
        return _rounded(mean + s * w, float(n))
    k = 0
    odds = p / q
    mass = math.exp(n * math.log1p(-p))
    total = mass
    while u > total and k < n and (mass > _NEGLIGIBLE or k < mean):
        mass *= odds * (n - k) / (k + 1.0)
        k += 1
        total += mass
    return np.int64(k)


@kernel
def binomial_inv(u, n, p):  # type: ignore[no-untyped-def]
    """Return the quantile of a binomial of n trials with probability p; 0 for n <= 0 or p <= 0, n for p >= 1. int64.

    Above one half the failures are counted with 1 - u, which keeps it monotone in u and exact for p near 1.
    """
    if n <= 0 or not p > 0.0:
        return np.int64(0)
    if p >= 1.0:
        return np.int64(n)
    if p <= 0.5:
        return _binomial_half(u, n, p)
    return np.int64(n - _binomial_half(1.0 - u, n, 1.0 - p))


@kernel
def _fill_normal(u, out):  # type: ignore[no-untyped-def]
    """Write standard normals; u, out (n,)."""
    for i in range(u.size):
        out[i] = normal_inv(u[i])


@kernel
def _fill_poisson(u, mean, out):  # type: ignore[no-untyped-def]
    """Write Poisson counts; u, mean, out (n,)."""
    for i in range(u.size):
        out[i] = poisson_inv(u[i], mean[i])


@kernel
def _fill_binomial(u, n, p, out):  # type: ignore[no-untyped-def]
    """Write binomial counts; u, n, p, out (n,)."""
    for i in range(u.size):
        out[i] = binomial_inv(u[i], n[i], p[i])


def flat(values: npt.NDArray[T], shape: tuple[int, ...]) -> npt.NDArray[T]:
    """Return ``values`` broadcast to ``shape`` as one contiguous row that a kernel can read."""
    if values.shape == shape:
        return np.ascontiguousarray(values).reshape(-1)
    out = np.empty(shape, dtype=values.dtype)
    out[...] = values
    return out.reshape(-1)


def common_shape(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape to which all broadcast; quick where they are alike but for scalars, as they mostly are."""
    others = {shape for shape in shapes if shape}
    if len(others) > 1:
        return np.broadcast_shapes(*others)
    return others.pop() if others else ()


def normal_array(u: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return standard normals of uniforms, same shape."""
    out = np.empty(u.shape)
    _fill_normal(flat(u, u.shape), out.reshape(-1))
    return out


def poisson_array(u: npt.NDArray[np.float64], mean: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return Poisson counts of uniforms and means that broadcast."""
    shape = common_shape(u.shape, np.shape(mean))
    out = np.empty(shape, dtype=np.int64)
    _fill_poisson(flat(u, shape), flat(np.asarray(mean), shape), out.reshape(-1))
    return out


def binomial_array(
    u: npt.NDArray[np.float64], n: npt.NDArray[np.int64], p: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Return binomial counts of uniforms, trials and probabilities that broadcast."""
    shape = common_shape(u.shape, np.shape(n), np.shape(p))
    out = np.empty(shape, dtype=np.int64)
    _fill_binomial(flat(u, shape), flat(np.asarray(n), shape), flat(np.asarray(p), shape), out.reshape(-1))
    return out

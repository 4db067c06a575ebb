"""Sensitivity indices of a sweep, with two measures of doubt: of the sample, and of the dice.

Indices are SALib's, of the mean over replicates. `conf` is the half-width of their 90 % bootstrap interval over
trajectories or base samples. `noise` is the half-width of the 90 % Student t interval of the index over replicates,
each analysed alone. Factors are on [0, 1], so a Morris effect is the change over the factor's whole range.
Sources: Morris 1991, doi:10.1080/00401706.1991.10484804; Saltelli et al. 2010, doi:10.1016/j.cpc.2009.09.018.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.lab.design import Design

Values = npt.NDArray[np.float64]
LEVEL = 0.90
RESAMPLES = 500
KINDS = {"morris": ("mu_star", "mu", "sigma"), "sobol": ("S1", "ST")}
CONF = {"mu_star": "mu_star_conf", "S1": "S1_conf", "ST": "ST_conf"}


def complete(design: Design, table: Values) -> npt.NDArray[np.bool_]:
    """Rows, shape (n_rows,), of blocks in which every row has every replicate: (n_rows, n_replicates, n_targets)."""
    whole = np.isfinite(table).all(axis=(1, 2)).reshape(design.size, design.block).all(axis=1)
    return np.repeat(whole, design.block)


def analyse(design: Design, shares: Values, values: Values) -> dict[str, dict[str, Values]]:
    """Indices of one outcome. shares: (n_rows, n_factors); values: (n_rows, n_replicates), all finite.

    Returns for each index `value`, `conf` and `noise`, each (n_factors,); NaN where there is none.
    """
    means = values.mean(axis=1)
    found = _indices(design, shares, means, RESAMPLES)
    alone = [_indices(design, shares, values[:, r], 2) for r in range(values.shape[1])]
    result = {}
    for kind in KINDS[design.method]:
        each = np.stack([one[kind] for one in alone])
        conf = found[CONF[kind]] if kind in CONF else np.full(len(design.factors), np.nan)
        result[kind] = {"value": found[kind], "conf": conf, "noise": _half_width(each)}
    return result


def _half_width(each: Values) -> Values:
    """Half-width of the t interval of the mean over replicates, (n_replicates, n) -> (n,)."""
    from scipy import stats

    n = each.shape[0]
    if n < 2:
        return np.full(each.shape[1], np.nan)
    return np.asarray(stats.t.ppf(0.5 + LEVEL / 2, n - 1) * each.std(axis=0, ddof=1) / math.sqrt(n))


def _indices(design: Design, shares: Values, values: Values, resamples: int) -> dict[str, Values]:
    """SALib's indices by name, zero for an outcome that never changes."""
    names = [*KINDS[design.method], *(CONF[kind] for kind in KINDS[design.method] if kind in CONF)]
    if np.ptp(values) == 0:
        return {name: np.zeros(len(design.factors)) for name in names}
    options: dict[str, Any] = dict(num_resamples=resamples, conf_level=LEVEL, seed=design.seed + 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        if design.method == "morris":
            from SALib.analyze import morris

            raw = morris.analyze(design.problem, shares, values, num_levels=design.levels, **options)
        else:
            from SALib.analyze import sobol

            raw = sobol.analyze(design.problem, values, calc_second_order=design.second_order, **options)
    return {name: np.asarray(np.ma.filled(raw[name], np.nan), dtype=np.float64) for name in names}


def dice_variance(values: Values) -> float:
    """Variance that is left to the dice of a row, once rows and replicates have their means; NaN for one replicate.

    values: (n_rows, n_replicates). A shift that all rows of a replicate share does no harm and is taken out.
    """
    n, m = values.shape
    if m < 2 or n < 2:
        return math.nan
    left = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0, keepdims=True) + values.mean()
    return float((left**2).sum() / ((n - 1) * (m - 1)))


def noise_floor(design: Design, values: Values) -> float:
    """The mu_star that dice alone would show in the mean over replicates: E|N(0, 2 s2 / m)| / delta."""
    if design.method != "morris":
        return math.nan
    delta = design.levels / (2 * (design.levels - 1))
    return math.sqrt(2 / math.pi) * math.sqrt(2 * dice_variance(values) / values.shape[1]) / delta


def noise_share(values: Values) -> float:
    """Share of the variance between rows (of means over replicates) that dice alone would make, 0 to 1."""
    between = float(values.mean(axis=1).var(ddof=1)) if values.shape[0] > 1 else 0.0
    return min(1.0, dice_variance(values) / values.shape[1] / between) if between > 0 else math.nan

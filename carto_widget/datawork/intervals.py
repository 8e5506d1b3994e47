"""Intervals of a mean difference, without scipy."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Interval = tuple[float, float]


def t_interval(differences: NDArray[np.float64], level: float = 0.95) -> Interval | None:
    """Student's interval of the mean of n paired differences; None of fewer than two.

    mean +- t(n - 1) * s / sqrt(n), s with divisor n - 1. It covers the mean over further seeds
    where differences are about normal.
    """
    n = len(differences)
    if n < 2:
        return None
    half = t_quantile((1 + level) / 2, n - 1) * float(np.std(differences, ddof=1)) / math.sqrt(n)
    mean = float(np.mean(differences))
    return mean - half, mean + half


def samples_interval(differences: NDArray[np.float64], level: float = 0.95) -> Interval | None:
    """Interval of the mean difference over further test samples of the same kind, the models being
    as they are; None of no sample.

    Bonett and Price (2012), "Adjusted Wald confidence interval for a difference of binomial
    proportions based on paired data", with Student's t: the interval of M + 2 samples, one of them
    better and one worse, so that a few samples which happen to agree prove nothing.

    Args:
        differences: (M,) right after minus right before of each test sample, mean over seeds.
        level: of the interval.
    """
    if not len(differences):
        return None
    low, high = t_interval(np.append(differences, [1.0, -1.0]), level) or (-1.0, 1.0)
    return max(-1.0, low), min(1.0, high)


def t_quantile(p: float, df: int) -> float:
    """Below which Student's t of `df` degrees of freedom lies with probability p, 0.5 < p < 1.

    That of the normal distribution above 10,000 degrees, which is 0.01 % less.
    """
    if df > 10_000:
        return NormalDist().inv_cdf(p)
    low, high = 0.0, 1.0
    while _within(high, df) < 2 * p - 1:
        low, high = high, 2 * high
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, df) < 2 * p - 1 else (low, middle)
    return high


def _within(t: float, df: int) -> float:
    """Probability of -t to t; the finite series of Abramowitz and Stegun, 26.7.3 and 26.7.4."""
    angle = math.atan(t / math.sqrt(df))
    cosine, is_odd = math.cos(angle), df % 2
    term = cosine if is_odd else 1.0
    total = term if df > 1 or not is_odd else 0.0
    for k in range(2 if is_odd else 1, df - 1, 2):
        term *= k / (k + 1) * cosine**2
        total += term
    series = math.sin(angle) * total
    return 2 / math.pi * (angle + series) if is_odd else series

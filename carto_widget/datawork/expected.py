"""How many are still to be found, after so many were."""

from __future__ import annotations

from math import exp, lgamma


def expected_more(found: int, of: int, among: int, level: float = 0.9) -> tuple[int, int]:
    """Fewest and most to be expected among further ones that are like those looked at.

    The central interval of the beta-binomial distribution that follows from Jeffreys' prior:
    Beta(found + 1/2, of - found + 1/2) as the rate, then a binomial draw. Where the suspicious come
    first the further ones hold fewer, so that it leans to the high side; where they come in random
    order it holds in ``level`` of all cases.

    Args:
        found: How many of those looked at were so.
        of: How many were looked at.
        among: How many further ones.
        level: Of the interval.
    """
    a, b = found + 0.5, of - found + 0.5
    tail, reached, low = (1 - level) / 2, 0.0, 0
    for k in range(among + 1):
        reached += exp(_log_choose(among, k) + _log_beta(k + a, among - k + b) - _log_beta(a, b))
        if reached < tail:
            low = k + 1
        if reached >= 1 - tail:
            return low, k
    return low, among


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)

"""Shares of a number of results, with how sure they are. Pure.

Wilson's interval (Wilson 1927; Brown, Cai & DasGupta 2001). Under MIN_RESULTS nothing is said.
"""

from __future__ import annotations

from math import sqrt

MIN_RESULTS = 5
_Z = 1.959964  # 95 %, two-sided


def wilson(good: int, results: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of `good` among `results` (> 0)."""
    share = good / results
    square = _Z * _Z
    middle = share + square / (2 * results)
    half = _Z * sqrt(share * (1 - share) / results + square / (4 * results * results))
    scale = 1 + square / results
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def difference(one: tuple[int, int], other: tuple[int, int]) -> tuple[float, float, float]:
    """Return by how much the share of `one` (good, results) is above that of `other`, and the 95 %
    interval of that: Newcombe's, made of both Wilson intervals (Newcombe 1998, method 10).
    """
    share, base = one[0] / one[1], other[0] / other[1]
    (low, high), (base_low, base_high) = wilson(*one), wilson(*other)
    down = sqrt((share - low) ** 2 + (base_high - base) ** 2)
    up = sqrt((high - share) ** 2 + (base - base_low) ** 2)
    between = share - base
    return between, max(-1.0, between - down), min(1.0, between + up)

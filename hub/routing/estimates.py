"""How long one who waits is likely to wait, as a range. Pure: hub and simulation share it."""

from __future__ import annotations

import math
from typing import NamedTuple

RATE_WINDOW_S = 900.0  # the recent service rate is that of the last quarter of an hour
_RATE_LEAST = 3  # fewer assignments than this say nothing honest


class WaitRange(NamedTuple):
    """Seconds from now."""

    low_s: int
    high_s: int


def wait_range(position: int, taken: int) -> WaitRange | None:
    """Return the likely wait at a place in the effective order (from 1); None: nothing honest.

    `taken`: contacts of the queue that agents took in the last RATE_WINDOW_S. Served one after
    another at that rate, give or take one standard deviation of a Poisson count below and two
    above. How often it holds is measured by `hub simulate --estimates`.
    """
    if taken < _RATE_LEAST:
        return None
    each_s = RATE_WINDOW_S / taken
    spread = math.sqrt(position)
    low_s = max(position - spread, 0) * each_s
    return WaitRange(int(low_s), math.ceil((position + 2 * spread) * each_s))

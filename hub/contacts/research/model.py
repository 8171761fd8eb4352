"""What scores say: zones, trend, sums; tokens of links. Pure: no I/O, no clock.

Scores are 1 (worst) to 5 (best). The zones are those of Jones and Sasser ("Why Satisfied Customers
Defect", 1995): 1-2 defectors, 3-4 indifferent, 5 loyal. Agents are told no zone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

WORST, BEST = 1, 5
SATISFACTION = "satisfaction"
"""The question whose scores count as satisfaction."""
AFTER_CONTACT = "contact"
"""The survey after a contact, and the source of its answers."""
MAX_COMMENT = 2_000
RECENT = 10  # scores that are kept at hand
_BEFORE = 3  # the last score is compared with the mean of so many before it
_STEP = 1.0  # by less than a point nobody has changed their mind
_TOKEN_BYTES = 24


class Zone(StrEnum):
    DEFECTOR = "defector"
    INDIFFERENT = "indifferent"
    LOYAL = "loyal"


class Trend(IntEnum):
    FALLS = -1
    STAYS = 0
    RISES = 1


def zone_of(score: int) -> Zone:
    """Return the zone of a score. Raises ValueError for what is none."""
    if not WORST <= score <= BEST:
        raise ValueError(f"{score} is no score from {WORST} to {BEST}")
    if score <= 2:
        return Zone.DEFECTOR
    return Zone.LOYAL if score == BEST else Zone.INDIFFERENT


def trend_of(newest_first: Sequence[int]) -> Trend:
    """Return how the last score stands to the mean of the three before it; one alone stays."""
    before = newest_first[1:][:_BEFORE]
    if not before:
        return Trend.STAYS
    step = newest_first[0] - sum(before) / len(before)
    if abs(step) < _STEP:
        return Trend.STAYS
    return Trend.RISES if step > 0 else Trend.FALLS


@dataclass(frozen=True, slots=True)
class Sum:
    """What answers add up to. `mean_ppm`: millionths of a point. `recent`: newest first."""

    n: int
    total: int
    last: int
    last_at: datetime
    recent: tuple[int, ...]

    @property
    def mean_ppm(self) -> int:
        return round(self.total * 1_000_000 / self.n)

    @property
    def zone(self) -> Zone:
        return zone_of(self.last)

    @property
    def trend(self) -> Trend:
        return trend_of(self.recent)


def add_up(n: int, total: int, newest: Sequence[tuple[datetime, int]]) -> Sum | None:
    """Return the sum of `n` scores; `newest`: the newest of them, newest first. None for none."""
    if not n or not newest:
        return None
    recent = tuple(score for _, score in newest[:RECENT])
    return Sum(n, total, recent[0], newest[0][0], recent)


def make_token(random: bytes) -> str:
    """Return the token of a link. `random`: _TOKEN_BYTES from the system's own source."""
    if len(random) != _TOKEN_BYTES:
        raise ValueError(f"a token is made of {_TOKEN_BYTES} bytes")
    return base64.urlsafe_b64encode(random).decode()


def hash_token(token: str) -> str | None:
    """Return what is kept of a token; None for what cannot be one of ours.

    A plain hash is enough for 192 random bits: there is nothing to guess.
    """
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    return hashlib.sha256(raw).hexdigest() if len(raw) == _TOKEN_BYTES else None

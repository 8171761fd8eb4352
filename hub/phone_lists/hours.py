"""When somebody may be called: on their own clock, by the list, by their night and by the law of
the country of their number. Pure: no I/O, no clock; every function takes `at`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

ALL_DAYS = (1, 2, 3, 4, 5, 6, 7)
_STEP = timedelta(minutes=15)
_MOST_DAYS = 15


class Span(NamedTuple):
    """A part of the days of the week (ISO: Monday is 1) on a customer's clock, its end excluded."""

    days: tuple[int, ...]
    begins: time
    ends: time

    def has(self, local: datetime) -> bool:
        return local.isoweekday() in self.days and self.begins <= local.time() < self.ends


_WORKDAYS = (1, 2, 3, 4, 5)
# What the law says of calls that sell, where it names hours.
COUNTRIES: Mapping[str, tuple[Span, ...]] = {
    # 47 CFR 64.1200(c)(1)
    "US": (Span(ALL_DAYS, time(8), time(21)),),
    # CRTC, Unsolicited Telecommunications Rules, part III, section 23
    "CA": (Span(_WORKDAYS, time(9), time(21, 30)), Span((6, 7), time(10), time(18))),
    # Décret n° 2022-1313
    "FR": (Span(_WORKDAYS, time(10), time(13)), Span(_WORKDAYS, time(14), time(20))),
    # Telecommunications (Telemarketing and Research Calls) Industry Standard 2017
    "AU": (Span(_WORKDAYS, time(9), time(20)), Span((6,), time(9), time(17))),
}


class Hours(NamedTuple):
    """`own`: of the list; `quiet`: from and until when the night is, equal: none; `region`: of the
    number (ISO 3166), "": unknown.
    """

    own: Span
    quiet: tuple[time, time]
    region: str = ""

    def allow(self, local: datetime) -> bool:
        spans = COUNTRIES.get(self.region)
        if not self.own.has(local) or _in_night(local.time(), self.quiet):
            return False
        return spans is None or any(span.has(local) for span in spans)


@lru_cache(maxsize=1_024)  # at one moment many people live by the same clock
def may_call_from(at: datetime, hours: Hours, zones: tuple[str, ...]) -> datetime | None:
    """Return `at` itself where they may be called then, else from when on (UTC); None: not within
    two weeks. `zones`: where they may be (IANA); it has to be allowed in all of them.
    """
    clocks = [ZoneInfo(zone) for zone in zones] or [ZoneInfo("UTC")]
    moment = at
    end = at + timedelta(days=_MOST_DAYS)
    while moment < end:
        if all(hours.allow(moment.astimezone(clock)) for clock in clocks):
            return moment
        moment = _next_quarter(moment)
    return None


def _next_quarter(moment: datetime) -> datetime:
    """Return the next quarter of an hour: edges are on one, as are the offsets of zones."""
    utc = moment.astimezone(UTC)
    whole = utc.replace(minute=utc.minute // 15 * 15, second=0, microsecond=0)
    return whole + _STEP


def _in_night(wall: time, quiet: tuple[time, time]) -> bool:
    begins, ends = quiet
    if begins <= ends:
        return begins <= wall < ends
    return wall >= begins or wall < ends

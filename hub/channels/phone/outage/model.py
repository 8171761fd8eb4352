"""When a provider counts as away, and when it is back. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

AWAY_AFTER = 3
"""Requests in a row without an answer; one that fails alone is the network's daily life."""
AWAY_FOR = timedelta(seconds=4)
"""So long none was answered: three that failed together are one event."""


@dataclass(frozen=True, slots=True)
class Health:
    """`failures` in a row, the first of them at `since`; `reason` of the last."""

    failures: int = 0
    since: datetime | None = None
    reason: str = ""
    away: bool = False


WELL = Health()


def answered(_: Health) -> Health:
    """An answer, of whatever content, ends it."""
    return WELL


def failed(health: Health, reason: str, now: datetime) -> Health:
    """No answer, or one that says that the provider itself is broken (5xx)."""
    since = health.since or now
    failures = health.failures + 1
    away = health.away or (failures >= AWAY_AFTER and now - since >= AWAY_FOR)
    return replace(health, failures=failures, since=since, reason=reason, away=away)

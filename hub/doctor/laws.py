"""The laws of the contact queue: whether they are looked after, and which of them are broken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from hub.core.findings import Finding, warning, well
from hub.routing.laws.book import Health, Standing, read_health
from hub.routing.laws.tables import law_rounds
from hub.settings import Settings
from hub.storage import Tx

from .database import read_there

_LATE = timedelta(minutes=10)
_LATELY = timedelta(days=7)
_MOST = 10
_MEND = "look into it with whoever changed the hub or its rows last; nothing is mended by itself"


def check_laws(settings: Settings) -> Iterator[Finding]:
    """Tell what the sweep found; nothing before the first look, or without a database."""
    try:
        health = read_there(settings, _health, law_rounds)
    except SQLAlchemyError:
        return  # `check_database` says so
    if health is None or health.looked_at is None:
        return
    age = datetime.now(UTC) - health.looked_at
    if age > _LATE:
        what = f"the laws of the queue were not looked at since {health.looked_at:%Y-%m-%d %H:%M}"
        yield warning("queue", f"{what} UTC", "let the hub run; its log says what holds it up")
    for one in health.standing[:_MOST]:
        yield warning("queue", _in_words(one), _MEND)
    if len(health.standing) > _MOST:
        yield warning("queue", f"{len(health.standing) - _MOST} more laws are broken", _MEND)
    if not health.standing:
        seen = f"{health.agents} agents and {health.contacts} contacts"
        told = f"{seen} were held against the laws of the queue by the last look; all hold"
        yield well("queue", told)
    if health.ended:
        what = f"{health.ended} laws were broken within a week and hold again: see the log"
        yield warning("queue", what, _MEND)


def _in_words(one: Standing) -> str:
    facts = ", ".join(f"{name} {value}" for name, value in one.facts.items())
    since = f"{one.found_at:%Y-%m-%d %H:%M} UTC"
    return f"a law of the queue is broken since {since}: {one.law.value}: {one.subject} ({facts})"


def _health(tx: Tx, _: Settings) -> Health:
    return read_health(tx, tx.now - _LATELY)

"""Feeds: when each system was heard last, and the alarm when one is silent for too long."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select, text, update

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.core.errors import Invalid, NotFound
from hub.core.ids import new_id
from hub.customers.changes import check_text
from hub.customers.tables import hub_secrets
from hub.storage import LIMIT, NOW, Look, Tx
from hub.storage.bulk import Statement, tx_time

from .tables import feeds

MAX_SOURCE = 58  # so that the name of its key fits
SOURCE = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_.-]{{0,{MAX_SOURCE - 1}}}")
_MAX_LABEL = 120
_KEY_BYTES = 32
_LEAST_EVERY_S = 60
_MOST_EVERY_S = 366 * 86_400
_NOTE = Statement("""
INSERT INTO feeds (id, source, label_zh, label_en, last_at, last_rows)
SELECT {text 0}, {text 1}, {text 1}, {text 1}, {time 2}, {integer 3} FROM {rows} WHERE true
ON CONFLICT (source) DO UPDATE SET last_at = excluded.last_at, last_rows = excluded.last_rows,
  alarmed_at = NULL
""")


@dataclass(frozen=True, slots=True)
class SetFeed:
    """`every_s`: heard less often than this, an alarm is raised; None: never."""

    actor: Actor
    source: str
    label_zh: str
    label_en: str
    every_s: int | None


def check_source(source: str) -> str:
    """Return the name of a source. Raises Invalid."""
    if not SOURCE.fullmatch(source):
        raise Invalid(
            f"“{source[:80]}” is no name of a source: at most {MAX_SOURCE} letters, digits, dots, "
            "dashes and underscores.",
            field="source",
        )
    return source


def note_rows(tx: Tx, source: str, rows: int) -> None:
    """Remember that a source was heard now: its alarm is off, and set anew. At most two statements.

    A source that is not known yet becomes a feed that nobody minds.
    """
    _NOTE(tx, [[new_id(), source, tx_time(tx, tx.now), rows]])
    tx.execute(_SET_ALARM[tx.dialect], {"source": source})


def set_feed(tx: Tx, cmd: SetFeed) -> None:
    """Name a feed, and say how often it is to be heard. Raises Invalid."""
    source = check_source(cmd.source)
    if cmd.every_s is not None and not _LEAST_EVERY_S <= cmd.every_s <= _MOST_EVERY_S:
        raise Invalid(
            "A feed is expected every minute at most, every year at least.", field="every_s"
        )
    values = {
        "label_zh": check_text(cmd.label_zh, "label_zh", _MAX_LABEL),
        "label_en": check_text(cmd.label_en, "label_en", _MAX_LABEL),
        "every_s": cmd.every_s,
        "alarmed_at": None,
    }
    row = find_feed(tx, source)
    heard = tx.now if row is None or row.last_at is None else row.last_at
    # a feed of which an alarm is expected at once has been given a moment to begin
    alarm_at = None if cmd.every_s is None else max(heard + timedelta(seconds=cmd.every_s), tx.now)
    if row is None:
        made = {"id": new_id(), "source": source, "last_rows": 0}
        tx.execute(insert(feeds).values(**made, **values, alarm_at=alarm_at))
    else:
        tx.execute(
            update(feeds).where(feeds.c.source == source).values(**values, alarm_at=alarm_at)
        )
    audit(tx, cmd.actor, "feed.set", "feed", source, {"every_s": cmd.every_s or 0})
    tx.hint("feed.changed", source)


def find_feed(tx: Tx, source: str) -> Row[Any] | None:
    return tx.execute(select(feeds).where(feeds.c.source == source)).first()


def new_feed_key(tx: Tx, asked: tuple[Actor, str]) -> str:
    """Give a feed a new key for its webhook and return it, this once. Raises NotFound."""
    actor, source = asked
    if find_feed(tx, source) is None:
        raise NotFound("There is no such feed: name it first.")
    key = secrets.token_hex(_KEY_BYTES)
    _drop_key(tx, source)
    tx.execute(insert(hub_secrets).values(name=_key_name(source), value=key))
    audit(tx, actor, "feed.key", "feed", source)
    return key


def drop_feed_key(tx: Tx, asked: tuple[Actor, str]) -> None:
    """Take a feed's key away: what is signed with it is refused from now on."""
    actor, source = asked
    _drop_key(tx, source)
    audit(tx, actor, "feed.key_dropped", "feed", source)


def _drop_key(tx: Tx, source: str) -> None:
    tx.execute(delete(hub_secrets).where(hub_secrets.c.name == _key_name(source)))


def feed_key(tx: Tx, source: str) -> bytes | None:
    """Return the key that this feed signs with; None: it has none, or is not known."""
    found: str | None = tx.execute(
        select(hub_secrets.c.value).where(hub_secrets.c.name == _key_name(source))
    ).scalar_one_or_none()
    return None if found is None else found.encode()


_SILENT = Look(
    select(feeds.c.source)
    .where(feeds.c.alarmed_at.is_(None), feeds.c.alarm_at <= NOW)
    .order_by(feeds.c.alarm_at)
    .limit(LIMIT)
    .with_for_update()
)


def fire_due_feeds(tx: Tx, now: datetime, limit: int) -> int:
    """Raise the alarm of feeds that were not heard in time, once for each silence."""
    due = _SILENT.ids(tx, now, limit)
    if due:
        tx.execute(update(feeds).where(feeds.c.source.in_(due)).values(alarmed_at=now))
    for source in due:
        tx.hint("feed.silent", source)
    return len(due)


def _key_name(source: str) -> str:
    return f"feed:{source}"


_SET_ALARM = {
    "sqlite": text(
        "UPDATE feeds SET alarm_at = last_at + every_s * 1000000"
        " WHERE source = :source AND every_s IS NOT NULL"
    ),
    "postgresql": text(
        "UPDATE feeds SET alarm_at = last_at + make_interval(secs => every_s)"
        " WHERE source = :source AND every_s IS NOT NULL"
    ),
}

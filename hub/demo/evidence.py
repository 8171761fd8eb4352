"""What the hub's database says about an act of the visitor: read-only, like the ledger."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from .world import Person


class Verdict(msgspec.Struct, frozen=True):
    """What the hub decided about a mail. `reason`: why it was not acknowledged, else None."""

    acknowledged: bool
    reason: str | None


class Runner(msgspec.Struct, frozen=True, kw_only=True):
    """One of several who came together. `waited_s` until an agent took it, or until now.

    `place`: as which it was taken, None while it waits.
    """

    channel: str
    tier: str
    name: str
    target_s: int
    waited_s: float
    state: str
    place: int | None


def find_verdict(database: Path, message_id: str) -> Verdict | None:
    """Return what was decided about the mail with this Message-ID; None while it is not filed."""
    with _reading(database) as connection:
        row = connection.execute(
            "SELECT meta FROM interactions WHERE external_id = ? AND direction = 'in'",
            (message_id,),
        ).fetchone()
    if row is None:
        return None
    meta = json.loads(row[0])
    return Verdict(bool(meta.get("acknowledged")), meta.get("why_not_acknowledged"))


def race(
    database: Path, entrants: Sequence[tuple[str, Person]], since: datetime, now: datetime
) -> list[Runner]:
    """Return those of `entrants` (channel, person) who arrived after `since`, in that order."""
    found = []
    with _reading(database) as connection:
        for channel, person in entrants:
            row = connection.execute(
                "SELECT c.tier, c.target_s, c.state, c.enqueued_at,"
                " (SELECT MIN(s.started_at) FROM segments s"
                "   WHERE s.contact_id = c.id AND s.kind = 'handling')"
                " FROM contacts c JOIN customer_identities i ON i.id = c.identity_id"
                " WHERE c.channel = ? AND c.opened_at >= ? AND i.customer_id ="
                "  (SELECT customer_id FROM customer_identities"
                "    WHERE kind = 'email' AND value_norm = ?)"
                " ORDER BY c.opened_at LIMIT 1",
                (channel, _micros(since), person.email),
            ).fetchone()
            if row is not None:
                found.append((channel, person, row))
    taken = sorted(row[4] for _, _, row in found if row[4] is not None)
    return [
        Runner(
            channel=channel,
            tier=tier,
            name=person.name,
            target_s=target_s,
            waited_s=((taken_at or _micros(now)) - enqueued_at) / 1e6,
            state=state,
            place=None if taken_at is None else taken.index(taken_at) + 1,
        )
        for channel, person, (tier, target_s, state, enqueued_at, taken_at) in found
    ]


def _micros(moment: datetime) -> int:
    """Return a time as the database keeps it: microseconds since 1970, UTC."""
    since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return int(since.total_seconds() * 1_000_000)


@contextmanager
def _reading(database: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        yield connection
    finally:
        connection.close()

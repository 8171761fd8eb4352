"""The outbox: effects on the outside as rows, written with the change that asks for them.

pending → sending (leased, attempt saved first) → sent | retry (not before) | unknown | failed.
A worker claims, performs outside any transaction, renews the lease meanwhile, and finishes. A
lease that ran out means the process died in between: what may go at most once becomes `unknown`,
the rest is tried again and marked as a possible duplicate (reliability.md section 1).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Index,
    Integer,
    String,
    Table,
    Text,
    and_,
    case,
    insert,
    literal,
    select,
    text,
    update,
)

from hub.core.ids import new_id

from .aside import aside
from .look import LIMIT, NOW, Look
from .partial import in_words, partial_index
from .tx import Tx
from .types import UTCDateTime, metadata

ERASED = "{}"  # the effect of somebody who was erased: nothing of it is written again


class OutboxState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    RETRY = "retry"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    CANCELLED = "cancelled"


EFFECT_FAILED = "effect.failed"
"""Hint (id of the row): one that belongs to no interaction was given up."""

outbox = Table(
    "outbox",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("entry_point_id", String(64), nullable=False),
    Column("effect", Text, nullable=False),  # JSON of a tagged effect Struct
    Column("interaction_id", String(36)),
    Column("contact_id", String(36)),
    Column("dedupe_key", String(120), unique=True),
    Column("at_most_once", Boolean, nullable=False),
    Column("state", String(12), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("maybe_duplicate", Boolean, nullable=False),
    Column("not_before", UTCDateTime(), nullable=False),
    Column("lease_until", UTCDateTime()),
    Column("lease_holder", String(80)),
    Column("last_error", Text),
    Column("created_at", UTCDateTime(), nullable=False),  # of what waits first: until when
    Column("finished_at", UTCDateTime()),
    # What for, where it goes to a person: what is not their own business can be taken back.
    Column("purpose", String(12), nullable=False, default="service", server_default="service"),
    Column("identity_id", String(36)),
)
_due = in_words(outbox.c.state, ("pending", "retry"))
Index("ix_outbox_due", outbox.c.not_before, sqlite_where=_due, postgresql_where=_due)
_out = outbox.c.state == "sending"
Index("ix_outbox_leased", outbox.c.lease_until, sqlite_where=_out, postgresql_where=_out)
Index("ix_outbox_interaction", outbox.c.interaction_id)
_recallable = and_(_due, outbox.c.purpose != text("'service'"))
Index(
    "ix_outbox_recallable",
    outbox.c.identity_id,
    sqlite_where=_recallable,
    postgresql_where=_recallable,
)
_held_up = and_(outbox.c.state == text("'retry'"), outbox.c.purpose != text("'service'"))
Index("ix_outbox_held_up", outbox.c.channel, sqlite_where=_held_up, postgresql_where=_held_up)
_of_a_contact = and_(outbox.c.contact_id.is_not(None), outbox.c.interaction_id.is_(None))
partial_index("ix_outbox_contact", outbox.c.contact_id, where=_of_a_contact)


class NewEffect(NamedTuple):
    """`effect` is encoded JSON; `dedupe_key` the same twice keeps the first row only.

    `purpose`, `identity_id`: what for, and to whom, where we reach a person of our own accord.
    """

    channel: str
    entry_point_id: str
    effect: str
    interaction_id: str | None = None
    contact_id: str | None = None
    dedupe_key: str | None = None
    at_most_once: bool = False
    not_before: datetime | None = None
    purpose: str = "service"
    identity_id: str | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    id: str
    channel: str
    entry_point_id: str
    effect: str
    interaction_id: str | None
    contact_id: str | None
    attempts: int
    maybe_duplicate: bool
    created_at: datetime
    purpose: str
    identity_id: str | None


class Claim(NamedTuple):
    """`without`: channels whose effects stay where they are this time."""

    holder: str
    limit: int
    lease_s: float
    without: tuple[str, ...] = ()


class Renewal(NamedTuple):
    holder: str
    ids: tuple[str, ...]
    lease_s: float


class Finish(NamedTuple):
    """`effect`: what is kept of it, None: all."""

    id: str
    holder: str
    state: OutboxState
    error: str | None = None
    not_before: datetime | None = None
    effect: str | None = None


def add_effects(tx: Tx, effects: Sequence[NewEffect]) -> list[str]:
    """Write effects to be performed after this commit; return their ids."""
    if not effects:
        return []
    rows = [
        {
            **effect._asdict(),
            "id": new_id(),
            "state": OutboxState.PENDING,
            "attempts": 0,
            "maybe_duplicate": False,
            "not_before": effect.not_before or tx.now,
            "created_at": max(
                effect.not_before or tx.now, tx.now
            ),  # it is late, or too late, by it
        }
        for effect in effects
    ]
    tx.execute(insert(outbox), rows)
    for channel in {effect.channel for effect in effects}:
        tx.hint("outbox.ready", channel)
    return [str(row["id"]) for row in rows]


def claim_effects(tx: Tx, claim: Claim) -> list[Claimed]:
    """Lease at most `claim.limit` due effects; their attempt is counted before it is made.

    They are chosen once: as a subquery that locks, PostgreSQL may choose anew for each row, and
    all that is due would be taken (its page on SELECT, "Common Table Expressions", MATERIALIZED).
    """
    due = (
        select(outbox.c.id)
        .where(_due, outbox.c.not_before <= tx.now, outbox.c.channel.not_in(claim.without))
        .order_by(outbox.c.not_before)
        .limit(claim.limit)
        .with_for_update(skip_locked=True)
        .cte("due")
        .prefix_with("MATERIALIZED")
    )
    rows = tx.execute(
        update(outbox)
        .where(outbox.c.id.in_(select(due.c.id)), _due)
        .values(
            state=OutboxState.SENDING,
            attempts=outbox.c.attempts + 1,
            lease_until=tx.now + timedelta(seconds=claim.lease_s),
            lease_holder=claim.holder,
        )
        .returning(
            outbox.c.id,
            outbox.c.channel,
            outbox.c.entry_point_id,
            outbox.c.effect,
            outbox.c.interaction_id,
            outbox.c.contact_id,
            outbox.c.attempts,
            outbox.c.maybe_duplicate,
            outbox.c.created_at,
            outbox.c.purpose,
            outbox.c.identity_id,
        )
    ).all()
    claimed = (Claimed(**row._mapping) for row in rows)
    return sorted(claimed, key=lambda effect: effect.created_at)


class Recall(NamedTuple):
    """What is to be taken back: by whom it would reach and what for. `channel` None: every one."""

    identity_ids: Collection[str]
    purposes: Collection[str]
    reason: str
    channel: str | None = None


class Recalled(NamedTuple):
    id: str
    interaction_id: str | None
    contact_id: str | None


_TAKEN_BACK = (outbox.c.id, outbox.c.interaction_id, outbox.c.contact_id)


def recall_effects(tx: Tx, recall: Recall) -> list[Recalled]:
    """Cancel what is not under way yet; return it. What is service is never taken back."""
    if not recall.identity_ids:
        return []
    meant = [
        _recallable,
        outbox.c.identity_id.in_(sorted(recall.identity_ids)),
        outbox.c.purpose.in_(sorted(recall.purposes)),
    ]
    if recall.channel is not None:
        meant.append(outbox.c.channel == recall.channel)
    return _cancel(tx, meant, recall.reason)


def drop_claimed(tx: Tx, ids: Collection[str], holder: str, reason: str) -> list[Recalled]:
    """Cancel effects that were just claimed by `holder` and may not be performed; return them."""
    if not ids:
        return []
    return _cancel(tx, [outbox.c.id.in_(sorted(ids)), outbox.c.lease_holder == holder], reason)


def put_back_claimed(tx: Tx, until: Mapping[str, datetime], holder: str) -> None:
    """Let effects that were just claimed by `holder` wait, each until its time: no attempt was
    made. One statement for each time.
    """
    at_once: defaultdict[datetime, list[str]] = defaultdict(list)
    for effect_id, moment in until.items():
        at_once[moment].append(effect_id)
    for moment, ids in at_once.items():
        tx.execute(
            update(outbox)
            .where(outbox.c.id.in_(sorted(ids)), _out, outbox.c.lease_holder == holder)
            .values(
                state=OutboxState.PENDING,
                attempts=outbox.c.attempts - 1,
                not_before=moment,
                lease_until=None,
                lease_holder=None,
            )
        )


def is_held_up(tx: Tx, channel: str) -> bool:
    """Say whether something of our own accord waits for another attempt on this channel."""
    held_up = select(outbox.c.id).where(_held_up, outbox.c.channel == channel).limit(1)
    return tx.execute(held_up).first() is not None


def _cancel(tx: Tx, meant: Sequence[ColumnElement[bool]], reason: str) -> list[Recalled]:
    rows = tx.execute(
        update(outbox)
        .where(*meant)
        .values(
            state=OutboxState.CANCELLED,
            last_error=reason,
            finished_at=tx.now,
            lease_until=None,
            lease_holder=None,
        )
        .returning(*_TAKEN_BACK)
    )
    return [Recalled(row.id, row.interaction_id, row.contact_id) for row in rows]


def renew_effects(tx: Tx, renewal: Renewal) -> None:
    """Hold on to effects that are still being performed: their worker lives."""
    tx.execute(
        update(outbox)
        .where(outbox.c.id.in_(renewal.ids), _out, outbox.c.lease_holder == renewal.holder)
        .values(lease_until=tx.now + timedelta(seconds=renewal.lease_s))
    )


def finish_effect(tx: Tx, item: Finish) -> bool:
    """Record an outcome; False where the lease was lost meanwhile (then nothing changes)."""
    over = item.state is not OutboxState.RETRY
    was_erased = outbox.c.effect == ERASED  # meanwhile: it is not written again, nor tried again
    values: dict[str, Any] = {
        "state": item.state
        if over
        else case((was_erased, OutboxState.CANCELLED), else_=item.state),
        "finished_at": tx.now
        if over
        else case((was_erased, literal(tx.now, UTCDateTime())), else_=None),
    }
    if item.effect is not None:
        values["effect"] = case((was_erased, ERASED), else_=item.effect)
    done = tx.execute(
        update(outbox)
        .where(
            outbox.c.id == item.id,
            outbox.c.state == OutboxState.SENDING,
            outbox.c.lease_holder == item.holder,
        )
        .values(
            last_error=item.error,
            not_before=item.not_before or tx.now,
            lease_until=None,
            lease_holder=None,
            **values,
        )
    )
    return done.rowcount == 1


def rearm_effect(tx: Tx, effect_id: str, effect: str, *, maybe_duplicate: bool) -> None:
    """Let something that is over be performed once more, as if it had just been written; what its
    person has said stop to meanwhile is seen when it is claimed. `effect`: as it is now.
    """
    channel: str = tx.execute(
        update(outbox)
        .where(outbox.c.id == effect_id)
        .values(
            state=OutboxState.PENDING,
            effect=effect,
            attempts=0,
            maybe_duplicate=maybe_duplicate,
            not_before=tx.now,
            created_at=tx.now,
            finished_at=None,
            last_error=None,
        )
        .returning(outbox.c.channel)
    ).scalar_one()
    tx.hint("outbox.ready", channel)


_LOST = Look(
    select(outbox.c.id)
    .where(_out, outbox.c.lease_until <= NOW)
    .order_by(outbox.c.lease_until)
    .limit(LIMIT)
)


def recover_effects(tx: Tx, now: datetime, limit: int) -> list[tuple[str, str | None]]:
    """Deal with effects whose worker died; return (id, interaction id) of those now `unknown`."""
    ids = _LOST.ids(tx, now, limit)
    if not ids:
        return []
    # Another process may have dealt with them since, and a worker hold them again.
    lost = and_(outbox.c.id.in_(ids), _out, aside(outbox.c.lease_until) <= now)
    tx.execute(
        update(outbox)
        .where(lost, outbox.c.at_most_once.is_(False))
        .values(state=OutboxState.RETRY, not_before=now, maybe_duplicate=True, lease_until=None)
    )
    unknown = tx.execute(
        update(outbox)
        .where(lost, outbox.c.at_most_once.is_(True))
        .values(state=OutboxState.UNKNOWN, finished_at=now, lease_until=None)
        .returning(outbox.c.id, outbox.c.interaction_id)
    ).all()
    return [(row.id, row.interaction_id) for row in unknown]

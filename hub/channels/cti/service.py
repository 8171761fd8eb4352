"""What was told of calls: kept once, found again, forgotten after a while."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from sqlalchemy import ColumnElement, delete, insert, or_, select, tuple_, update

from hub.channels.base import EntryPoint
from hub.contacts.model import Channel
from hub.contacts.tables import entry_points
from hub.storage import Tx

from .events import EventKind, PbxEvent
from .tables import calls, dials, events, refusals

MOST_TOLD = 300  # of one call; what comes then is its end, or nothing
_KEPT = timedelta(days=30)
_PURGED = 500
_DIALS_FOR = timedelta(minutes=3)  # so long after we asked for it, a call may be that one
_SAME_DIGITS = 8  # with or without country code, trunk prefix or outside line


class Told(NamedTuple):
    """Events of one request."""

    entry_point_id: str
    events: Sequence[PbxEvent]


class CallOf(NamedTuple):
    entry_point_id: str
    call_id: str


class Known(NamedTuple):
    """What is known of a call. `told`: how many events that is."""

    events: tuple[PbxEvent, ...]
    told: int
    heard_at: datetime
    contact_id: str | None


class Followed(NamedTuple):
    """The hub knows a call as it was after `told` events. `over`: nothing more is awaited."""

    of: CallOf
    told: int
    over: bool


class Dialled(NamedTuple):
    """The PBX is asked to call somebody for a contact."""

    contact_id: str
    entry_point_id: str
    extension: str
    number: str


class Refusal(NamedTuple):
    entry_point_id: str
    why: str
    times: int


def find_point(tx: Tx, entry_point_id: str) -> EntryPoint | None:
    """Return the entry point in force under this key; only those of phones have a PBX."""
    row = tx.execute(
        select(entry_points).where(
            entry_points.c.id == entry_point_id, entry_points.c.retired.is_(False)
        )
    ).first()
    if row is None:
        return None
    return EntryPoint(
        id=row.id,
        channel=Channel(row.channel),
        address=row.address,
        queue_id=row.queue_id,
        language=row.language,
        settings=row.settings,
        display_name=row.display_name,
    )


def note_events(tx: Tx, told: Told) -> list[str]:
    """Keep what is new of it; return the ids of the calls it is about."""
    digests = {_digest(one): one for one in told.events}
    known = tx.execute(
        select(events.c.digest).where(
            events.c.entry_point_id == told.entry_point_id, events.c.digest.in_(sorted(digests))
        )
    ).scalars()
    for digest in known:
        digests.pop(digest)
    by_call: dict[str, dict[str, PbxEvent]] = {}
    for digest, one in digests.items():
        by_call.setdefault(one.call_id, {})[digest] = one
    for call_id, new in sorted(by_call.items()):
        _note(tx, CallOf(told.entry_point_id, call_id), new)
    return sorted(by_call)


def _digest(event: PbxEvent) -> str:
    """What has no time of its own is the same however late it comes again."""
    plain = msgspec.to_builtins(event)
    if not event.timed:
        del plain["at"]
    return hashlib.sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()


def _note(tx: Tx, of: CallOf, new: dict[str, PbxEvent]) -> None:
    row = tx.execute(select(calls).where(*_is(of)).with_for_update()).first()
    before = 0 if row is None else row.told
    kept = {
        digest: one
        for digest, one in new.items()
        if before + len(new) <= MOST_TOLD or one.kind is EventKind.ENDED
    }
    if not kept:
        return
    tx.execute(
        insert(events),
        [
            {
                "entry_point_id": of.entry_point_id,
                "digest": digest,
                "call_id": of.call_id,
                "event": msgspec.json.encode(one).decode(),
                "received_at": tx.now,
            }
            for digest, one in kept.items()
        ],
    )
    contact_id = None if row is None else row.contact_id
    if contact_id is None:
        contact_id = _asked_for(tx, of, list(kept.values()))
    now = {
        "told": before + len(kept),
        "heard_at": tx.now,
        "done": False,
        "contact_id": contact_id,
    }
    if row is None:
        tx.execute(insert(calls).values(**of._asdict(), followed=0, **now))
    else:
        tx.execute(update(calls).where(*_is(of)).values(**now))


def _asked_for(tx: Tx, of: CallOf, told: Sequence[PbxEvent]) -> str | None:
    """Return the contact from which this call was asked for: by our reference, else by who calls
    whom, shortly after.
    """
    refs = {one.ref for one in told if one.ref}
    phones = {one.extension for one in told if one.extension}
    digits = {_tail(one.number) for one in told if one.number}
    found = tx.execute(
        select(dials.c.contact_id, dials.c.number, dials.c.extension)
        .where(
            dials.c.entry_point_id == of.entry_point_id,
            dials.c.call_id.is_(None),
            or_(
                dials.c.contact_id.in_(sorted(refs)),
                dials.c.extension.in_(sorted(phones)) & (dials.c.asked_at > tx.now - _DIALS_FOR),
            ),
        )
        .order_by(dials.c.asked_at.desc())
    )
    for row in found:
        if row.contact_id in refs or (row.extension in phones and _tail(row.number) in digits):
            tx.execute(
                update(dials).where(dials.c.contact_id == row.contact_id).values(call_id=of.call_id)
            )
            return str(row.contact_id)
    return None


def _tail(number: str) -> str:
    return "".join(sign for sign in number if sign.isdecimal())[-_SAME_DIGITS:]


def _is(of: CallOf) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (calls.c.entry_point_id == of.entry_point_id, calls.c.call_id == of.call_id)


def find_known(tx: Tx, of: CallOf) -> Known | None:
    """Return all that was told of a call."""
    row = tx.execute(select(calls).where(*_is(of))).first()
    if row is None:
        return None
    told = tx.execute(
        select(events.c.event).where(
            events.c.entry_point_id == of.entry_point_id, events.c.call_id == of.call_id
        )
    ).scalars()
    found = tuple(msgspec.json.decode(one, type=PbxEvent) for one in told)
    return Known(found, row.told, row.heard_at, row.contact_id)


def note_followed(tx: Tx, done: Followed) -> None:
    """The hub knows; what was told meanwhile is still to be done."""
    tx.execute(
        update(calls)
        .where(*_is(done.of), calls.c.told == done.told)
        .values(followed=done.told, done=done.over)
    )


def list_pending(tx: Tx, limit: int) -> list[CallOf]:
    """Return calls of which the hub is still to hear, the longest silent first."""
    found = (
        select(calls.c.entry_point_id, calls.c.call_id)
        .where(calls.c.done.is_(False), calls.c.followed < calls.c.told)
        .order_by(calls.c.heard_at)
        .limit(limit)
    )
    return [CallOf(row.entry_point_id, row.call_id) for row in tx.execute(found)]


def list_silent(tx: Tx, ask: tuple[datetime, int]) -> list[CallOf]:
    """Return calls that go on and of which nothing was heard since a time."""
    since, limit = ask
    found = (
        select(calls.c.entry_point_id, calls.c.call_id)
        .where(calls.c.done.is_(False), calls.c.heard_at < since)
        .order_by(calls.c.heard_at)
        .limit(limit)
    )
    return [CallOf(row.entry_point_id, row.call_id) for row in tx.execute(found)]


def note_dial(tx: Tx, dialled: Dialled) -> bool:
    """Keep that the PBX is to be asked, before it is; False: it was asked already."""
    known = tx.execute(
        select(dials.c.contact_id).where(dials.c.contact_id == dialled.contact_id)
    ).first()
    if known is not None:
        return False
    tx.execute(insert(dials).values(**dialled._asdict(), asked_at=tx.now))
    return True


def note_refusal(tx: Tx, refused: Refusal) -> None:
    """Count requests that were not proven to be the PBX's, for the admin to see."""
    changed = tx.execute(
        update(refusals)
        .where(refusals.c.entry_point_id == refused.entry_point_id)
        .values(times=refusals.c.times + refused.times, last_at=tx.now, why=refused.why)
    )
    if changed.rowcount == 0:
        tx.execute(insert(refusals).values(**refused._asdict(), last_at=tx.now))


class State(NamedTuple):
    """`last`: the newest events. `refused`: how many requests were not the PBX's."""

    last: list[tuple[datetime, PbxEvent]]
    refused: int
    refused_at: datetime | None
    why: str


def read_state(tx: Tx, entry_point_id: str) -> State:
    """Return what an entry point was told last."""
    newest = (
        select(events.c.received_at, events.c.event)
        .where(events.c.entry_point_id == entry_point_id)
        .order_by(events.c.received_at.desc())
        .limit(20)
    )
    last = [
        (row.received_at, msgspec.json.decode(row.event, type=PbxEvent))
        for row in tx.execute(newest)
    ]
    row = tx.execute(select(refusals).where(refusals.c.entry_point_id == entry_point_id)).first()
    if row is None:
        return State(last, 0, None, "")
    return State(last, row.times, row.last_at, row.why)


def purge(tx: Tx, _: None) -> int:
    """Forget what was told a month ago; what came of it stands on the timeline."""
    old = tx.now - _KEPT
    keys = (
        select(events.c.entry_point_id, events.c.digest)
        .where(events.c.received_at < old)
        .order_by(events.c.received_at)
        .limit(_PURGED)
    )
    named = tuple_(events.c.entry_point_id, events.c.digest)
    gone = tx.execute(delete(events).where(named.in_(keys))).rowcount
    tx.execute(delete(calls).where(calls.c.done.is_(True), calls.c.heard_at < old))
    tx.execute(delete(dials).where(dials.c.asked_at < old))
    return int(gone)

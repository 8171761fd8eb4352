"""The customer is told about their own promise: kept, or late. The only place that sends it.

It goes as a reply on the conversation in which it was promised; where that cannot be written on, by
mail on their newest conversation or to the address we know; else into their chat. Where nothing
reaches them, the record of the commitment says so. Each news is sent once: the state that it
follows is entered once, and the outbox knows its key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, func, select, update

from hub.accounts.model import SYSTEM
from hub.contacts import service as contact_service
from hub.contacts import threads
from hub.contacts.chains import Chain, chains_of
from hub.contacts.effects import Send
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel, DeliveryState, Direction, InteractionKind
from hub.contacts.outreach.model import Permit
from hub.contacts.outreach.sending import to_person
from hub.contacts.outreach.service import AskFor, may_contact
from hub.contacts.service import NewInteraction
from hub.contacts.tables import contacts, conversations, entry_points
from hub.contacts.templates.filling import Changed, at_point
from hub.contacts.templates.model import Wording
from hub.contacts.templates.service import changed_templates
from hub.core.ids import new_id
from hub.customers.consent.model import Purpose
from hub.customers.model import IdentityStatus
from hub.customers.tables import customers, identities
from hub.customers.zone import zones_of
from hub.storage import Tx
from hub.storage.outbox import NewEffect, add_effects

from . import words
from .entries import NewEntry, add_entries
from .model import EntryKind
from .tables import commitments

ZoneOf = Callable[[Tx], str]
"""The set-up's zone, for customers of whom no other is known."""


def utc(_tx: Tx) -> str:
    return "UTC"


class News(StrEnum):
    DONE = "done"
    LATE = "late"


class _Way(StrEnum):
    OUTBOX = "outbox"  # an effect sends it
    INSTANT = "instant"  # the committed entry is what the customer sees


# What can be written on by us alone, the best first; a live call cannot.
_WAYS: Mapping[Channel, _Way] = {
    Channel.EMAIL: _Way.OUTBOX,
    Channel.FAX: _Way.OUTBOX,
    Channel.SMS: _Way.OUTBOX,
    Channel.WEBCHAT: _Way.INSTANT,
}
_RANK = {channel.value: rank for rank, channel in enumerate(_WAYS)}
# Where a conversation may be begun, by the kind of address.
_OPENS = {IdentityKind.EMAIL: Channel.EMAIL}


@dataclass(frozen=True, slots=True)
class _Thread:
    """A conversation that can be written on. `begins`: by this, as it is not there yet."""

    id: str
    entry_point_id: str
    channel: str
    identity_id: str
    address: str
    last_seq: int
    subject: str | None
    language: str | None
    begins: Inbound | None = None


def tell_customers(tx: Tx, commitment_ids: Sequence[str], news: News, zone: ZoneOf) -> None:
    """Write to the customers of these commitments, each once: a fixed number of statements."""
    if not commitment_ids:
        return
    rows = _promises(tx, commitment_ids)
    found = _threads(tx, rows)
    entries: list[NewInteraction] = []
    effects: list[NewEffect] = []
    record: list[NewEntry] = []
    zones = zones_of(tx, {row.customer_id for row in rows}, zone(tx))
    permits = _permits(tx, found)
    found = _begun(tx, {id_: found[id_] for id_ in permits})
    chains = chains_of(tx, {thread.id for thread in found.values()})
    names = _display_names(tx, {thread.entry_point_id for thread in found.values()})
    changed = changed_templates(tx)
    for row in rows:
        thread, permit = found.get(row.id), permits.get(row.id)
        if thread is None or permit is None:
            record.append(NewEntry(row.id, EntryKind.NOT_TOLD, news.value, SYSTEM))
            continue
        here = at_point(changed, thread.entry_point_id)
        told = _words(tx, here, row, news, thread, ZoneInfo(zones[row.customer_id]))
        entry = _entry(tx, row, thread, told, names[thread.entry_point_id])
        entries.append(entry)
        if _WAYS[Channel(thread.channel)] is _Way.OUTBOX:
            chain = chains.get(thread.id, Chain())
            effects.append(_effect(row, thread, entry, news, chain, permit))
        record.append(NewEntry(row.id, EntryKind.TOLD, told.body, SYSTEM))
    contact_service.append_system(
        tx, entries, {thread.id: thread.last_seq for thread in found.values()}
    )
    add_effects(tx, effects)
    add_entries(tx, record)
    _mark(tx, [row.id for row in rows if row.id in permits])


def _permits(tx: Tx, found: Mapping[str, _Thread]) -> dict[str, Permit]:
    """Return, by commitment, the leave to tell; none of who wants no such news on that channel."""
    asks = [AskFor(Purpose.SERVICE, one.channel, one.identity_id) for one in found.values()]
    answers = dict(zip(found, may_contact(tx, asks), strict=True))
    return {id_: answer for id_, answer in answers.items() if isinstance(answer, Permit)}


def _promises(tx: Tx, ids: Sequence[str]) -> list[Row[Any]]:
    table = commitments.c
    return list(
        tx.execute(
            select(
                table.id,
                table.kind,
                table.due_at,
                table.window_from,
                table.contact_id,
                identities.c.customer_id,
                customers.c.language.label("customer_language"),
                contacts.c.conversation_id,
                contacts.c.language,
            )
            .join(identities, identities.c.id == table.identity_id)
            .join(customers, customers.c.id == identities.c.customer_id)
            .outerjoin(contacts, contacts.c.id == table.contact_id)
            .where(table.id.in_(sorted(set(ids))))
            .order_by(table.id)
        ).all()
    )


def _threads(tx: Tx, rows: Sequence[Row[Any]]) -> dict[str, _Thread]:
    """Return, by commitment, where its customer is written to."""
    own = _conversations(
        tx, conversations.c.id.in_(sorted({r.conversation_id for r in rows if r.conversation_id}))
    )
    by_id = {thread.id: thread for thread, _ in own}
    chosen: dict[str, _Thread] = {}
    for row in rows:
        thread = by_id.get(row.conversation_id)
        if thread is not None and _is_mailed(thread):
            chosen[row.id] = thread
    open_ = [row for row in rows if row.id not in chosen]
    if not open_:
        return chosen
    ids = {row.customer_id for row in open_}
    by_customer = _newest(tx, ids)
    begun = _beginnings(tx, [id_ for id_ in sorted(ids) if not _is_mailed(by_customer.get(id_))])
    for row in open_:
        newest = by_customer.get(row.customer_id)
        best = (
            (newest if _is_mailed(newest) else None)
            or begun.get(row.customer_id)
            or by_id.get(row.conversation_id)
            or newest
        )
        if best is not None:
            chosen[row.id] = best
    return chosen


def _is_mailed(thread: _Thread | None) -> bool:
    """Whether what we write on it is sent to where the customer is."""
    return thread is not None and _WAYS[Channel(thread.channel)] is _Way.OUTBOX


def _conversations(tx: Tx, which: Any) -> list[tuple[_Thread, str]]:
    """Return conversations that can be written on, with whose they are, locked."""
    rows = tx.execute(
        select(conversations, identities.c.value_raw, identities.c.customer_id)
        .join(identities, identities.c.id == conversations.c.identity_id)
        .join(entry_points, entry_points.c.id == conversations.c.entry_point_id)
        .where(
            which,
            conversations.c.channel.in_(sorted(_RANK)),
            identities.c.status != IdentityStatus.REMOVED,
            ~entry_points.c.retired,
        )
        .order_by(conversations.c.id)
        .with_for_update(of=conversations)
    )
    return [
        (
            _Thread(
                row.id,
                row.entry_point_id,
                row.channel,
                row.identity_id,
                row.value_raw,
                row.last_seq,
                row.subject,
                row.language,
            ),
            row.customer_id,
        )
        for row in rows
    ]


def _newest(tx: Tx, customer_ids: set[str]) -> dict[str, _Thread]:
    """Return the newest conversation of each customer on the best channel they have."""
    place = (
        func.row_number()
        .over(
            partition_by=(identities.c.customer_id, conversations.c.channel),
            order_by=conversations.c.last_at.desc(),
        )
        .label("place")
    )
    ranked = (
        select(conversations.c.id, place)
        .join(identities, identities.c.id == conversations.c.identity_id)
        .where(
            identities.c.customer_id.in_(sorted(customer_ids)),
            conversations.c.channel.in_(sorted(_RANK)),
        )
        .subquery()
    )
    newest = select(ranked.c.id).where(ranked.c.place == 1)
    best: dict[str, _Thread] = {}
    for thread, customer_id in _conversations(tx, conversations.c.id.in_(newest)):
        known = best.get(customer_id)
        if known is None or _RANK[thread.channel] < _RANK[known.channel]:
            best[customer_id] = thread
    return best


def _beginnings(tx: Tx, customer_ids: Sequence[str]) -> dict[str, _Thread]:
    """Return, for each of these customers of whom we know an address, what would be begun: nothing
    is, before it is known that they may be told.
    """
    if not customer_ids:
        return {}
    rows = tx.execute(
        select(identities.c.id, identities.c.customer_id, identities.c.kind, identities.c.value_raw)
        .where(
            identities.c.customer_id.in_(customer_ids),
            identities.c.kind.in_(sorted(_OPENS)),
            identities.c.status == IdentityStatus.ACTIVE,
        )
        .order_by(identities.c.id)
    )
    known = {row.customer_id: row for row in rows}
    if not known:
        return {}
    points: dict[str, Row[Any]] = {}
    for point in tx.execute(
        select(entry_points)
        .where(entry_points.c.channel.in_(sorted(_OPENS.values())), ~entry_points.c.retired)
        .order_by(entry_points.c.id.desc())
    ):
        points[point.channel] = point  # the first by its key stays
    pairs = [
        (row, points[channel])
        for row in known.values()
        if (channel := _OPENS[IdentityKind(row.kind)]) in points
    ]
    return {
        row.customer_id: _Thread(
            "",
            point.id,
            point.channel,
            row.id,
            row.value_raw,
            0,
            None,
            point.language,
            begins=_as_inbound(tx, row, point),
        )
        for row, point in pairs
    }


def _begun(tx: Tx, found: Mapping[str, _Thread]) -> dict[str, _Thread]:
    """Begin the conversations that are not there yet, one for each address."""
    new = {one.identity_id: one for one in found.values() if one.begins is not None}
    made = threads.open_threads(
        tx,
        [one.begins for one in new.values() if one.begins is not None],
        list(new),
        [one.language for one in new.values()],
    )
    ids = {thread.identity_id: thread.id for thread in made}
    return {
        id_: one if one.begins is None else replace(one, id=ids[one.identity_id], begins=None)
        for id_, one in found.items()
    }


def _as_inbound(tx: Tx, row: Row[Any], point: Row[Any]) -> Inbound:
    return Inbound(
        entry_point_id=point.id,
        channel=Channel(point.channel),
        dedupe_key="",
        senders=(SenderIdentity(IdentityKind(row.kind), row.value_raw),),
        received_at=tx.now,
    )


def _display_names(tx: Tx, entry_point_ids: set[str]) -> dict[str, str]:
    point = entry_points.c
    found = select(point.id, point.display_name).where(point.id.in_(sorted(entry_point_ids)))
    return {row.id: row.display_name for row in tx.execute(found)}


def _words(
    tx: Tx, changed: Changed, row: Row[Any], news: News, thread: _Thread, place: ZoneInfo
) -> Wording:
    language = row.language or row.customer_language or thread.language or "en"
    start = row.window_from.astimezone(place) if row.window_from is not None else None
    promised = words.Promised(row.kind, row.due_at.astimezone(place), start)
    if news is News.DONE:
        return words.done(changed, language, promised)
    return words.late(changed, language, promised, tx.now.astimezone(place))


def _entry(tx: Tx, row: Row[Any], thread: _Thread, told: Wording, author: str) -> NewInteraction:
    instant = _WAYS[Channel(thread.channel)] is _Way.INSTANT
    return NewInteraction(
        id=new_id(),
        conversation_id=thread.id,
        contact_id=row.contact_id if row.conversation_id == thread.id else None,
        identity_id=thread.identity_id,
        channel=thread.channel,
        kind=InteractionKind.MESSAGE,
        direction=Direction.OUTBOUND,
        text=told.body,
        at=tx.now,
        author_name=author,
        subject=thread.subject or told.subject,
        delivery=DeliveryState.SENT if instant else DeliveryState.PENDING,
        meta={"automatic": True, "commitment_id": row.id},
    )


def _effect(
    row: Row[Any],
    thread: _Thread,
    entry: NewInteraction,
    news: News,
    chain: Chain,
    permit: Permit,
) -> NewEffect:
    send = Send(
        interaction_id=entry.id,
        conversation_id=thread.id,
        contact_id=entry.contact_id,
        to=(thread.address,),
        text=entry.text,
        subject=entry.subject,
        in_reply_to=chain.asked,
        references=chain.ids,
        automatic=True,
        language=row.language or row.customer_language or thread.language,
        author_name=entry.author_name,
    )
    return to_person(
        permit,
        send,
        channel=thread.channel,
        entry_point_id=thread.entry_point_id,
        interaction_id=entry.id,
        contact_id=entry.contact_id,
        # A new time that is missed again is other news.
        dedupe_key=f"commitment:{row.id}:{news}:{int(row.due_at.timestamp())}",
        at_most_once=True,
    )


def _mark(tx: Tx, ids: Sequence[str]) -> None:
    if ids:
        told = update(commitments).where(commitments.c.id.in_(ids))
        tx.execute(told.values(told_customer_at=tx.now))

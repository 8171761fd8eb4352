"""Somebody of a list is taken by an agent, who reads or is put through at once; then dialled.

Whether they may be called is asked in the very transaction that orders the call. The order, the
attempt's row and the state of the person are written together, so a crash leaves all of them or
none: nobody is called twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, select, update

from hub.accounts.model import Actor
from hub.accounts.tables import users
from hub.callbacks.attempts import CONNECT_S, Accepted
from hub.contacts import outgoing_calls
from hub.contacts import service as contact_service
from hub.contacts.effects import Dial
from hub.contacts.model import CallStage
from hub.contacts.outgoing_calls import Begun
from hub.contacts.outreach.sending import to_person
from hub.contacts.outreach.service import Sent, note_sent
from hub.contacts.tables import contacts, entry_points
from hub.contacts.threads import lock_threads
from hub.routing.tables import assignments
from hub.storage import Tx
from hub.storage.outbox import NewEffect

from . import flight
from .judging import Judged, Listed, judge
from .line import META, close, mark_many
from .model import Mode, PersonState
from .rows import Member, find_of_contacts, save
from .tables import phone_lists

PREVIEW, CALLING = "preview", "calling"  # how far an agent is with it


class _Going(NamedTuple):
    """One that is about to be dialled."""

    accepted: Accepted
    member: Member
    judged: Judged


def begin(tx: Tx, accepted: Sequence[Accepted]) -> list[NewEffect]:
    """Agents have taken these contacts of lists: let them read, or dial at once where the hub
    dials for a list and its limit leaves room. Return the orders to the channel.
    """
    found = find_of_contacts(tx, [one.contact.id for one in accepted])
    fresh = [
        one
        for one in accepted
        if one.contact.id in found and found[one.contact.id].state is PersonState.QUEUED
    ]
    by_list: dict[str, list[Accepted]] = {}
    for one in fresh:
        by_list.setdefault(found[one.contact.id].list_id, []).append(one)
    effects: list[NewEffect] = []
    for row in lock_lists(tx, by_list):
        taken = by_list[row.id]
        room = flight.room_of(tx, row) if row.mode == Mode.PROGRESSIVE else 0
        members = {one.contact.id: found[one.contact.id] for one in taken}
        effects += dial(tx, row, taken[:room], members, by_itself=True)
        _preview(tx, row, taken[room:], members)
    return effects


def lock_lists(tx: Tx, list_ids: Any) -> Sequence[Row[Any]]:
    """Return lists, locked: two that dial at once would count the same room."""
    if not list_ids:
        return []
    found = select(phone_lists).where(phone_lists.c.id.in_(sorted(list_ids)))
    return tx.execute(found.order_by(phone_lists.c.id).with_for_update()).all()


def _preview(tx: Tx, row: Row[Any], taken: Sequence[Accepted], members: dict[str, Member]) -> None:
    """Their agents read who it is, and why; not for longer than the list says."""
    if not taken:
        return
    until = tx.now + timedelta(seconds=row.preview_s)
    tx.execute(
        update(assignments)
        .where(assignments.c.id.in_([one.assignment_id for one in taken]))
        .values(connect_by=until)
    )
    save(tx, [replace(members[one.contact.id], state=PersonState.CALLING) for one in taken])
    ids = [one.contact.id for one in taken]
    mark_many(tx, ids, stage=PREVIEW, preview_until=until.isoformat())


def dial(
    tx: Tx,
    row: Row[Any],
    taken: Sequence[Accepted],
    members: dict[str, Member],
    *,
    by_itself: bool,
    identity_id: str | None = None,
) -> list[NewEffect]:
    """Order the calls of those who may be called at this moment; the others leave their agents."""
    if not taken:
        return []
    people = [
        Listed(member.customer_id, member.tried, member.agreed, one.contact.id, identity_id)
        for one in taken
        for member in (members[one.contact.id],)
    ]
    verdicts = judge(tx, row, people)
    going: list[_Going] = []
    left: list[_Going] = []
    for one, verdict in zip(taken, verdicts, strict=True):
        known = _Going(one, members[one.contact.id], verdict)
        (going if verdict.permit is not None else left).append(known)
    _leave(tx, row, left)
    if not going:
        return []
    until = tx.now + timedelta(seconds=CONNECT_S)
    _note_calls(tx, going, until)
    save(tx, [_called(one) for one in going])
    flight.add(tx, [_attempt(tx, one, by_itself) for one in going])
    sent = [
        Sent(one.judged.ask, one.judged.permit, one.accepted.contact.id)
        for one in going
        if one.judged.ask is not None and one.judged.permit is not None
    ]
    note_sent(tx, sent, Actor(None if by_itself else going[0].accepted.agent_id, "", "console"))
    point = _line(tx, row.entry_point_id)
    return [_order(row, one, point, until) for one in going]


def _called(one: _Going) -> Member:
    person = one.judged.person
    identity_id = one.member.identity_id if person is None else person.identity_id
    tried = dict(one.member.tried)
    if identity_id is not None:
        tried[identity_id] = max(tried.get(identity_id, 0), 0) + 1
    return replace(
        one.member,
        state=PersonState.CALLING,
        agreed=False,
        tried=tried,
        identity_id=identity_id,
    )


def _attempt(tx: Tx, one: _Going, by_itself: bool) -> dict[str, Any]:
    person = one.judged.person
    return {
        "contact_id": one.accepted.contact.id,
        "list_id": one.member.list_id,
        "customer_id": one.member.customer_id,
        "arm": one.member.arm,
        "identity_id": person.identity_id if person else "",
        "by_itself": by_itself,
        "dialled_at": tx.now,
        "abandoned": False,
    }


def _note_calls(tx: Tx, going: Sequence[_Going], until: datetime) -> None:
    """Write the calls that begin on their contacts and timelines."""
    rows = [one.accepted.contact for one in going]
    ids = [one.accepted.assignment_id for one in going]
    tx.execute(update(assignments).where(assignments.c.id.in_(ids)).values(connect_by=until))
    names = _names(tx, {one.accepted.agent_id for one in going})
    threads = lock_threads(tx, [row.conversation_id for row in rows])
    outgoing_calls.begin(
        tx,
        [
            Begun(
                one.accepted.contact._asdict(),
                threads[one.accepted.contact.conversation_id],
                one.accepted.agent_id,
                names.get(one.accepted.agent_id, ""),
            )
            for one in going
        ],
    )
    tx.execute(
        update(contacts)
        .where(contacts.c.id == bindparam("b_id"))
        .values(
            meta=bindparam("b_meta", type_=contacts.c.meta.type),
            promise=None,  # who is passed on from here waits on the line, as any caller
            version=contacts.c.version + 1,
        ),
        [{"b_id": one.accepted.contact.id, "b_meta": _meta(one)} for one in going],
    )
    for row in rows:
        tx.hint("contact.changed", row.id)


def _meta(one: _Going) -> dict[str, Any]:
    meta, person = one.accepted.contact.meta, one.judged.person
    number = {} if person is None else {"number": person.number}
    known = {**meta.get(META, {}), **number, "stage": CALLING, "preview_until": None}
    return {**meta, META: known, "call": {"stage": CallStage.AGENT}}


def _names(tx: Tx, agent_ids: set[str]) -> dict[str, str]:
    rows = tx.execute(select(users.c.id, users.c.name).where(users.c.id.in_(sorted(agent_ids))))
    return {row.id: row.name for row in rows}


def _line(tx: Tx, entry_point_id: str) -> str:
    found = select(entry_points.c.address).where(entry_points.c.id == entry_point_id)
    return str(tx.execute(found).scalar_one())


def _order(row: Row[Any], one: _Going, line: str, until: datetime) -> NewEffect:
    contact, person, permit = one.accepted.contact, one.judged.person, one.judged.permit
    if person is None or permit is None:
        raise ValueError("nobody is called without a permit")
    effect = Dial(
        contact_id=contact.id,
        conversation_id=contact.conversation_id,
        agent_id=one.accepted.agent_id,
        agent_address=one.accepted.agent_address,
        from_address=line,
        to_address=person.number,
        language=contact.language or "en",
        until=until,
        watched=True,
        detects=bool(row.detects_machines),
    )
    return to_person(
        permit,
        effect,
        channel=contact.channel,
        entry_point_id=contact.entry_point_id,
        contact_id=contact.id,
        dedupe_key=f"connect:{one.accepted.assignment_id}",
        at_most_once=True,
    )


def _leave(tx: Tx, row: Row[Any], left: Sequence[_Going]) -> None:
    """These may not be called now: their contacts close, and their turn comes later, or never."""
    if not left:
        return
    rows = contact_service.lock_contacts(tx, [one.accepted.contact.id for one in left])
    close(tx, list(rows.values()), "phone_list")
    save(tx, [not_called(row, one.member, one.judged) for one in left])


def not_called(row: Row[Any], member: Member, judged: Judged) -> Member:
    """Return what becomes of somebody who may not be called now."""
    if judged.until is not None and judged.until < row.ends_at:
        return replace(member, state=PersonState.DUE, reason=judged.why, due_at=judged.until)
    return replace(member, state=PersonState.SUPPRESSED, reason=judged.why, due_at=None)

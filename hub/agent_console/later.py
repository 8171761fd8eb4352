"""Routes of answers that go out later: put aside, looked at, changed, sent at once, cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from sqlalchemy import Row, select

from hub.contacts.access import Sight, access_contact
from hub.contacts.later import service as later
from hub.contacts.later.meanwhile import overtaken as overtaken_of
from hub.contacts.later.model import UNDO_S, Answer, presets
from hub.contacts.service import get_contact
from hub.contacts.tables import attachments
from hub.core.errors import Forbidden, Invalid, NotFound
from hub.customers.reads import customers_of_identities
from hub.customers.settings import find_home_zone
from hub.customers.zone import zones_of
from hub.desk import later as desk
from hub.desk.recipients import check_recipients
from hub.storage import Store, Tx
from hub.web import Access, Key, Principal, View, route
from hub.web.shapes import Body

from .answers import Words, check_length, checked_aside, formatted
from .bodies import Posted, ReplyBody
from .joining_views import NOTHING, Capabilities, channel_answered_on
from .readers import sight_of
from .shapes import FileView
from .timeline import file_view

_BYTES = 2 * 1_048_576
Version = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class LaterBody(ReplyBody, frozen=True):
    """POST …/scheduled: an answer as in reply, with its time: `send_at` or `undo_s`, one of them.

    `undo_s`: it goes out after so many seconds whatever the customer says meanwhile, and can be
    taken back until then.
    """

    send_at: datetime | None = None
    undo_s: Annotated[float, msgspec.Meta(ge=0, le=UNDO_S)] | None = None


class OfVersionBody(Body, frozen=True):
    """`version`: of what waits as it was shown; another one is left alone (409)."""

    version: Version


class TakeBackBody(Body, frozen=True):
    """`client_id`: under which one's own answer was sent."""

    client_id: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class TimeBody(OfVersionBody, frozen=True):
    send_at: datetime


class ScheduledView(View, frozen=True):
    """`client_id`: under which its writer sent it. `held`: why it waits for somebody's word, one of
    customer_wrote, spam (the contact ended as that), blocked (its sender is), or of a refusal,
    whose sentence is `held_detail`. `overtaken`: the customer has said something since, so it will
    be. `undo`: it only waits to be taken back.
    `may_change`: by the reader. `conversation_id`: the one merged into the contact that it answers
    on; None: the contact's own.
    """

    id: str
    contact_id: str
    agent_id: str
    agent_name: str
    client_id: str
    send_at: datetime
    made_at: datetime
    version: int
    undo: bool
    held: str | None
    held_detail: str | None
    overtaken: bool
    may_change: bool
    conversation_id: str | None
    aside_of: str | None
    text: str
    html: str | None
    subject: str | None
    to: list[str] | None
    cc: list[str]
    bcc: list[str]
    files: list[FileView]
    article_ids: list[str]


class PresetView(View, frozen=True):
    """`id`: hour, evening, tomorrow, monday."""

    id: str
    at: datetime


class ScheduledList(View, frozen=True):
    """`zone`: of the customer's clock, by which the presets are."""

    items: list[ScheduledView]
    presets: list[PresetView]
    zone: str


class LaterRoutes:
    """Whoever sees a contact sees what waits in it; its writer, who holds the contact, and who
    steers change it.
    """

    def __init__(self, store: Store, capabilities: Capabilities) -> None:
        self._store = store
        self._capabilities = capabilities

    @route(
        "GET",
        "/api/v1/contacts/{contact_id}/scheduled",
        access=Access.AGENT,
        summary="List what goes out later, and the times one usually means",
    )
    async def list_all(self, principal: Principal, contact_id: Key) -> ScheduledList:
        return await self._store.read(_list, (principal, contact_id))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/scheduled",
        access=Access.AGENT,
        summary="Answer the customer later",
        status=201,
        limit_bytes=_BYTES,
    )
    async def put(self, principal: Principal, contact_id: Key, body: LaterBody) -> ScheduledView:
        try:
            return await self._put(principal, contact_id, body)
        except NotFound:
            # Out of sight by now: what is known of it already is one's own all the same.
            before = await self._store.write(_put_before, (principal, body.client_id))
            if before is None:
                raise
            return before

    async def _put(self, principal: Principal, contact_id: str, body: LaterBody) -> ScheduledView:
        asked = (principal, contact_id, body.conversation_id)
        channel = await self._store.read(channel_answered_on, asked)
        can = self._capabilities.get(channel, NOTHING)
        if not can.reply:
            raise Invalid("This channel takes no written answer.", code="later.no_reply")
        words = Words(body.text)
        if body.html is not None:
            words = await asyncio.to_thread(formatted, body.html, keep_html=can.html)
        check_length(words.text, can)
        to = check_recipients(body.to, body.cc, body.bcc, can_choose=can.recipients)
        answer = Answer(
            text=words.text,
            html=words.html,
            subject=body.subject,
            to=to.to,
            cc=to.cc,
            bcc=to.bcc,
            attachment_ids=tuple(body.attachments),
            article_ids=tuple(body.article_ids),
            instant=can.instant,
            aside_of=checked_aside(body.aside_of, can),
            conversation_id=body.conversation_id,
        )
        command = desk.SendLater(
            contact_id,
            principal.user_id,
            principal.name,
            body.client_id,
            answer,
            body.send_at,
            body.undo_s,
            body.draft_version,
        )
        return await self._store.write(_put, (principal, command))

    @route(
        "PUT",
        "/api/v1/scheduled/{scheduled_id}",
        access=Access.AGENT,
        summary="Let it go out at another time",
    )
    async def change(self, principal: Principal, scheduled_id: Key, body: TimeBody) -> None:
        asked = (principal, scheduled_id, body.version, body.send_at)
        await self._store.write(_change, asked)

    @route(
        "POST",
        "/api/v1/scheduled/{scheduled_id}/send",
        access=Access.AGENT,
        summary="Send at once what waits",
    )
    async def send(self, principal: Principal, scheduled_id: Key, body: OfVersionBody) -> Posted:
        return await self._store.write(_send, (principal, scheduled_id, body.version))

    @route(
        "POST",
        "/api/v1/scheduled/{scheduled_id}/cancel",
        access=Access.AGENT,
        summary="Take back what waits; its words are in the answer",
    )
    async def cancel(
        self, principal: Principal, scheduled_id: Key, body: OfVersionBody
    ) -> ScheduledView:
        return await self._store.write(_cancel, (principal, scheduled_id, body.version))

    @route(
        "POST",
        "/api/v1/scheduled/take-back",
        access=Access.AGENT,
        summary="Take back one's own answer by the id it was sent under, arrived or not",
    )
    async def take_back(self, principal: Principal, body: TakeBackBody) -> None:
        await self._store.write(desk.take_back, (principal.user_id, body.client_id))


def _list(tx: Tx, asked: tuple[Principal, str]) -> ScheduledList:
    principal, contact_id = asked
    sight = sight_of(tx, principal)
    contact = access_contact(tx, sight, contact_id)
    whose = customers_of_identities(tx, [contact.identity_id])
    customer = whose[contact.identity_id].customer_id
    zone = zones_of(tx, [customer], find_home_zone(tx))[customer]
    return ScheduledList(
        items=_views(tx, sight, contact, later.list_of(tx, contact_id)),
        presets=[PresetView(id=one.id, at=one.at) for one in presets(tx.now, zone)],
        zone=zone,
    )


def _put(tx: Tx, asked: tuple[Principal, desk.SendLater]) -> ScheduledView:
    principal, command = asked
    sight = sight_of(tx, principal)
    access_contact(tx, sight, command.contact_id)
    row = desk.send_later(tx, command)
    return _views(tx, sight, access_contact(tx, sight, command.contact_id), [row])[0]


def _put_before(tx: Tx, asked: tuple[Principal, str]) -> ScheduledView | None:
    principal, client_id = asked
    row = desk.find_put(tx, (principal.user_id, client_id))
    if row is None:
        return None
    contact = get_contact(tx, row.contact_id)
    return _views(tx, sight_of(tx, principal), contact, [row])[0]


def _change(tx: Tx, asked: tuple[Principal, str, int, datetime]) -> None:
    principal, scheduled_id, version, send_at = asked
    _access(tx, principal, scheduled_id)
    desk.change_time(tx, desk.ChangeTime(desk.OfVersion(scheduled_id, version), send_at))


def _send(tx: Tx, asked: tuple[Principal, str, int]) -> Posted:
    principal, scheduled_id, version = asked
    _access(tx, principal, scheduled_id)
    written = desk.send_now(tx, desk.OfVersion(scheduled_id, version))
    return Posted(
        interaction_id=written.interaction_id,
        conversation_id=written.conversation_id,
        seq=written.seq,
        delivery=written.delivery,
    )


def _cancel(tx: Tx, asked: tuple[Principal, str, int]) -> ScheduledView:
    principal, scheduled_id, version = asked
    contact, row = _access(tx, principal, scheduled_id)
    shown = _views(tx, sight_of(tx, principal), contact, [row])[0]
    desk.cancel(tx, desk.OfVersion(scheduled_id, version))
    return shown


def _access(tx: Tx, principal: Principal, scheduled_id: str) -> tuple[Row[Any], Row[Any]]:
    """Return the contact and what waits in it, for its writer, its holder, or who steers."""
    row = later.get(tx, scheduled_id)
    sight = sight_of(tx, principal)
    contact = access_contact(tx, sight, row.contact_id)
    if not _may_change(sight, contact, row):
        raise Forbidden("This answer is somebody else's.", code="later.not_yours")
    return contact, row


def _other_than(own: str, answered_on: str | None) -> str | None:
    return None if answered_on == own else answered_on


def _may_change(sight: Sight, contact: Row[Any], row: Row[Any]) -> bool:
    return sight.steers or sight.user_id in (row.agent_id, contact.agent_id)


def _views(
    tx: Tx, sight: Sight, contact: Row[Any], rows: Sequence[Row[Any]]
) -> list[ScheduledView]:
    answers = [msgspec.json.decode(row.document, type=Answer) for row in rows]
    wanted = {file_id for answer in answers for file_id in answer.attachment_ids}
    found = select(attachments).where(attachments.c.id.in_(sorted(wanted)))
    files = {row.id: file_view(row, []) for row in tx.execute(found)} if wanted else {}
    overtaken = overtaken_of(tx, rows)
    return [
        ScheduledView(
            id=row.id,
            contact_id=row.contact_id,
            agent_id=row.agent_id,
            agent_name=row.agent_name,
            client_id=row.client_id,
            send_at=row.send_at,
            made_at=row.made_at,
            version=row.version,
            undo=row.after_seqs is None,
            held=row.held,
            held_detail=row.held_detail,
            overtaken=row.id in overtaken,
            may_change=_may_change(sight, contact, row),
            conversation_id=_other_than(contact.conversation_id, answer.conversation_id),
            aside_of=answer.aside_of,
            text=answer.text,
            html=answer.html,
            subject=answer.subject,
            to=None if answer.to is None else list(answer.to),
            cc=list(answer.cc),
            bcc=list(answer.bcc),
            files=[files[id_] for id_ in answer.attachment_ids if id_ in files],
            article_ids=list(answer.article_ids),
        )
        for row, answer in zip(rows, answers, strict=True)
    ]

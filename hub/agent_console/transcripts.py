"""Routes: what was said in a chat goes to its customer by mail, at an agent's wish."""

from __future__ import annotations

from typing import Annotated

import msgspec
from sqlalchemy import select

from hub.accounts.audit import audit
from hub.accounts.model import actor_of
from hub.contacts.access import access_contact, access_held_contact
from hub.contacts.tables import conversations
from hub.intake.by_mail import Transcript, mail_transcript
from hub.storage import Store, Tx
from hub.web import Access, Key, Principal, route
from hub.web.shapes import View

from .readers import sight_of


class TranscriptBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    to: Annotated[str, msgspec.Meta(min_length=3, max_length=254)]


class TranscriptView(View, frozen=True, kw_only=True):
    """`to`: the address it goes to, or would go to where none is named; None: none is known."""

    to: str | None


class TranscriptRoutes:
    def __init__(self, store: Store) -> None:
        self._store = store

    @route(
        "GET",
        "/api/v1/contacts/{contact_id}/transcript",
        access=Access.AGENT,
        summary="Where the customer of a chat is written to",
    )
    async def known(self, principal: Principal, contact_id: Key) -> TranscriptView:
        return await self._store.read(_known, (principal, contact_id))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/transcript",
        access=Access.AGENT,
        summary="Mail what was said in a chat",
    )
    async def send(
        self, principal: Principal, contact_id: Key, body: TranscriptBody
    ) -> TranscriptView:
        return await self._store.write(_send, (principal, contact_id, body.to))


def _known(tx: Tx, asked: tuple[Principal, str]) -> TranscriptView:
    principal, contact_id = asked
    contact = access_contact(tx, sight_of(tx, principal), contact_id)
    found = select(conversations.c.mail_to).where(conversations.c.id == contact.conversation_id)
    return TranscriptView(to=tx.execute(found).scalar_one())


def _send(tx: Tx, asked: tuple[Principal, str, str]) -> TranscriptView:
    principal, contact_id, to = asked
    contact = access_held_contact(tx, sight_of(tx, principal), contact_id)
    wish = Transcript(
        contact.conversation_id,
        to,
        by=(principal.user_id, principal.name),
        language=contact.language,
        contact_id=contact.id,
    )
    address = mail_transcript(tx, wish)
    if contact.agent_id != principal.user_id:
        audit(tx, actor_of(principal), "contact.transcript", "contact", contact.id, {})
    return TranscriptView(to=address)

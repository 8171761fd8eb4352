"""Routes of an agent's work: state, offers, and what is done with a contact."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from hub.accounts.model import actor_of
from hub.desk import handling
from hub.desk.accepting import accept
from hub.desk.commands import Reply, Written
from hub.desk.messages import reply
from hub.desk.recipients import Recipients, check_recipients
from hub.knowledge.service import record_uses
from hub.routing.model import AgentState
from hub.routing.service import (
    AcceptOffer,
    DeclineOffer,
    SetAgentState,
    decline_offer,
    set_agent_state,
)
from hub.storage import Store, Tx
from hub.web import Access, Key, Page, Principal, Via, View, route

from .acts import Acts
from .answers import Words, check_length, checked_aside, formatted
from .bodies import (
    CloseBody,
    DeclineBody,
    NoteBody,
    ParkBody,
    Posted,
    ReplyBody,
    StateBody,
    TransferBody,
)
from .desk_view import agent_views, contacts_of, offers_of
from .joining_views import NOTHING, Capabilities, channel_answered_on
from .readers import reader_of
from .shapes import AgentView, ContactRow, OfferView

_REPLY_BYTES = 2 * 1_048_576


class AcceptedView(View, frozen=True):
    """`connects`: the phone rings first; the contact becomes active when audio has joined."""

    contact_id: str
    connects: bool


class EndedView(View, frozen=True):
    """The state the contact is in now: wrap_up or closed."""

    state: str


class ExtendedView(View, frozen=True):
    wrap_until: datetime


IsConnected = Callable[[str], bool]
"""Has this user an open console: then its heartbeat says how long they are here."""


class WorkRoutes:
    """An agent's own state, offers and contacts."""

    def __init__(self, store: Store, is_connected: IsConnected, *, mask_numbers: bool) -> None:
        self._store = store
        self._is_connected = is_connected
        self._mask_numbers = mask_numbers

    @route("PUT", "/api/v1/me/state", access=Access.AGENT, summary="Choose my state")
    async def set_state(self, principal: Principal, body: StateBody) -> AgentView:
        attended = principal.via is Via.SESSION or self._is_connected(principal.user_id)
        await self._store.write(
            set_agent_state,
            SetAgentState(
                principal.user_id,
                AgentState(body.state),
                body.reason,
                attended=attended,
                after_contact=body.after_contact,
            ),
        )
        return (await self._store.read(agent_views, [principal.user_id]))[0]

    @route("GET", "/api/v1/me/offers", access=Access.AGENT, summary="My pending offers")
    async def my_offers(self, principal: Principal) -> Page[OfferView]:
        return Page(items=await self._store.read(self._offers, principal))

    @route("GET", "/api/v1/me/contacts", access=Access.AGENT, summary="Contacts in my hands")
    async def my_contacts(self, principal: Principal) -> Page[ContactRow]:
        return Page(items=await self._store.read(self._contacts, principal))

    @route("POST", "/api/v1/offers/{offer_id}/accept", access=Access.AGENT, summary="Accept")
    async def accept(self, principal: Principal, offer_id: Key) -> AcceptedView:
        taken = await self._store.write(accept, AcceptOffer(offer_id, principal.user_id))
        return AcceptedView(contact_id=taken.contact_id, connects=taken.connects)

    @route("POST", "/api/v1/offers/{offer_id}/decline", access=Access.AGENT, summary="Decline")
    async def decline(self, principal: Principal, offer_id: Key, body: DeclineBody) -> None:
        await self._store.write(
            decline_offer, DeclineOffer(offer_id, principal.user_id, body.reason or "")
        )

    def _offers(self, tx: Tx, principal: Principal) -> list[OfferView]:
        return offers_of(tx, reader_of(tx, principal, mask_numbers=self._mask_numbers))

    def _contacts(self, tx: Tx, principal: Principal) -> list[ContactRow]:
        return contacts_of(tx, reader_of(tx, principal, mask_numbers=self._mask_numbers))


class DeskRoutes:
    """What is done with one contact."""

    def __init__(self, store: Store, capabilities: Capabilities) -> None:
        self._store = store
        self._capabilities = capabilities
        self._acts = Acts(capabilities)

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/reply",
        access=Access.AGENT,
        summary="Answer the customer",
        limit_bytes=_REPLY_BYTES,
    )
    async def reply(self, principal: Principal, contact_id: Key, body: ReplyBody) -> Posted:
        channel = await self._store.read(
            channel_answered_on, (principal, contact_id, body.conversation_id)
        )
        can = self._capabilities.get(channel, NOTHING)
        checked_aside(body.aside_of, can)
        words = Words(body.text)
        if body.html is not None:  # up to two megabytes: not in the loop that serves everybody
            words = await asyncio.to_thread(formatted, body.html, keep_html=can.html)
        recipients = check_recipients(body.to, body.cc, body.bcc, can_choose=can.recipients)
        check_length(words.text, can)
        command = _reply(principal, contact_id, body, words, recipients, instant=can.instant)
        posted = _posted(await self._store.write(reply, command))
        if body.article_ids:
            await self._store.write(_learn, (principal, contact_id, body.article_ids))
        return posted

    @route("POST", "/api/v1/contacts/{contact_id}/note", access=Access.AGENT, summary="Take a note")
    async def note(self, principal: Principal, contact_id: Key, body: NoteBody) -> Posted:
        return _posted(await self._store.write(self._acts.note, (principal, contact_id, body)))

    @route(
        "POST", "/api/v1/contacts/{contact_id}/transfer", access=Access.AGENT, summary="Transfer"
    )
    async def transfer(self, principal: Principal, contact_id: Key, body: TransferBody) -> None:
        await self._store.write(self._acts.transfer, (principal, contact_id, body))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/park",
        access=Access.AGENT,
        summary="Wait for the customer",
    )
    async def park(self, principal: Principal, contact_id: Key, body: ParkBody) -> None:
        await self._store.write(self._acts.park, (principal, contact_id, body))

    @route("POST", "/api/v1/contacts/{contact_id}/hold", access=Access.AGENT, summary="Hold a call")
    async def hold(self, principal: Principal, contact_id: Key) -> None:
        await self._store.write(self._acts.simple(handling.hold), (principal, contact_id))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/resume",
        access=Access.AGENT,
        summary="Go on with a held call or a parked contact",
    )
    async def resume(self, principal: Principal, contact_id: Key) -> None:
        await self._store.write(self._acts.simple(handling.resume), (principal, contact_id))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/end",
        access=Access.AGENT,
        summary="End with the customer and go to wrap-up",
    )
    async def end(self, principal: Principal, contact_id: Key) -> EndedView:
        asked = (principal, contact_id)
        return EndedView(state=await self._store.write(self._acts.end, asked))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/settle",
        access=Access.AGENT,
        summary="Say that an ended contact needs no answer",
    )
    async def settle(self, principal: Principal, contact_id: Key) -> None:
        await self._store.write(self._acts.simple(handling.settle), (principal, contact_id))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/extend",
        access=Access.AGENT,
        summary="More time for wrap-up",
    )
    async def extend(self, principal: Principal, contact_id: Key) -> ExtendedView:
        act = self._acts.simple(handling.extend_wrap_up)
        return ExtendedView(wrap_until=await self._store.write(act, (principal, contact_id)))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/close",
        access=Access.AGENT,
        summary="Close with a disposition",
    )
    async def close(self, principal: Principal, contact_id: Key, body: CloseBody) -> None:
        await self._store.write(self._acts.close, (principal, contact_id, body))


def _reply(
    principal: Principal,
    contact_id: str,
    body: ReplyBody,
    words: Words,
    recipients: Recipients,
    *,
    instant: bool,
) -> Reply:
    return Reply(
        contact_id=contact_id,
        agent_id=principal.user_id,
        agent_name=principal.name,
        client_id=body.client_id,
        text=words.text,
        instant=instant,
        html=words.html,
        subject=body.subject,
        to=recipients.to,
        cc=recipients.cc,
        bcc=recipients.bcc,
        attachment_ids=tuple(body.attachments),
        draft_version=body.draft_version,
        conversation_id=body.conversation_id,
        aside_of=body.aside_of,
    )


def _learn(tx: Tx, asked: tuple[Principal, str, list[str]]) -> None:
    """Link the articles an answer was made of to its contact."""
    principal, contact_id, article_ids = asked
    record_uses(tx, actor_of(principal), contact_id, article_ids)


def _posted(written: Written) -> Posted:
    return Posted(
        interaction_id=written.interaction_id,
        conversation_id=written.conversation_id,
        seq=written.seq,
        delivery=written.delivery,
    )

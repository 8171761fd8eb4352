"""Routes of messages of ours that did not arrive, or of which nobody knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from sqlalchemy import Row

from hub.accounts.audit import audit
from hub.accounts.model import actor_of
from hub.contacts.access import access_contact, access_interaction
from hub.core.errors import Conflict, Forbidden, HubError, NotFound
from hub.desk.commands import Written
from hub.desk.copies import files_of
from hub.desk.elsewhere import SendElsewhere, send_elsewhere
from hub.desk.known import known_of
from hub.desk.resending import Resend, resend, say_arrived
from hub.storage import Blobs, Store, Tx
from hub.web import Access, Body, Key, Principal, route

from .bodies import Posted
from .joining_views import NOTHING, Capabilities
from .readers import sight_of


class ResendBody(Body, frozen=True):
    """`to`: some of those it did not reach; []: all of them."""

    to: Annotated[
        list[Annotated[str, msgspec.Meta(max_length=320)]], msgspec.Meta(max_length=50)
    ] = msgspec.field(default_factory=list)


class ElsewhereBody(Body, frozen=True):
    """`number`: as a person writes it, from abroad with + and the country code."""

    client_id: Key
    number: Annotated[str, msgspec.Meta(min_length=3, max_length=60)]


class DeliveryRoutes:
    """For who wrote the message, holds its contact, or steers. Each is audited."""

    def __init__(self, store: Store, blobs: Blobs, capabilities: Capabilities) -> None:
        self._store = store
        self._blobs = blobs
        self._capabilities = capabilities

    @route(
        "POST",
        "/api/v1/interactions/{interaction_id}/resend",
        access=Access.AGENT,
        summary="Send a message again to those whom it did not reach",
    )
    async def resend(self, principal: Principal, interaction_id: Key, body: ResendBody) -> None:
        await self._store.write(_resend, (principal, interaction_id, body))

    @route(
        "POST",
        "/api/v1/interactions/{interaction_id}/elsewhere",
        access=Access.AGENT,
        summary="Send what did not reach its number to another one",
    )
    async def elsewhere(
        self, principal: Principal, interaction_id: Key, body: ElsewhereBody
    ) -> Posted:
        channel, files = await self._store.read(_to_send_on, (principal, interaction_id, body))
        if not self._capabilities.get(channel, NOTHING).pages:
            raise Conflict("It was not sent to a number.", code="elsewhere.no_number")
        # Each has bytes of its own: an erasure of either's customer leaves the other one whole.
        blobs = [await self._blobs.put(await self._blobs.get(file.blob_id)) for file in files]
        copies = [(file, blob.id) for file, blob in zip(files, blobs, strict=True)]
        try:
            written = await self._store.write(_elsewhere, (principal, interaction_id, body, copies))
        except HubError:
            for blob in blobs:
                await self._blobs.delete(blob.id)
            raise
        return Posted(
            interaction_id=written.interaction_id,
            conversation_id=written.conversation_id,
            seq=written.seq,
            delivery=written.delivery,
        )

    @route(
        "POST",
        "/api/v1/interactions/{interaction_id}/arrived",
        access=Access.AGENT,
        summary="Say that a message arrived whose outcome is unknown",
    )
    async def arrived(self, principal: Principal, interaction_id: Key) -> None:
        await self._store.write(_arrived, (principal, interaction_id))


def _resend(tx: Tx, asked: tuple[Principal, str, ResendBody]) -> None:
    principal, interaction_id, body = asked
    entry = _access(tx, principal, interaction_id)
    resend(tx, Resend(entry.id, tuple(body.to)))
    audit(
        tx,
        actor_of(principal),
        "message.resend",
        "interaction",
        entry.id,
        {"recipients": len(body.to)},
    )


def _to_send_on(
    tx: Tx, asked: tuple[Principal, str, ElsewhereBody]
) -> tuple[str, Sequence[Row[Any]]]:
    """Return the channel of a message, and the files that go with it again: none where it went."""
    principal, interaction_id, body = asked
    entry = _access(tx, principal, interaction_id)
    went = known_of(tx, [(principal.user_id, body.client_id)]).written
    return entry.channel, [] if went else files_of(tx, entry.id)


def _elsewhere(
    tx: Tx, asked: tuple[Principal, str, ElsewhereBody, Sequence[tuple[Row[Any], str]]]
) -> Written:
    principal, interaction_id, body, copies = asked
    entry = _access(tx, principal, interaction_id)
    written = send_elsewhere(
        tx,
        SendElsewhere(
            entry.id, body.number, principal.user_id, principal.name, body.client_id, copies
        ),
    )
    audit(
        tx,
        actor_of(principal),
        "message.elsewhere",
        "interaction",
        entry.id,
        {"sent_as": written.interaction_id},
    )
    return written


def _arrived(tx: Tx, asked: tuple[Principal, str]) -> None:
    principal, interaction_id = asked
    entry = _access(tx, principal, interaction_id)
    say_arrived(tx, entry.id)
    audit(tx, actor_of(principal), "message.arrived", "interaction", entry.id, {})


def _access(tx: Tx, principal: Principal, interaction_id: str) -> Row[Any]:
    """Return the entry. Raises NotFound; Forbidden where it is somebody else's to look after."""
    sight = sight_of(tx, principal)
    entry = access_interaction(tx, sight, interaction_id)
    if entry.contact_id is None:
        raise NotFound("There is no such message of ours.")
    contact = access_contact(tx, sight, entry.contact_id)
    if principal.user_id not in (entry.author_id, contact.agent_id) and not sight.steers:
        raise Forbidden("This message is for who wrote it to send again.", code="contact.not_yours")
    return entry

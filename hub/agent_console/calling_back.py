"""One route: call back who left a spoken message, from its entry on the timeline."""

from __future__ import annotations

from typing import Annotated

import msgspec
from sqlalchemy import select

from hub.contacts import service as contact_service
from hub.contacts.access import access_interaction
from hub.contacts.tables import entry_points
from hub.core.errors import Invalid, NotFound
from hub.desk.calling_back import CallBackMessage, call_back_message
from hub.desk.start import Started as Begun
from hub.storage import Store, Tx
from hub.web import Access, Body, Key, Principal, Role, route

from .bodies import Started
from .readers import sight_of, visible_queues


class CallBackBody(Body, frozen=True):
    """`number`: as typed, for who withheld theirs; else the one they called from is called, which
    may be masked here. The same `dedupe_key` begins no second call.
    """

    dedupe_key: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    number: Annotated[str, msgspec.Meta(max_length=40)] = ""


class CallingBackRoutes:
    def __init__(self, store: Store) -> None:
        self._store = store

    @route(
        "POST",
        "/api/v1/interactions/{interaction_id}/call-back",
        access=Access.AGENT,
        summary="Call back who left a spoken message: your phone rings first, then theirs",
        status=201,
    )
    async def call_back(
        self, principal: Principal, interaction_id: Key, body: CallBackBody
    ) -> Started:
        begun = await self._store.write(_call_back, (principal, interaction_id, body))
        return Started(contact_id=begun.contact_id, conversation_id=begun.conversation_id)


def _call_back(tx: Tx, asked: tuple[Principal, str, CallBackBody]) -> Begun:
    """Access, the message and the call in one transaction; from the line the message came by."""
    principal, interaction_id, body = asked
    sight = sight_of(tx, principal)
    message = access_interaction(tx, sight, interaction_id)
    if message.contact_id is None:
        raise Invalid("This entry is no spoken message.", code="voicemail.none")
    contact = contact_service.get_contact(tx, message.contact_id)
    queue_ids = visible_queues(tx, principal)
    theirs = contact.agent_id == principal.user_id  # whatever its queue
    if queue_ids is not None and contact.queue_id not in queue_ids and not theirs:
        raise NotFound("There is no such entry.")
    point = tx.execute(
        select(entry_points).where(
            entry_points.c.id == contact.entry_point_id, entry_points.c.retired.is_(False)
        )
    ).first()
    if point is None:
        raise NotFound("The line that this message came by is no more: call from another one.")
    return call_back_message(
        tx,
        CallBackMessage(
            agent_id=principal.user_id,
            agent_name=principal.name,
            message=message,
            entry_point=point,
            client_key=body.dedupe_key,
            number=body.number,
            steers=principal.role.at_least(Role.SUPERVISOR),
            sight=sight,
        ),
    )

"""Route of an answer that goes out as pages: they are looked at before it is sent."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec

from hub.contacts.access import access_contact
from hub.contacts.effects import Drawn, Send
from hub.core.errors import Forbidden, Invalid
from hub.desk.commands import Reply
from hub.desk.drawing import ToDraw, answer_to_draw
from hub.desk.messages import MAX_TEXT
from hub.storage import Store, Tx
from hub.web import Access, Body, Key, Principal, View, route

from .readers import reader_of

Draw = Callable[[str, str, Send], Awaitable[Drawn]]
"""(channel, entry point, what would be sent) -> its pages."""

_MOST_FILES = 50
_BODY_BYTES = 4 * MAX_TEXT + 65_536


class PagesBody(Body, frozen=True):
    """What an answer says so far. `conversation_id`: another one that goes on in the contact."""

    text: Annotated[str, msgspec.Meta(max_length=MAX_TEXT)] = ""
    attachments: Annotated[list[Key], msgspec.Meta(max_length=_MOST_FILES)] = msgspec.field(
        default_factory=list
    )
    conversation_id: Key | None = None


class PagesView(View, frozen=True):
    """`count`: of all pages; `images`: of the first ones, PNG in base64."""

    count: int
    images: list[str]


class DrawingRoutes:
    """For who holds the contact. Nothing is sent, and nothing kept."""

    def __init__(self, store: Store, draw: Draw, *, mask_numbers: bool) -> None:
        self._store = store
        self._draw = draw
        self._mask_numbers = mask_numbers

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/pages",
        access=Access.AGENT,
        summary="Look at the pages of an answer before it is sent",
        limit_bytes=_BODY_BYTES,
    )
    async def pages(self, principal: Principal, contact_id: Key, body: PagesBody) -> PagesView:
        what = await self._store.read(self._to_draw, (principal, contact_id, body))
        drawn = await self._draw(what.channel, what.entry_point_id, what.send)
        if drawn.reason is not None:
            code, _, about = drawn.reason.partition(": ")
            raise Invalid(
                "The pages cannot be made: change the words or the files.",
                code="pages.not_made",
                why=code,
                about=about,
            )
        return PagesView(
            count=drawn.pages,
            images=[base64.b64encode(image).decode("ascii") for image in drawn.images],
        )

    def _to_draw(self, tx: Tx, asked: tuple[Principal, str, PagesBody]) -> ToDraw:
        principal, contact_id, body = asked
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        row = access_contact(tx, reader.sight, contact_id)
        if row.agent_id != principal.user_id:
            raise Forbidden("The contact is with somebody else.", code="contact.not_yours")
        item = Reply(
            contact_id=contact_id,
            agent_id=principal.user_id,
            agent_name=principal.name,
            client_id="",
            text=body.text,
            instant=False,
            attachment_ids=tuple(body.attachments),
            conversation_id=body.conversation_id,
        )
        return answer_to_draw(tx, item, masked=reader.masks)

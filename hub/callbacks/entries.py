"""What happened to callbacks, as entries of the timeline: one statement for any number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select

from hub.contacts.model import Direction, InteractionKind
from hub.contacts.service import NewInteraction, append_system
from hub.contacts.tables import conversations
from hub.core.ids import new_id
from hub.storage import Tx

from .rows import Callback


class By(NamedTuple):
    """Who did it, as the timeline names them; the hub itself: nobody."""

    id: str | None = None
    name: str | None = None
    is_customer: bool = False


NOBODY = By()
CUSTOMER = By(is_customer=True)


class Told(NamedTuple):
    """One entry. `code` is what the console has words for. `conversation_id`: where it is told,
    the callback's own if nothing is said.
    """

    callback: Callback
    code: str
    more: Mapping[str, Any] = {}
    contact_id: str | None = None
    conversation_id: str | None = None

    @property
    def where(self) -> str:
        return self.conversation_id or self.callback.conversation_id


def tell(tx: Tx, entries: Sequence[Told], by: By = NOBODY) -> None:
    """Append a system entry for each to its conversation."""
    if not entries:
        return
    ids = {entry.where for entry in entries}
    heads = {
        row.id: row.last_seq
        for row in tx.execute(
            select(conversations.c.id, conversations.c.last_seq)
            .where(conversations.c.id.in_(sorted(ids)))
            .order_by(conversations.c.id)
            .with_for_update()
        )
    }
    append_system(tx, [_entry(tx, told, by) for told in entries], heads)


def _entry(tx: Tx, told: Told, by: By) -> NewInteraction:
    callback = told.callback
    return NewInteraction(
        id=new_id(),
        conversation_id=told.where,
        contact_id=told.contact_id or callback.contact_id or callback.source_contact_id,
        identity_id=callback.identity_id,
        channel=callback.channel,
        kind=InteractionKind.SYSTEM,
        direction=Direction.INTERNAL,
        text="",
        at=tx.now,
        author_id=by.id,
        author_name=by.name,
        meta={
            "code": told.code,
            "callback_id": callback.id,
            "kind": callback.kind.value,
            "attempt": callback.progress.attempt,
            "attempts": callback.attempts,
            **({"by_customer": True} if by.is_customer else {}),
            **told.more,
        },
    )

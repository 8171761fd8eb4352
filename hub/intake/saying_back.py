"""What a medium's own rules have us say back, once: that somebody's stop was heard.

The channel knows whether it has to be said, and in which words; who said stop has asked for just
this, so it is theirs.
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.contacts import service as contact_service
from hub.contacts.effects import Send
from hub.contacts.model import DeliveryState, Direction, InteractionKind
from hub.contacts.outreach.model import Permit
from hub.contacts.outreach.sending import to_person
from hub.contacts.outreach.service import AskFor, may_contact, require
from hub.contacts.service import NewInteraction
from hub.core.ids import new_id
from hub.customers.consent.model import Purpose
from hub.storage import Tx
from hub.storage.outbox import NewEffect, add_effects

from .case import Case


def say_back(tx: Tx, cases: Sequence[Case]) -> None:
    """Write what confirms these messages to those who sent them; nothing where none is to be."""
    due = [case_ for case_ in cases if case_.item.says_back]
    if not due:
        return
    asks = [
        AskFor(Purpose.SERVICE, case_.item.channel, case_.who.identity_id, asked_for=True)
        for case_ in due
    ]
    permits = [require(answer) for answer in may_contact(tx, asks)]
    entries = [_entry(tx, case_) for case_ in due]
    contact_service.append_system(tx, entries, {one.thread.id: one.thread.last_seq for one in due})
    add_effects(
        tx,
        [
            _effect(case_, entry, permit)
            for case_, entry, permit in zip(due, entries, permits, strict=True)
        ],
    )


def _entry(tx: Tx, case_: Case) -> NewInteraction:
    return NewInteraction(
        id=new_id(),
        conversation_id=case_.thread.id,
        contact_id=None,
        identity_id=case_.who.identity_id,
        channel=case_.item.channel,
        kind=InteractionKind.MESSAGE,
        direction=Direction.OUTBOUND,
        text=case_.item.says_back,
        at=tx.now,
        author_name=case_.entry_point.display_name,
        delivery=DeliveryState.PENDING,
        meta={"automatic": True},
    )


def _effect(case_: Case, entry: NewInteraction, permit: Permit) -> NewEffect:
    send = Send(
        interaction_id=entry.id,
        conversation_id=case_.thread.id,
        contact_id=None,
        to=(case_.item.senders[0].value,),
        text=entry.text,
        automatic=True,
        language=case_.entry_point.language,
        author_name=case_.entry_point.display_name,
    )
    return to_person(
        permit,
        send,
        channel=case_.item.channel,
        entry_point_id=case_.item.entry_point_id,
        interaction_id=entry.id,
        dedupe_key=f"said:{case_.interaction_id}",
        at_most_once=True,
    )

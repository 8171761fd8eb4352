"""A call as the hub takes it. Pure."""

from __future__ import annotations

from hub.contacts.inbound import Inbound
from hub.contacts.model import Channel, InteractionKind

from .menus.kept import chosen_of, menu_facts, waits_for_agent
from .model import Call
from .sender import sender_of


def inbound_of(call: Call, *, alone: bool, greeted: bool) -> Inbound:
    """Return the call as the hub takes it.

    `alone`: no other call of this number is on the line, so it goes on with the number's own
    conversation; two people behind one switchboard number must not share a contact. It has no
    language yet, unless they chose it: the line's own says nothing about who calls. Who left the
    menu, or was served by it, waits for nobody: it is filed alone. `greeted`: see `menu_facts`.
    """
    chosen = chosen_of(call)
    return Inbound(
        entry_point_id=call.entry_point_id,
        channel=Channel.PHONE,
        dedupe_key=f"call:{call.sid}",
        senders=(sender_of(call),),
        received_at=call.started_at,
        kind=InteractionKind.CALL,
        external_id=call.sid,
        language=call.language if chosen is not None and chosen.speaks else None,
        continues_latest=alone and bool(call.from_address),
        queues=waits_for_agent(call),
        chosen=None if chosen is None else chosen.chosen,
        acknowledge=False,
        no_acknowledge_reason="a call is answered by voice",
        meta={
            "call_id": call.id,
            "from": call.from_address,
            "to": call.to_address,
            **menu_facts(call, greeted=greeted),
        },
    )

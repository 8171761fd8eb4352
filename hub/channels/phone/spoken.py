"""Spoken messages as the hub takes them. Pure."""

from __future__ import annotations

from hub.channels.base import Door
from hub.contacts.inbound import Inbound, InboundFile
from hub.contacts.model import Channel, InteractionKind

from .menus.kept import queue_chosen
from .model import Call
from .sender import sender_of
from .session import text
from .steps import KeepMessage


def message_of(call: Call, kept: KeepMessage, door: Door) -> Inbound:
    """Return a spoken message as the hub takes it: a contact of its own, with the recording."""
    name = f"voicemail-{call.started_at:%Y%m%d-%H%M%S}.wav"
    return Inbound(
        entry_point_id=call.entry_point_id,
        channel=Channel.PHONE,
        dedupe_key=f"voicemail:{kept.recording_sid}",
        senders=(sender_of(call),),
        received_at=door.clock.now(),
        kind=InteractionKind.VOICEMAIL,
        language=call.language,
        files=(InboundFile(kept.blob_id, name, kept.media_type, kept.size_bytes),),
        conversation_id=call.conversation_id,
        acknowledge=False,
        no_acknowledge_reason="the caller was thanked by voice",
        chosen=queue_chosen(call),
        meta={
            "call_id": call.id,
            "from": call.customer_address,
            "to": call.our_address,
            "duration_s": kept.duration_s,
        },
    )


def no_message(call: Call, recording_sid: str, door: Door) -> Inbound:
    """Return the trace of a caller who asked for voicemail and said nothing."""
    return Inbound(
        entry_point_id=call.entry_point_id,
        channel=Channel.PHONE,
        dedupe_key=f"voicemail:{recording_sid}",
        senders=(sender_of(call),),
        received_at=door.clock.now(),
        kind=InteractionKind.CALL,
        text=text(call.language, "left_nothing"),
        language=call.language,
        conversation_id=call.conversation_id,
        queues=False,
        acknowledge=False,
        no_acknowledge_reason="there is nothing to answer",
        meta={"call_id": call.id, "from": call.customer_address, "outcome": "no_message"},
    )

"""An answer → one text at the provider. Asked once: where its answer is lost, it is looked for."""

from __future__ import annotations

import asyncio

from hub.channels.base import Door
from hub.contacts.effects import Done, Outcome, Permanent, Send, Transient, Unknown
from hub.contacts.inbound import DeliveryReport
from hub.contacts.model import DeliveryState
from hub.vendors.twilio import Fault, FaultKind, Pace

from . import service
from .line import TextLine
from .parse import StateNews, is_number
from .parts import LONGEST, count_parts
from .provider import Provider, Text
from .service import NewSending, Number, Others, Sending, Stop, Submitted
from .states import NO_REPLY, OPTED_OUT, WAITS, in_words

_LOOKED_FOR_AFTER_S = 1.0
_LOST = "The provider's answer was lost; the text may have gone out."


async def send_text(
    door: Door, provider: Provider, line: TextLine, pace: Pace, send: Send, callback_url: str
) -> Outcome:
    """Hand one text to the provider. Sent means handed over; callbacks say what became of it."""
    to = send.to[0] if send.to else ""
    if not is_number(to):
        return Permanent(NO_REPLY)
    if not send.text.strip() or len(send.text) > LONGEST:
        return Permanent(in_words(21617 if send.text.strip() else 21602))
    stop = await door.store.read(service.find_stop, Number(line.id, to))
    if stop is not None and stop.everything:
        return Permanent(in_words(OPTED_OUT))
    wait_s = pace.take(count_parts(send.text).parts)
    if wait_s > pace.longest_s:
        return Transient(WAITS, wait_s)
    await asyncio.sleep(wait_s)
    new = NewSending(send.interaction_id, line.id, send.conversation_id)
    sending = await door.store.write(service.begin_sending, new)
    if sending.sid is not None:
        return Done(external_id=sending.sid)
    text = Text(line.point.address, to, send.text, callback_url)
    if sending.again:
        found = await _find(door, provider, text, sending)
        if isinstance(found, Fault):
            return Transient(found.reason, found.retry_after_s)
        if found is not None:
            return await _submitted(door, sending, found)
    made = await provider.send(text)
    if isinstance(made, StateNews):
        return await _submitted(door, sending, made)
    return await _failed(door, provider, line, text, sending, made)


async def _failed(
    door: Door, provider: Provider, line: TextLine, text: Text, sending: Sending, fault: Fault
) -> Outcome:
    if fault.kind is FaultKind.LOST:
        await asyncio.sleep(_LOOKED_FOR_AFTER_S)
        found = await _find(door, provider, text, sending)
        if isinstance(found, StateNews):
            return await _submitted(door, sending, found)
        return Unknown(_LOST)
    await door.store.write(service.note_not_submitted, sending.interaction_id)
    if fault.kind is FaultKind.TRANSIENT:
        return Transient(fault.reason, fault.retry_after_s)
    reason = in_words(fault.code, fault.reason)
    if fault.code == OPTED_OUT:
        await note_stopped(door, line.id, text.to, sending.interaction_id)
    return Permanent(reason)


async def note_stopped(door: Door, entry_point_id: str, number: str, interaction_id: str) -> None:
    """The provider says that a number has said stop to it: it counts here, too."""
    await door.store.write(service.keep_stop, Stop(Number(entry_point_id, number), True))
    await door.report(
        DeliveryReport(
            key=f"{interaction_id}:stopped",
            entry_point_id=entry_point_id,
            occurred_at=door.clock.now(),
            state=DeliveryState.FAILED,
            interaction_id=interaction_id,
            detail=in_words(OPTED_OUT),
            opted_out=True,
        )
    )


async def _submitted(door: Door, sending: Sending, made: StateNews) -> Outcome:
    await door.store.write(service.note_submitted, Submitted(sending.interaction_id, made.sid))
    return Done(external_id=made.sid)


async def _find(
    door: Door, provider: Provider, text: Text, sending: Sending
) -> StateNews | Fault | None:
    """Look for a text of which it is not known whether the provider has it: the same words to the
    same number since then, that are no other text of ours.
    """
    found = await provider.find_sent(text, sending.begun_at)
    if isinstance(found, Fault):
        return found
    others = Others(sending.interaction_id, [one.sid for one in found])
    known = await door.store.read(service.list_others, others)
    return next((one for one in found if one.sid not in known), None)

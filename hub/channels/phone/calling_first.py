"""The customer is called first, without an agent: once they answer they are in the waiting room.

The request to call is made once: the right to it is written before it is used, and an answer that
was lost is looked up (as for calls of agents, see `dialler`).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import NamedTuple

from hub.channels.base import Door
from hub.contacts.model import CallOutcome
from hub.core.ids import new_id
from hub.storage import Tx

from .dialled import never_called, not_reached
from .dialler import Again
from .insist import insist
from .line import Line
from .model import Call, LegEvent, Step, Todo
from .port import Failed, LegSnapshot, Trouble
from .rows import add_call, add_steps, find_call_of_contact, get_call, save_call
from .service import fold
from .steps import OpenStep

_LOG = logging.getLogger(__name__)
_LOOKS = 4
_LOOK_AGAIN_S = 2.0


class BeginFirst(NamedTuple):
    entry_point_id: str
    contact_id: str
    conversation_id: str
    from_address: str
    to_address: str
    language: str


def begin_first(tx: Tx, begin: BeginFirst) -> Call:
    """Write down a call to a customer that no agent waits for; asked again, return the same one."""
    known = find_call_of_contact(tx, begin.contact_id)
    if known is not None:
        return known
    call = Call(
        id=new_id(),
        entry_point_id=begin.entry_point_id,
        sid=None,
        from_address=begin.from_address,
        to_address=begin.to_address,
        language=begin.language,
        started_at=tx.now,
        contact_id=begin.contact_id,
        conversation_id=begin.conversation_id,
        outbound=True,
    )
    add_call(tx, call)
    add_steps(tx, call.id, (Step(Todo.CALL_FIRST, tx.now),))
    return call


@dataclass(frozen=True, slots=True)
class Claimed:
    """`ask`: the provider, this once; else look the leg up: its answer was lost."""

    call: Call
    ask: bool


def claim_first(tx: Tx, call_id: str) -> Claimed | None:
    """Take the one right to ask the provider; None: there is nothing to do any more."""
    call = get_call(tx, call_id)
    if call.sid is not None or call.leg.ended or call.ended_by_us:
        return None
    if call.dialled_at is not None:
        return Claimed(call, ask=False)
    call = replace(call, dialled_at=tx.now)
    save_call(tx, call)
    return Claimed(call, ask=True)


class NameFirst(NamedTuple):
    call_id: str
    found: LegSnapshot


def name_first(tx: Tx, named: NameFirst) -> None:
    """The provider has named the customer's leg."""
    call = get_call(tx, named.call_id)
    found = named.found
    fold(tx, call, None, LegEvent(found.state, tx.now, found.sid, found.cause))


class GiveUpFirst(NamedTuple):
    call_id: str
    reason: str
    words: str = ""


def give_up_first(tx: Tx, order: GiveUpFirst) -> None:
    """The call will not come about; told once."""
    call = get_call(tx, order.call_id)
    if call.leg.ended:
        return
    save_call(tx, never_called(call, tx.now))
    told = not_reached(tx.now, "", CallOutcome.FAILED, order.reason, order.words)
    add_steps(tx, call.id, (replace(told, connection_id=None),))


class FirstDialler:
    def __init__(self, door: Door) -> None:
        self._door = door

    async def dial(self, line: Line, call: Call, step: OpenStep) -> Again | None:
        """Call the customer; safe to repeat."""
        claimed = await self._door.store.write(claim_first, call.id)
        if claimed is None:
            return None
        if not claimed.ask:
            return await self._look_up(line, claimed.call, step)
        ring_s = line.settings.dial_s
        sid = await insist(lambda: line.port.call_first(claimed.call, ring_s))
        if isinstance(sid, str):
            await self._name(call, LegSnapshot(sid, call.leg.state))
            return None
        if sid.trouble is Trouble.UNKNOWN:
            return Again(f"submission_unknown: {sid.reason}", 0.5)
        await self._door.store.write(give_up_first, GiveUpFirst(call.id, "refused", sid.reason))
        return None

    async def _look_up(self, line: Line, call: Call, step: OpenStep) -> Again | None:
        found = await line.port.find_customer_leg(call)
        if isinstance(found, LegSnapshot):
            await self._name(call, found)
            return None
        if step.attempts <= _LOOKS:
            reason = found.reason if isinstance(found, Failed) else "no such call yet"
            return Again(f"submission_unknown: {reason}", _LOOK_AGAIN_S)
        _LOG.error("a call was asked for and is not known to the provider")
        await self._door.store.write(give_up_first, GiveUpFirst(call.id, "lost"))
        return None

    async def _name(self, call: Call, found: LegSnapshot) -> None:
        await self._door.store.write(name_first, NameFirst(call.id, found))

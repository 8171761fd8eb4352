"""What the outbox asks of the phone: join an agent, hold, put back, hang up."""

from __future__ import annotations

from collections.abc import Callable

from hub.channels.base import Door
from hub.contacts.effects import (
    CallFirst,
    Connect,
    Dial,
    Done,
    DropGuest,
    Effect,
    Hangup,
    Hold,
    Invite,
    InviteOutside,
    LeaveTo,
    Move,
    Outcome,
    Permanent,
    Record,
    SetGuestMode,
    Transient,
    Unhold,
    Unknown,
)
from hub.contacts.inbound import CallEvent, CallMoment
from hub.contacts.model import CallOutcome, ContactState
from hub.core.errors import Conflict
from hub.core.ids import new_id

from .calling_first import BeginFirst, begin_first
from .dialling import Begin, GiveUp, begin_call, give_up
from .guests.acts import GuestActs
from .insist import insist
from .joining import (
    NameLeg,
    Ring,
    Ringing,
    end_by_us,
    fail_connection,
    find_talk,
    name_leg,
    release_agent,
    start_connection,
)
from .line import Line, agent_address
from .model import Watch
from .port import Failed, Trouble
from .recording.turning import follow_hold, turn
from .steps import is_message

# A contact in one of these is (being) joined to an agent; in any other an order to join is stale.
_CONNECTABLE = frozenset({ContactState.CONNECTING, ContactState.ACTIVE, ContactState.HOLD})
_HANG_UP_AGAIN_S = 2.0
_AWAY = "The phone provider does not answer."
_NO_CALL = "There is no call on the line for this contact."
_NOT_IN_WRITING = "A caller cannot be answered in writing. Call back, or write by mail."


class Performer:
    """`is_away`: whether the provider is known not to answer: nobody is rung then, so an agent is
    told at once and does not wait for a phone that may ring later.
    """

    def __init__(self, door: Door, is_away: Callable[[], bool]) -> None:
        self._door = door
        self._is_away = is_away
        self._guests = GuestActs(door)

    async def perform(self, line: Line, effect: Effect) -> Outcome:
        """Do one effect; expected failures are values. Safe to repeat."""
        match effect:
            case Connect():
                return await self._connect(line, effect)
            case Dial():
                return await self._dial(line, effect)
            case CallFirst():
                return await self._call_first(line, effect)
            case Hold():
                return await self._set_hold(line, effect.contact_id, held=True)
            case Unhold():
                return await self._set_hold(line, effect.contact_id, held=False)
            case Record():
                return await turn(self._door, line, effect)
            case Move():
                return await self._move(line, effect.contact_id)
            case Hangup():
                return await self._hang_up(line, effect.contact_id)
            case Invite() | InviteOutside() | SetGuestMode() | DropGuest() | LeaveTo():
                return await self._guests.perform(line, effect)
            case _:
                return Permanent(_NOT_IN_WRITING)

    async def _connect(self, line: Line, effect: Connect) -> Outcome:
        standing = await self._door.standing(effect.contact_id)
        if standing.state not in _CONNECTABLE:
            return Permanent("The contact is no longer waiting for this agent.")
        address = agent_address(effect.agent_address, effect.agent_id)
        ring = Ring(effect.contact_id, effect.agent_id, address)
        try:
            ringing = await self._door.store.write(start_connection, ring)
        except Conflict as refusal:
            return Permanent(refusal.message)
        if ringing is None:
            return await self._open_message(line, effect.contact_id)
        if not ringing.fresh:
            known = ringing.connection.leg.sid
            return Done(known) if known else Unknown("The agent's phone may be ringing already.")
        return await self._ring(line, ringing)

    async def refuse(self, entry_point_id: str, effect: Effect, reason: str) -> Outcome:
        """Nothing can be done on this line: who called is told at once."""
        if isinstance(effect, Invite | InviteOutside):
            await self._guests.refuse(entry_point_id, effect)
        if isinstance(effect, Dial | CallFirst):
            await self._door.report(
                CallEvent(
                    key=f"dial:{effect.contact_id}:refused",
                    entry_point_id=entry_point_id,
                    contact_id=effect.contact_id,
                    moment=CallMoment.NOT_REACHED,
                    occurred_at=self._door.clock.now(),
                    detail=reason,
                    outcome=CallOutcome.FAILED,
                    reason="refused",
                )
            )
        return Permanent(reason)

    async def _dial(self, line: Line, effect: Dial) -> Outcome:
        """Ring the agent of a call of ours; the customer is called once they are in the room."""
        standing = await self._door.standing(effect.contact_id)
        if standing.state != ContactState.CONNECTING or self._door.clock.now() >= effect.until:
            return Permanent("Nobody waits for this call any more.")
        ringing = await self._door.store.write(
            begin_call,
            Begin(
                line.id,
                effect.contact_id,
                effect.conversation_id,
                effect.agent_id,
                agent_address(effect.agent_address, effect.agent_id),
                effect.from_address,
                effect.to_address,
                effect.language,
                _watch(effect),
            ),
        )
        if not ringing.fresh:
            known = ringing.connection.leg.sid
            return Done(known) if known else Unknown("The agent's phone may be ringing already.")
        return await self._ring(line, ringing)

    async def _call_first(self, line: Line, effect: CallFirst) -> Outcome:
        """Call the customer; the worker asks the provider, once."""
        standing = await self._door.standing(effect.contact_id)
        if standing.state != ContactState.QUEUED or self._door.clock.now() >= effect.until:
            return Permanent("This customer does not wait to be called any more.")
        begin = BeginFirst(
            line.id,
            effect.contact_id,
            effect.conversation_id,
            effect.from_address,
            effect.to_address,
            effect.language,
        )
        call = await self._door.store.write(begin_first, begin)
        return Done(call.sid)

    async def _ring(self, line: Line, ringing: Ringing) -> Outcome:
        connection, ring_s = ringing.connection, line.settings.ring_s
        sid: str | Failed = Failed(Trouble.AGAIN, _AWAY)
        if not self._is_away():
            sid = await insist(lambda: line.port.ring_agent(ringing.call, connection, ring_s))
        if isinstance(sid, str):
            await self._door.store.write(name_leg, NameLeg(connection.id, sid))
            return Done(sid)
        if sid.trouble is Trouble.UNKNOWN:
            # Its webhooks carry the connection's id; if none comes, the sweep looks it up.
            return Unknown(sid.reason)
        if connection.dials:
            order = GiveUp(connection.id, CallOutcome.FAILED, "agent_failed", sid.reason)
            await self._door.store.write(give_up, order)
        else:
            await self._door.store.write(fail_connection, connection.id)
        return Permanent(f"The agent's phone could not be rung: {sid.reason}")

    async def _open_message(self, line: Line, contact_id: str) -> Outcome:
        """A voicemail has nobody on the line: taking it is answering it."""
        if not await self._door.store.read(is_message, contact_id):
            return Permanent(_NO_CALL)
        await self._door.report(
            CallEvent(
                key=f"voicemail:{contact_id}:opened",
                entry_point_id=line.id,
                contact_id=contact_id,
                moment=CallMoment.AGENT_JOINED,
                occurred_at=self._door.clock.now(),
            )
        )
        return Done(detail="A recorded message: nobody is on the line.")

    async def _set_hold(self, line: Line, contact_id: str, *, held: bool) -> Outcome:
        talk = await self._door.store.write(find_talk, contact_id)
        connection = None if talk is None else talk.connection
        if connection is None or not connection.talking:
            return Permanent("Nobody is joined to this call, so it cannot be held.")
        move = line.port.hold if held else line.port.unhold
        failed = await insist(lambda: move(connection), lost_is_harmless=True)
        if failed is not None:
            await self._tell_hold(line, contact_id)
            return Permanent(failed.reason)
        await follow_hold(self._door, line, contact_id, held=held)
        return Done()

    async def _tell_hold(self, line: Line, contact_id: str) -> None:
        """What was asked for did not come about: the agent must not believe that nobody hears them.
        Where it did after all, the provider's own news comes and is told like any other.
        """
        talk = await self._door.store.write(find_talk, contact_id)
        if talk is None or talk.connection is None or not talk.connection.talking:
            return
        await self._door.report(
            CallEvent(
                key=f"hold:{new_id()}",
                entry_point_id=line.id,
                contact_id=contact_id,
                moment=CallMoment.HELD if talk.connection.hold.held else CallMoment.RESUMED,
                occurred_at=self._door.clock.now(),
            )
        )

    async def _move(self, line: Line, contact_id: str) -> Outcome:
        """Put the caller back to the waiting room, unless the next agent is being joined."""
        standing = await self._door.standing(contact_id)
        if standing.state in _CONNECTABLE:
            return Done(detail="The next agent is being joined already.")
        talk = await self._door.store.write(release_agent, contact_id)
        if talk is None:
            return Permanent(_NO_CALL)
        if talk.call.leg.ended:
            return Permanent("The caller has hung up.")
        if talk.connection is None or not talk.connection.agent.was_in:
            return Done()  # still in the waiting room
        failed = await insist(lambda: line.port.to_waiting_room(talk.call), lost_is_harmless=True)
        return Done() if failed is None else Permanent(failed.reason)

    async def _hang_up(self, line: Line, contact_id: str) -> Outcome:
        talk = await self._door.store.write(end_by_us, contact_id)
        if talk is None or talk.call.leg.ended:
            return Done()
        if talk.call.voicemail:
            return Done(detail="The caller is leaving a message and hangs up alone.")
        if talk.call.sid is None:
            return Done(detail="It is ended as soon as the provider has named it.")
        failed = await line.port.hang_up(talk.call.sid)
        if failed is None or failed.trouble is Trouble.GONE:
            return Done()
        if failed.trouble is Trouble.NEVER:
            return Permanent(failed.reason)
        return Transient(failed.reason, failed.retry_after_s or _HANG_UP_AGAIN_S)


def _watch(effect: Dial) -> Watch:
    if effect.detects:
        return Watch.MACHINE
    return Watch.ANSWER if effect.watched else Watch.NOTHING

"""What the hub asks for guests: invited, heard by somebody else, let go, left with the customer."""

from __future__ import annotations

from hub.channels.base import Door
from hub.channels.phone.insist import insist
from hub.channels.phone.line import Line, agent_address
from hub.channels.phone.model import Cause
from hub.channels.phone.port import Failed, Trouble
from hub.channels.phone.recording.turning import follow_hold
from hub.contacts.effects import Done as Finished
from hub.contacts.effects import (
    DropGuest,
    Invite,
    InviteOutside,
    LeaveTo,
    Outcome,
    Permanent,
    SetGuestMode,
    Unknown,
)
from hub.contacts.guests.model import GuestEnd, GuestEvent, GuestMode, GuestMoment, GuestRole
from hub.core.errors import Conflict

from .service import (
    FailGuest,
    NameGuest,
    SetMode,
    Started,
    StartGuest,
    fail_guest,
    name_guest,
    order_leave,
    release_guest,
    set_mode,
    start_guest,
)

GuestEffect = Invite | InviteOutside | SetGuestMode | DropGuest | LeaveTo


class GuestActs:
    def __init__(self, door: Door) -> None:
        self._door = door

    async def perform(self, line: Line, effect: GuestEffect) -> Outcome:
        """Do one effect; safe to repeat."""
        match effect:
            case Invite() | InviteOutside():
                return await self._invite(line, effect)
            case DropGuest():
                await self._door.store.write(release_guest, effect.guest_id)
                return Finished()
        try:
            if isinstance(effect, LeaveTo):
                await self._door.store.write(order_leave, effect.guest_id)
            else:
                order = SetMode(effect.guest_id, GuestMode(effect.mode) if effect.mode else None)
                await self._door.store.write(set_mode, order)
        except Conflict as refusal:
            return Permanent(refusal.message)
        return Finished()

    async def _invite(self, line: Line, effect: Invite | InviteOutside) -> Outcome:
        user_id = effect.user_id if isinstance(effect, Invite) else None
        start = StartGuest(
            effect.guest_id,
            effect.contact_id,
            GuestRole(effect.role) if isinstance(effect, Invite) else GuestRole.CONSULT,
            GuestMode(effect.mode) if isinstance(effect, Invite) else GuestMode.NORMAL,
            agent_address(effect.address, user_id),
            user_id,
            blind=isinstance(effect, InviteOutside) and effect.blind,
        )
        try:
            started = await self._door.store.write(start_guest, start)
        except Conflict as refusal:
            await self.refuse(line.id, effect)
            return Permanent(refusal.message)
        guest = started.guest
        if not started.fresh or guest.over:
            return Finished(guest.leg.sid)
        if guest.role is GuestRole.CONSULT and not started.connection.hold.held:
            held = await insist(lambda: line.port.hold(started.connection), lost_is_harmless=True)
            if held is not None:
                return await self._failed(started, held)
            await follow_hold(self._door, line, effect.contact_id, held=True)
        return await self._ring(line, started)

    async def _ring(self, line: Line, started: Started) -> Outcome:
        guest, ring_s = started.guest, line.settings.dial_s
        if guest.user_id is not None:
            ring_s = line.settings.ring_s
        sid = await insist(
            lambda: line.port.ring_guest(started.call, started.connection, guest, ring_s)
        )
        if isinstance(sid, Failed):
            return await self._failed(started, sid)
        await self._door.store.write(name_guest, NameGuest(guest.id, sid))
        return Finished(sid)

    async def _failed(self, started: Started, failed: Failed) -> Outcome:
        """They are given up; a phone that rings all the same is let go once it is heard of."""
        await self._door.store.write(fail_guest, FailGuest(started.guest.id, Cause.FAILED))
        if failed.trouble is Trouble.UNKNOWN:
            return Unknown(failed.reason)
        return Permanent(failed.reason)

    async def refuse(self, entry_point_id: str, effect: Invite | InviteOutside) -> None:
        """Nobody can be invited: whoever wished it is told at once."""
        await self._door.report(
            GuestEvent(
                key=f"guest:{effect.guest_id}:refused",
                entry_point_id=entry_point_id,
                contact_id=effect.contact_id,
                guest_id=effect.guest_id,
                moment=GuestMoment.ENDED,
                occurred_at=self._door.clock.now(),
                end=GuestEnd.FAILED,
            )
        )

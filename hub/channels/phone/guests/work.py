"""What the worker does for guests: told, heard by whom they shall be, let go."""

from __future__ import annotations

from collections.abc import Mapping

from hub.channels.base import Door
from hub.channels.phone.dialler import Again
from hub.channels.phone.line import Line
from hub.channels.phone.model import Call, Cause, Connection, Todo
from hub.channels.phone.port import Failed, LegSnapshot, Trouble
from hub.channels.phone.recording.turning import follow_hold
from hub.channels.phone.steps import OpenStep
from hub.contacts.guests.model import GuestEvent

from .model import Guest, read_told
from .service import (
    FailGuest,
    Placed,
    Silent,
    fail_guest,
    find_placed,
    leave_to,
    list_silent,
)

GUEST_TODOS = frozenset({Todo.SET_GUEST, Todo.END_GUEST, Todo.UNHOLD, Todo.LEAVE_TO})


class GuestWork:
    def __init__(self, door: Door) -> None:
        self._door = door

    async def tell(self, step: OpenStep, call: Call) -> None:
        """Tell the hub what became of a guest; a repeated key changes nothing there."""
        guest_id, moment, end = read_told(step.detail)
        if call.contact_id is None:
            return
        await self._door.report(
            GuestEvent(
                key=f"call:{call.id}:{step.id}",
                entry_point_id=call.entry_point_id,
                contact_id=call.contact_id,
                guest_id=guest_id,
                moment=moment,
                occurred_at=step.at,
                end=end,
            )
        )

    async def do(
        self, line: Line, step: OpenStep, call: Call, connection: Connection | None
    ) -> Again | Failed | None:
        """Do one of GUEST_TODOS. Again, or the provider's trouble: it is not done."""
        if step.todo is Todo.UNHOLD:
            return None if connection is None else await self._come_back(line, call, connection)
        placed = await self._door.store.write(find_placed, step.detail)
        if placed is None:
            return None
        if step.todo is Todo.SET_GUEST:
            return await self._set(line, placed)
        if step.todo is Todo.LEAVE_TO:
            return await self._leave_to(line, placed)
        if placed.guest.leg.sid is None or placed.guest.leg.ended:
            return None  # not named yet: asked for again once it is
        return await line.port.hang_up(placed.guest.leg.sid)

    async def _come_back(self, line: Line, call: Call, connection: Connection) -> Failed | None:
        """The customer comes off hold, and what hold has paused of the recording goes on."""
        failed = await _unhold(line, connection)
        if failed is None and call.contact_id is not None:
            await follow_hold(self._door, line, call.contact_id, held=False)
        return failed

    async def _leave_to(self, line: Line, placed: Placed) -> Failed | None:
        """The customer first hears the guest again, then the agent goes."""
        if placed.connection is None or not placed.guest.is_in:
            return None
        failed = await _unhold(line, placed.connection)
        if failed is None:
            await self._door.store.write(leave_to, placed.guest.id)
        return failed

    async def _set(self, line: Line, placed: Placed) -> Again | Failed | None:
        guest, connection = placed.guest, placed.connection
        if connection is None or not _is_there(guest, connection):
            return None
        if connection.room_sid is None or connection.leg.sid is None:
            return Again("The room is not known yet.")
        silent = await is_silenced(self._door, placed)
        failed = await line.port.set_guest(connection, guest, silent=silent)
        never = failed is not None and failed.trouble is Trouble.NEVER
        if silent and never and guest.leg.sid is not None:  # rather let go than let hear
            return await line.port.hang_up(guest.leg.sid)
        return failed

    async def sweep(self, lines: Mapping[str, Line], ring_s: int, limit: int) -> None:
        """A guest of whom nothing was heard in time is ended and told as not reached."""
        for guest in await self._door.store.write(list_silent, Silent(ring_s, limit)):
            placed = await self._door.store.write(find_placed, guest.id)
            sid = guest.leg.sid
            line = _line_of(lines, placed)
            if sid is not None and line is not None and not await _is_settled(line, sid):
                continue
            await self._door.store.write(fail_guest, FailGuest(guest.id, Cause.NO_ANSWER))


def _line_of(lines: Mapping[str, Line], placed: Placed | None) -> Line | None:
    return None if placed is None else lines.get(placed.entry_point_id)


async def _is_settled(line: Line, sid: str) -> bool:
    """End a silent leg; False: the provider is away, ask again at the next sweep."""
    found = await line.port.snapshot(sid)
    if isinstance(found, LegSnapshot):
        failed = await line.port.hang_up(sid)
        return failed is None or failed.trouble in (Trouble.GONE, Trouble.NEVER)
    return found.trouble in (Trouble.GONE, Trouble.NEVER)


async def _unhold(line: Line, connection: Connection) -> Failed | None:
    return await line.port.unhold(connection) if connection.hold.held else None


async def is_silenced(door: Door, placed: Placed) -> bool:
    """Say whether a guest may not hear the call now: a supervisor, while its recording pauses."""
    if not placed.supervises or placed.contact_id is None:
        return False
    return (await door.standing(placed.contact_id)).silenced


def _is_there(guest: Guest, connection: Connection) -> bool:
    return guest.is_in and not guest.released and not connection.over

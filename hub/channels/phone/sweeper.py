"""Sweeps: what the provider should have told us and did not is found by asking."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from hub.channels.base import Door
from hub.core.errors import Unavailable

from .front import Front
from .greeting import waits_unheard
from .guests.work import GuestWork
from .joining import NameLeg, name_leg
from .line import Line
from .model import Call, Cause, Connection, LegEvent, LegState
from .port import Failed, LegSnapshot, Trouble
from .service import Happened
from .steps import (
    Overdue,
    Unchecked,
    list_live_ids,
    list_overdue,
    list_unchecked_calls,
    mark_checked,
    purge_steps,
    purge_webhooks,
)

_LOG = logging.getLogger(__name__)
_EVERY_S = 5.0
_LIMIT = 20
_PURGE = 500
_PURGE_ROUNDS = 60  # every five minutes


class Sweeper:
    def __init__(self, door: Door, lines: Mapping[str, Line], front: Front) -> None:
        self._door = door
        self._lines = lines
        self._front = front
        self._guests = GuestWork(door)
        self._since = door.clock.now()
        # Calls that went on as this process began, not asked about yet: what was heard of them may
        # be out of date, also where a step of ours was done for them since. None: not read yet.
        self._left: list[str] | None = None

    async def run(self) -> None:
        """Sweep until cancelled; a database that is away is waited for."""
        rounds = 0
        while True:
            try:
                if self._left is None:
                    self._left = await self._door.store.read(list_live_ids, self._since)
                await self.sweep()
                if rounds % _PURGE_ROUNDS == 0:
                    await self._purge()
                rounds += 1
            except Unavailable as error:
                _LOG.debug("the phone sweep waits: %s", error.message)
            await asyncio.sleep(_EVERY_S)

    async def sweep(self) -> None:
        """Look once after silent calls and agents' legs whose news is overdue.

        A provider that does not answer is not asked about the next call as well: each question may
        take seconds, and others would wait for theirs behind it.
        """
        await self._check_calls()
        ring_s = max((line.settings.ring_s for line in self._lines.values()), default=0)
        for call, connection in await self._door.store.write(list_overdue, Overdue(ring_s, _LIMIT)):
            await self._check_agent(call, connection)
        dial_s = max((line.settings.dial_s for line in self._lines.values()), default=0)
        await self._guests.sweep(self._lines, max(ring_s, dial_s), _LIMIT)

    async def _check_calls(self) -> None:
        left = self._left or []
        ask = Unchecked(left[:_LIMIT], _LIMIT)
        found = await self._door.store.write(list_unchecked_calls, ask)
        done = {*ask.call_ids} - {call.id for call in found}  # they have ended
        for call in found:
            if not await self._check_call(call):
                break
            done.add(call.id)
        if self._left is not None:
            self._left = [call_id for call_id in left if call_id not in done]

    async def _purge(self) -> None:
        """Forget old webhooks and steps, a handful at a time."""
        await self._door.store.write_bulk(purge_webhooks, _PURGE)
        await self._door.store.write_bulk(purge_steps, _PURGE)

    async def _check_call(self, call: Call) -> bool:
        """Say whether the provider answered; the call is asked about again in a minute."""
        line = self._lines.get(call.entry_point_id)
        if line is None or call.sid is None:
            await self._door.store.write(mark_checked, call.id)
            return True
        found = await line.port.snapshot(call.sid)
        if isinstance(found, LegSnapshot) and found.state is LegState.ENDED:
            await self._ended(call, None, found.cause)
        elif isinstance(found, Failed) and found.trouble is Trouble.GONE:
            await self._ended(call, None, Cause.GONE)
        elif isinstance(found, LegSnapshot) and waits_unheard(call, line, self._door.clock.now()):
            await self._front.come_in(line, call)
        else:
            await self._door.store.write(mark_checked, call.id)
        return not isinstance(found, Failed) or found.trouble in (Trouble.GONE, Trouble.NEVER)

    async def _check_agent(self, call: Call, connection: Connection) -> None:
        """An agent's leg that answered nothing in time is ended and told as not reached."""
        line = self._lines.get(call.entry_point_id)
        if line is None:
            return
        if connection.leg.sid is None:
            found = await line.port.find_agent_leg(connection)
            if isinstance(found, Failed) and found.trouble is not Trouble.NEVER:
                return  # the provider is away: ask again at the next sweep
            if isinstance(found, LegSnapshot):
                await self._door.store.write(name_leg, NameLeg(connection.id, found.sid))
                await line.port.hang_up(found.sid)
        else:
            failed = await line.port.hang_up(connection.leg.sid)
            if failed is not None and failed.trouble in (Trouble.AGAIN, Trouble.UNKNOWN):
                return
        await self._ended(call, connection, Cause.NO_ANSWER)

    async def _ended(self, call: Call, connection: Connection | None, cause: Cause | None) -> None:
        event = LegEvent(
            LegState.ENDED,
            self._door.clock.now(),
            cause=cause,
            connection_id=None if connection is None else connection.id,
        )
        await self._front.happened(Happened(call.entry_point_id, event, call.id))

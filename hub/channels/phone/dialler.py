"""The customer's phone of a call of ours: asked for once, looked up where the answer was lost."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from hub.channels.base import Door
from hub.contacts.model import CallOutcome

from .dialling import Dialled, GiveUp, Name, claim_dial, give_up, name_call
from .insist import insist
from .line import Line
from .model import Call, LegState, Step
from .port import Failed, LegSnapshot, Trouble
from .steps import OpenStep

_LOG = logging.getLogger(__name__)
_LOOKS = 4  # some seven seconds: then the provider has no such call
_LOOK_AGAIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Again:
    """Not now: try again after `pause_s` (None: the usual growing pause)."""

    reason: str
    pause_s: float | None = None


class Dialler:
    def __init__(self, door: Door) -> None:
        self._door = door

    async def dial(self, line: Line, call: Call, step: OpenStep) -> Again | None:
        """Call the customer for the agent who waits in the room; safe to repeat."""
        due = Step(step.todo, step.at, step.connection_id)
        dialled = await self._door.store.write(claim_dial, (call.id, due))
        if dialled is None:
            return None
        if not dialled.ask:
            return await self._look_up(line, dialled, step)
        connection, ring_s = dialled.connection, line.settings.dial_s
        sid = await insist(lambda: line.port.dial_customer(dialled.call, connection, ring_s))
        if isinstance(sid, str):
            found = LegSnapshot(sid, LegState.CREATED)
            await self._door.store.write(name_call, Name(connection.id, found))
            return None
        if sid.trouble is Trouble.UNKNOWN:
            return Again(f"submission_unknown: {sid.reason}", 0.5)
        await self._give_up(dialled, "refused", sid.reason)
        return None

    async def _look_up(self, line: Line, dialled: Dialled, step: OpenStep) -> Again | None:
        """Find the leg the provider may have made; only a person asks for another one."""
        found = await line.port.find_customer_leg(dialled.call)
        if isinstance(found, LegSnapshot):
            named = Name(dialled.connection.id, found)
            if await self._door.store.write(name_call, named):
                return None
        if step.attempts <= _LOOKS:
            reason = found.reason if isinstance(found, Failed) else "no such call yet"
            return Again(f"submission_unknown: {reason}", _LOOK_AGAIN_S)
        _LOG.error("a call was asked for and is not known to the provider")
        await self._give_up(dialled, "lost", "")
        return None

    async def _give_up(self, dialled: Dialled, reason: str, words: str) -> None:
        order = GiveUp(dialled.connection.id, CallOutcome.FAILED, reason, words)
        await self._door.store.write(give_up, order)

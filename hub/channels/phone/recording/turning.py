"""Pause and resume: asked of the provider, then read back; what is not sure is told as not sure.

Paused is a talk of which the provider neither records nor transcribes anything; where nothing is
recorded of it, what is transcribed is paused alone.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from hub.channels.base import Door
from hub.channels.phone.insist import insist
from hub.channels.phone.line import Line
from hub.channels.phone.port import Failed, Trouble
from hub.contacts.effects import Done, Outcome, Permanent, Record, Transient
from hub.contacts.recordings.model import RecordingState

from .captioning import turn_captions
from .captions import resume_captions, stop_captions
from .keeper import news_of
from .model import PausedBy, Taping
from .port import TapeSnapshot, TapeState
from .rows import Turned, begin_turn

_AGAIN_S = 2.0
_NOT_RECORDED = "This call is not being recorded."


async def turn(door: Door, line: Line, effect: Record) -> Outcome:
    """Do what the agent asks. Safe to repeat; one that a newer wish has overtaken does nothing."""
    by = PausedBy.AGENT if effect.paused else PausedBy.NOBODY
    turned = Turned(effect.contact_id, effect.at, by)
    taping = await door.store.write(begin_turn, turned)
    if taping is None:
        return await turn_captions(door, line, turned, paused=effect.paused)
    return await _turn(door, line, taping, paused=effect.paused)


async def follow_hold(door: Door, line: Line, contact_id: str, *, held: bool) -> None:
    """Hold pauses the recording where its queue says so; a pause of the agent's own stays."""
    standing = await door.standing(contact_id)
    if standing.recording is None or not standing.recording.pause_on_hold:
        return
    was, by = (PausedBy.NOBODY, PausedBy.HOLD) if held else (PausedBy.HOLD, PausedBy.NOBODY)
    taping = await door.store.write(begin_turn, Turned(contact_id, door.clock.now(), by, (was,)))
    if taping is not None and taping.sid is not None:
        await _turn(door, line, taping, paused=held)


async def _turn(door: Door, line: Line, taping: Taping, *, paused: bool) -> Outcome:
    if taping.sid is None:
        return Transient("The recording has not begun yet.", _AGAIN_S)
    if paused:
        found, heard = await asyncio.gather(
            _ask(line, taping, taping.sid, paused=True), stop_captions(door, line, taping.call_id)
        )
    else:
        found, heard = await _ask(line, taping, taping.sid, paused=False), None
    state = _state_of(found)
    if state is None:
        return Permanent(_NOT_RECORDED)  # it has ended: the keeper tells so
    if heard is not None:
        state = RecordingState.UNSURE
    wanted = RecordingState.PAUSED if paused else RecordingState.RECORDING
    await door.report(replace(news_of(taping, state, door), occurred_at=door.clock.now()))
    if state is not wanted:
        return Transient(_why(heard or found), _AGAIN_S)
    if not paused:
        await resume_captions(door, line, taping.call_id)
    return Done()


async def _ask(line: Line, taping: Taping, sid: str, *, paused: bool) -> TapeSnapshot | Failed:
    return await insist(
        lambda: line.port.recordings.turn(taping.call_sid, sid, paused=paused),
        lost_is_harmless=True,
    )


def _why(found: TapeSnapshot | Failed) -> str:
    return found.reason if isinstance(found, Failed) else "The provider has not done it."


def _state_of(found: TapeSnapshot | Failed) -> RecordingState | None:
    if isinstance(found, Failed):
        return None if found.trouble is Trouble.GONE else RecordingState.UNSURE
    if found.state is TapeState.PAUSED:
        return RecordingState.PAUSED
    return RecordingState.RECORDING if found.state is TapeState.RECORDING else None

"""A call that is transcribed and not recorded: pause and resume of what is transcribed of it.

Of a call that is recorded its recording is what is paused (`turning`), and what is transcribed
stops with it.
"""

from __future__ import annotations

from hub.channels.base import Door
from hub.channels.phone.joining import Talk, get_talk
from hub.channels.phone.line import Line
from hub.channels.phone.model import Call
from hub.channels.phone.port import Trouble
from hub.contacts.effects import Done, Outcome, Permanent, Transient
from hub.contacts.recordings.model import CaptionNews, CaptionState, RecordingAsk

from .asking import is_to_be_asked
from .caption_rows import begin_caption_turn
from .captions import resume_captions, stop_captions
from .rows import Turned, is_paused

_AGAIN_S = 2.0
_NOTHING = "Nothing is recorded or transcribed of this call."


async def tell_captions(door: Door, line: Line, talk: Talk, ask: RecordingAsk | None) -> None:
    """Both hear each other, and nothing is recorded: tell whether the line transcribes the talk.

    Who goes on in a room in which it was paused is transcribed again: a pause is of one talk.
    """
    if not line.settings.captions or talk.connection is None:
        return
    if not _may_be(talk.call, ask):
        await _tell(door, talk, None)
        return
    if talk.connection.room is not None:
        await resume_captions(door, line, talk.call.id)
    paused = await door.store.read(is_paused, talk.call.id)
    await _tell(door, talk, CaptionState.PAUSED if paused else CaptionState.TRANSCRIBED)


async def turn_captions(door: Door, line: Line, turned: Turned, *, paused: bool) -> Outcome:
    """Stop the provider's transcription, or let it go on. Safe to repeat; a wish that a newer one
    has overtaken does nothing.
    """
    standing = await door.standing(turned.contact_id)
    if not line.settings.captions:
        return Permanent(_NOTHING)
    call_id = await door.store.write(begin_caption_turn, turned)
    if call_id is None:
        return Permanent(_NOTHING)
    talk = await door.store.write(get_talk, (call_id, None))
    if not _may_be(talk.call, standing.recording):
        return Permanent(_NOTHING)
    if not paused:
        failed = await resume_captions(door, line, call_id)
        if await door.store.read(is_paused, call_id):
            return Done()  # a newer wish has overtaken it, and tells how it stands
        if failed is None:
            await _tell(door, talk, CaptionState.TRANSCRIBED)
            return Done()
        lost = failed.trouble is Trouble.UNKNOWN
        await _tell(door, talk, CaptionState.UNSURE if lost else CaptionState.PAUSED)
        return Permanent(failed.reason)
    failed = await stop_captions(door, line, call_id)
    await _tell(door, talk, CaptionState.PAUSED if failed is None else CaptionState.UNSURE)
    return Done() if failed is None else Transient(failed.reason, _AGAIN_S)


def _may_be(call: Call, ask: RecordingAsk | None) -> bool:
    """Say whether what they say may be transcribed, where their line does so."""
    return call.may_be_transcribed and not is_to_be_asked(call, ask)


async def _tell(door: Door, talk: Talk, state: CaptionState | None) -> None:
    call = talk.call
    if call.contact_id is None:
        return
    await door.report(CaptionNews(call.entry_point_id, call.contact_id, state, door.clock.now()))

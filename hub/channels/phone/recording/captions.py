"""What the provider transcribes of a talk stops with its recording, and goes on with it.

That nobody is shown what was said is not enough: the provider must not hear it either.
"""

from __future__ import annotations

import logging

from hub.channels.base import Door
from hub.channels.phone.insist import insist
from hub.channels.phone.joining import get_talk
from hub.channels.phone.line import Line
from hub.channels.phone.port import Failed, Trouble

from .rows import is_paused

_LOG = logging.getLogger(__name__)


async def stop_captions(door: Door, line: Line, call_id: str) -> Failed | None:
    """Let nothing more be transcribed; what is not transcribed is stopped already."""
    if not line.settings.captions:
        return None
    talk = await door.store.write(get_talk, (call_id, None))
    failed = await insist(lambda: line.port.stop_captions(talk.call), lost_is_harmless=True)
    return None if failed is None or failed.trouble is Trouble.GONE else failed


async def resume_captions(door: Door, line: Line, call_id: str) -> Failed | None:
    """Let the talk be transcribed again. It is a help to the agent, and no recording: where it
    cannot be had the talk goes on without. Return why; UNKNOWN: it may be transcribed. None also
    where it is not to be.
    """
    if not line.settings.captions:
        return None
    talk = await door.store.write(get_talk, (call_id, None))
    if talk.connection is None or not talk.connection.talking or not talk.call.may_be_transcribed:
        return None
    failed = await stop_captions(door, line, call_id)  # asked for twice, it is transcribed once
    if failed is None or failed.trouble is Trouble.NEVER:  # it may be refused as stopped already
        failed = await insist(lambda: line.port.start_captions(talk.call))
        if await door.store.read(is_paused, call_id):  # once more, before it had begun
            failed = await stop_captions(door, line, call_id)
    if failed is not None and failed.trouble is not Trouble.GONE:
        _LOG.warning("a talk goes on without captions: %s", failed.reason)
    return failed

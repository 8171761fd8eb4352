"""What becomes of recordings: begun, stopped, copied into our store, deleted at the provider.

Each is worked on by itself, so that no trouble with a recording holds a call up. What cannot be
had now is tried again with growing pauses, and shown meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

from hub.channels.base import Door
from hub.channels.phone.joining import get_talk
from hub.channels.phone.line import Line
from hub.channels.phone.port import Failed, Trouble
from hub.contacts.recordings.model import RecordingNews, RecordingState, StoredSound
from hub.core.bus import Subscription
from hub.core.errors import HubError, Unavailable

from .captioning import tell_captions
from .model import Copy, Stage, Taping
from .port import TapeSnapshot, TapeState
from .rows import Claim, MoveOn, claim, is_any_due, move_on
from .transcripts import tell_transcripts

_LOG = logging.getLogger(__name__)
_POLL_S = 1.0
_AT_ONCE = 8
_SHORT = (Stage.ASKED, Stage.RUNNING, Stage.ENDED, Stage.COPIED)
_LONG = (Stage.READY,)  # a copy takes minutes: nothing is begun late because of one
_LOOK_AFTER_S = 20.0  # the provider tells by itself within that
_LONGEST_PAUSE_S = 600.0
_START_TRIES = 6
_GIVE_UP = timedelta(days=3)
_SHOWN_AFTER = 3  # tries


class Keeper:
    """Works on all recordings of the channel's lines."""

    def __init__(self, door: Door, lines: Mapping[str, Line]) -> None:
        self._door = door
        self._lines = lines

    async def run(self) -> None:
        """Work until cancelled; a database that is away is waited for."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._run(_SHORT))
            group.create_task(self._run(_LONG))

    async def _run(self, stages: Sequence[Stage]) -> None:
        with self._door.store.bus.subscribe(["phone.recordings"]) as hints:
            while True:
                try:
                    claimed = await self._door.store.write(claim, Claim(stages, _AT_ONCE))
                except Unavailable as error:
                    _LOG.debug("recordings wait: %s", error.message)
                    claimed = []
                await asyncio.gather(*(self._work(taping) for taping in claimed))
                if len(claimed) < _AT_ONCE:
                    await self._until_due(hints, stages)

    async def _until_due(self, hints: Subscription, stages: Sequence[Stage]) -> None:
        while not await hints.next(_POLL_S):
            try:
                if stages is _SHORT:
                    await tell_transcripts(self._door)
                if await self._door.store.read(is_any_due, stages):
                    return
            except Unavailable as error:
                _LOG.debug("recordings wait: %s", error.message)

    async def _work(self, taping: Taping) -> None:
        try:
            order = await self._do(taping)
        except Unavailable as error:
            order = _later(taping, error.message)
        except HubError as error:
            _LOG.error("a recording is given up: %s", error.message, extra={"id": taping.id})
            order = MoveOn(taping.id, Stage.GONE, None, error=error.message)
        except Exception as error:  # one item of the loop, not the loop (design.md 1.8)
            _LOG.exception("a recording broke", extra={"id": taping.id})
            order = _later(taping, f"{type(error).__name__}: see the log")
        try:
            moved = await self._door.store.write(move_on, order)
            if not moved and order.copy is not None:
                await self._door.blobs.delete(order.copy.blob_id)
        except Unavailable as error:  # the lease ends and it is claimed again
            _LOG.debug("a recording is worked on again later: %s", error.message)

    async def _do(self, taping: Taping) -> MoveOn:
        line = self._lines.get(taping.entry_point_id)
        if line is None:
            return _later(taping, "The line of this call is gone, or has no account.")
        match taping.stage:
            case Stage.ASKED:
                return await self._start(line, taping)
            case Stage.RUNNING:
                return await self._follow(line, taping)
            case Stage.ENDED:
                return await self._look(line, taping)
            case Stage.READY:
                return await self._copy(line, taping)
            case _:
                return await self._hand_over(line, taping)

    async def _start(self, line: Line, taping: Taping) -> MoveOn:
        """Begin once. An answer that was lost is looked for: nothing is recorded twice."""
        if taping.over or not taping.call_sid:
            return MoveOn(taping.id, Stage.GONE, None)
        port = line.port.recordings
        found: TapeSnapshot | Failed | None = None
        if taping.attempts > 1:
            found = await port.find(taping.call_sid)
        if found is None:
            found = await port.start(taping.call_sid, taping.id)
        if isinstance(found, TapeSnapshot):
            return MoveOn(taping.id, Stage.RUNNING, 0.0, found.sid)
        if found.trouble is Trouble.GONE:
            return MoveOn(taping.id, Stage.GONE, None, error=found.reason)
        if found.trouble is Trouble.NEVER or taping.attempts >= _START_TRIES:
            await self._tell(taping, RecordingState.LOST, note=found.reason)
            talk = await self._door.store.write(get_talk, (taping.call_id, taping.connection_id))
            await tell_captions(self._door, line, talk, None)  # what goes on without a recording
            return MoveOn(taping.id, Stage.GONE, None, error=found.reason)
        return _later(taping, found.reason, found.retry_after_s or 1.0)

    async def _follow(self, line: Line, taping: Taping) -> MoveOn:
        """Tell that it runs; stop it once its talk is over."""
        if not taping.over:
            await self._tell(taping, RecordingState.RECORDING)
            return MoveOn(taping.id, Stage.RUNNING, None)
        if not taping.leg_ended and taping.sid is not None:
            failed = await line.port.recordings.stop(taping.call_sid, taping.sid)
            if failed is not None and failed.trouble in (Trouble.AGAIN, Trouble.UNKNOWN):
                return _later(taping, failed.reason, failed.retry_after_s or 1.0)
        await self._tell(taping, RecordingState.ENDED)
        return MoveOn(taping.id, Stage.ENDED, _LOOK_AFTER_S)

    async def _look(self, line: Line, taping: Taping) -> MoveOn:
        """Ask for what the provider should have told by now."""
        if taping.sid is None:
            return MoveOn(taping.id, Stage.GONE, None)
        found = await line.port.recordings.snapshot(taping.sid)
        if isinstance(found, Failed):
            return await self._not_had(taping, found)
        if found.state is TapeState.READY:
            return MoveOn(taping.id, Stage.READY, 0.0, None, found.duration_s, found.channels)
        if found.state is TapeState.ABSENT:
            await self._tell(taping, RecordingState.LOST, note="Nothing was recorded.")
            return MoveOn(taping.id, Stage.GONE, None)
        return _later(taping, "The provider is still writing it.", _LOOK_AFTER_S)

    async def _copy(self, line: Line, taping: Taping) -> MoveOn:
        if taping.copy is not None:  # copied before the process ended
            return MoveOn(taping.id, Stage.COPIED)
        if taping.attempts == 1:
            await self._tell(taping, RecordingState.ENDED)
        sid = taping.sid or ""
        copied = await line.port.recordings.copy(sid, self._door.blobs.put_stream)
        if isinstance(copied, Failed):
            return await self._not_had(taping, copied)
        blob, media_type = copied
        copy = Copy(blob.id, blob.size_bytes, blob.sha256, media_type)
        return MoveOn(taping.id, Stage.COPIED, copy=copy)

    async def _hand_over(self, line: Line, taping: Taping) -> MoveOn:
        """The hub has it, or nobody shall; only then the provider's is deleted."""
        if taping.copy is not None:
            await self._tell(taping, RecordingState.KEPT)
        failed = await line.port.recordings.delete(taping.sid or "")
        if failed is not None and failed.trouble in (Trouble.AGAIN, Trouble.UNKNOWN):
            return _later(taping, failed.reason, failed.retry_after_s)
        if failed is not None and failed.trouble is Trouble.NEVER:
            _LOG.error("a recording stays at the provider: %s", failed.reason)
        return MoveOn(taping.id, Stage.DONE, None)

    async def _not_had(self, taping: Taping, failed: Failed) -> MoveOn:
        """It is not to be had now: shown, and tried again for days."""
        too_old = self._door.clock.now() - taping.created_at > _GIVE_UP
        if failed.trouble is Trouble.NEVER or too_old:
            await self._tell(taping, RecordingState.LOST, note=failed.reason)
            return MoveOn(taping.id, Stage.GONE, None, error=failed.reason)
        if taping.attempts >= _SHOWN_AFTER:
            await self._tell(taping, RecordingState.LOST, note=failed.reason)
        return _later(taping, failed.reason, failed.retry_after_s)

    async def _tell(self, taping: Taping, state: RecordingState, note: str = "") -> None:
        await self._door.report(news_of(taping, state, self._door, note))


def news_of(taping: Taping, state: RecordingState, door: Door, note: str = "") -> RecordingNews:
    """Return what the hub is told of a recording."""
    sound = None
    if state is RecordingState.KEPT and taping.copy is not None:
        copy = taping.copy
        sound = StoredSound(copy.blob_id, copy.size_bytes, copy.sha256, copy.media_type)
    begun = state is RecordingState.RECORDING and taping.started_at is not None
    return RecordingNews(
        entry_point_id=taping.entry_point_id,
        contact_id=taping.contact_id,
        recording_id=taping.id,
        state=state,
        occurred_at=taping.started_at if begun and taping.started_at else door.clock.now(),
        duration_s=taping.duration_s,
        channels=taping.channels,
        sound=sound,
        note=note,
    )


def _later(taping: Taping, reason: str, pause_s: float | None = None) -> MoveOn:
    growing = min(float(2 ** min(taping.attempts, 10)), _LONGEST_PAUSE_S)
    return MoveOn(taping.id, taping.stage, pause_s or growing, error=reason)

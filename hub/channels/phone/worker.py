"""What the channel does by itself: the steps that calls ask for, one after the other.

The wake-up is a hint with a poll behind it. A step that fails for now is tried again with growing
pauses; the steps after it of the same call wait, those of other calls do not.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta

from hub.channels.base import Door
from hub.contacts.inbound import CallEvent, CallMoment, Receipt
from hub.contacts.model import ContactState
from hub.contacts.recordings.model import (
    RecordingKind,
    RecordingNews,
    RecordingState,
    StoredSound,
)
from hub.core.bus import Subscription
from hub.core.errors import HubError, Unavailable
from hub.core.ids import new_id

from .calling_first import FirstDialler
from .dialled import hears_nobody, read_not_reached
from .dialler import Again, Dialler
from .front import Front
from .guests.work import GUEST_TODOS, GuestWork
from .joining import Talk, fail_connection, get_talk, release_connection
from .line import Line
from .model import Call, Cause, Connection, Consent, LegEvent, LegState, Todo, Verdict
from .port import Failed, Media, Trouble
from .recording import asking
from .recording.heard import Heard, note_heard
from .recording.planning import plan_recording
from .service import Happened
from .session import say
from .spoken import message_of, no_message
from .steps import (
    FileMessage,
    FinishStep,
    KeepMessage,
    OpenStep,
    Release,
    Work,
    claim_work,
    file_message,
    find_message,
    finish_step,
    is_any_due,
    keep_message,
    release_steps,
)

_LOG = logging.getLogger(__name__)
_POLL_S = 1.0
_AT_ONCE = 32
_TRIES = 10  # about five minutes for what concerns a live call
_TRIES_MEDIA = 60  # about an hour: the provider may still be writing the recording
_LONGEST_PAUSE_S = 60.0
_SHORTEST_MESSAGE_S = 2
_ANSWERS_WITHIN = timedelta(seconds=6)  # the hub waits for a caller to be joined a little longer
_ANSWERED_AFTER_S = 1.0

MOMENTS: dict[Todo, CallMoment] = {
    Todo.TELL_JOINED: CallMoment.AGENT_JOINED,
    Todo.TELL_FAILED: CallMoment.AGENT_FAILED,
    Todo.TELL_CUSTOMER_LEFT: CallMoment.CUSTOMER_LEFT,
    Todo.TELL_HELD: CallMoment.HELD,
    Todo.TELL_RESUMED: CallMoment.RESUMED,
    Todo.TELL_VOICEMAIL: CallMoment.VOICEMAIL,
    Todo.TELL_LANGUAGE: CallMoment.LANGUAGE,
    Todo.TELL_OVERFLOWED: CallMoment.OVERFLOWED,
    Todo.TELL_OUTSIDE: CallMoment.OUTSIDE,
    Todo.TELL_DIALLING: CallMoment.DIALLING,
    Todo.TELL_RINGING: CallMoment.RINGING,
    Todo.TELL_ON_THE_LINE: CallMoment.ON_THE_LINE,
    Todo.TELL_PICKED_UP: CallMoment.PICKED_UP,
    Todo.TELL_ANSWERED_BY: CallMoment.ANSWERED_BY,
}

# What the hub has to know; it is told until it takes it.
_NEVER_GIVEN_UP = frozenset({*MOMENTS, Todo.TELL_NOT_REACHED, Todo.TELL_GUEST, Todo.INTAKE})
# What would be lost if it were not done: it waits while no account is connected.
_WAITS_FOR_A_LINE = frozenset({Todo.INTAKE, Todo.FETCH_RECORDING})


class Worker:
    def __init__(self, door: Door, lines: Mapping[str, Line], front: Front) -> None:
        self._door = door
        self._lines = lines
        self._front = front
        self._dialler = Dialler(door)
        self._first = FirstDialler(door)
        self._guests = GuestWork(door)

    async def run(self) -> None:
        """Do steps until cancelled."""
        with self._door.store.bus.subscribe(["phone.steps"]) as hints:
            async with asyncio.TaskGroup() as group:
                while True:
                    claimed = await self._claim()
                    for work in claimed:
                        group.create_task(self._do_in_order(work))
                    if sum(len(work.steps) for work in claimed) < _AT_ONCE:
                        await self._until_due(hints)

    async def _until_due(self, hints: Subscription) -> None:
        """Wait for a hint; now and then look without one, because hints may be lost."""
        while not await hints.next(_POLL_S):
            try:
                if await self._door.store.read(is_any_due, None):
                    return
            except Unavailable as error:
                _LOG.debug("phone steps wait: %s", error.message)

    async def _claim(self) -> list[Work]:
        """Return the steps that are due, grouped by call."""
        try:
            return await self._door.store.write(claim_work, _AT_ONCE)
        except Unavailable as error:
            _LOG.debug("phone steps wait: %s", error.message)
            return []

    async def _do_in_order(self, work: Work) -> None:
        steps, talk = work.steps, work.talk
        for place, step in enumerate(steps):
            again = await self._try(step, None if place else talk)
            try:
                if again is None:
                    await self._door.store.write(finish_step, FinishStep(step.id, step.call_id))
                    continue
                await self._put_off(steps[place:], again)
            except Unavailable as error:  # the lease ends and the step is claimed again
                _LOG.debug("a phone step is done again later: %s", error.message)
            return

    async def _put_off(self, steps: list[OpenStep], again: Again) -> None:
        step = steps[0]
        tries = _TRIES_MEDIA if step.todo is Todo.FETCH_RECORDING else _TRIES
        if step.attempts >= tries and step.todo not in _NEVER_GIVEN_UP:
            _LOG.error("gave up %s: %s", step.todo, again.reason, extra={"call_id": step.call_id})
            if step.todo is Todo.BRING_CUSTOMER and step.connection_id:
                await self._door.store.write(fail_connection, step.connection_id)
            await self._door.store.write(
                finish_step, FinishStep(step.id, step.call_id, again.reason)
            )
            pause_s = 0.0
        else:
            pause_s = again.pause_s or min(_LONGEST_PAUSE_S, 0.25 * 2 ** min(step.attempts, 12))
        ids = tuple(step.id for step in steps)
        await self._door.store.write(release_steps, Release(ids, pause_s, again.reason))

    async def _try(self, step: OpenStep, known: Talk | None) -> Again | None:
        """`known`: how the call stood when the step was claimed; None: one was done since."""
        try:
            return await self._do(step, known)
        except Unavailable as error:
            return Again(error.message, error.retry_after_s)
        except HubError as error:
            _LOG.warning("phone step %s refused: %s", step.todo, error.message)
            return None
        except Exception as error:  # one item of the loop, not the loop (design.md 1.8)
            _LOG.exception("phone step %s broke", step.todo, extra={"call_id": step.call_id})
            return Again(f"{type(error).__name__}: see the log")

    async def _do(self, step: OpenStep, known: Talk | None) -> Again | None:
        talk = known
        if talk is None:
            named = (step.call_id, step.connection_id)
            talk = await self._door.store.write(get_talk, named)
        if step.todo in MOMENTS:
            await self._tell(step, talk.call, MOMENTS[step.todo])
            if step.todo is Todo.TELL_JOINED:
                line = self._lines.get(talk.call.entry_point_id)
                await plan_recording(self._door, line, talk)
            return None
        if step.todo is Todo.TELL_NOT_REACHED:
            await self._tell_not_reached(step, talk.call)
            return None
        if step.todo is Todo.TELL_GUEST:
            await self._guests.tell(step, talk.call)
            return None
        line = self._lines.get(talk.call.entry_point_id)
        if line is not None:
            return await self._do_on(line, step, talk)
        reason = f"the phone entry point {talk.call.entry_point_id} is gone, or has no account"
        if step.todo in _WAITS_FOR_A_LINE:
            return Again(reason)
        _LOG.error("phone step %s is left: %s", step.todo, reason)
        return None

    async def _do_on(self, line: Line, step: OpenStep, talk: Talk) -> Again | None:
        if step.todo in GUEST_TODOS:
            failed = await self._guests.do(line, step, talk.call, talk.connection)
            return failed if isinstance(failed, Again) else _unless_settled(failed)
        match step.todo:
            case Todo.INTAKE:
                await self._front.hand_over(line, talk.call)
                return None
            case Todo.FETCH_RECORDING:
                return await self._fetch_recording(line, talk.call, step)
            case Todo.CALL_FIRST:
                return await self._first.dial(line, talk.call, step)
            case Todo.BRING_CUSTOMER if talk.call.sid is None:
                return await self._dialler.dial(line, talk.call, step)
            case Todo.END_CUSTOMER:
                return await self._end_customer(line, talk)
            case Todo.BRING_CUSTOMER:
                return await self._bring_customer(line, talk, step)
            case Todo.END_AGENT:
                return await self._end_agent(line, talk.connection)
            case _:
                return await self._take_back(line, talk, step)

    async def _tell(self, step: OpenStep, call: Call, moment: CallMoment) -> None:
        if call.contact_id is None:
            return  # the hub filed the call without a contact: nobody waits for news
        await self._door.report(
            CallEvent(
                key=f"call:{call.id}:{step.id}",
                entry_point_id=call.entry_point_id,
                contact_id=call.contact_id,
                moment=moment,
                occurred_at=step.at,
                detail=step.detail or None,
            )
        )

    async def _tell_not_reached(self, step: OpenStep, call: Call) -> None:
        outcome, reason, words = read_not_reached(step.detail)
        await self._door.report(
            CallEvent(
                key=f"call:{call.id}:{step.id}",
                entry_point_id=call.entry_point_id,
                contact_id=call.contact_id or "",
                moment=CallMoment.NOT_REACHED,
                occurred_at=step.at,
                detail=words or None,
                outcome=outcome,
                reason=reason,
            )
        )

    async def _end_customer(self, line: Line, talk: Talk) -> Again | None:
        call = talk.call
        if call.sid is None:
            return None  # not named yet: asked for again once it is
        if hears_nobody(call, talk.connection):
            words = (say(call.language, "nobody_here"),)
            return _unless_settled(await line.port.farewell(call, words))
        return _unless_settled(await line.port.hang_up(call.sid))

    async def _bring_customer(self, line: Line, talk: Talk, step: OpenStep) -> Again | None:
        connection = talk.connection
        if connection is None or connection.customer.was_in or talk.call.leg.ended:
            return None
        if connection.released or connection.over:
            return None
        standing = None
        if talk.call.contact_id is not None:
            standing = await self._door.standing(talk.call.contact_id)
        if standing is None or standing.state != ContactState.CONNECTING:
            # The hub gave up waiting for this agent and may be asking another one by now.
            await self._door.store.write(release_connection, connection.id)
            return None
        waited = self._door.clock.now() - step.at
        if talk.call.consent is Consent.ASKED and waited < _ANSWERS_WITHIN:
            return Again("The caller is asked whether they may be recorded.", _ANSWERED_AFTER_S)
        said = asking.notice_for(talk.call, standing.recording)
        words = await asking.in_its_words(self._door, line.id, said)
        agreed = not asking.is_to_be_asked(talk.call, standing.recording)
        failed = await line.port.bring_customer(talk.call, connection, words, captions=agreed)
        if failed is None:
            if said:
                await self._door.store.write(note_heard, Heard(talk.call.id, Consent.TOLD))
            return None
        if failed.trouble is Trouble.GONE:
            await self._customer_is_gone(talk.call)
            return None
        if failed.trouble is Trouble.NEVER:
            _LOG.error("a caller cannot be joined: %s", failed.reason)
            await self._door.store.write(fail_connection, connection.id)
            return None
        # Moving a caller twice into the same room changes nothing, so a lost answer is repeated.
        return Again(failed.reason, failed.retry_after_s)

    async def _end_agent(self, line: Line, connection: Connection | None) -> Again | None:
        if connection is None or connection.leg.sid is None or connection.leg.ended:
            return None  # not named yet: name_leg asks again once it is
        failed = await line.port.hang_up(connection.leg.sid)
        return _unless_settled(failed)

    async def _take_back(self, line: Line, talk: Talk, step: OpenStep) -> Again | None:
        """Return the caller to the waiting room, then tell: the provider is asked, not guessed."""
        if talk.call.leg.ended or talk.connection is None:
            return None
        newest = await self._door.store.write(get_talk, (talk.call.id, None))
        failed = None
        if newest.connection is not None and newest.connection.id == talk.connection.id:
            failed = await line.port.to_waiting_room(talk.call)  # else the next agent is at it
        if failed is not None and failed.trouble is Trouble.GONE:
            await self._customer_is_gone(talk.call)
            return None
        if failed is not None and failed.trouble is not Trouble.NEVER:
            return Again(failed.reason, failed.retry_after_s)
        left = talk.connection.verdict is Verdict.LEFT
        moment = CallMoment.AGENT_LEFT if left else CallMoment.AGENT_FAILED
        await self._tell(step, talk.call, moment)
        return None

    async def _customer_is_gone(self, call: Call) -> None:
        event = LegEvent(LegState.ENDED, self._door.clock.now(), call.sid, Cause.GONE)
        await self._front.happened(Happened(call.entry_point_id, event, call.id))

    async def _fetch_recording(self, line: Line, call: Call, step: OpenStep) -> Again | None:
        """Copy a message into our store, hand it to the hub, then delete it at the provider."""
        recording_sid, _, seconds = step.detail.partition(" ")
        if int(seconds) < _SHORTEST_MESSAGE_S:
            await self._door.receive(no_message(call, recording_sid, self._door))
        else:
            kept = await self._door.store.read(find_message, recording_sid)
            if kept is None:
                media = await line.port.fetch_recording(recording_sid)
                if isinstance(media, Failed):
                    return _unless_settled(media, gone_is_settled=False)
                kept = await self._keep(call, recording_sid, int(seconds), media)
            receipt = await self._door.receive(message_of(call, kept, self._door))
            filed = FileMessage(recording_sid, receipt.contact_id)
            await self._door.store.write(file_message, filed)
            await self._show_message(call, kept, receipt)
        return _unless_settled(await line.port.delete_recording(recording_sid))

    async def _keep(
        self, call: Call, recording_sid: str, duration_s: int, media: Media
    ) -> KeepMessage:
        blob = await self._door.blobs.put(media.data)
        kept = KeepMessage(
            recording_sid,
            call.id,
            blob.id,
            blob.size_bytes,
            media.media_type,
            duration_s,
            new_id(),
            blob.sha256,
        )
        await self._door.store.write(keep_message, kept)
        return kept

    async def _show_message(self, call: Call, kept: KeepMessage, receipt: Receipt) -> None:
        """A message is kept and played as recordings are."""
        if receipt.contact_id is None or kept.recording_id is None or kept.sha256 is None:
            return
        sound = StoredSound(kept.blob_id, kept.size_bytes, kept.sha256, kept.media_type)
        await self._door.report(
            RecordingNews(
                entry_point_id=call.entry_point_id,
                contact_id=receipt.contact_id,
                recording_id=kept.recording_id,
                state=RecordingState.KEPT,
                occurred_at=self._door.clock.now(),
                kind=RecordingKind.VOICEMAIL,
                interaction_id=receipt.interaction_id,
                duration_s=kept.duration_s,
                sound=sound,
            )
        )


def _unless_settled(failed: Failed | None, *, gone_is_settled: bool = True) -> Again | None:
    """Return a reason to try again; what is gone or refused for good is settled."""
    if failed is None or (failed.trouble is Trouble.GONE and gone_is_settled):
        return None
    if failed.trouble is Trouble.NEVER:
        _LOG.error("the provider refuses: %s", failed.reason)
        return None
    return Again(failed.reason, failed.retry_after_s)

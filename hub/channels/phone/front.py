"""What callers do, whatever the provider: a call comes in, waits, presses a key, leaves a message.

Each method commits first and returns what the caller shall hear; the provider's webhooks turn it
into their own language.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from enum import StrEnum

from hub.channels.base import Door
from hub.contacts.inbound import (
    CallbackRefusal,
    IdentityKind,
    Inbound,
    Scalar,
    SenderIdentity,
    Standing,
)
from hub.contacts.model import Channel, ContactState, EndedAs, InteractionKind
from hub.core.errors import HubError

from . import callback_talk
from .callback_talk import CALLBACK_KEY
from .line import Line
from .model import Call
from .service import (
    Answered,
    Bind,
    Choose,
    Happened,
    Incoming,
    KeyedIn,
    Recorded,
    SameNumber,
    Told,
    apply_event,
    bind_contact,
    choose_language,
    find_answer,
    is_number_busy,
    keep_answer,
    note_call,
    note_number,
    note_recording,
    note_told,
    offer_callback,
    start_voicemail,
)
from .session import Say, greeting, offered_language, other_language, say, waiting

_LOG = logging.getLogger(__name__)
_OVER = frozenset({ContactState.CLOSED, ContactState.ABANDONED})
VOICEMAIL_KEY = "2"
LANGUAGE_KEY = "9"


class Then(StrEnum):
    """What comes after the words."""

    WAIT = "wait"  # the waiting room
    MESSAGE = "message"  # record a message
    ASK_NUMBER = "ask_number"  # to be called back at
    HANG_UP = "hang_up"
    REFUSE = "refuse"  # do not answer at all


@dataclass(frozen=True, slots=True)
class Answer:
    """What a caller hears, then what happens. `switch`: the offer of the other language.

    `after`: what they hear if no key is pressed while `prompts` are spoken.
    """

    prompts: tuple[Say, ...]
    then: Then
    switch: Say | None = None
    after: tuple[Say, ...] = ()


class Front:
    """The shell between a provider's webhooks and the door."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def call_arrived(self, line: Line, incoming: Incoming) -> Answer:
        """Commit a call and say how it begins. Raises Unavailable when it cannot be stored."""
        call = await self._door.store.write(note_call, incoming)
        if call.conversation_id is None:
            call = await self.hand_over(line, call)
        if call.contact_id is None:
            return Answer((), Then.REFUSE)
        standing = await self._door.standing(call.contact_id)
        if standing.ended_as == EndedAs.SPAM:  # on the block list
            return Answer((), Then.REFUSE)
        if standing.open_now:
            return Answer(_greeting(line, call, standing), Then.WAIT)
        closed = say(call.language, "closed")
        if standing.callback is not None:
            return await self._closed_with_callback(line, call, closed)
        if not line.settings.voicemail:
            return Answer((closed, say(call.language, "closed_bye")), Then.HANG_UP)
        await self._door.store.write(start_voicemail, call.id)
        return Answer((closed, say(call.language, "leave_message")), Then.MESSAGE)

    async def _closed_with_callback(self, line: Line, call: Call, closed: Say) -> Answer:
        """Outside the hours: a callback, a message where there is voicemail, or goodbye."""
        await self._door.store.write(offer_callback, call.id)
        prompts = (closed, say(call.language, "callback_closed"))
        if not line.settings.voicemail:
            return Answer(prompts, Then.HANG_UP, after=(say(call.language, "closed_bye"),))
        await self._door.store.write(start_voicemail, call.id)
        return Answer(prompts, Then.MESSAGE, after=(say(call.language, "leave_message"),))

    async def hand_over(self, line: Line, call: Call) -> Call:
        """Give the call to the hub and remember the contact it became; safe to repeat.

        From then on the caller hears the language that the hub knows of them, if it is offered.
        """
        busy = await self._door.store.read(
            is_number_busy, SameNumber(call.entry_point_id, call.from_address, call.id)
        )
        receipt = await self._door.receive(inbound_of(call, alone=not busy))
        language = None
        if receipt.contact_id is not None:
            standing = await self._door.standing(receipt.contact_id)
            language = offered_language(standing.language, line.languages)
        bind = Bind(call.id, receipt.contact_id, receipt.conversation_id, language)
        return await self._door.store.write(bind_contact, bind)

    async def wait_round(self, line: Line, call: Call) -> Answer:
        """Return what a waiting caller hears now."""
        standing = await self._standing(call)
        if standing.ended_as == EndedAs.CALLBACK and not call.outbound:  # at their own wish
            return Answer((say(call.language, "callback_placed"),), Then.HANG_UP)
        if standing.state in _OVER and not call.voicemail:
            # Somebody closed the contact: nobody will come, so the caller must not wait on.
            return Answer((say(call.language, "ended"),), Then.HANG_UP)
        offers = standing.callback is not None and not call.callback_offered
        heard = waiting(
            standing,
            call.told_position,
            call.language,
            voicemail=line.settings.voicemail,
            callback=offers,
        )
        if offers:
            await self._door.store.write(offer_callback, call.id)
        if heard.told_position != call.told_position:
            await self._door.store.write(note_told, Told(call.id, heard.told_position))
        other = other_language(call.language, line.languages)
        switch = None if other is None else say(other, "this_language")
        return Answer(heard.prompts, Then.WAIT, switch)

    async def key_pressed(self, line: Line, call: Call, key: str) -> Then:
        """Act on a key in the waiting room; a key without a meaning changes nothing."""
        if key == VOICEMAIL_KEY and line.settings.voicemail:
            await self._door.store.write(start_voicemail, call.id)
            return Then.MESSAGE
        if key == CALLBACK_KEY and call.callback_offered:
            return Then.ASK_NUMBER
        other = other_language(call.language, line.languages)
        if key == LANGUAGE_KEY and other is not None:
            await self._door.store.write(choose_language, Choose(call.id, other))
        return Then.WAIT

    def key_while_closed(self, line: Line, call: Call, key: str) -> Answer:
        """Answer a key of a caller who is in no waiting room: 1 alone has a meaning."""
        if key == CALLBACK_KEY and call.callback_offered:
            return self.ask_number(line, call, closed=True)
        return _closing(line, call, (), say(call.language, "closed_bye"))

    def ask_number(
        self, line: Line, call: Call, *, wrong: bool = False, closed: bool = False
    ) -> Answer:
        """Ask a caller where to call them back; without an answer, what they did goes on.

        `closed`: then there is no waiting room: a message is taken, or it is goodbye.
        """
        number = call.callback_number or call.customer_address
        prompts = callback_talk.ask(call.language, number, line.entry_point.address, wrong=wrong)
        if not closed:
            return Answer(prompts, Then.ASK_NUMBER)
        words = "leave_message" if line.settings.voicemail else "closed_bye"
        return Answer(prompts, Then.ASK_NUMBER, after=(say(call.language, words),))

    async def number_keyed(self, line: Line, call: Call, keys: str, *, closed: bool) -> Answer:
        """The caller confirmed the number, or keyed in another: then that is asked back."""
        keyed = callback_talk.read_keys(keys)
        if keyed.number is not None:
            await self._door.store.write(note_number, KeyedIn(call.id, keyed.number))
            call = replace(call, callback_number=keyed.number)
            return self.ask_number(line, call, closed=closed)
        number = call.callback_number or call.customer_address
        goes_on = Answer((), Then.WAIT)
        if closed:
            goes_on = _closing(line, call, (), say(call.language, "closed_bye"))
        if not keyed.confirmed or call.contact_id is None or not number:
            return goes_on
        answer = await self._door.call_back(call.contact_id, number)
        match answer.refusal:
            case None:
                goodbye = callback_talk.placed(call.language, answer.at, answer.zone)
                return Answer((goodbye,), Then.HANG_UP)
            case CallbackRefusal.NUMBER:
                await self._door.store.write(note_number, KeyedIn(call.id, None))
                known = replace(call, callback_number=None)
                if call.callback_number is None:  # the network's own number is no good
                    known = replace(known, from_address="")
                return self.ask_number(line, known, wrong=True, closed=closed)
            case CallbackRefusal.PENDING if closed:
                noted = (say(call.language, "callback_pending_closed"),)
                return _closing(line, call, noted, say(call.language, "bye"))
            case CallbackRefusal.PENDING:
                return Answer((say(call.language, "callback_pending"),), Then.WAIT)
            case _:
                return goes_on

    async def happened(self, happened: Happened) -> bool:
        """Fold news of a leg or room into its call. False: it is of no call of ours."""
        return await self._door.store.write(apply_event, happened)

    async def recorded(self, recorded: Recorded) -> bool:
        return await self._door.store.write(note_recording, recorded)

    def said(self, call: Call, words: str) -> None:
        """Show what a caller says to whoever has the call open; it may be lost."""
        if call.conversation_id is not None:
            caption: dict[str, Scalar] = {
                "type": "caption",
                "from": "customer",
                "on": True,
                "text": words,
            }
            self._door.live(call.conversation_id, caption)

    async def answer_before(self, entry_point_id: str, key: str | None) -> str | None:
        """Return what the same webhook was answered before."""
        if key is None:
            return None
        return await self._door.store.read(find_answer, Answered(entry_point_id, key, ""))

    async def keep(self, entry_point_id: str, key: str | None, answer: str) -> str:
        """Remember the answer under its key; the first answer stands."""
        if key is None:
            return answer
        return await self._door.store.write(keep_answer, Answered(entry_point_id, key, answer))

    async def _standing(self, call: Call) -> Standing:
        if call.contact_id is not None:
            try:
                return await self._door.standing(call.contact_id)
            except HubError as error:
                _LOG.warning("no standing for a waiting caller: %s", error.message)
        return Standing("queued", None, None, None, open_now=True)


def _closing(line: Line, call: Call, words: tuple[Say, ...], *bye: Say) -> Answer:
    """Say `words` to a caller who cannot wait, then take a message, or say goodbye and hang up."""
    if line.settings.voicemail:
        return Answer((*words, say(call.language, "leave_message")), Then.MESSAGE)
    return Answer((*words, *bye), Then.HANG_UP)


def _greeting(line: Line, call: Call, standing: Standing) -> tuple[Say, ...]:
    heard = greeting(call.language, line.settings.greeting)
    return (*heard, say(call.language, "callback_taken")) if standing.took_callback else heard


def inbound_of(call: Call, *, alone: bool) -> Inbound:
    """Return the call as the hub takes it.

    `alone`: no other call of this number is on the line, so it goes on with the number's own
    conversation; two people behind one switchboard number must not share a contact. It has no
    language yet: the line's own says nothing about who calls.
    """
    return Inbound(
        entry_point_id=call.entry_point_id,
        channel=Channel.PHONE,
        dedupe_key=f"call:{call.sid}",
        senders=(sender_of(call),),
        received_at=call.started_at,
        kind=InteractionKind.CALL,
        external_id=call.sid,
        continues_latest=alone and bool(call.from_address),
        acknowledge=False,
        no_acknowledge_reason="a call is answered by voice",
        meta={"call_id": call.id, "from": call.from_address, "to": call.to_address},
    )


def sender_of(call: Call) -> SenderIdentity:
    """Return who calls: the number as the network shows it (never proof), or nobody known."""
    if call.customer_address:
        return SenderIdentity(IdentityKind.PHONE, call.customer_address)
    return SenderIdentity(IdentityKind.EXTERNAL, f"call:{call.sid}", name="Withheld number")

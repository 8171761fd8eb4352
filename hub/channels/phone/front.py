"""What callers do, whatever the provider: a call comes in, waits, presses a key, leaves a message.

Each method commits first and returns what the caller shall hear; the provider's webhooks turn it
into their own language.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from hub.channels.base import Door
from hub.contacts.inbound import (
    CallbackRefusal,
    Caller,
    Scalar,
    Standing,
)
from hub.contacts.model import ContactState, EndedAs
from hub.contacts.recordings.model import RecordingAsk
from hub.core.errors import HubError

from . import callback_talk, overflow
from .answer import Answer, Then
from .callback_talk import CALLBACK_KEY
from .filing import inbound_of
from .greeting import come_in, greet_in, is_greeted
from .guests.news import GuestNews, apply_guest_news
from .line import Line
from .menus.front import MenuFront
from .menus.kept import chosen_of, comes_to_queue
from .model import Call, Consent
from .recording import asking
from .recording.rows import is_paused
from .rounds import NOTHING_NEW, News, Round, note_round
from .sender import sender_of
from .service import (
    AgentAsks,
    Answered,
    Bind,
    Choose,
    Followed,
    Happened,
    Incoming,
    KeyedIn,
    Recorded,
    SameNumber,
    answer_agent,
    apply_event,
    bind_contact,
    choose_language,
    follow,
    is_number_busy,
    keep_answer,
    note_call,
    note_number,
    note_recording,
    offer_callback,
    start_voicemail,
)
from .session import Say, greeting, offered_language, other_language, say, waiting

_LOG = logging.getLogger(__name__)
_OVER = frozenset({ContactState.CLOSED, ContactState.ABANDONED})
VOICEMAIL_KEY = "2"
LANGUAGE_KEY = "9"
STOP_KEY = "8"
_WAITS = Standing("queued", None, None, None, open_now=True)  # where nothing can be told


class Front:
    """The shell between a provider's webhooks and the door."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self.menus = MenuFront(door, self.arrive)

    async def call_arrived(self, line: Line, incoming: Incoming) -> Answer:
        """Commit a call and say how it begins. Raises Unavailable when it cannot be stored."""
        call = await self._door.store.write(note_call, incoming)
        if call.in_menu and line.settings.menu.choices and not is_greeted(call, line):
            return await self.menus.begin(line, call)
        return await self.arrive(line, call)

    async def arrive(self, line: Line, call: Call) -> Answer:
        """Say what comes next, after the menu if there is one. Who is to wait is greeted first;
        every other call is handed to the hub at once.
        """
        if call.in_menu and comes_to_queue(call):
            kept = chosen_of(call)
            queue_id = None if kept is None else kept.chosen.queue_id
            caller = await self._door.recognise(line.id, sender_of(call), queue_id)
            is_new = kept is None or not kept.done
            if caller.callback is not None and is_new and not caller.is_blocked:
                call = await self._in_their_language(line, call, caller)
                return await self.menus.ask_awaited(line, call, caller.callback)
            if caller.open_now and not caller.is_blocked:
                return await self._greet(line, call, caller)
            call = await self._door.store.write(come_in, call.id)
        standing = None
        if call.conversation_id is None:
            call, standing = await self._filed(line, call)
        if call.contact_id is None:
            return Answer((), Then.REFUSE)
        standing = standing or await self._door.standing(call.contact_id)
        if standing.ended_as == EndedAs.SPAM:  # on the block list
            return Answer((), Then.REFUSE)
        if standing.open_now:
            return await self._to_waiting_room(line, call, standing.recording)
        closed = say(call.language, "closed")
        if standing.callback is not None:
            return await self._closed_with_callback(line, call, closed)
        if not line.settings.voicemail:
            return Answer((closed, say(call.language, "closed_bye")), Then.HANG_UP)
        await self._door.store.write(start_voicemail, call.id)
        return Answer((closed, say(call.language, "leave_message")), Then.MESSAGE)

    async def _greet(self, line: Line, call: Call, caller: Caller) -> Answer:
        call = await self._in_their_language(line, call, caller)
        return await self._to_waiting_room(line, call, caller.recording)

    async def _in_their_language(self, line: Line, call: Call, caller: Caller) -> Call:
        language = offered_language(caller.language, line.languages)
        if call.chosen is not None or language is None or language == call.language:
            return call
        return await self._door.store.write(greet_in, Choose(call.id, language))

    async def _to_waiting_room(self, line: Line, call: Call, ask: RecordingAsk | None) -> Answer:
        """Greet, say that it is recorded or ask, then the waiting room."""
        first, *rest = greeting(call.language, line.settings.greeting)
        if call.chosen is not None:  # they were greeted before the menu
            first, *rest = rest
        if asking.is_to_be_asked(call, ask):
            return Answer((first, await asking.question(self._door, call)), Then.CONSENT)
        told = await asking.notice(self._door, call, ask)
        return Answer((first, *told, *rest), Then.WAIT)

    async def come_in(self, line: Line, call: Call) -> Call:
        """A caller stands in the waiting room: their wait begins. Safe to repeat."""
        waits = await self._door.store.write(come_in, call.id)
        return waits if waits.in_menu else await self.hand_over(line, waits)

    async def consent_given(self, line: Line, call: Call, key: str) -> Answer:
        """The caller has said whether they may be recorded: on to the waiting room."""
        await asking.answered(self._door, call, key)
        return Answer((say(call.language, "connecting"),), Then.WAIT)

    async def before_talk(self, call: Call) -> Answer:
        """Return what a customer hears of the recording whom we have called and who picked up."""
        standing = await self._standing(call)
        if asking.is_to_be_asked(call, standing.recording):
            return Answer((await asking.question(self._door, call),), Then.CONSENT)
        told = await asking.notice(self._door, call, standing.recording, known=Consent.TOLD)
        return Answer(told, Then.WAIT)

    async def called_first(self, call: Call) -> Answer:
        """A customer who was called before any agent has picked up: to the waiting room."""
        standing, hello = await self._standing(call), say(call.language, "called_back")
        if asking.is_to_be_asked(call, standing.recording):
            return Answer((hello, await asking.question(self._door, call)), Then.CONSENT)
        told = await asking.notice(self._door, call, standing.recording)
        return Answer((hello, *told), Then.WAIT)

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
        return (await self._filed(line, call))[0]

    async def _filed(self, line: Line, call: Call) -> tuple[Call, Standing | None]:
        """The same; also return where the contact stands, where it was asked."""
        busy = await self._door.store.read(
            is_number_busy, SameNumber(call.entry_point_id, call.from_address, call.id)
        )
        inbound = inbound_of(call, alone=not busy, greeted=is_greeted(call, line))
        receipt = await self._door.receive(inbound)
        language, standing = None, None
        if receipt.contact_id is not None and call.chosen is None:
            standing = await self._door.standing(receipt.contact_id)
            language = offered_language(standing.language, line.languages)
        bind = Bind(call.id, receipt.contact_id, receipt.conversation_id, language)
        return await self._door.store.write(bind_contact, bind), standing

    async def wait_round(self, line: Line, known: Call, standing: Standing | None) -> Answer:
        """Return what a waiting caller hears now, with what is to be noted of it. `standing`: of
        their contact; None: it could not be told, or this is their first round.
        """
        begins = known.in_menu
        if begins:
            known = await self.come_in(line, known)
            if known.in_menu:  # they hung up meanwhile
                return Answer((), Then.HANG_UP)
            standing = await self.standing_of(known)
        call, standing = asking.as_waiting(known), standing or _WAITS
        heard = News(consent=call.consent if call.consent is not known.consent else None)
        if standing.ended_as == EndedAs.CALLBACK and not call.outbound:  # at their own wish
            return Answer((say(call.language, "callback_placed"),), Then.HANG_UP, news=heard)
        if call.voicemail:  # they were told to leave the queue, and the answer was lost
            return Answer((), Then.MESSAGE, news=heard)
        if standing.state in _OVER:
            # Somebody closed the contact: nobody will come, so the caller must not wait on.
            return Answer((say(call.language, "ended"),), Then.HANG_UP, news=heard)
        if overflow.is_too_long(line, call, standing, self._door.clock.now()):
            return await overflow.follow(self._door, line, call, standing, heard)
        answer = _round(line, call, standing, heard)
        if begins and standing.took_callback:
            told = (say(call.language, "callback_taken"), *answer.prompts)
            return replace(answer, prompts=told)
        return answer

    async def standing_of(self, call: Call) -> Standing | None:
        """Where the contact of a call stands; None where it cannot be told."""
        if call.contact_id is None:
            return None
        try:
            return await self._door.standing(call.contact_id)
        except HubError as error:
            _LOG.warning("no standing for a waiting caller: %s", error.message)
            return None

    async def key_pressed(self, line: Line, call: Call, key: str) -> Then:
        """Act on a key in the waiting room; a key without a meaning changes nothing."""
        if key == VOICEMAIL_KEY and line.settings.voicemail:
            await self._door.store.write(start_voicemail, call.id)
            return Then.MESSAGE
        if key == CALLBACK_KEY and call.callback_offered:
            return Then.ASK_NUMBER
        if key == STOP_KEY and line.settings.stop_key and call.contact_id is not None:
            await self._door.opt_out(call.contact_id)
            return Then.STOPPED
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

    async def follow(self, happened: Happened, answered: Answered) -> str:
        """Fold news and remember what their webhook is answered; the first answer stands."""
        return await self._door.store.write(follow, Followed(happened, answered)) or answered.answer

    async def answer_agent(self, asks: AgentAsks) -> str:
        return await self._door.store.write(answer_agent, asks)

    async def guest_happened(self, news: GuestNews) -> bool:
        """Fold news of a guest. False: it is of no guest of ours."""
        return await self._door.store.write(apply_guest_news, news)

    async def recorded(self, recorded: Recorded) -> bool:
        return await self._door.store.write(note_recording, recorded)

    async def said(self, call: Call, words: str) -> None:
        """Show what a caller says to whoever has the call open; it may be lost. Nothing is shown
        while the recording is paused: a card number is for the agent's ear alone.
        """
        paused = await self._door.store.read(is_paused, call.id)
        if call.conversation_id is not None and not paused:
            caption: dict[str, Scalar] = {
                "type": "caption",
                "from": "customer",
                "on": True,
                "text": words,
            }
            self._door.live(call.conversation_id, caption)

    async def keep(self, entry_point_id: str, key: str | None, answer: str) -> str:
        """Remember the answer under its key; the first answer stands."""
        if key is None:
            return answer
        return await self._door.store.write(keep_answer, Answered(entry_point_id, key, answer))

    async def keep_round(self, heard: Round, answer: str) -> str:
        """Note what was heard in a round, with its answer; the first answer of a key stands."""
        if heard.news == NOTHING_NEW and heard.answered is None:
            return answer
        return await self._door.store.write(note_round, heard) or answer

    async def _standing(self, call: Call) -> Standing:
        return await self.standing_of(call) or _WAITS


def _round(line: Line, call: Call, standing: Standing, heard: News) -> Answer:
    """Return a round of the waiting room for a caller who waits on."""
    offers = standing.callback is not None and not call.callback_offered
    words = waiting(
        standing,
        call.told_position,
        call.language,
        voicemail=line.settings.voicemail,
        callback=offers,
    )
    nearer = words.told_position != call.told_position
    other = other_language(call.language, line.languages)
    told = asking.notice_for(call, standing.recording)
    news = News(
        words.told_position if nearer else None,
        offers,
        Consent.TELLING if told else heard.consent,
    )
    stop = (say(call.language, "stop"),) if line.settings.stop_key else ()
    switch = None if other is None else say(other, "this_language")
    return Answer((*told, *words.prompts, *stop), Then.WAIT, switch, news=news)


def _closing(line: Line, call: Call, words: tuple[Say, ...], *bye: Say) -> Answer:
    """Say `words` to a caller who cannot wait, then take a message, or say goodbye and hang up."""
    if line.settings.voicemail:
        return Answer((*words, say(call.language, "leave_message")), Then.MESSAGE)
    return Answer((*words, *bye), Then.HANG_UP)

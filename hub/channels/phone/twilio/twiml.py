"""What we answer to Twilio: TwiML, built by Twilio's library only. Pure.

Sources: Twilio's pages on <Enqueue>, <Gather>, <Record>, <Dial> and <Conference>.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from urllib.parse import quote, urlencode

from twilio.twiml import TwiML
from twilio.twiml.voice_response import Dial, VoiceResponse
from twilio.twiml.voice_response import Say as Spoken

from hub.channels.phone.answer import Question
from hub.channels.phone.guests.model import Guest
from hub.channels.phone.model import Call, Connection, Role
from hub.channels.phone.session import Say, reworded, text
from hub.contacts.guests.model import GuestRole
from hub.contacts.templates.filling import Changed

QUEUE_NAME = "waiting-room"
SPOKEN = {"zh-CN": "cmn-CN", "zh": "cmn-CN", "en": "en-US"}  # the names Twilio's voices go by
_HEARD = {"zh-CN": "cmn-Hans-CN", "zh": "cmn-Hans-CN", "en": "en-US"}  # as transcription names them
CAPTIONS = "captions"  # the name of what a call is transcribed by
CALLER_ONLY = "inbound_track"  # agents know what they say
CLOSED = "closed"  # in the query of what a caller answers who is in no waiting room
_CLOSED = f"?{CLOSED}=1"
_ANSWER_S = 5  # that long after a question silence is the answer
_ROOM_EVENTS = "start end join leave hold"


@dataclass(frozen=True, slots=True)
class Urls:
    """Our webhooks for one entry point, absolute."""

    base: str

    @classmethod
    def of(cls, public_base_url: str, entry_point_id: str) -> Urls:
        return cls(f"{public_base_url.rstrip('/')}/channels/{quote(entry_point_id, safe='')}")

    def __call__(self, *path: str) -> str:
        return "/".join((self.base, *(quote(part, safe="") for part in path)))


@dataclass(frozen=True, slots=True)
class Style:
    """How one entry point sounds. `words`: what it says instead of the usual, by the set-up."""

    urls: Urls
    voices: Mapping[str, str]
    music_url: str
    voicemail_max_s: int
    captions: bool = False
    words: Changed = field(default_factory=dict)


def for_caller(style: Style, call: Call, *, captions: bool = True) -> Style:
    """Return how a talk with this caller goes. `captions`: nothing but the caller's own no speaks
    against transcribing what they say.
    """
    return style if captions and call.may_be_transcribed else replace(style, captions=False)


def heard_as(language: str) -> str:
    """Return a language as the provider's recognition names it."""
    return _HEARD.get(language, language)


def room_name(connection: Connection) -> str:
    """Return the conference's name: ours, without anything personal."""
    return f"room-{connection.room_id}"


def waiting_room(style: Style, prompts: Sequence[Say]) -> str:
    """Greet, then wait in the queue; `wait` is fetched again and again until somebody comes."""
    response = VoiceResponse()
    if style.captions:
        response.stop().transcription(name=CAPTIONS)
    _speak(response, style, prompts)
    response.enqueue(
        QUEUE_NAME,
        action=style.urls("left"),
        method="POST",
        wait_url=style.urls("wait"),
        wait_url_method="POST",
    )
    return _xml(response)


def wait_round(style: Style, prompts: Sequence[Say], switch: Say | None) -> str:
    """One round of the waiting room: what is to be said, then music; any key is heard at once."""
    said = reworded(prompts, style.words) + reworded([switch] if switch else [], style.words)
    lines = [(one.text, one.language, style.voices.get(one.language)) for one in said]
    return _round(style.urls("choice"), style.music_url, lines)


def _round(action: str, music_url: str, lines: Sequence[tuple[str, str, str | None]]) -> str:
    """The document in pieces that are kept: most of what a caller hears others have heard."""
    before, play, after = _silent_round(action, music_url).partition(_PLAY)
    return "".join((before, *(_spoken_piece(*line) for line in lines), play, after))


_PLAY = "<Play>"


@lru_cache(maxsize=64)
def _silent_round(action: str, music_url: str) -> str:
    response = VoiceResponse()
    gather = response.gather(
        num_digits=1, timeout=1, finish_on_key="", action=action, method="POST"
    )
    gather.play(music_url)
    return _xml(response)


@lru_cache(maxsize=1024)
def _spoken_piece(text: str, language: str, voice: str | None) -> str:
    return str(_spoken(text, language, voice).to_xml(xml_declaration=False))


def ask_consent(style: Style, prompts: Sequence[Say], action: str) -> str:
    """Ask for one key; whoever presses none comes to `action` all the same."""
    response = VoiceResponse()
    gather = response.gather(
        num_digits=1, timeout=4, finish_on_key="", action=action, method="POST"
    )
    _speak(gather, style, prompts)
    response.redirect(action, method="POST")
    return _xml(response)


def ask_number(style: Style, prompts: Sequence[Say]) -> str:
    """Ask for the number to call back, in the waiting room; without keys its next round comes."""
    response = VoiceResponse()
    _gather_number(response, style, prompts, style.urls("callback"))
    return _xml(response)


def ask_number_closed(
    style: Style, prompts: Sequence[Say], after: Sequence[Say], *, message: bool
) -> str:
    """The same outside the hours: without keys a message is taken, or it is goodbye."""
    response = VoiceResponse()
    _gather_number(response, style, prompts, style.urls("callback") + _CLOSED)
    _message_or_goodbye(response, style, after, message=message)
    return _xml(response)


def closed(style: Style, prompts: Sequence[Say], after: Sequence[Say], *, message: bool) -> str:
    """Outside the hours: one key asks for a callback; else a message is taken, or it is goodbye."""
    response = VoiceResponse()
    gather = response.gather(
        num_digits=1,
        timeout=3,
        finish_on_key="",
        action=style.urls("choice") + _CLOSED,
        method="POST",
    )
    _speak(gather, style, prompts)
    _message_or_goodbye(response, style, after, message=message)
    return _xml(response)


def _message_or_goodbye(
    response: VoiceResponse, style: Style, prompts: Sequence[Say], *, message: bool
) -> None:
    if message:
        _message(response, style, prompts)
    else:
        _speak(response, style, prompts)
        response.hangup()


def _gather_number(
    response: VoiceResponse, style: Style, prompts: Sequence[Say], action: str
) -> None:
    gather = response.gather(timeout=4, finish_on_key="#", action=action, method="POST")
    _speak(gather, style, prompts)


def leave_queue() -> str:
    """Step out of the waiting room; Twilio then asks the queue's action what comes next."""
    response = VoiceResponse()
    response.leave()
    return _xml(response)


def leave_queue_after(style: Style, prompts: Sequence[Say]) -> str:
    """The same, at our own wish: `prompts` say why."""
    response = VoiceResponse()
    _speak(response, style, prompts)
    response.leave()
    return _xml(response)


def take_message(style: Style, prompts: Sequence[Say]) -> str:
    """Say `prompts`, then record a message; a caller who says nothing comes to `message-done`."""
    response = VoiceResponse()
    _message(response, style, prompts)
    return _xml(response)


def _message(response: VoiceResponse, style: Style, prompts: Sequence[Say]) -> None:
    _speak(response, style, prompts)
    response.record(
        action=style.urls("message-done"),
        method="POST",
        timeout=5,
        finish_on_key="#",
        max_length=style.voicemail_max_s,
        play_beep=True,
        trim="trim-silence",
        recording_status_callback=style.urls("recording"),
        recording_status_callback_method="POST",
        recording_status_callback_event="completed absent",
    )
    response.redirect(style.urls("message-done"), method="POST")


def ask(style: Style, prompts: Sequence[Say], question: Question) -> str:
    """Ask; a key is heard at once, also while one speaks, and silence is an answer, too."""
    response = VoiceResponse()
    listening: dict[str, str] = {}
    if question.hints:
        listening = {
            "input": "dtmf speech",
            "language": heard_as(question.language),
            "hints": ",".join(word.replace(",", " ") for word in question.hints),
            "speech_timeout": "auto",
        }
    gather = response.gather(
        num_digits=1,
        timeout=_ANSWER_S,
        finish_on_key="",
        action=_asked(style, "menu", question),
        method="POST",
        action_on_empty_result=True,
        **listening,
    )
    _speak(gather, style, prompts)
    return _xml(response)


@dataclass(frozen=True, slots=True)
class Outside:
    """A number to put a caller through to: `calls_from` is shown there, it rings for `ring_s`.
    `answered_url`: asked when they pick up; "": nobody has to know.
    """

    number: str
    calls_from: str
    ring_s: int
    answered_url: str = ""


def put_through(style: Style, prompts: Sequence[Say], question: Question, outside: Outside) -> str:
    """Say so and call a number outside; whatever comes of it is told to `through`."""
    response = VoiceResponse()
    _speak(response, style, prompts)
    dial: Dial = response.dial(
        action=_asked(style, "through", question),
        method="POST",
        timeout=outside.ring_s,
        caller_id=outside.calls_from,
    )
    # Told as they pick up, before either hears the other.
    told = {"url": outside.answered_url, "method": "POST"} if outside.answered_url else {}
    dial.number(outside.number, **told)
    return _xml(response)


def _asked(style: Style, path: str, question: Question) -> str:
    """Return the address that the answer to a question goes to."""
    where = {"which": question.which, "at": question.place, "tries": str(question.tries)}
    return f"{style.urls(path)}?{urlencode({k: v for k, v in where.items() if v not in ('', '0')})}"


def farewell(style: Style, prompts: Sequence[Say]) -> str:
    response = VoiceResponse()
    _speak(response, style, prompts)
    response.hangup()
    return _xml(response)


def refuse() -> str:
    """Do not answer: the caller hears the busy tone and pays nothing."""
    response = VoiceResponse()
    response.reject(reason="busy")
    return _xml(response)


def agent_room(style: Style, connection: Connection) -> str:
    """The agent's answer: into the room, alone and in silence until the caller is moved there.

    Who calls hears the ringing tone until the customer picks up.
    """
    response = VoiceResponse()
    _seat(response, style, connection, Role.AGENT)
    return _xml(response)


def customer_room(
    style: Style, connection: Connection, language: str, prompts: Sequence[Say] = ()
) -> str:
    """The customer goes into the room, moved or as they pick up; it ends when they leave it."""
    response = VoiceResponse()
    _speak(response, style, prompts)
    if style.captions:
        response.start().transcription(
            name=CAPTIONS,
            track=CALLER_ONLY,
            language_code=heard_as(language),
            partial_results=False,
            status_callback_url=style.urls("captions"),
            status_callback_method="POST",
        )
    _seat(response, style, connection, Role.CUSTOMER)
    return _xml(response)


def guest_room(style: Style, connection: Connection, guest: Guest) -> str:
    """A guest's answer: into the room of the talk; supervisors join muted, whatever they chose."""
    response = VoiceResponse()
    dial: Dial = response.dial()
    dial.conference(
        room_name(connection),
        participant_label=guest.label,
        muted=guest.role is GuestRole.SUPERVISOR,
        start_conference_on_enter=True,
        end_conference_on_exit=False,
        beep="false",
        wait_url="",
        status_callback=style.urls("room", connection.room_id),
        status_callback_method="POST",
        status_callback_event=_ROOM_EVENTS,
    )
    return _xml(response)


def again_soon(url: str) -> str:
    """Hold the line for two seconds and ask once more: we are slow, the caller need not notice."""
    response = VoiceResponse()
    response.pause(length=2)
    response.redirect(url, method="POST")
    return _xml(response)


def static_fallback(languages: Sequence[str]) -> str:
    """The answer when nothing can be stored: an apology in each language, then the end."""
    response = VoiceResponse()
    for language in languages:
        response.say(text(language, "trouble"), language=SPOKEN.get(language, language))
    response.hangup()
    return _xml(response)


def nothing() -> str:
    """An answer that changes nothing."""
    return _xml(VoiceResponse())


def _seat(response: VoiceResponse, style: Style, connection: Connection, role: Role) -> None:
    rings = connection.dials and role is Role.AGENT
    dial: Dial = response.dial()
    dial.conference(
        room_name(connection),
        participant_label=role.value,
        start_conference_on_enter=True,
        end_conference_on_exit=role is Role.CUSTOMER,
        beep="false",
        wait_url=style.urls("ringing.wav") if rings else "",
        wait_method="GET" if rings else None,
        status_callback=style.urls("room", connection.id),
        status_callback_method="POST",
        status_callback_event=_ROOM_EVENTS,
    )


def _speak(verb: TwiML, style: Style, prompts: Sequence[Say]) -> None:
    for prompt in reworded(prompts, style.words):
        verb.append(_spoken(prompt.text, prompt.language, style.voices.get(prompt.language)))


def _spoken(text: str, language: str, voice: str | None) -> Spoken:
    return Spoken(text, language=SPOKEN.get(language, language), voice=voice)


def _xml(response: VoiceResponse) -> str:
    return str(response)

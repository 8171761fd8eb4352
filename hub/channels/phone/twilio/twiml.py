"""What we answer to Twilio: TwiML, built by Twilio's library only. Pure.

Sources: Twilio's pages on <Enqueue>, <Gather>, <Record>, <Dial> and <Conference>.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from twilio.twiml import TwiML
from twilio.twiml.voice_response import Dial, VoiceResponse
from twilio.twiml.voice_response import Say as Spoken

from hub.channels.phone.model import Connection, Role
from hub.channels.phone.session import Say, text

QUEUE_NAME = "waiting-room"
_SPOKEN = {"zh-CN": "cmn-CN", "zh": "cmn-CN", "en": "en-US"}  # the names Twilio's voices go by
_HEARD = {"zh-CN": "cmn-Hans-CN", "zh": "cmn-Hans-CN", "en": "en-US"}  # as transcription names them
_CAPTIONS = "captions"
CLOSED = "closed"  # in the query of what a caller answers who is in no waiting room
_CLOSED = f"?{CLOSED}=1"
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
    """How one entry point sounds."""

    urls: Urls
    voices: Mapping[str, str]
    music_url: str
    voicemail_max_s: int
    captions: bool = False


def room_name(connection: Connection) -> str:
    """Return the conference's name: ours, without anything personal."""
    return f"room-{connection.id}"


def waiting_room(style: Style, prompts: Sequence[Say]) -> str:
    """Greet, then wait in the queue; `wait` is fetched again and again until somebody comes."""
    response = VoiceResponse()
    if style.captions:
        response.stop().transcription(name=_CAPTIONS)
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
    response = VoiceResponse()
    gather = response.gather(
        num_digits=1,
        timeout=1,
        finish_on_key="",
        action=style.urls("choice"),
        method="POST",
    )
    _speak(gather, style, prompts)
    if switch is not None:
        _speak(gather, style, [switch])
    gather.play(style.music_url)
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


def customer_room(style: Style, connection: Connection, language: str) -> str:
    """The customer goes into the room, moved or as they pick up; it ends when they leave it."""
    response = VoiceResponse()
    if style.captions:
        response.start().transcription(
            name=_CAPTIONS,
            track="inbound_track",  # the caller only: agents know what they say
            language_code=_HEARD.get(language, language),
            partial_results=False,
            status_callback_url=style.urls("captions"),
            status_callback_method="POST",
        )
    _seat(response, style, connection, Role.CUSTOMER)
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
        response.say(text(language, "trouble"), language=_SPOKEN.get(language, language))
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
    for prompt in prompts:
        spoken = Spoken(
            prompt.text,
            language=_SPOKEN.get(prompt.language, prompt.language),
            voice=style.voices.get(prompt.language),
        )
        verb.append(spoken)


def _xml(response: VoiceResponse) -> str:
    return str(response)

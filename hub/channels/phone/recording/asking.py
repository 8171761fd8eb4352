"""The other side is told that it is recorded, or asked: in its language, before it is."""

from __future__ import annotations

from dataclasses import replace

from hub.channels.base import Door
from hub.channels.phone.model import Call, Consent
from hub.channels.phone.session import Say, reworded, say
from hub.contacts.recordings.model import RecordingAsk
from hub.contacts.templates.filling import at_point
from hub.contacts.templates.service import changed_templates

from .heard import Heard, note_heard

CONSENT_KEY = "1"
_ANSWERED = (Consent.AGREED, Consent.REFUSED)
_NOT_TOLD = (Consent.UNASKED, Consent.TELLING)
# What is true of who comes to the waiting room: the notice was said to its end, or the question was
# broken off because an agent took them, who has left.
_WAITS = {Consent.TELLING: Consent.TOLD, Consent.ASKED: Consent.UNASKED}


def is_to_be_asked(call: Call, ask: RecordingAsk | None) -> bool:
    """Say whether the other side has to answer before it may be recorded."""
    return ask is not None and ask.consent and call.consent not in _ANSWERED


async def question(door: Door, call: Call) -> Say:
    await door.store.write(note_heard, Heard(call.id, Consent.ASKED))
    return say(call.language, "recording_ask")


def notice_for(call: Call, ask: RecordingAsk | None) -> tuple[Say, ...]:
    """Return what is said of the recording where it was not heard yet."""
    if ask is None or ask.consent or call.consent not in _NOT_TOLD:
        return ()
    return (say(call.language, "recording_notice"),)


async def notice(
    door: Door, call: Call, ask: RecordingAsk | None, *, known: Consent = Consent.TELLING
) -> tuple[Say, ...]:
    """The same, and note it. `known` TOLD: nothing comes before they have heard it."""
    said = notice_for(call, ask)
    if said:
        await door.store.write(note_heard, Heard(call.id, known))
    return said


def as_waiting(call: Call) -> Call:
    """They have come to the waiting room: they have heard what was said before."""
    consent = _WAITS.get(call.consent)
    return call if consent is None else replace(call, consent=consent)


async def in_its_words(door: Door, line_id: str, said: tuple[Say, ...]) -> tuple[Say, ...]:
    """Return what is said as the set-up words it at this line."""
    if not said:
        return ()
    changed = at_point(await door.store.read(changed_templates, None), line_id)
    return tuple(replace(one, prompt="") for one in reworded(said, changed))


async def answered(door: Door, call: Call, key: str) -> None:
    """The other side has answered; nothing, or any other key, is no."""
    agreed = key == CONSENT_KEY
    consent = Consent.AGREED if agreed else Consent.REFUSED
    await door.store.write(note_heard, Heard(call.id, consent))

"""The document that answers calls while the hub cannot: to be hosted elsewhere, as a file. Pure.

Twilio asks for it where the hub's own webhook fails ("primary handler fails"). It asks nothing of
the hub: what callers say into it stays in the account until somebody listens to it there.
"""

from __future__ import annotations

from twilio.twiml.voice_response import VoiceResponse

from hub.channels.base import EntryPoint
from hub.channels.phone.session import Say, text
from hub.channels.phone.settings import PhoneSettings

from .twiml import SPOKEN


def fallback_document(point: EntryPoint, settings: PhoneSettings, number: str = "") -> str:
    """Return it for one entry point: its greeting and an apology in each language it offers, then
    `number` rings (E.164), else a message is taken where the entry point takes any.
    """
    languages = dict.fromkeys((point.language, *settings.languages))
    response = VoiceResponse()

    def speak(say: Say) -> None:
        language = SPOKEN.get(say.language, say.language)
        response.say(say.text, language=language, voice=settings.voices.get(say.language))

    for language in languages:
        if own := settings.greeting.get(language):
            speak(Say(language, own))
        if not number and not settings.voicemail:
            speak(Say(language, text(language, "trouble")))
    if number:
        response.dial(number, timeout=settings.dial_s)
    elif settings.voicemail:
        for language in languages:
            speak(Say(language, text(language, "leave_message")))
        response.record(
            timeout=5, finish_on_key="#", max_length=settings.voicemail_max_s, play_beep=True
        )
    response.hangup()
    return str(response)

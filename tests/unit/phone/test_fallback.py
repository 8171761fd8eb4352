"""What answers calls while the hub cannot is a document that asks nothing of it."""

from __future__ import annotations

from hub.channels.base import EntryPoint
from hub.channels.phone.settings import parse_settings
from hub.channels.phone.twilio.fallback import fallback_document
from hub.contacts.model import Channel
from hub.testing.twilio_simulator.documents import parse_document

POINT = EntryPoint("hotline", Channel.PHONE, "+862155501000", "support", "zh-CN", {}, "Hotline")


def document(number: str = "", **settings: object) -> str:
    return fallback_document(POINT, parse_settings("hotline", settings), number)


def test_it_greets_in_every_language_and_takes_a_message() -> None:
    text = document(greeting={"en": "Lakeside Kitchens.", "zh-CN": "湖畔厨房。"})
    verbs = parse_document(text)
    assert [verb.name for verb in verbs] == ["Say", "Say", "Say", "Say", "Record", "Hangup"]
    assert [verb.get("language") for verb in verbs[:2]] == ["cmn-CN", "en-US"]
    assert "湖畔厨房" in verbs[0].text
    assert "http" not in text  # it asks nothing of the hub


def test_it_rings_a_number_or_says_that_nobody_answers() -> None:
    ringing = parse_document(document("+862155509999"))
    assert (ringing[0].name, ringing[0].text) == ("Dial", "+862155509999")
    sorry = parse_document(document(voicemail=False))
    assert [verb.name for verb in sorry] == ["Say", "Say", "Hangup"]
    assert "We are sorry" in sorry[1].text

"""The documents we answer with: read by the strict reader of the simulated provider."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from twilio.twiml.voice_response import VoiceResponse

from hub.channels.phone.model import Connection
from hub.channels.phone.session import Say
from hub.channels.phone.twilio import twiml
from hub.channels.phone.twilio.twiml import Style, Urls
from hub.testing.twilio_simulator.documents import IN_QUEUE, parse_document

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
URLS = Urls.of("https://hub.example/", "hot line")
STYLE = Style(URLS, {"en": "Polly.Joanna", "zh-CN": "Polly.Zhiyu"}, URLS("music.wav"), 120)
CONNECTION = Connection("0190", "agent", "client:agent", NOON)


def test_urls_are_absolute_and_quoted() -> None:
    assert URLS("agent", "a/b") == "https://hub.example/channels/hot%20line/agent/a%2Fb"


def test_the_waiting_room_greets_and_enqueues() -> None:
    greet, enqueue = parse_document(twiml.waiting_room(STYLE, [Say("zh-CN", "您好 <&>")]))
    assert greet.text == "您好 <&>"
    assert greet.get("language") == "cmn-CN"
    assert greet.get("voice") == "Polly.Zhiyu"
    assert enqueue.get("waitUrl") == URLS("wait")
    assert enqueue.get("action") == URLS("left")


def test_a_round_of_the_waiting_room_uses_only_what_a_queue_allows() -> None:
    document = twiml.wait_round(STYLE, [Say("en", "next")], Say("zh-CN", "按9"))
    (gather,) = parse_document(document, IN_QUEUE)
    assert [child.name for child in gather.children] == ["Say", "Say", "Play"]
    assert gather.get("numDigits") == "1"
    parse_document(twiml.leave_queue(), IN_QUEUE)


def test_a_round_is_to_the_letter_what_twilios_library_makes_of_it() -> None:
    """It is put together of pieces that are kept; what is said looks like none of them."""
    said = [Say("en", 'a <Play> & "b" </Gather>'), Say("fr", "é\u2028 😀"), Say("zh-CN", "")]
    whole = VoiceResponse()
    gather = whole.gather(
        num_digits=1, timeout=1, finish_on_key="", action=URLS("choice"), method="POST"
    )
    for one in said:
        language = {"en": "en-US", "zh-CN": "cmn-CN"}.get(one.language, one.language)
        gather.say(one.text, language=language, voice=STYLE.voices.get(one.language))
    gather.play(STYLE.music_url)
    assert twiml.wait_round(STYLE, said[:2], said[2]) == str(whole)


def test_the_room_ends_with_the_customer_only() -> None:
    agent = parse_document(twiml.agent_room(STYLE, CONNECTION))[0].children[0]
    customer = parse_document(twiml.customer_room(STYLE, CONNECTION, "en"))[0].children[0]
    assert agent.text == customer.text == "room-0190"
    assert agent.get("endConferenceOnExit") == "false"
    assert customer.get("endConferenceOnExit") == "true"
    assert agent.get("participantLabel") == "agent"
    assert customer.get("participantLabel") == "customer"
    assert agent.get("statusCallbackEvent") == "start end join leave hold"


def test_captions_are_taken_of_the_caller_only_and_end_in_the_waiting_room() -> None:
    style = replace(STYLE, captions=True)
    start = parse_document(twiml.customer_room(style, CONNECTION, "zh-CN"))[0].children[0]
    assert start.get("track") == "inbound_track"
    assert start.get("languageCode") == "cmn-Hans-CN"
    assert start.get("statusCallbackUrl") == URLS("captions")
    stop = parse_document(twiml.waiting_room(style, []))[0]
    assert stop.name == "Stop"
    assert stop.children[0].get("name") == start.get("name")


def test_a_message_is_limited_and_reported() -> None:
    record = parse_document(twiml.take_message(STYLE, []))[0]
    assert record.get("maxLength") == "120"
    assert record.get("recordingStatusCallback") == URLS("recording")
    assert record.get("recordingStatusCallbackEvent") == "completed absent"


def test_every_other_answer_is_a_right_document() -> None:
    for document in (
        twiml.refuse(),
        twiml.nothing(),
        twiml.farewell(STYLE, [Say("en", "Goodbye.")]),
        twiml.again_soon(URLS("voice") + "?retry=1"),
        twiml.static_fallback(["en", "zh-CN"]),
    ):
        parse_document(document)

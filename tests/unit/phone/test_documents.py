"""The simulated provider reads as strictly as the real one."""

from __future__ import annotations

import pytest

from hub.testing.twilio_simulator.documents import IN_QUEUE, BadDocument, parse_document
from hub.testing.twilio_simulator.interpreter import speaking_s


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("", 12100),
        ("<Response>", 12100),
        ("<Answer/>", 12200),
        ("<Response><Sing/></Response>", 12200),
        ("<Response><Say loudness='5'>x</Say></Response>", 12200),
        ("<Response><Conference>x</Conference></Response>", 12200),
        ("<Response><Dial><Say>x</Say></Dial></Response>", 12200),
    ],
)
def test_what_twilio_would_refuse_is_refused(document: str, code: int) -> None:
    with pytest.raises(BadDocument) as refusal:
        parse_document(document)
    assert refusal.value.code == code


def test_in_a_queue_only_its_own_verbs_are_allowed() -> None:
    assert parse_document("<Response><Leave/></Response>", IN_QUEUE)[0].name == "Leave"
    with pytest.raises(BadDocument):
        parse_document("<Response><Dial/></Response>", IN_QUEUE)


def test_speech_takes_its_time_in_both_scripts() -> None:
    assert speaking_s("a" * 150) == pytest.approx(10)
    assert speaking_s("您" * 45) == pytest.approx(10)

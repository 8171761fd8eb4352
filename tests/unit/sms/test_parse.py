"""What the provider posts: nothing that a stranger writes raises, and nothing else is fetched."""

from __future__ import annotations

import pytest

from hub.channels.sms.parse import (
    Received,
    Refused,
    StateNews,
    parse_media,
    parse_state,
    parse_text,
)
from hub.channels.sms.states import Told

ACCOUNT = "AC" + "0" * 32
SID = "SM" + "1" * 32
MEDIA = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{SID}/Media/ME{'2' * 32}"


def text(**params: str) -> Received | Refused:
    given = {"MessageSid": SID, "From": "+8613800138000", "To": "+862155501009", "Body": "Hello"}
    return parse_text({**given, **params}, ACCOUNT)


def received(**params: str) -> Received:
    found = text(**params)
    assert isinstance(found, Received)
    return found


def test_a_text_is_read_with_its_pictures() -> None:
    found = received(NumMedia="1", MediaUrl0=f"https://api.twilio.com{MEDIA}",
                     MediaContentType0="image/jpeg; x")  # fmt: skip
    assert (found.sender, found.text, found.answerable) == ("+8613800138000", "Hello", True)
    assert [(one.path, one.declared) for one in found.media] == [(MEDIA, "image/jpeg")]
    assert found.lost_media == 0


@pytest.mark.parametrize(
    "url",
    [
        "https://169.254.169.254/latest/meta-data",
        f"https://api.twilio.com{MEDIA}/../../..",
        f"https://api.twilio.com{MEDIA.replace('AC0', 'AC1')}",
        "https://[broken",
        "",
        "x" * 10_000,
    ],
)
def test_what_is_not_kept_by_the_provider_is_not_fetched(url: str) -> None:
    assert parse_media(url, "image/png", ACCOUNT) is None
    assert received(NumMedia="1", MediaUrl0=url).lost_media == 1


@pytest.mark.parametrize("sender", ["PARCELS", "10690", "262966"])
def test_a_sender_that_is_no_number_is_taken_and_cannot_be_answered(sender: str) -> None:
    assert received(From=sender).answerable is False


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({"MessageSid": "SM1"}, "no_sid"),
        ({"MessageSid": ""}, "no_sid"),
        ({"From": ""}, "sender"),
        ({"From": "whatsapp:+8613800138000"}, "sender"),
        ({"From": "9" * 10_000}, "sender"),
    ],
)
def test_what_is_no_text_is_refused_with_its_reason(params: dict[str, str], why: str) -> None:
    assert text(**params) == Refused(why)


def test_words_lose_what_no_database_keeps_and_no_screen_shows() -> None:
    assert received(Body="a\x00b\ud800\n😀 ").text == "ab\n😀"
    assert len(received(Body="x" * 20_000).text) == 10_000
    assert received(NumMedia="99999999999").media == ()


def test_a_callback_is_read() -> None:
    params = {"MessageSid": SID, "MessageStatus": "Undelivered", "ErrorCode": "30003"}
    assert parse_state(params) == StateNews(SID, Told("undelivered", 30003))
    assert parse_state({**params, "ErrorCode": "none"}) == StateNews(SID, Told("undelivered", 0))
    assert parse_state({"MessageStatus": "sent"}) == Refused("no_sid")

"""The webhook signature: Twilio's own example, and everything that must be refused."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from hub.vendors.twilio import SignedRequest, is_signed_by
from hub.vendors.twilio.signature import parse_form

# The worked example of Twilio's page on request validation.
TOKEN = "12345"
EXAMPLE = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}
SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_twilios_own_example_is_accepted() -> None:
    body = urlencode(EXAMPLE).encode()
    request = SignedRequest("/myapp.php?foo=1&bar=2", body, SIGNATURE)
    assert is_signed_by(request, "https://mycompany.com", [TOKEN])


def signed(path: str, params: dict[str, str], base: str = "https://hub.example") -> SignedRequest:
    signature = RequestValidator(TOKEN).compute_signature(base + path, params)
    return SignedRequest(path, urlencode(params).encode(), signature)


def test_blank_parameters_are_part_of_what_is_signed() -> None:
    request = signed("/channels/hotline/voice", {"CallSid": "CA1", "FromCity": "", "ToZip": ""})
    assert is_signed_by(request, "https://hub.example", [TOKEN])
    shorter = SignedRequest(request.raw_path, b"CallSid=CA1", request.signature)
    assert not is_signed_by(
        SignedRequest(shorter.raw_path, b"CallSid=CA1&FromCity=x", shorter.signature),
        "https://hub.example",
        [TOKEN],
    )


def test_the_raw_query_counts_and_not_a_decoded_one() -> None:
    request = signed("/channels/hot%20line/voice?retry=1&x=%2B1", {"CallSid": "CA1"})
    assert is_signed_by(request, "https://hub.example", [TOKEN])
    other = SignedRequest("/channels/hot line/voice?retry=1&x=+1", request.body, request.signature)
    assert not is_signed_by(other, "https://hub.example", [TOKEN])


def test_either_of_two_tokens_is_accepted_while_one_is_rotated() -> None:
    request = signed("/v", {"CallSid": "CA1"})
    assert is_signed_by(request, "https://hub.example", ["the new one", TOKEN])
    assert not is_signed_by(request, "https://hub.example", ["the new one"])


@pytest.mark.parametrize("signature", [None, "", "AAAA", "ä"])
def test_a_missing_or_wrong_signature_is_refused(signature: str | None) -> None:
    request = SignedRequest("/v", b"CallSid=CA1", signature)
    assert not is_signed_by(request, "https://hub.example", [TOKEN])


def test_an_empty_token_accepts_nothing() -> None:
    signature = RequestValidator("").compute_signature("https://hub.example/v", {})
    assert not is_signed_by(SignedRequest("/v", b"", signature), "https://hub.example", ["", ""])


@pytest.mark.parametrize("body", [b"\xff\xfe", b"&".join(b"a=%d" % n for n in range(600))])
def test_what_is_no_sensible_form_is_refused(body: bytes) -> None:
    assert parse_form(body) is None
    assert not is_signed_by(SignedRequest("/v", body, "x"), "https://hub.example", [TOKEN])


@pytest.mark.parametrize("base", ["https://hub.example", "http://hub.example", "https://h:8443"])
@pytest.mark.parametrize(
    "over", ["https://hub.example", "https://hub.example:443", "http://hub.example:80",
             "http://hub.example", "https://h:8443", "https://h", "https://h:443", "https://other"]
)  # fmt: skip
def test_the_address_is_taken_as_twilios_library_takes_it(base: str, over: str) -> None:
    path, params = "/channels/hotline/wait?retry=1", {"CallSid": "CA1", "From": ""}
    request = signed(path, params, over)
    form = parse_form(request.body)
    there = RequestValidator(TOKEN).validate(base + path, form, request.signature)
    assert is_signed_by(request, base, ["", "another", TOKEN]) is there


@pytest.mark.parametrize("signature", ["é" * 28, "\udc80" * 28, "=", SIGNATURE + "="])
def test_what_is_no_signature_is_refused(signature: str) -> None:
    assert not is_signed_by(SignedRequest("/", b"a=b", signature), "https://h", [TOKEN])

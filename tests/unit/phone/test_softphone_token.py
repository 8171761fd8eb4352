"""The token that a browser signs in with at the provider."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import jwt

from hub.settings import Secret, Twilio
from hub.vendors.twilio.softphone import (
    SIGNALLING_ORIGINS,
    can_sign,
    signalling_origins,
    voice_token,
)

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
SECRET = "s" * 32
ACCOUNT = Twilio(
    account_sid="AC1", auth_token=Secret("t"), api_key="SK1", api_secret=Secret(SECRET)
)


def test_a_token_lets_this_browser_be_rung_and_calls_nobody() -> None:
    token = voice_token(ACCOUNT, "li_na", NOON, timedelta(minutes=10))
    claims = jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_exp": False})
    assert claims["grants"] == {"identity": "li_na", "voice": {"incoming": {"allow": True}}}
    assert claims["exp"] - NOON.timestamp() == 600
    assert (claims["iss"], claims["sub"]) == ("SK1", "AC1")
    assert jwt.get_unverified_header(token)["cty"] == "twilio-fpa;v=1"


def test_two_tokens_are_never_the_same() -> None:
    life = timedelta(minutes=10)
    assert voice_token(ACCOUNT, "a", NOON, life) != voice_token(ACCOUNT, "a", NOON, life)


def test_consoles_keep_a_line_to_the_provider_only_where_there_are_softphones() -> None:
    assert signalling_origins(ACCOUNT) == SIGNALLING_ORIGINS
    assert signalling_origins(Twilio()) == ()
    without = Twilio(account_sid="AC1", auth_token=Secret("t"))
    assert not can_sign(without)
    assert signalling_origins(without) == ()

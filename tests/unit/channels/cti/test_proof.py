"""How a request proves that it is the PBX's."""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from hub.channels.cti.profiles import profile_of
from hub.channels.cti.proof import Request, is_proven, sign
from hub.channels.cti.settings import PbxSettings

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
KEY, OTHER = "a key of the firm's PBX", "the key before this one"
BODY = b'{"call_id": "a1"}'


def proven(
    headers: dict[str, str] | None = None,
    *,
    profile: str = "generic",
    proof: str = "signature",
    query: dict[str, str] | None = None,
    body: bytes = BODY,
    keys: tuple[str, ...] = (KEY, OTHER),
) -> bool:
    settings = PbxSettings(profile="generic", proof=proof, signing_keys=keys)  # type: ignore[arg-type]  # the words of the tests
    request = Request(headers or {}, query or {}, body)
    return is_proven(settings, profile_of(profile).signature, request, NOW)


@pytest.mark.parametrize("key", [KEY, OTHER])
@pytest.mark.parametrize("off_s", [-299, 0, 299])
def test_a_signature_with_any_of_the_keys_is_good_for_five_minutes(key: str, off_s: int) -> None:
    at = NOW + timedelta(seconds=off_s)
    assert proven({"X-Hub-Signature": sign(key, BODY, at)})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature": ""},
        {"X-Hub-Signature": sign(KEY, BODY, NOW - timedelta(seconds=301))},
        {"X-Hub-Signature": sign(KEY, BODY, NOW + timedelta(seconds=301))},
        {"X-Hub-Signature": sign("some other key altogether", BODY, NOW)},
        {"X-Hub-Signature": sign(KEY, b"{}", NOW)},
        {"X-Hub-Signature": "t=é,v1=" + "0" * 64},
        {"Authorization": f"Bearer {KEY}"},
        {"X-Hub-Signature": "t=1773108000,v1=\udcff"},
    ],
)
def test_anything_else_is_not(headers: dict[str, str]) -> None:
    assert not proven(headers)


def test_without_a_key_nothing_is_proven() -> None:
    assert not proven({"X-Hub-Signature": sign("", BODY, NOW)}, keys=())
    assert not proven({"Authorization": "Bearer "}, proof="bearer", keys=())


def test_yeastar_signs_the_body_in_base64() -> None:
    mac = base64.b64encode(hmac.digest(KEY.encode(), BODY, "sha256")).decode()
    assert proven({"X-Signature": mac}, profile="yeastar")
    assert not proven({"X-Signature": mac}, profile="yeastar", body=b"{}")


def test_the_key_itself_is_shown_in_three_ways() -> None:
    basic = base64.b64encode(f"pbx:{KEY}".encode()).decode()
    assert proven({"Authorization": f"Bearer {KEY}"}, proof="bearer")
    assert proven({"Authorization": f"Basic {basic}"}, proof="basic")
    assert proven(query={"token": KEY}, proof="query")
    assert not proven({"Authorization": f"Bearer {KEY}x"}, proof="bearer")
    assert not proven({"Authorization": "Basic !!!"}, proof="basic")
    assert not proven({"Authorization": "Bearer \udcff"}, proof="bearer")
    assert not proven({"Authorization": "Basic \udcff"}, proof="basic")
    assert not proven(query={"token": ""}, proof="query")
    assert not proven(query={"token": KEY}, proof="bearer")

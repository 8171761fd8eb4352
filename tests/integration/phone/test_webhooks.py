"""The webhooks themselves: who may post, what forged, foreign and broken requests get."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

import aiohttp
import pytest
from twilio.request_validator import RequestValidator

from hub.testing.twilio_simulator import Trouble
from hub.vendors.twilio import Account
from tests.integration.phone.conftest import OURS, Office

CALL = "CA" + "1" * 32


async def post(
    office: Office, path: str, params: dict[str, str], *, token: str | None = None
) -> tuple[int, str]:
    """Post a webhook as `token` signs it; with the account's own token by default."""
    url = f"{office.base_url}/channels/hotline/{path}"
    secret = office.provider.auth_token if token is None else token
    signature = RequestValidator(secret).compute_signature(url, params)
    headers = {"X-Twilio-Signature": signature} if secret else {}
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=params, headers=headers) as answer,
    ):
        return answer.status, await answer.text()


def voice(office: Office, **changes: str) -> dict[str, str]:
    return {
        "AccountSid": office.provider.account_sid,
        "CallSid": CALL,
        "CallStatus": "ringing",
        "From": "+8613800138000",
        "To": OURS,
        "FromCity": "",
    } | changes


ROUTES = [
    "voice", "wait", "choice", "left", "status", "message-done", "recording", "captions",
    "agent/x", "agent-status/x", "room/x",
]  # fmt: skip


@pytest.mark.parametrize("path", ROUTES)
async def test_an_unsigned_or_forged_webhook_is_refused_and_changes_nothing(
    office: Office, path: str
) -> None:
    for token in ("", "not the token"):
        status, body = await post(office, path, voice(office), token=token)
        assert status == 403
        assert "<Response" not in body
    assert office.door.received == []


async def test_a_webhook_of_another_account_is_refused(office: Office) -> None:
    status, _ = await post(office, "voice", voice(office, AccountSid="AC" + "2" * 32))
    assert status == 403


async def test_the_same_call_announced_twice_is_one_call_with_one_answer(office: Office) -> None:
    first = await post(office, "voice", voice(office))
    second = await post(office, "voice", voice(office, CallStatus="in-progress"))
    assert first == second
    assert len(office.door.received) == 1


@pytest.mark.parametrize("path", [route for route in ROUTES if route != "voice"])
async def test_news_of_a_call_nobody_knows_is_answered_politely(office: Office, path: str) -> None:
    params = voice(office, CallStatus="completed", Digits="x" * 10_000, SequenceNumber="-1")
    status, body = await post(office, path, params)
    assert status == 200
    assert "<Response" in body
    assert office.door.received == []


async def test_a_call_without_a_name_is_not_taken(office: Office) -> None:
    status, body = await post(office, "voice", voice(office, CallSid="'; drop table"))
    assert status == 200
    assert "<Reject" in body
    assert office.door.received == []


async def test_overlong_parameters_are_cut_and_the_caller_is_served(office: Office) -> None:
    status, body = await post(office, "voice", voice(office, From="+" + "9" * 10_000))
    assert status == 200
    assert "<Enqueue" in body
    assert len(office.door.received[0].senders[0].value) == 64


async def test_a_body_that_comes_in_pieces_is_read_to_its_end(office: Office) -> None:
    params = voice(office)
    url = f"{office.base_url}/channels/hotline/voice"
    signature = RequestValidator(office.provider.auth_token).compute_signature(url, params)
    body = urlencode(params).encode()
    head = (
        f"POST /channels/hotline/voice HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n"
        f"X-Twilio-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    port = int(office.base_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode() + body[:20])
    await writer.drain()
    await asyncio.sleep(0.05)  # so that the first piece is read alone
    writer.write(body[20:])
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"<Enqueue" in answer


async def test_an_overlong_body_is_refused(office: Office) -> None:
    status, _ = await post(office, "voice", voice(office, Extra="x" * 70_000))
    assert status == 403


async def test_the_music_is_a_sound_file_everybody_may_fetch(office: Office) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{office.base_url}/channels/hotline/music.wav") as answer,
    ):
        assert answer.content_type == "audio/wav"
        assert (await answer.read())[:4] == b"RIFF"


async def test_a_wrong_password_at_the_provider_never_rings(office: Office) -> None:
    office.provider.set_trouble(Trouble(401, path="/Calls.json"))
    await office.call()
    outcome = await office.connect()
    assert "401" in str(outcome)


def test_no_secret_is_in_what_is_printed_of_an_account() -> None:
    account = Account("AC1", "the token", "the other", api_key="SK1", api_secret="the secret")
    assert "the " not in repr(account)
    assert account.login == ("SK1", "the secret")
    assert account.auth_tokens == ("the token", "the other")

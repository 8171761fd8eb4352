"""The webhooks themselves: who may post, what forged, foreign and broken requests get."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

import aiohttp
import pytest
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from hub.channels.phone.model import Todo
from hub.channels.phone.refusals import Why, find_refusals
from hub.channels.phone.service import start_voicemail
from hub.channels.phone.tables import calls, steps
from hub.contacts.inbound import Standing
from hub.storage import DirectoryBlobs, Store, Tx
from hub.testing.twilio_simulator import Trouble, TwilioSimulator
from hub.vendors.twilio import Account
from tests.integration.phone.conftest import OURS, Office, in_service

CALL = "CA" + "1" * 32


async def post(
    office: Office,
    path: str,
    params: dict[str, str],
    *,
    token: str | None = None,
    once: str = "",
) -> tuple[int, str]:
    """Post a webhook as `token` signs it; with the account's own token by default. `once`: what is
    the same where the provider asks again.
    """
    url = f"{office.base_url}/channels/hotline/{path}"
    secret = office.provider.auth_token if token is None else token
    signature = RequestValidator(secret).compute_signature(url, params)
    headers = {"X-Twilio-Signature": signature} if secret else {}
    headers |= {"I-Twilio-Idempotency-Token": once} if once else {}
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
    "voice", "wait", "choice", "menu", "through", "left", "status", "message-done", "recording",
    "captions", "consent", "callback", "outside/x", "agent/x", "agent-status/x", "room/x",
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
    refused = await office.door.store.read(find_refusals, "hotline")
    assert refused is not None
    assert (refused.times, refused.why) == (2, Why.SIGNATURE)
    assert refused.route == path.partition("/")[0]


async def test_a_webhook_of_another_account_is_refused(office: Office) -> None:
    status, _ = await post(office, "voice", voice(office, AccountSid="AC" + "2" * 32))
    assert status == 403


async def test_the_same_call_announced_twice_is_one_call_with_one_answer(office: Office) -> None:
    first = await post(office, "voice", voice(office))
    second = await post(office, "voice", voice(office, CallStatus="in-progress"))
    assert first == second
    assert office.door.received == []  # they are greeted
    for _ in range(2):
        assert "<Say" in (await post(office, "wait", voice(office)))[1]
    assert len(office.door.received) == 1


async def test_a_round_that_is_asked_for_again_is_the_same_and_noted_once(
    office: Office, live_store: Store
) -> None:
    async def a_round(place: int | None, once: str) -> str:
        office.door.standing_now = Standing("queued", place, None, None, open_now=True)
        status, answer = await post(office, "wait", voice(office), once=once)
        assert status == 200
        return answer

    await post(office, "voice", voice(office))
    first = await a_round(4, "a")
    assert "There are 3 callers before you" in first
    assert await a_round(2, "a") == first  # of the same key
    assert await live_store.read(_told, None) == 4
    assert "There is one caller before you" in await a_round(2, "b")
    assert await live_store.read(_told, None) == 2
    assert "before you" not in await a_round(None, "c")  # a worse place is not told
    assert "You are next" in await a_round(1, "c")  # nothing was noted: it is told as it is now


async def test_who_leaves_for_a_message_is_not_kept_by_an_answer_that_was_lost(
    office: Office, live_store: Store
) -> None:
    await post(office, "voice", voice(office))
    await post(office, "wait", voice(office))
    call_id = await live_store.read(lambda tx, _: tx.execute(select(calls.c.id)).scalar_one(), None)
    await live_store.write(start_voicemail, call_id)
    office.door.standing_now = Standing("closed", None, None, None, open_now=True)
    status, answer = await post(office, "wait", voice(office), once="w")
    assert status == 200
    assert "<Leave" in answer
    _, left = await post(office, "left", voice(office, QueueResult="leave"), once="l")
    assert "<Record" in left


def _told(tx: Tx, _: None) -> int | None:
    told: int | None = tx.execute(select(calls.c.told_position)).scalar_one()
    return told


async def test_news_that_is_told_again_is_folded_once_and_answered_alike(
    office: Office, live_store: Store
) -> None:
    await post(office, "voice", voice(office))
    await post(office, "wait", voice(office))
    ended = voice(office, CallStatus="completed")
    answers = [await post(office, "status", ended, once="e") for _ in range(2)]
    assert answers[0] == answers[1]
    assert await live_store.read(_tellings, None) == 1


def _tellings(tx: Tx, _: None) -> int:
    told = steps.c.todo == Todo.TELL_CUSTOMER_LEFT
    number: int = tx.execute(select(func.count()).where(told)).scalar_one()
    return number


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
    await post(office, "wait", voice(office, From="+" + "9" * 10_000))
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


@pytest.mark.parametrize(
    "query",
    [
        "which=language",
        "at=" + "1" * 5_000,
        "at=../../x&tries=-1&which=nobody",
        "tries=9999999999&at=%00",
    ],
)
async def test_a_menu_that_is_asked_nonsense_answers_politely(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator, query: str
) -> None:
    label = {"en": "help", "zh-CN": "帮助"}
    menu = {"choices": [{"press": "1", "label": label}], "asks_language": False}
    async with in_service(live_store, blobs, provider, menu=menu) as office:
        params = voice(office)
        await post(office, "voice", params)
        hostile = {**params, "Digits": "²" + "9" * 10_000, "SpeechResult": "<Say>" * 2_000}
        status, body = await post(office, f"menu?{query}", hostile)
        assert status == 200
        assert "<Gather" in body
        unknown = await post(office, "menu", {**hostile, "CallSid": "CA" + "9" * 32})
        assert unknown[0] == 200
        assert "<Hangup" in unknown[1]


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

"""A proof by code ends while its page is open: the page is told so, and so is the hub."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from hub.channels.base import EntryPoint
from hub.channels.webchat import protocol as p
from hub.channels.webchat.channel import WebChat
from hub.channels.webchat.settings import GatewaySettings
from hub.contacts.inbound import IdentityKind, Inbound
from hub.contacts.model import Channel
from hub.contacts.proving.model import PROOF
from hub.testing.chat_page import ChatPage, sign_identity
from hub.testing.clock import ManualClock
from hub.testing.fake_door import RIGHT_CODE, FakeDoor

from .conftest import JWT_KEY, SHOP

HERS = "wang@example.test"
TWO_HOURS_S = 2 * 3600.0


@pytest.fixture
async def url(door: FakeDoor) -> AsyncIterator[str]:
    entry = EntryPoint(
        id="shop-chat",
        channel=Channel.WEBCHAT,
        address="shop-chat",
        queue_id="sales",
        language="en",
        settings={
            "origins": [SHOP],
            "mail": "mail",
            "proof_hours": 2,
            "identity_keys": [JWT_KEY],
        },
        display_name="Shop",
    )
    chat = WebChat(door, [entry], GatewaySettings(port=0), "http://127.0.0.1:8080")
    running = asyncio.create_task(chat.run())
    async with asyncio.timeout(30):
        await chat.gateway.started.wait()
    yield chat.socket_url("shop-chat")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def proves(page: ChatPage) -> None:
    await page.say(p.AskCode(email=HERS))
    await page.expect(p.CodeSent)
    await page.say(p.GiveCode(code=RIGHT_CODE))
    await page.expect(p.Proved)


def is_proven(inbound: Inbound, clock: ManualClock) -> bool:
    assert inbound.proof is not None
    return inbound.proof.is_good(clock.now())


async def test_the_page_is_told_once_and_what_it_says_then_is_nobodys_word(
    url: str, door: FakeDoor, clock: ManualClock
) -> None:
    async with ChatPage(url, "shop-chat", SHOP) as page:
        await page.hello()
        await proves(page)
        await page.write("It leaks")
        assert is_proven(door.inbounds[-1], clock)
        [mail] = [one for one in door.inbounds[-1].senders if one.kind is IdentityKind.EMAIL]
        assert (mail.value, mail.verified, mail.proof) == (HERS, True, PROOF)
        clock.advance(TWO_HOURS_S)
        await page.write("Still there?")
        assert (await page.expect(p.ProofEnded)).email == HERS
        assert not is_proven(door.inbounds[-1], clock)
        await page.write("Hello?")
        with pytest.raises(TimeoutError):
            await page.expect(p.ProofEnded, within_s=0.2)
    async with ChatPage(url, "shop-chat", SHOP) as again:
        again.token = page.token
        assert (await again.hello()).proved == ""
        assert (await again.expect(p.ProofEnded)).email == HERS
        await again.write("Me again")
        [mail] = [one for one in door.inbounds[-1].senders if one.kind is IdentityKind.EMAIL]
        assert (mail.value, mail.verified) == (HERS, False)


async def test_what_another_page_has_renewed_is_good_here(
    url: str, door: FakeDoor, clock: ManualClock
) -> None:
    async with ChatPage(url, "shop-chat", SHOP) as page, ChatPage(url, "shop-chat", SHOP) as tab:
        await page.hello()
        await proves(page)
        await page.write("It leaks")
        clock.advance(TWO_HOURS_S)
        tab.token = page.token
        await tab.hello()
        await proves(tab)
        await page.write("Still there?")
        assert is_proven(door.inbounds[-1], clock)


async def test_whose_proof_has_ended_asks_to_be_called_as_anybody(
    url: str, door: FakeDoor, clock: ManualClock
) -> None:
    async with ChatPage(url, "shop-chat", SHOP) as page:
        await page.hello()
        await proves(page)
        await page.write("It leaks")
        clock.advance(TWO_HOURS_S)
        await page.say(p.CallMe(number="138 0013 8000"))
        assert (await page.expect(p.ProofEnded)).email == HERS
        assert (await page.expect(p.CallStands)).call is not None
    proof = door.wishes[-1].proof
    assert proof is not None
    assert not proof.is_good(clock.now())


async def test_a_code_after_the_site_has_signed_ends_like_any_and_a_new_signature_counts(
    url: str, door: FakeDoor, clock: ManualClock
) -> None:
    def signed() -> str:
        expiry = int(clock.now().timestamp()) + 300
        return sign_identity(JWT_KEY, email="", subject="wang", expires_at_s=expiry)

    async with ChatPage(url, "shop-chat", SHOP) as page:
        await page.hello(identity=signed())
        await page.write("It leaks")
        assert door.inbounds[-1].proof is None
        await page.close()
        clock.advance(60)
        await page.connect()  # signed out at the site
        await page.hello()
        await proves(page)
        await page.write("And drips")
        assert is_proven(door.inbounds[-1], clock)
        clock.advance(TWO_HOURS_S)
        await page.write("Still there?")
        assert (await page.expect(p.ProofEnded)).email == HERS
        assert not is_proven(door.inbounds[-1], clock)
        await page.close()
        await page.connect()
        await page.hello(identity=signed())
        await page.write("Signed in again")
        assert door.inbounds[-1].proof is None

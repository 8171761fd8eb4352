"""Hostile mail by the real way in: forged tokens, references and senders, slow name servers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import pytest

from hub.channels.email import EmailChannel
from hub.core.ids import new_id
from hub.testing.fake_door import FakeDoor
from hub.testing.mail import SmtpSink
from hub.vendors.mail.intake import MailIntake
from hub.vendors.mail.own_check import Lookup
from hub.vendors.mail.tokens import ConversationTokens
from tests.unit.mail.signed import KEY, STRICT, a_raw, signed, unreachable, zone

from .conftest import POINT, mail_settings
from .test_in import post

CHEN = "chen@customer.cn"
MARKS = {"In_Reply_To": "<theirs@customer.cn>"}
Open = Callable[[Lookup, float], EmailChannel]


@pytest.fixture
async def open_channel(door: FakeDoor, sink: SmtpSink, intake: MailIntake) -> AsyncIterator[Open]:
    """Run the channel with the name servers a test gives it."""
    tasks: list[asyncio.Task[None]] = []

    def opened(lookup: Lookup, limit_s: float) -> EmailChannel:
        made = EmailChannel(
            door,
            [POINT],
            mail_settings(sink, check_limit_s=limit_s),
            intake,
            max_bytes=1_000_000,
            lookup=lookup,
        )
        tasks.extend([asyncio.create_task(intake.run()), asyncio.create_task(made.run())])
        return made

    yield opened
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("lines", [1, 20_000], ids=["small", "checked in the child"])
async def test_a_proven_sender_joins_weakly_and_is_verified(
    open_channel: Open, intake: MailIntake, door: FakeDoor, lines: int
) -> None:
    open_channel(zone(**KEY, **STRICT), 3)
    await post(intake, signed(a_raw(CHEN, "It leaks.\r\n" * lines, **MARKS), "customer.cn"))
    (inbound,) = door.inbounds
    assert inbound.references == ("<theirs@customer.cn>",)
    assert inbound.senders[0].verified
    assert inbound.meta["dmarc"] == "pass"
    assert inbound.meta["dmarc_why"] == "signed by customer.cn"


async def test_a_forged_sender_of_a_strict_domain_joins_nothing(
    open_channel: Open, intake: MailIntake, door: FakeDoor
) -> None:
    open_channel(zone(**STRICT), 3)
    await post(intake, a_raw(CHEN, Subject="Re: 7KQ2-M4XD", **MARKS))
    (inbound,) = door.inbounds
    assert (inbound.references, inbound.subject_references) == ((), ())
    assert not inbound.senders[0].verified
    assert (inbound.acknowledge, inbound.no_acknowledge_reason) == (False, "dmarc_failed")
    assert inbound.meta["not_joined"] == "dmarc_failed"
    assert inbound.queues, "evidence against a sender keeps nobody from being served"


async def test_name_servers_that_are_down_block_nothing(
    open_channel: Open, intake: MailIntake, door: FakeDoor
) -> None:
    open_channel(unreachable, 3)
    await post(intake, a_raw(CHEN, Subject="Re: 7KQ2-M4XD", **MARKS))
    (inbound,) = door.inbounds
    assert inbound.meta["dmarc"] == "temperror"
    assert inbound.references
    assert inbound.subject_references == ("7KQ2-M4XD",)
    assert inbound.acknowledge


async def test_name_servers_that_hang_cost_the_limit_once_and_never_the_event_loop(
    open_channel: Open, intake: MailIntake, door: FakeDoor
) -> None:
    hang = threading.Event()
    asked: list[str] = []

    def slow(name: str) -> bytes | None:
        asked.append(threading.current_thread().name)
        hang.wait(30)
        return None

    open_channel(slow, 0.2)
    try:
        async with asyncio.timeout(25):
            await post(intake, a_raw(CHEN, **MARKS))
            await post(intake, a_raw(CHEN, "Another", **MARKS))
    finally:
        hang.set()
    assert [inbound.meta["dmarc"] for inbound in door.inbounds] == ["temperror"] * 2
    assert len(asked) == 1, "the second mail does not wait for them again"
    assert asked[0].startswith("mail-check")


async def test_a_first_mail_without_marks_asks_no_name_server(
    open_channel: Open, intake: MailIntake, door: FakeDoor
) -> None:
    def never(name: str) -> bytes | None:
        raise AssertionError(name)

    open_channel(never, 3)
    await post(intake, a_raw(CHEN))
    assert "dmarc_why" not in door.inbounds[0].meta


async def test_a_forged_token_proves_nothing(
    open_channel: Open, intake: MailIntake, door: FakeDoor
) -> None:
    open_channel(zone(), 3)
    conversation, interaction = new_id(), new_id()
    forged = ConversationTokens(b"not the key of this hub")
    marks = {
        "In_Reply_To": forged.message_id(conversation, interaction, "shop.example"),
        "Cc": forged.plus_address("support@shop.example", conversation),
    }
    await post(intake, a_raw(CHEN, **marks))
    assert door.inbounds[0].conversation_id is None


async def test_an_answer_address_of_somebody_else_joins_nothing(
    open_channel: Open, intake: MailIntake, door: FakeDoor
) -> None:
    """Reply-To names the victim, whose conversation it would join; From is the writer's own."""
    open_channel(zone(), 3)
    await post(intake, a_raw("mallory@evil.cn", Reply_To=CHEN, **MARKS))
    (inbound,) = door.inbounds
    assert inbound.references == ()
    assert inbound.meta["not_joined"] == "other_reply_to"


async def test_a_mail_in_our_own_name_is_not_acknowledged(
    open_channel: Open, intake: MailIntake, door: FakeDoor
) -> None:
    open_channel(zone(), 3)
    await post(intake, a_raw("Support <support@shop.example>", **MARKS))
    assert door.inbounds[0].no_acknowledge_reason == "own_address"

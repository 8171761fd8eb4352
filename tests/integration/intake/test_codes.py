"""A visitor proves a mailbox by a code: mailed within limits, typed with five tries, kept as a
digest.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from hub.accounts.model import SYSTEM
from hub.contacts.blocks.model import BlockKind
from hub.contacts.blocks.tables import blocks
from hub.contacts.effects import Effect, Send
from hub.contacts.proving.model import AskCode, CodeAnswer, CodeSent, GiveCode
from hub.contacts.proving.service import forget_codes, forget_codes_of
from hub.contacts.proving.tables import address_codes
from hub.contacts.tables import entry_points
from hub.core.errors import Conflict, HubError, Invalid, TooMany
from hub.core.ids import new_id
from hub.intake.codes import check_code, send_code
from hub.storage import Store, Tx
from hub.storage.outbox import OutboxState, outbox
from hub.testing.clock import ManualClock

from .chats import HERS, Chat, a_chat

ME = "visitor-1"


@pytest.fixture
async def chat(store: Store, clock: ManualClock) -> Chat:
    return await a_chat(store, clock)


async def asks(
    chat: Chat,
    address: str = HERS,
    visitor: str = ME,
    language: str = "en",
    network: str = "192.0.2.1",
    proved: str = "",
) -> CodeSent:
    ask = AskCode("shop-chat", visitor, address, language, network, proved)
    return await chat.store.write(send_code, ask)


async def gives(chat: Chat, code: str, visitor: str = ME) -> CodeAnswer:
    given = GiveCode(visitor, code, chat.conversation_id)
    return await chat.store.write(check_code, given)


async def mails(chat: Chat) -> list[Send]:
    rows = sorted(await chat.rows(outbox), key=lambda row: row.created_at)
    sent = [msgspec.json.decode(row.effect, type=Effect) for row in rows if row.effect != "{}"]
    return [one for one in sent if isinstance(one, Send) and not one.conversation_id]


async def code_in_mail(chat: Chat) -> str:
    found = re.search(r"\d{6}", (await mails(chat))[-1].text)
    assert found is not None
    return found[0]


def another(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06}"


async def test_the_code_in_the_mail_proves_the_address_and_only_its_digest_is_kept(
    chat: Chat,
) -> None:
    assert await asks(chat, "  Chen@Example.TEST ") == CodeSent(HERS, 600)
    [mail] = await mails(chat)
    code = await code_in_mail(chat)
    assert (mail.to, mail.automatic) == ((HERS,), True)
    assert mail.external_id is not None
    assert mail.external_id.endswith("@example.test>")
    [kept] = await chat.rows(address_codes)
    assert code not in str(tuple(kept))
    assert await gives(chat, f" {code[:3]} {code[3:]}") == CodeAnswer(HERS, 5)
    assert await gives(chat, code) == CodeAnswer(HERS, 5)  # the answer was lost: asked again
    assert (await chat.told()).count("chat_address_proved") == 1


async def test_a_wrong_code_costs_a_try_and_a_slip_costs_none(chat: Chat) -> None:
    await asks(chat)
    code = await code_in_mail(chat)
    assert await gives(chat, "12345") == CodeAnswer(None, 5)
    for left in (4, 3, 2, 1, 0):
        assert await gives(chat, another(code)) == CodeAnswer(None, left, guessed=True)
    assert await gives(chat, code) == CodeAnswer(None, 0)
    assert "chat_address_proved" not in await chat.told()


async def test_a_code_is_good_for_ten_minutes_on_the_page_that_asked_until_the_next_one(
    chat: Chat, clock: ManualClock
) -> None:
    await asks(chat)
    first = await code_in_mail(chat)
    assert (await gives(chat, first, visitor="visitor-2")).address is None
    clock.advance(60)
    await asks(chat)
    second = await code_in_mail(chat)
    if first != second:
        assert (await gives(chat, first)).address is None
    clock.advance(600)
    assert await gives(chat, second) == CodeAnswer(None, 0)


async def test_asked_for_twice_at_once_one_goes_out(chat: Chat, clock: ManualClock) -> None:
    await asks(chat)
    clock.advance(20)
    assert await asks(chat) == CodeSent(HERS, 580)
    assert len(await mails(chat)) == 1


@pytest.mark.parametrize(
    ("who", "after_s", "wait_s"),
    [("another", 0, 3600), ("another", 1800, 1800), (ME, 120, 3480)],
)
async def test_a_mailbox_gets_three_an_hour_from_one_network_whoever_asks(
    chat: Chat, clock: ManualClock, who: str, after_s: int, wait_s: int
) -> None:
    for number in range(3):
        await asks(chat, visitor=f"visitor-{number}")
    clock.advance(after_s)
    with pytest.raises(TooMany) as refused:
        await asks(chat, visitor=who)
    assert refused.value.reason == "code.too_many"
    assert refused.value.retry_after_s == wait_s
    clock.advance(wait_s)
    await asks(chat, visitor=who)


async def test_a_mailbox_gets_six_a_day_from_one_network_and_a_visitor_asks_for_five_an_hour(
    chat: Chat, clock: ManualClock
) -> None:
    for number in range(6):
        await asks(chat, visitor=f"visitor-{number}")
        clock.advance(1800)
    with pytest.raises(TooMany):
        await asks(chat, visitor="visitor-7")
    for number in range(5):
        await asks(chat, f"somebody-{number}@example.test")
    with pytest.raises(TooMany):
        await asks(chat, "somebody-6@example.test")


async def test_who_uses_up_what_one_network_has_leaves_the_owner_theirs(chat: Chat) -> None:
    for number in range(3):
        await asks(chat, visitor=f"stranger-{number}")
    with pytest.raises(TooMany):
        await asks(chat, visitor="stranger-3")
    await asks(chat, network="198.51.100.7")
    kept = {row.network for row in await chat.rows(address_codes)}
    assert len(kept) == 2
    assert not any("192.0.2.1" in network for network in kept)  # to count by, not to be read


async def test_from_many_networks_a_mailbox_gets_nine_an_hour_and_twenty_a_day(
    chat: Chat, clock: ManualClock
) -> None:
    sent = 0
    for hour in range(4):
        for number in range(10):
            try:
                await asks(chat, visitor=f"{hour}-{number}", network=f"net-{hour}-{number}")
            except TooMany:
                break
            sent += 1
        if hour == 0:
            assert sent == 9
        clock.advance(3600)
    assert sent == 20


async def test_who_proved_the_mailbox_before_has_codes_of_their_own(
    chat: Chat, clock: ManualClock
) -> None:
    for number in range(9):
        await asks(chat, visitor=f"stranger-{number}", network=f"net-{number % 3}")
    with pytest.raises(TooMany):
        await asks(chat, network="mine")
    with pytest.raises(TooMany):
        await asks(chat, network="mine", proved="another@example.test")
    for _ in range(3):
        await asks(chat, network="net-1", proved=HERS)
        clock.advance(60)
    with pytest.raises(TooMany):
        await asks(chat, network="net-1", proved=HERS)


@pytest.mark.parametrize("who", ["blocked", "ours", "ours+x"])
async def test_who_is_blocked_and_we_ourselves_get_none_and_nobody_is_told(
    chat: Chat, who: str
) -> None:
    await chat.store.write(_block, HERS)
    ours = await chat.store.read(_our_address, None)
    if who == "ours+x":
        ours = ours.replace("@", "+x@")
    address = HERS if who == "blocked" else ours
    assert await asks(chat, address) == CodeSent(address, 600)
    assert await mails(chat) == []


async def test_who_has_an_address_that_looks_like_ours_gets_one(chat: Chat) -> None:
    ours = await chat.store.read(_our_address, None)
    like = f"{'_' * len(ours.partition('@')[0])}@{ours.partition('@')[2]}"  # of any letters
    assert await asks(chat, like) == CodeSent(like, 600)
    assert len(await mails(chat)) == 1


@pytest.mark.parametrize(
    ("settings", "address", "code"),
    [
        ({"mail": ""}, HERS, "chat.no_mail"),
        ({}, "nobody", "email.wrong"),
        ({}, "a\x00@b", "email.wrong"),
    ],
)
async def test_what_cannot_be_mailed_is_refused(
    store: Store, clock: ManualClock, settings: dict[str, Any], address: str, code: str
) -> None:
    chat = await a_chat(store, clock, **settings)
    with pytest.raises((Conflict, Invalid)) as refused:
        await asks(chat, address)
    assert isinstance(refused.value, HubError)
    assert refused.value.reason == code


async def test_the_mail_is_in_the_language_of_the_page(chat: Chat) -> None:
    await asks(chat, language="zh-CN")
    [mail] = await mails(chat)
    assert mail.subject is not None
    assert mail.subject.endswith("的验证码")


async def test_a_day_later_nothing_is_left_and_an_erased_customer_leaves_none(
    chat: Chat, clock: ManualClock
) -> None:
    await asks(chat)
    assert await chat.fire(forget_codes) == 0
    clock.advance(timedelta(days=1).total_seconds())
    assert await chat.fire(forget_codes) == 1
    await asks(chat)
    await chat.store.write(lambda tx, _: forget_codes_of(tx, [("email", HERS)]), None)
    assert await chat.rows(address_codes) == []
    assert await mails(chat) == []  # neither the address nor the code
    for row in await chat.rows(outbox):  # and no sender tries to send what says nothing
        assert (row.state, row.finished_at is not None) == (OutboxState.CANCELLED, True)


async def test_the_mail_goes_out_while_its_code_is_good_and_its_words_are_kept_no_longer(
    chat: Chat, clock: ManualClock
) -> None:
    await asks(chat)
    [mail] = await mails(chat)
    assert (mail.until, mail.secret) == (clock.now() + timedelta(minutes=10), True)


def _block(tx: Tx, address: str) -> None:
    tx.execute(
        blocks.insert().values(
            id=new_id(),
            kind=BlockKind.EMAIL,
            value=address,
            reason="floods",
            by_name=SYSTEM.name,
            created_at=tx.now,
        )
    )


def _our_address(tx: Tx, _: None) -> str:
    found: str = tx.execute(
        select(entry_points.c.address).where(entry_points.c.id == "mail")
    ).scalar_one()
    return found

"""Who writes in the chat asks to be called: the place is kept, the talk stays at hand."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, NamedTuple

import msgspec
import pytest
from sqlalchemy import select, update

from hub.accounts.model import SYSTEM
from hub.callbacks.entries import By
from hub.callbacks.service import Cancel, cancel_callback, is_pending
from hub.callbacks.tables import callbacks
from hub.contacts.blocks.model import BlockKind
from hub.contacts.blocks.service import Block, block
from hub.contacts.callback_wishes import CallbackTimes, CallbackWish, Offered, WishedCallback
from hub.contacts.effects import Dial, Effect
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import CallOutcome, Channel
from hub.contacts.tables import contacts, conversations, entry_points, interactions
from hub.core.bus import Bus, Hint
from hub.core.errors import Conflict, HubError, Invalid
from hub.core.ids import new_id
from hub.customers.tables import identities
from hub.desk import handling
from hub.desk.accepting import accept
from hub.desk.handling import Handle
from hub.intake import receive
from hub.intake.callback_wishes import (
    callback_times,
    calls_back,
    find_wished,
    unwish_callback,
    wish_callback,
)
from hub.routing.intervals import Intervals, day_so_far
from hub.routing.service import AcceptOffer
from hub.storage import Store, Tx
from hub.storage.outbox import outbox
from hub.testing.center import add_agent, give_to_agent
from tests.integration.routing.test_offers import Floor

from .build import CHEN, LI, RULES, Centre
from .test_callbacks import shanghai


class Asking(NamedTuple):
    """Somebody who writes in the chat."""

    centre: Centre
    conversation_id: str
    contact_id: str

    async def wish(self, number: str = CHEN, at: Any = None) -> WishedCallback:
        wish = CallbackWish(self.conversation_id, number, at)
        return await self.centre.store.write(wish_callback, wish)

    async def found(self) -> WishedCallback | None:
        return await self.centre.store.read(find_wished, self.conversation_id)

    async def contact(self) -> Any:
        return await self.centre.contact(self.contact_id)


async def writes(centre: Centre, text: str = "It leaks", who: str = "visitor-1") -> Asking:
    receipt = await centre.store.write(
        receive,
        Inbound(
            entry_point_id="shop-chat",
            channel=Channel.WEBCHAT,
            dedupe_key=new_id(),
            senders=(SenderIdentity(IdentityKind.VISITOR, who, "Chen", verified=True),),
            received_at=centre.clock.now(),
            text=text,
            continues_latest=True,
            language="en",
        ),
    )
    assert receipt.contact_id is not None
    return Asking(centre, receipt.conversation_id, receipt.contact_id)


async def times(centre: Centre) -> CallbackTimes:
    return await centre.store.read(callback_times, ("shop-chat", None))


async def set_up(centre: Centre, **settings: Any) -> None:
    point = update(entry_points).where(entry_points.c.id == "shop-chat").values(settings=settings)
    await centre.store.write(lambda tx, _: tx.execute(point), None)


async def test_who_waits_leaves_the_queue_for_a_call_at_the_same_place(centre: Centre) -> None:
    chat = await writes(centre)
    before = await chat.contact()
    centre.clock.advance(200)
    assert await chat.wish("138 0013 8000") == WishedCallback("queued", "8000")
    after = await chat.contact()
    assert (after.state, after.ended_as) == ("closed", "callback")
    callback = await centre.callback()
    assert (callback.number, callback.channel, callback.kind) == (CHEN, "phone", "kept_place")
    waits = await centre.contact(callback.contact_id)
    assert (waits.channel, waits.state, waits.direction) == ("phone", "queued", "out")
    for same in ("queue_id", "tier", "priority", "virtual_start_us", "identity_id", "language"):
        assert getattr(waits, same) == getattr(before, same), same
    # A conversation of its own: nothing of the call is shown in the chat, whose customer it is.
    assert waits.conversation_id != chat.conversation_id
    told = [row for row in await centre.rows(interactions) if row.kind == "system"]
    placed = [row for row in told if row.meta["code"] == "callback_placed"]
    assert {row.conversation_id for row in placed} == {chat.conversation_id, waits.conversation_id}
    assert all(row.meta["by_customer"] and CHEN not in str(row.meta) for row in placed)


async def test_it_counts_as_a_callback_and_is_not_abandoned(centre: Centre) -> None:
    chat = await writes(centre)
    centre.clock.advance(60)
    await chat.wish()
    lines = await centre.store.read(
        lambda tx, _: day_so_far(tx, Intervals(), frozenset({"support"})), None
    )
    counts = [count for _, line in lines for count in line.values()]
    assert (sum(count.offered for count in counts), sum(count.abandoned for count in counts)) == (
        1,
        0,
    )


async def test_the_same_wish_again_is_one_callback_and_another_number_is_refused(
    centre: Centre,
) -> None:
    chat = await writes(centre)
    first = await chat.wish()
    assert await chat.wish() == first
    with pytest.raises(Conflict) as refused:
        await chat.wish(LI)
    assert refused.value.reason == "callback.pending"
    assert len(await centre.rows(callbacks)) == 1


async def test_a_number_that_is_to_be_called_already_is_not_called_twice(centre: Centre) -> None:
    await (await writes(centre)).wish()
    other = await writes(centre, who="visitor-2")
    with pytest.raises(Conflict) as refused:
        await other.wish()
    assert refused.value.reason == "callback.pending"
    assert (await other.contact()).state == "queued"  # and waits as before


async def test_of_two_processes_that_call_one_number_at_once_the_second_one_finds_the_first(
    centre: Centre, database_url: str
) -> None:
    first, second = await writes(centre), await writes(centre, who="visitor-2")
    identity_id = (await second.contact()).identity_id
    placed, looked = threading.Event(), threading.Event()

    def slowly(tx: Tx, wish: CallbackWish) -> WishedCallback:
        done = wish_callback(tx, wish)
        placed.set()
        looked.wait(0.5)  # who is not kept from it has looked by then
        return done

    def look(tx: Tx, number: str) -> bool:
        found = is_pending(tx, identity_id, number)
        looked.set()
        return found

    async with Store(database_url, Bus(), centre.clock) as other:
        if other.dialect == "sqlite":
            return  # a second process does not write

        assert not await other.write(look, LI)  # it is as fast as it can be from now on
        looked.clear()

        async def meanwhile() -> bool:
            await asyncio.to_thread(placed.wait, 10)
            return await other.write(look, CHEN)

        looking = asyncio.create_task(meanwhile())
        await centre.store.write(slowly, CallbackWish(first.conversation_id, CHEN, None))
        assert await looking


async def test_an_agent_who_cancels_the_call_is_seen_by_the_open_page_at_once(
    centre: Centre,
) -> None:
    chat = await writes(centre)
    await chat.wish()
    [placed] = await centre.rows(callbacks)
    with centre.store.bus.subscribe(["conversation.contact"], [chat.conversation_id]) as hints:
        await centre.store.write(cancel_callback, Cancel(placed.id, By(name="Li")))
        told = await hints.next(5)
    assert Hint("conversation.contact", chat.conversation_id) in told
    assert await chat.found() is None


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("12345", "number.invalid"),
        ("call me", "number.invalid"),
        ("+862155501000", "number.ours"),
        ("+442079460000", "number.abroad"),
    ],
)
async def test_a_number_that_cannot_be_called_is_refused_and_changes_nothing(
    centre: Centre, number: str, code: str
) -> None:
    chat = await writes(centre)
    with pytest.raises(Invalid) as refused:
        await chat.wish(number)
    assert refused.value.reason == code
    assert (await chat.contact()).state == "queued"
    assert await centre.rows(callbacks) == []


async def test_a_number_on_the_block_list_is_no_better_than_none(centre: Centre) -> None:
    await centre.store.write(block, Block(SYSTEM, BlockKind.PHONE, CHEN, "a threat", "CN"))
    assert await refusal(await writes(centre)) == "callback.off"


async def test_while_somebody_talks_with_them_the_call_comes_after_it(centre: Centre) -> None:
    ann = await centre.store.write(add_agent, "Ann")
    chat = await writes(centre)
    await centre.store.write(give_to_agent, (chat.contact_id, ann))
    before = await chat.contact()
    assert (await chat.wish()).state == "waiting"
    after = await chat.contact()
    assert (after.state, after.version > before.version) == ("active", True)  # consoles draw anew
    centre.clock.advance(61)
    assert await centre.fire() == 1
    assert (await centre.callback()).contact_id is None
    await centre.store.write(handling.end, Handle(chat.contact_id, ann, ann, "Ann"))
    centre.clock.advance(61)
    assert await centre.fire() == 1
    assert (await centre.callback()).state == "queued"


async def test_a_time_that_was_chosen_is_kept_and_another_one_refused(centre: Centre) -> None:
    chat = await writes(centre)
    with pytest.raises(Invalid) as refused:
        await chat.wish(at=shanghai(10, 21))
    assert refused.value.reason == "callback.closed"
    assert (await chat.contact()).state == "queued"
    at = (await times(centre)).times[0]
    assert await chat.wish(at=at) == WishedCallback("waiting", "8000", at)
    assert (await centre.callback()).kind == "scheduled"


async def test_times_are_full_hours_while_customers_may_be_called(centre: Centre) -> None:
    found = await times(centre)
    assert (found.opens, found.region) == (None, "CN")
    assert list(found.times[:5]) == [
        shanghai(10, 15),
        shanghai(10, 16),
        shanghai(10, 17),
        shanghai(11, 9),
        shanghai(11, 10),
    ]
    centre.clock.set(shanghai(10, 19))
    closed = await times(centre)
    assert (closed.opens, closed.times[0]) == (shanghai(11, 9), shanghai(11, 9))


async def test_nobody_is_promised_a_call_where_the_set_up_makes_none(centre: Centre) -> None:
    offered = centre.store.read
    assert await offered(calls_back, "shop-chat") is Offered.ALWAYS
    await centre.open_again(msgspec.structs.replace(RULES, after_hours=False))
    assert await offered(calls_back, "shop-chat") is Offered.OPEN
    chat = await writes(centre)
    centre.clock.set(shanghai(10, 19))
    assert await refusal(chat) == "callback.not_now"
    centre.clock.set(shanghai(10, 14))
    for settings in ({"calls": False}, {"calls_from": "another-line"}):
        await set_up(centre, **settings)
        assert await offered(calls_back, "shop-chat") is Offered.NEVER
        assert await refusal(chat) == "callback.off"
    await set_up(centre)
    await centre.open_again(None)
    assert await offered(calls_back, "shop-chat") is Offered.NEVER
    assert await refusal(chat) == "callback.off"
    assert await centre.rows(callbacks) == []


async def refusal(chat: Asking) -> str:
    with pytest.raises(HubError) as refused:
        await chat.wish()
    return refused.value.reason


async def test_who_wants_no_call_any_more_and_writes_again_goes_on_at_their_place(
    centre: Centre,
) -> None:
    chat = await writes(centre)
    centre.clock.advance(200)
    await chat.wish()
    centre.clock.advance(100)
    await centre.store.write(unwish_callback, chat.conversation_id)
    callback = await centre.callback()
    assert (callback.state, await chat.found()) == ("cancelled", None)
    await centre.store.write(unwish_callback, chat.conversation_id)  # again: nothing
    assert (await centre.codes()).count("callback_cancelled") == 2  # in either conversation
    [head] = [r for r in await centre.rows(conversations) if r.id == chat.conversation_id]
    assert head.left_waited_us == 300_000_000
    again = await writes(centre, "I go on here")
    assert again.contact_id != chat.contact_id
    assert (await chat.wish()).state == "queued"  # and may ask once more


async def test_a_call_that_reached_nobody_is_told_for_a_day(centre: Centre) -> None:
    chat = await writes(centre)
    await chat.wish()
    change = update(callbacks).values(state="given_up", finished_at=centre.clock.now())
    await centre.store.write(lambda tx, _: tx.execute(change), None)
    assert await chat.found() == WishedCallback("given_up", "8000")
    centre.clock.advance(86_401)
    assert await chat.found() is None


async def test_who_calls_meanwhile_is_not_called_back(centre: Centre) -> None:
    chat = await writes(centre)
    await chat.wish()
    await centre.call(CHEN)
    assert (await centre.callback()).state == "dropped"
    assert await chat.found() is None


async def test_a_customer_is_who_the_chat_says_whatever_number_they_type(centre: Centre) -> None:
    await centre.call(LI)  # a customer of that number
    chat = await writes(centre)
    await chat.wish(LI)
    callback = await centre.callback()

    def kind(tx: Tx, _: None) -> str:
        found = select(identities.c.kind).where(identities.c.id == callback.identity_id)
        return str(tx.execute(found).scalar_one())

    assert await centre.store.read(kind, None) == IdentityKind.VISITOR
    own = [row for row in await centre.rows(contacts) if row.identity_id == callback.identity_id]
    assert len(own) == 2  # the chat, and the call


async def test_whoever_accepts_it_rings_the_number_that_was_typed_until_it_is_reached(
    centre: Centre,
) -> None:
    chat = await writes(centre)
    await chat.wish(LI)
    ann = await centre.store.write(add_agent, "Ann")
    floor = Floor(centre.store, centre.clock)

    async def accepted() -> str:
        contact_id: str = (await centre.callback()).contact_id
        offer_id = await floor.made(contact_id, ann, "phone")
        await centre.store.write(accept, AcceptOffer(offer_id, ann))
        return contact_id

    contact_id = await accepted()
    found = await chat.found()
    assert found == WishedCallback("dialling", "9000")
    effects = [msgspec.json.decode(row.effect, type=Effect) for row in await centre.rows(outbox)]
    [dial] = [one for one in effects if isinstance(one, Dial)]
    assert (dial.contact_id, dial.from_address, dial.to_address) == (
        contact_id, "+862155501000", LI,
    )  # fmt: skip
    await centre.not_reached(contact_id, CallOutcome.BUSY)
    tried = await chat.found()
    assert tried is not None
    assert (tried.state, tried.at is not None) == ("waiting", True)

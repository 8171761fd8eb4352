"""Callbacks through the whole hub: asked for in the waiting room, placed, and what goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Row, select, update

from hub.app import Hub
from hub.callbacks.entries import By
from hub.callbacks.service import Cancel, cancel_callback
from hub.callbacks.tables import callbacks
from hub.contacts.tables import contacts, entry_points, interactions
from hub.desk import handling
from hub.desk.accepting import accept
from hub.desk.handling import Handle
from hub.routing.model import AgentState
from hub.routing.service import AcceptOffer, SetAgentState, set_agent_state
from hub.routing.settings import CallbackRules, load_settings, save_settings
from hub.routing.tables import agents, assignments, offers
from hub.settings import Secret, Twilio
from hub.storage import Tx
from hub.testing.center import a_queue, add_agent, open_center
from hub.testing.hub import hub_settings, running_hub
from hub.testing.twilio_simulator import Phone, SimulatedCaller, Trouble, TwilioSimulator

HOTLINE = "+862155501000"
CHEN = "+8613800138000"
RULES = CallbackRules(offer_over_s=0, attempts=2, gap_s=1.0, window="00:00-24:00")


@dataclass
class House:
    """A hub that calls back, an agent who is busy elsewhere at first, and the provider."""

    hub: Hub
    provider: TwilioSimulator
    agent_id: str

    async def call(self, number: str = CHEN) -> SimulatedCaller:
        caller = await self.provider.call(number, HOTLINE)
        await caller.until("queue")
        return caller

    async def wish(self, number: str = CHEN) -> SimulatedCaller:
        """Call, ask for a callback at the same number, and be told goodbye."""
        caller = await self.call(number)
        await caller.hears("请按1")
        await caller.press("1")
        await caller.hears("我们将回拨")
        await caller.press("1#")
        await caller.hears("轮到您时我们会给您回电")
        await caller.until("ended")
        return caller

    async def ready(self) -> None:
        order = SetAgentState(self.agent_id, AgentState.READY)
        await self.hub.store.write(set_agent_state, order)

    async def not_ready(self) -> None:
        order = SetAgentState(self.agent_id, AgentState.NOT_READY, "break")
        await self.hub.store.write(set_agent_state, order)

    async def take_offer(self) -> Any:
        """Accept what the queue offers to the agent; return the offer."""
        offer = await self.until(_open_offer, lambda row: row is not None)
        await self.hub.store.write(accept, AcceptOffer(offer.id, self.agent_id))
        return offer

    async def callback(self, state: str) -> Any:
        """Wait until the newest callback is in `state`."""
        return await self.until(_callback, lambda row: row is not None and row.state == state)

    async def until(
        self, read: Callable[[Tx, None], Any], is_there: Callable[[Any], bool], limit_s: float = 10
    ) -> Any:
        topics = ["contact.changed", "callback.changed", "offer.changed"]
        with self.hub.bus.subscribe(topics) as hints:
            try:
                async with asyncio.timeout(limit_s):
                    while not is_there(found := await self.hub.store.read(read, None)):
                        await hints.next(0.3)
            except TimeoutError:
                raise TimeoutError(f"last seen: {found}") from None
        return found

    async def rows(self, table: Any) -> list[Row[Any]]:
        def read(tx: Tx, _: None) -> list[Row[Any]]:
            return list(tx.execute(select(table).order_by(table.c.id)))

        return await self.hub.store.read(read, None)

    async def codes(self) -> list[str]:
        rows = await self.rows(interactions)
        return [row.meta["code"] for row in rows if row.kind == "system"]

    def dialled(self, number: str = CHEN) -> int:
        return sum(
            request.method == "POST"
            and request.path.endswith("/Calls.json")
            and request.form.get("To") == number
            for request in self.provider.api.requests
        )


def a_center(tx: Tx, _: None) -> None:
    open_center(tx)
    call_back(tx, RULES)
    tx.execute(
        update(entry_points)
        .where(entry_points.c.id == "hotline")
        .values(settings={"calls_per_second": 100})
    )


def call_back(tx: Tx, how: CallbackRules) -> None:
    rules = load_settings(tx)
    queues = {**rules.queues, "support": a_queue(callback=how)}
    save_settings(tx, msgspec.structs.replace(rules, queues=queues))


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    async with TwilioSimulator(auth_token="a token", pace=50.0) as provider:
        settings = msgspec.structs.replace(
            hub_settings(tmp_path, database_url),
            twilio=Twilio(
                account_sid=provider.account_sid,
                auth_token=Secret(provider.auth_token),
                base_url=provider.base_url,
            ),
        )
        async with running_hub(settings, a_center) as hub:
            provider.add_number(HOTLINE, f"{hub.base_url}/channels/hotline")
            agent_id = await hub.store.write(add_agent, "Ann")
            opened = House(hub, provider, agent_id)
            await opened.not_ready()
            yield opened
        assert provider.alerts == []


async def test_a_caller_keeps_the_place_is_called_by_a_free_agent_and_they_talk(
    house: House,
) -> None:
    await house.wish()
    live = (await house.rows(contacts))[0]
    assert (live.state, live.ended_as) == ("closed", "callback")
    waiting = (await house.rows(contacts))[1]
    assert (waiting.state, waiting.queue_id, waiting.tier) == ("queued", "support", live.tier)
    assert waiting.virtual_start_us <= live.virtual_start_us + 1_000_000
    assert house.dialled() == 0
    await house.ready()
    offer = await house.take_offer()
    assert (offer.expires_at - offer.made_at).total_seconds() == 30
    done = await house.callback("done")
    assert done.failed == 0
    customer = await house.provider.agent_leg(CHEN)
    agent = await house.provider.agent_leg(f"client:{house.agent_id}".replace("-", "_"))
    await agent.say("Hello, you asked to be called back.")
    await customer.hears("called back")
    talk = (await house.rows(contacts))[1]
    assert (talk.state, talk.direction, talk.agent_id) == ("active", "out", house.agent_id)
    assert talk.waited_us > 0
    handle = Handle(talk.id, house.agent_id, house.agent_id, "Ann", call=True)
    await house.hub.store.write(handling.end, handle)
    await customer.until("ended")
    assert house.dialled() == 1


async def test_a_busy_phone_is_tried_again_after_the_gap(house: House) -> None:
    house.provider.set_phone(CHEN, Phone("busy"))
    await house.wish()
    await house.ready()
    await house.take_offer()
    waits = await house.until(_callback, lambda row: row.failed == 1)
    assert (waits.last_outcome, waits.contact_id) == ("busy", None)
    assert (waits.due_at - waits.last_at).total_seconds() >= 1
    assert await house.hub.store.read(_load, house.agent_id) == 0
    house.provider.set_phone(CHEN, Phone())
    await house.take_offer()
    brief = (await house.rows(contacts))[-1].meta["callback"]
    assert (brief["attempt"], brief["attempts"], brief["last_outcome"]) == (2, 2, "busy")
    await house.callback("done")
    assert house.dialled() == 2
    assert await house.codes() == ["callback_placed", "callback_failed"]


async def test_after_the_last_attempt_it_is_given_up_and_stands_in_the_to_do(house: House) -> None:
    house.provider.set_phone(CHEN, Phone("no_answer"))
    await house.wish()
    await house.ready()
    await house.take_offer()
    await house.until(_callback, lambda row: row.failed == 1)
    await house.take_offer()
    over = await house.callback("given_up")
    assert (over.failed, over.due_at) == (2, None)
    last = (await house.rows(contacts))[-1]
    assert (last.ended_as, last.agent_id) == ("unclassified", house.agent_id)
    assert (await house.codes())[-1] == "callback_given_up"
    assert await house.hub.store.read(_load, house.agent_id) == 0


async def test_who_calls_in_meanwhile_is_not_called_and_keeps_the_place(house: House) -> None:
    await house.wish()
    first = (await house.rows(contacts))[0]
    caller = await house.call()
    await caller.hears("回电已取消")
    assert (await house.callback("dropped")).contact_id is None
    live = (await house.rows(contacts))[-1]
    assert (live.state, live.direction) == ("queued", "in")
    assert live.virtual_start_us <= first.virtual_start_us + 1_000_000
    await house.ready()
    await house.take_offer()
    await caller.until("room")
    assert house.dialled() == 0
    open_ones = [row for row in await house.rows(contacts) if row.state not in ("closed",)]
    assert [row.id for row in open_ones] == [live.id]


async def test_who_calls_while_we_dial_them_has_exactly_one_talk(house: House) -> None:
    house.provider.set_phone(CHEN, Phone(after_s=500))
    await house.wish()
    await house.ready()
    await house.take_offer()
    rung = await house.provider.agent_leg(CHEN)
    caller = await house.call()
    await house.callback("dropped")
    await rung.until("ended")
    await house.take_offer()
    await caller.until("room")
    assert house.dialled() == 1
    talks = await house.until(_talks, lambda rows: bool(rows))
    assert [row.direction for row in talks] == ["in"]


async def test_a_cancelled_callback_is_never_dialled(house: House) -> None:
    await house.wish()
    pending = await house.callback("queued")
    await house.hub.store.write(
        cancel_callback, Cancel(pending.id, By(house.agent_id, "Ann"), "solved by mail")
    )
    await house.ready()
    await house.callback("cancelled")
    other = await house.call("+8613900139000")  # somebody else is served
    await house.take_offer()
    await other.until("room")
    assert house.dialled() == 0
    assert (await house.rows(callbacks))[0].note == "solved by mail"


async def test_an_agent_whose_phone_fails_does_not_use_up_an_attempt(house: House) -> None:
    house.provider.exchange.default_phone = Phone("no_answer")
    await house.wish()
    await house.ready()
    await house.take_offer()
    back = await house.until(
        _callback, lambda row: row.state == "queued" and row.excluded_agent_id is None
    )
    await house.until(_open_calls, lambda count: count == 0)
    assert (back.failed, house.dialled()) == (0, 0)
    assert "callback_failed" in await house.codes()


async def test_another_number_is_keyed_in_and_read_back(house: House) -> None:
    caller = await house.call()
    await caller.hears("请按1")
    await caller.press("1")
    await caller.hears("1 3 8 0 0 1 3 8 0 0 0")
    await caller.press("12345#")
    await caller.hears("1 2 3 4 5")
    await caller.press("1#")
    await caller.hears("无法回拨")
    await caller.press("13900139000#")
    await caller.hears("1 3 9 0 0 1 3 9 0 0 0")
    await caller.press("1#")
    await caller.until("ended")
    assert (await house.callback("queued")).number == "+8613900139000"


async def test_a_dial_that_was_never_done_is_tried_again(house: House) -> None:
    """The hub died after the accept: the order is unknown, so its time passes and another tries."""
    house.provider.set_phone(CHEN, Phone(after_s=5000))
    await house.wish()
    await house.ready()
    await house.take_offer()
    await house.callback("dialling")
    await house.provider.agent_leg(CHEN)
    await house.hub.store.write(_time_is_over, None)
    waits = await house.until(_callback, lambda row: row.failed == 1)
    assert (waits.state, waits.last_reason) == ("waiting", "timeout")


@pytest.fixture
async def customer_first(house: House) -> House:
    """The same house, which calls the customer before any agent."""
    first = msgspec.structs.replace(RULES, customer_first=True)
    await house.hub.store.write(call_back, first)
    return house


async def test_the_customer_first_is_called_in_their_turn_and_answered_by_the_next_agent(
    customer_first: House,
) -> None:
    house = customer_first
    await house.wish()
    live, waiting = await house.rows(contacts)
    assert waiting.to_call_since is not None
    assert house.dialled() == 0  # nobody would be there to talk to
    await house.ready()
    customer = await house.provider.agent_leg(CHEN)
    await customer.hears("您要求的回电")
    await customer.until("queue")
    on_line = (await house.rows(contacts))[1]
    assert (on_line.state, on_line.direction, on_line.to_call_since) in (
        ("queued", "in", None),
        ("offered", "in", None),
    )
    assert on_line.virtual_start_us <= live.virtual_start_us + 1_000_000
    offer = await house.take_offer()
    assert (offer.expires_at - offer.made_at).total_seconds() == 15
    await customer.until("room")
    await house.callback("done")
    assert house.dialled() == 1


async def test_the_customer_first_who_is_busy_is_tried_again(customer_first: House) -> None:
    house = customer_first
    house.provider.set_phone(CHEN, Phone("busy"))
    await house.wish()
    await house.ready()
    failed = await house.until(_callback, lambda row: row.failed == 1)
    assert (failed.last_outcome, failed.contact_id) == ("busy", None)
    house.provider.set_phone(CHEN, Phone())
    customer = await house.provider.agent_leg(CHEN, 10)
    await customer.until("queue")
    await house.take_offer()
    await customer.until("room")
    await house.callback("done")
    assert house.dialled() == 2


async def test_the_customer_first_who_hangs_up_before_an_agent_comes_was_not_reached(
    customer_first: House,
) -> None:
    house = customer_first
    await house.wish()
    await house.ready()
    customer = await house.provider.agent_leg(CHEN)
    await customer.until("queue")
    await house.until(_open_offer, lambda row: row is not None)
    await customer.hang_up()
    failed = await house.until(_callback, lambda row: row.failed == 1)
    assert (failed.state, failed.last_outcome) == ("waiting", "answered")
    assert await house.hub.store.read(_load, house.agent_id) == 0


async def test_the_customer_first_who_calls_while_it_rings_has_one_talk(
    customer_first: House,
) -> None:
    house = customer_first
    house.provider.set_phone(CHEN, Phone(after_s=500))
    await house.wish()
    await house.ready()
    rung = await house.provider.agent_leg(CHEN)
    caller = await house.call()
    await house.callback("dropped")
    await rung.until("ended")
    await house.take_offer()
    await caller.until("room")
    talks = await house.until(_talks, lambda rows: bool(rows))
    assert len(talks) == 1
    assert house.dialled() == 1


async def test_the_customer_first_who_is_not_on_the_line_in_time_is_tried_again(
    customer_first: House,
) -> None:
    house = customer_first
    house.provider.set_phone(CHEN, Phone(after_s=5000))
    await house.wish()
    await house.ready()
    rung = await house.provider.agent_leg(CHEN)
    await house.hub.store.write(_line_is_over, None)
    failed = await house.until(_callback, lambda row: row.failed == 1)
    assert failed.last_reason == "timeout"
    await rung.until("ended")


async def test_the_answer_to_the_call_is_lost_and_the_customer_is_rung_once(
    customer_first: House,
) -> None:
    house = customer_first
    await house.wish()
    house.provider.set_trouble(Trouble(lose_answer=True, path="/Calls.json"))
    await house.ready()
    customer = await house.provider.agent_leg(CHEN)
    await customer.until("queue")
    await house.take_offer()
    await customer.until("room")
    await house.callback("done")
    assert house.dialled() == 1


def _line_is_over(tx: Tx, _: None) -> None:
    tx.execute(callbacks.update().values(due_at=tx.now))


def _callback(tx: Tx, _: None) -> Row[Any] | None:
    return tx.execute(select(callbacks).order_by(callbacks.c.id.desc()).limit(1)).first()


def _talks(tx: Tx, _: None) -> list[Row[Any]]:
    return list(tx.execute(select(contacts).where(contacts.c.answered_at.is_not(None))))


def _open_offer(tx: Tx, _: None) -> Row[Any] | None:
    return tx.execute(select(offers).where(offers.c.state == "pending")).first()


def _open_calls(tx: Tx, _: None) -> int:
    return len(tx.execute(select(contacts.c.id).where(contacts.c.state == "connecting")).all())


def _load(tx: Tx, agent_id: str) -> int:
    return int(tx.execute(select(agents.c.live_load).where(agents.c.id == agent_id)).scalar_one())


def _time_is_over(tx: Tx, _: None) -> None:
    tx.execute(update(assignments).values(connect_by=tx.now))

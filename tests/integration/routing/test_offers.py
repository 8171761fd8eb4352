"""Offers and accepts in the store: compare-and-set on the contact and on the agent's load."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, func, select

from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.contacts.tables import contacts
from hub.core.bus import Bus
from hub.core.errors import Conflict, HubError, Invalid, NotFound
from hub.intake import receive
from hub.routing import service as routing
from hub.routing.model import AgentState, Proposal
from hub.routing.record import AgentRule, ContactLine, Rule, Why
from hub.routing.tables import agents, assignments, offers
from hub.storage import Store, Tx
from hub.testing.center import CHANNELS, add_agent, open_center
from hub.testing.clock import ManualClock


class Floor:
    """Agents and waiting contacts in a store."""

    def __init__(self, store: Store, clock: ManualClock) -> None:
        self.store = store
        self.clock = clock
        self._count = 0

    async def agent(self, name: str) -> str:
        return await self.store.write(add_agent, name)

    async def contact(self, channel: Channel = Channel.WEBCHAT) -> str:
        """A new customer waits; return the contact's id."""
        self._count += 1
        point, kind, value = {
            Channel.WEBCHAT: ("shop-chat", IdentityKind.VISITOR, f"visitor-{self._count}"),
            Channel.EMAIL: ("mail", IdentityKind.EMAIL, f"c{self._count}@example.test"),
            Channel.PHONE: ("hotline", IdentityKind.PHONE, f"+86138000010{self._count:02}"),
        }[channel]
        receipt = await self.store.write(
            receive,
            Inbound(
                entry_point_id=point,
                channel=channel,
                dedupe_key=f"k{self._count}",
                senders=(SenderIdentity(kind, value),),
                received_at=self.clock.now(),
                text="Hello",
            ),
        )
        assert receipt.contact_id is not None
        return receipt.contact_id

    def offer(self, contact_id: str, agent_id: str, channel: str = "webchat") -> routing.MakeOffer:
        line = ContactLine(
            contact_id=contact_id, queue="support", tier="standard", channel=channel,
            waited_s=0, target_s=60, urgency=0,
        )  # fmt: skip
        rules = CHANNELS[channel]
        return routing.MakeOffer(
            Proposal(
                contact_id=contact_id,
                agent_id=agent_id,
                queue="support",
                channel=channel,
                cost=rules.cost,
                expires_at=self.clock.now() + timedelta(seconds=rules.offer_s),
                why=Why(chosen=line, rule=Rule.MOST_URGENT, agent_rule=AgentRule.ONLY_ONE),
            )
        )

    async def made(self, contact_id: str, agent_id: str, channel: str = "webchat") -> str:
        made = await self.store.write(
            routing.make_offers, self.offer(contact_id, agent_id, channel)
        )
        return made.offer_id

    async def state(self, contact_id: str) -> Row[Any]:
        return await self.store.read(
            lambda tx, _: tx.execute(select(contacts).where(contacts.c.id == contact_id)).one(),
            None,
        )

    async def row(self, agent_id: str) -> Row[Any]:
        return await self.store.read(
            lambda tx, _: tx.execute(select(agents).where(agents.c.id == agent_id)).one(), None
        )

    async def fire(self, fire_due: Any = routing.fire_due_offers) -> int:
        def fire(tx: Tx, _: None) -> int:
            return int(fire_due(tx, tx.now, 100))

        return await self.store.write(fire, None)


@pytest.fixture
async def floor(store: Store, clock: ManualClock) -> Floor:
    await store.write(open_center, None)
    return Floor(store, clock)


async def test_an_offer_reserves_contact_and_capacity_and_an_accept_keeps_them(
    floor: Floor,
) -> None:
    li, contact = await floor.agent("Li"), await floor.contact()
    offer = await floor.made(contact, li)
    assert (await floor.state(contact)).state == "offered"
    assert (await floor.row(li)).live_load == 33
    accepted = await floor.store.write(routing.accept_offers, routing.AcceptOffer(offer, li))
    assert not accepted.connects
    assert (await floor.state(contact)).state == "active"
    assert (await floor.row(li)).live_load == 33


async def test_supervisors_are_told_when_the_last_ready_agent_misses_too_many(
    floor: Floor, bus: Bus
) -> None:
    """routing.md 3.1"""
    li, wu = await floor.agent("Li"), await floor.agent("Wu")
    with bus.subscribe(["queue.deserted"]) as hints:
        for agent in (li, wu):
            contact = await floor.contact(Channel.PHONE)  # one missed call is too many
            await floor.made(contact, agent, "phone")
            floor.clock.advance(16)
            assert await floor.fire() == 1
            told = [hint.key for hint in await hints.next(0)]
            assert told == ([] if agent == li else ["finance", "support"])  # the team's queues


async def test_two_routers_and_a_double_click_only_waste_work(floor: Floor) -> None:
    li, wang = await floor.agent("Li"), await floor.agent("Wang")
    contact = await floor.contact()
    results = await asyncio.gather(
        *(
            floor.store.write(routing.make_offers, floor.offer(contact, agent))
            for agent in (li, wang, li, wang)
        ),
        return_exceptions=True,
    )
    made = [result for result in results if not isinstance(result, BaseException)]
    assert len(made) == 1
    assert all(isinstance(r, HubError) for r in results if isinstance(r, BaseException))
    clicks = await asyncio.gather(
        *(
            floor.store.write(
                routing.accept_offers, routing.AcceptOffer(made[0].offer_id, made[0].agent_id)
            )
            for _ in range(3)
        )
    )
    assert len({click.assignment_id for click in clicks}) == 1


async def test_capacity_and_maximum_are_checked_where_they_are_written(floor: Floor) -> None:
    li = await floor.agent("Li")
    await floor.made(await floor.contact(Channel.PHONE), li, "phone")
    with pytest.raises(Conflict):
        await floor.made(await floor.contact(), li)
    with pytest.raises(Conflict):
        await floor.made(await floor.contact(Channel.PHONE), li, "phone")


async def test_somebody_elses_offer_does_not_exist_for_me(floor: Floor) -> None:
    li, wang = await floor.agent("Li"), await floor.agent("Wang")
    offer = await floor.made(await floor.contact(), li)
    with pytest.raises(NotFound):
        await floor.store.write(routing.accept_offers, routing.AcceptOffer(offer, wang))


async def test_an_expired_offer_returns_the_contact_with_its_waited_time(floor: Floor) -> None:
    li, contact = await floor.agent("Li"), await floor.contact()
    before = (await floor.state(contact)).virtual_start_us
    offer = await floor.made(contact, li)
    floor.clock.advance(21)
    with pytest.raises(Conflict):
        await floor.store.write(routing.accept_offers, routing.AcceptOffer(offer, li))
    assert await floor.fire() == 1
    assert await floor.fire() == 0
    row = await floor.state(contact)
    assert (row.state, row.virtual_start_us) == ("queued", before)
    assert (await floor.row(li)).live_load == 0


async def test_who_misses_too_many_in_a_row_is_set_not_ready(floor: Floor) -> None:
    li = await floor.agent("Li")
    for _ in range(2):
        await floor.made(await floor.contact(), li)
        floor.clock.advance(21)
        await floor.store.write(routing.renew_presence, li)
        await floor.fire()
    row = await floor.row(li)
    assert (row.state, row.reason) == ("not_ready", "missed")


async def test_a_declined_contact_keeps_its_place_and_needs_a_reason_or_may_not(
    floor: Floor,
) -> None:
    li, contact = await floor.agent("Li"), await floor.contact()
    offer = await floor.made(contact, li)
    await floor.store.write(routing.decline_offer, routing.DeclineOffer(offer, li, "language"))
    assert (await floor.state(contact)).state == "queued"
    call = await floor.made(await floor.contact(Channel.PHONE), li, "phone")
    with pytest.raises(Invalid):
        await floor.store.write(routing.decline_offer, routing.DeclineOffer(call, li, "busy"))


async def test_a_call_that_is_not_connected_in_time_waits_on(floor: Floor) -> None:
    li, contact = await floor.agent("Li"), await floor.contact(Channel.PHONE)
    offer = await floor.made(contact, li, "phone")
    accepted = await floor.store.write(routing.accept_offers, routing.AcceptOffer(offer, li))
    assert accepted.connects
    assert (await floor.state(contact)).state == "connecting"
    floor.clock.advance(11)
    assert await floor.fire(routing.fire_due_connects) == 1
    assert (await floor.state(contact)).state == "queued"
    assert (await floor.row(li)).live_load == 0


async def test_a_closed_console_gives_its_offers_back(floor: Floor) -> None:
    li, contact = await floor.agent("Li"), await floor.contact()
    await floor.made(contact, li)
    await floor.store.write(routing.lose_presence, li)
    assert (await floor.state(contact)).state == "queued"
    row = await floor.row(li)
    assert (row.live_load, row.state, row.missed) == (0, "ready", 0)


async def test_going_not_ready_gives_offers_back_and_keeps_what_is_in_hand(floor: Floor) -> None:
    li = await floor.agent("Li")
    held = await floor.contact()
    offer = await floor.made(held, li)
    await floor.store.write(routing.accept_offers, routing.AcceptOffer(offer, li))
    other = await floor.contact()
    await floor.made(other, li)
    await floor.store.write(
        routing.set_agent_state, routing.SetAgentState(li, AgentState.NOT_READY, "break")
    )
    assert (await floor.state(other)).state == "queued"
    assert (await floor.state(held)).state == "active"
    assert (await floor.row(li)).live_load == 33


async def test_there_is_never_more_than_one_open_offer_or_assignment(floor: Floor) -> None:
    people = [await floor.agent(name) for name in ("Li", "Wang", "Zhao")]
    waiting = [await floor.contact() for _ in range(6)]
    await asyncio.gather(
        *(
            floor.store.write(routing.make_offers, floor.offer(contact, agent))
            for contact in waiting
            for agent in people
        ),
        return_exceptions=True,
    )

    def counts(tx: Tx, _: None) -> list[int]:
        grouped = select(func.count()).where(offers.c.state == "pending")
        open_ = select(func.count()).where(assignments.c.ended_at.is_(None))
        return [
            *tx.execute(grouped.group_by(offers.c.contact_id)).scalars(),
            *tx.execute(open_.group_by(assignments.c.contact_id)).scalars(),
        ]

    assert set(await floor.store.read(counts, None)) == {1}

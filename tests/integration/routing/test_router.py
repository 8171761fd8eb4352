"""The router on a real store: hints, lost hints, lost leases, lost races."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
from sqlalchemy import select, update

from hub.contacts import service as contacts_service
from hub.contacts.model import Channel, ContactState
from hub.contacts.service import Move
from hub.contacts.tables import contacts
from hub.core.bus import Bus, Hint
from hub.core.errors import Conflict
from hub.routing import service as routing
from hub.routing.model import AgentState
from hub.routing.router import Router
from hub.routing.settings import load_settings, save_settings, tell_of_setup
from hub.routing.tables import agents, offers
from hub.storage import Store, Tx
from hub.storage.leases import leases
from hub.testing.center import open_center
from hub.testing.clock import ManualClock

from .test_offers import Floor


@pytest.fixture
async def floor(store: Store, clock: ManualClock) -> Floor:
    await store.write(open_center, None)
    return Floor(store, clock)


@asynccontextmanager
async def a_router(floor: Floor, bus: Bus, poll_s: float = 5.0) -> AsyncIterator[Router]:
    """A running router that has read the store once."""
    router = Router(floor.store, bus, floor.clock, poll_s)
    task = asyncio.create_task(router.run())
    try:
        await until(lambda: router.is_active)
        yield router
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(holds: object) -> None:
    """Wait until a condition holds, a few seconds at most."""
    assert callable(holds)
    async with asyncio.timeout(30):
        while True:
            found = holds()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.005)


async def offered(floor: Floor) -> list[tuple[str, str]]:
    """(contact, agent) of all pending offers."""

    def read(tx: Tx, _: None) -> list[tuple[str, str]]:
        pending = select(offers).where(offers.c.state == "pending").order_by(offers.c.id)
        return [(row.contact_id, row.agent_id) for row in tx.execute(pending)]

    return await floor.store.read(read, None)


async def test_a_contact_is_offered_as_soon_as_it_arrives(floor: Floor, bus: Bus) -> None:
    agent = await floor.agent("Li")
    async with a_router(floor, bus):
        contact = await floor.contact()

        async def made() -> bool:
            return await offered(floor) == [(contact, agent)]

        await until(made)


async def test_an_agent_who_comes_online_gets_what_waits(floor: Floor, bus: Bus) -> None:
    contact = await floor.contact(Channel.PHONE)
    async with a_router(floor, bus):
        agent = await floor.agent("Li")

        async def made() -> bool:
            return await offered(floor) == [(contact, agent)]

        await until(made)


async def test_a_declined_contact_goes_to_the_next_agent(floor: Floor, bus: Bus) -> None:
    first, second = await floor.agent("Li"), await floor.agent("Wang")
    async with a_router(floor, bus):
        contact = await floor.contact()

        async def one() -> bool:
            return len(await offered(floor)) == 1

        await until(one)
        holder = (await offered(floor))[0][1]
        offer_id = await floor.store.read(
            lambda tx, _: tx.execute(select(offers.c.id)).scalar_one(), None
        )
        await floor.store.write(
            routing.decline_offer, routing.DeclineOffer(offer_id, holder, "not my subject")
        )
        other = second if holder == first else first

        async def moved_on() -> bool:
            return await offered(floor) == [(contact, other)]

        await until(moved_on)


async def test_a_lost_hint_costs_one_poll_and_no_contact(floor: Floor, bus: Bus) -> None:
    agent = await floor.agent("Li")
    deaf = Bus()  # nothing that the store publishes arrives here
    async with a_router(floor, deaf, poll_s=0.05):
        contact = await floor.contact()
        floor.clock.advance(1)

        async def made() -> bool:
            floor.clock.advance(0.1)
            return await offered(floor) == [(contact, agent)]

        await until(made)


async def test_of_two_routers_one_works_and_the_other_takes_over(floor: Floor, bus: Bus) -> None:
    agent = await floor.agent("Li")
    async with a_router(floor, bus):
        standby = Router(floor.store, bus, floor.clock)
        task = asyncio.create_task(standby.run())
        first = await floor.contact()

        async def made() -> bool:
            return (first, agent) in await offered(floor)

        await until(made)
        assert not standby.is_active

    async def took_over() -> bool:
        floor.clock.advance(1)
        await floor.store.write(routing.renew_presence, agent)
        return standby.is_active

    await until(took_over)
    second = await floor.contact()

    async def made_by_standby() -> bool:
        return (second, agent) in await offered(floor)

    await until(made_by_standby)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_router_that_lost_its_lease_is_fenced(floor: Floor) -> None:
    agent, contact = await floor.agent("Li"), await floor.contact()

    def held_by_another(tx: Tx, _: None) -> None:
        tx.execute(
            leases.insert().values(
                name=routing.ROUTER_LEASE, holder="another", epoch=2, expires_at=tx.now
            )
        )

    await floor.store.write(held_by_another, None)
    late = floor.offer(contact, agent)
    with pytest.raises(Conflict, match="router"):
        await floor.store.write(routing.make_offers, routing.MakeOffer(late.proposal, epoch=1))


async def test_a_stale_picture_is_read_again_and_nobody_is_left_waiting(
    floor: Floor, bus: Bus
) -> None:
    """The agent went not ready without a hint: the offer is refused, the next agent gets it."""
    first = await floor.agent("Li")
    router = Router(floor.store, bus, floor.clock)
    await router.rebuild()

    def silently_away(tx: Tx, agent_id: str) -> None:
        tx.execute(update(agents).where(agents.c.id == agent_id).values(state="not_ready"))

    await floor.store.write(silently_away, first)
    contact = await floor.contact()
    await router.follow([Hint("contact.queued", contact)])
    assert (router.offers_made, router.offers_refused) == (0, 1)
    second = await floor.agent("Wang")
    await router.follow([Hint("agent.changed", second)])
    assert await offered(floor) == [(contact, second)]


async def test_a_poll_finds_what_came_and_went_without_a_hint(floor: Floor, bus: Bus) -> None:
    router = Router(floor.store, bus, floor.clock)
    gone, stays = await floor.contact(), await floor.contact()
    await router.rebuild()
    await floor.store.write(_abandon, gone)
    agent = await floor.agent("Li")
    await router.poll()
    assert await offered(floor) == [(stays, agent)]
    assert router.offers_refused == 0


async def test_a_poll_finds_rules_that_another_process_put_in_force(floor: Floor, bus: Bus) -> None:
    deaf = Bus()  # as a hub on PostgreSQL is to `hub apply`
    router = Router(floor.store, deaf, floor.clock)
    await router.rebuild()
    with deaf.subscribe(("setup.changed",)) as told:
        await router.poll()
        assert await told.next(0) == []
        floor.clock.advance(1)
        settings = await floor.store.read(lambda tx, _: load_settings(tx), None)
        changed = msgspec.structs.replace(settings, cap_every=7)
        await floor.store.write(save_settings, changed)
        await router.poll()
        assert [hint.topic for hint in await told.next(0)] == ["setup.changed"]
        await router.poll()
        assert await told.next(0) == []


async def test_news_of_another_process_is_told_when_everything_is_read_anew(
    floor: Floor, bus: Bus
) -> None:
    deaf = Bus()
    router = Router(floor.store, deaf, floor.clock)
    with deaf.subscribe(("setup.changed",)) as told:
        await router.rebuild()
        assert await told.next(0) == []
        floor.clock.advance(1)
        await floor.store.write(lambda tx, _: tell_of_setup(tx), None)  # other names, same rules
        await router.rebuild()
        assert [hint.topic for hint in await told.next(0)] == ["setup.changed"]
        await router.rebuild()
        await router.poll()
        assert await told.next(0) == []


async def test_what_this_process_put_in_force_is_told_once(floor: Floor, bus: Bus) -> None:
    async with a_router(floor, bus) as router:
        with bus.subscribe(("setup.changed",)) as told:
            floor.clock.advance(1)
            settings = await floor.store.read(lambda tx, _: load_settings(tx), None)
            await floor.store.write(
                save_settings, msgspec.structs.replace(settings, tiers=("gold",))
            )
            contact = await floor.contact()
            await until(lambda: router.why_waiting(contact) is not None)
            await router.rebuild()
            assert len(await told.next(0)) == 1


def _abandon(tx: Tx, contact_id: str) -> None:
    contacts_service.move(tx, Move(contact_id, ContactState.ABANDONED))


async def test_the_router_says_why_a_contact_waits(floor: Floor, bus: Bus) -> None:
    agent = await floor.agent("Li")
    await floor.store.write(
        routing.set_agent_state, routing.SetAgentState(agent, AgentState.NOT_READY, "meal")
    )
    async with a_router(floor, bus) as router:
        contact = await floor.contact()
        await until(lambda: router.why_waiting(contact) is not None)
        why = router.why_waiting(contact)
        assert why is not None
        assert why.reason == "nobody_ready"
        assert why.contact.target_s == 60
        state = await floor.store.read(
            lambda tx, key: tx.execute(
                select(contacts.c.state).where(contacts.c.id == key)
            ).scalar_one(),
            contact,
        )
        assert state == ContactState.QUEUED

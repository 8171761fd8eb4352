"""A customer who waits on several channels is served at once, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from hub.accounts.model import SYSTEM
from hub.contacts.access import Sight
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.contacts.tables import contacts, interactions
from hub.core.errors import Conflict, NotFound
from hub.customers.addresses import NewAddress
from hub.customers.service import CreateCustomer, create_customer
from hub.desk.handling import Close, Handle
from hub.desk.pulling import Pull, _offer, pull  # the shortest true way to a pending offer
from hub.desk.together import (
    AcceptTogether,
    Along,
    CloseTogether,
    TakeAlong,
    Together,
    accept_together,
    close_together,
    take_along,
)
from hub.intake import receive
from hub.routing.queue_states import QueueState, SetQueueState, set_queue_state
from hub.routing.service import fire_due_offers
from hub.routing.tables import agents, offers
from hub.storage import Store, Tx
from hub.testing.center import add_agent, give_to_agent, open_center
from hub.testing.clock import NOON, ManualClock

PHONE, MAIL = "+8613800138000", "chen@example.test"
EVERYTHING = Sight("somebody", None)


@dataclass(frozen=True)
class Case:
    """Agent Li; Ms Chen's contacts by channel."""

    store: Store
    agent: str
    chat: str
    mail: str
    call: str

    def along(self, *only: str, sight: Sight = EVERYTHING, agent: str = "") -> Along:
        return Along(agent or self.agent, "Li", sight, only or None)

    async def row(self, contact_id: str) -> Row[Any]:
        found = select(contacts).where(contacts.c.id == contact_id)
        return await self.store.read(lambda tx, _: tx.execute(found).one(), None)

    async def states(self) -> dict[str, str]:
        return {
            name: (await self.row(id_)).state
            for name, id_ in (("chat", self.chat), ("mail", self.mail), ("call", self.call))
        }

    async def load(self) -> tuple[int, int]:
        found = select(agents).where(agents.c.id == self.agent)
        row = await self.store.read(lambda tx, _: tx.execute(found).one(), None)
        return row.live_load, row.deferred_load

    async def offered(self, contact_id: str, agent: str = "") -> str:
        return await self.store.write(offer_to, (contact_id, agent or self.agent))

    async def entries(self, contact_id: str) -> list[Row[Any]]:
        found = select(interactions).where(interactions.c.contact_id == contact_id)
        ordered = found.order_by(interactions.c.seq)
        return await self.store.read(lambda tx, _: list(tx.execute(ordered).all()), None)


def offer_to(tx: Tx, asked: tuple[str, str]) -> str:
    contact_id, agent_id = asked
    row = tx.execute(select(contacts).where(contacts.c.id == contact_id)).one()
    return _offer(tx, row, agent_id)


def came(channel: Channel, kind: IdentityKind, address: str) -> Inbound:
    points = {Channel.WEBCHAT: "shop-chat", Channel.EMAIL: "mail", Channel.PHONE: "hotline"}
    return Inbound(
        entry_point_id=points[channel],
        channel=channel,
        dedupe_key=f"{channel}-{address}",
        senders=(SenderIdentity(kind, address, verified=True),),
        received_at=NOON,
        text="Hello",
        acknowledge=False,
    )


@pytest.fixture
async def case(store: Store) -> Case:
    await store.write(open_center, None)
    addresses = (
        NewAddress(IdentityKind.PHONE, PHONE),
        NewAddress(IdentityKind.EMAIL, MAIL),
        NewAddress(IdentityKind.EXTERNAL, "chen"),
    )
    await store.write(
        create_customer, CreateCustomer(SYSTEM, "CN", name="Chen", addresses=addresses)
    )
    ids = [
        (await store.write(receive, item)).contact_id
        for item in (
            came(Channel.WEBCHAT, IdentityKind.EXTERNAL, "chen"),
            came(Channel.EMAIL, IdentityKind.EMAIL, MAIL),
            came(Channel.PHONE, IdentityKind.PHONE, PHONE),
        )
    ]
    return Case(store, await store.write(add_agent, "Li"), *map(str, ids))


def taken(done: Together) -> set[str]:
    return {one.contact_id for one in done.taken}


def left(done: Together) -> dict[str, str]:
    return {one.contact.id: one.why.reason for one in done.left}


async def test_others_are_accepted_with_the_offer_and_what_has_no_room_stays(case: Case) -> None:
    offer = await case.offered(case.chat)
    accepted, done = await case.store.write(accept_together, AcceptTogether(offer, case.along()))
    assert (accepted.contact_id, accepted.connects) == (case.chat, False)
    assert taken(done) == {case.mail}
    assert left(done) == {case.call: "agent.full"}  # 33 + 100 is above 100
    assert await case.states() == {"chat": "active", "mail": "active", "call": "queued"}
    assert await case.load() == (33, 25)


async def test_the_timeline_says_with_what_it_was_taken_along(case: Case) -> None:
    offer = await case.offered(case.chat)
    await case.store.write(accept_together, AcceptTogether(offer, case.along()))
    entry = (await case.entries(case.mail))[-1]
    reference = (await case.row(case.chat)).reference
    assert entry.meta == {"code": "taken_along", "reference": reference}
    assert (entry.author_name, entry.seq) == ("Li", 2)
    assert len(await case.entries(case.call)) == 1


async def test_why_it_went_to_this_agent_is_recorded(case: Case) -> None:
    offer = await case.offered(case.chat)
    await case.store.write(accept_together, AcceptTogether(offer, case.along()))
    found = select(offers).where(offers.c.contact_id == case.mail)
    record = await case.store.read(lambda tx, _: tx.execute(found).one(), None)
    assert (record.state, record.why["rule"]) == ("accepted", "together")


async def test_the_maximum_of_a_channel_holds(case: Case) -> None:
    for number in range(2):  # two mails are the most at once
        other = came(Channel.EMAIL, IdentityKind.EMAIL, f"other-{number}@example.test")
        receipt = await case.store.write(receive, other)
        await case.store.write(pull, Pull(str(receipt.contact_id), case.agent))
    offer = await case.offered(case.chat)
    _, done = await case.store.write(accept_together, AcceptTogether(offer, case.along()))
    assert left(done)[case.mail] == "agent.channel_full"


async def test_the_same_again_accepts_nothing_twice(case: Case) -> None:
    offer = await case.offered(case.chat)
    cmd = AcceptTogether(offer, case.along())
    first, _ = await case.store.write(accept_together, cmd)
    again, done = await case.store.write(accept_together, cmd)
    assert again == first
    assert done.taken == ()
    assert await case.load() == (33, 25)


async def test_nothing_is_taken_with_an_offer_that_is_over(case: Case, clock: ManualClock) -> None:
    offer = await case.offered(case.chat)
    clock.advance(21)
    with pytest.raises(Conflict, match="over"):
        await case.store.write(accept_together, AcceptTogether(offer, case.along()))
    assert (await case.states())["mail"] == "queued"
    with pytest.raises(NotFound):
        await case.store.write(accept_together, AcceptTogether("nothing", case.along()))
    other = await case.store.write(add_agent, "Wang")
    with pytest.raises(NotFound):
        await case.store.write(accept_together, AcceptTogether(offer, case.along(agent=other)))


async def test_what_rings_at_a_colleague_is_left_to_them(case: Case) -> None:
    wang = await case.store.write(add_agent, "Wang")
    await case.offered(case.mail, wang)
    offer = await case.offered(case.chat)
    _, done = await case.store.write(accept_together, AcceptTogether(offer, case.along()))
    assert left(done)[case.mail] == "contact.rings_elsewhere"
    assert (await case.row(case.mail)).agent_id == wang


async def test_what_rings_at_the_agent_too_is_accepted(case: Case) -> None:
    second = await case.offered(case.mail)
    offer = await case.offered(case.chat)
    _, done = await case.store.write(accept_together, AcceptTogether(offer, case.along()))
    assert [one.offer_id for one in done.taken] == [second]
    assert await case.load() == (33, 25)


async def test_one_that_rings_and_whose_time_is_over_stays(case: Case, clock: ManualClock) -> None:
    await case.offered(case.mail)
    clock.advance(61)
    offer = await case.offered(case.chat)
    _, done = await case.store.write(accept_together, AcceptTogether(offer, case.along()))
    assert left(done)[case.mail] == "offer.over"
    assert await case.store.write(lambda tx, _: fire_due_offers(tx, clock.now(), 10), None) == 1
    assert (await case.states())["mail"] == "queued"


async def test_what_the_agent_may_not_see_does_not_exist(case: Case) -> None:
    offer = await case.offered(case.chat)
    blind = Sight(case.agent, frozenset({"finance"}))
    cmd = AcceptTogether(offer, case.along(sight=blind))
    _, done = await case.store.write(accept_together, cmd)
    assert done == Together()
    named = case.along(case.mail, sight=blind)
    with pytest.raises(NotFound):
        await case.store.write(take_along, TakeAlong(case.chat, named))


async def test_nothing_is_taken_from_a_paused_queue(case: Case) -> None:
    pause = SetQueueState("finance", QueueState.PAUSED, "boss")
    await case.store.write(set_queue_state, pause)
    await case.store.write(in_queue, (case.mail, "finance"))
    offer = await case.offered(case.chat)
    _, done = await case.store.write(accept_together, AcceptTogether(offer, case.along()))
    assert left(done)[case.mail] == "queue.paused"


def in_queue(tx: Tx, asked: tuple[str, str]) -> None:
    contact_id, queue_id = asked
    tx.execute(update(contacts).where(contacts.c.id == contact_id).values(queue_id=queue_id))


async def test_others_customers_contacts_are_none_of_it(case: Case) -> None:
    stranger = came(Channel.EMAIL, IdentityKind.EMAIL, "stranger@example.test")
    receipt = await case.store.write(receive, stranger)
    offer = await case.offered(case.chat)
    _, done = await case.store.write(accept_together, AcceptTogether(offer, case.along()))
    assert receipt.contact_id not in taken(done) | set(left(done))
    named = case.along(str(receipt.contact_id))
    with pytest.raises(NotFound):
        await case.store.write(take_along, TakeAlong(case.chat, named))


async def test_one_in_hand_takes_along_what_is_named(case: Case) -> None:
    await case.store.write(give_to_agent, (case.chat, case.agent))
    cmd = TakeAlong(case.chat, case.along(case.mail))
    assert taken(await case.store.write(take_along, cmd)) == {case.mail}
    again = await case.store.write(take_along, cmd)
    assert left(again) == {case.mail: "contact.not_waiting"}
    wang = await case.store.write(add_agent, "Wang")
    with pytest.raises(Conflict, match="somebody else"):
        await case.store.write(take_along, TakeAlong(case.chat, case.along(agent=wang)))


async def test_with_mails_in_hand_the_call_is_taken_and_pushes_them_aside(case: Case) -> None:
    await case.store.write(give_to_agent, (case.mail, case.agent))
    cmd = TakeAlong(case.mail, case.along(case.call))
    done = await case.store.write(take_along, cmd)
    assert [one.connects for one in done.taken] == [True]
    assert (await case.states())["call"] == "connecting"
    assert (await case.row(case.mail)).interrupted_until is not None


async def test_the_room_that_closing_makes_is_used(case: Case) -> None:
    await case.store.write(give_to_agent, (case.call, case.agent))
    refused = await case.store.write(take_along, TakeAlong(case.call, case.along(case.mail)))
    assert left(refused) == {case.mail: "agent.full"}
    handle = Handle(case.call, case.agent, case.agent, "Li", call=True)
    cmd = CloseTogether(Close(handle), case.along(case.mail))
    assert taken(await case.store.write(close_together, cmd)) == {case.mail}
    assert await case.states() == {"chat": "queued", "mail": "active", "call": "closed"}


async def test_what_cannot_be_taken_keeps_nothing_open(case: Case) -> None:
    await case.store.write(give_to_agent, (case.chat, case.agent))
    wang = await case.store.write(add_agent, "Wang")
    await case.store.write(give_to_agent, (case.mail, wang))
    handle = Handle(case.chat, case.agent, case.agent, "Li")
    cmd = CloseTogether(Close(handle), case.along(case.mail))
    done = await case.store.write(close_together, cmd)
    assert left(done) == {case.mail: "contact.not_waiting"}
    assert (await case.states())["chat"] == "closed"


async def test_what_went_out_of_sight_meanwhile_keeps_nothing_open(case: Case) -> None:
    """A supervisor moved the other one to a queue that the agent does not see."""
    await case.store.write(give_to_agent, (case.chat, case.agent))
    blind = Sight(case.agent, frozenset({"finance"}))
    handle = Handle(case.chat, case.agent, case.agent, "Li")
    cmd = CloseTogether(Close(handle), case.along(case.mail, sight=blind))
    assert await case.store.write(close_together, cmd) == Together()
    assert await case.states() == {"chat": "closed", "mail": "queued", "call": "queued"}


async def test_of_two_agents_one_takes_it(case: Case) -> None:
    await case.store.write(give_to_agent, (case.chat, case.agent))
    wang = await case.store.write(add_agent, "Wang")
    results = await asyncio.gather(
        case.store.write(take_along, TakeAlong(case.chat, case.along(case.mail))),
        case.store.write(pull, Pull(case.mail, wang)),
        return_exceptions=True,
    )
    together, pulled = results
    assert isinstance(together, Together)
    assert bool(together.taken) == isinstance(pulled, Conflict)
    mail = await case.row(case.mail)
    assert (mail.state, mail.agent_id) == ("active", case.agent if together.taken else wang)
    live, deferred = await case.load()
    assert (live, deferred) == (33, 25 if together.taken else 0)

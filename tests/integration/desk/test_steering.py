"""Moving, raising and ending by those who steer, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from hub.contacts import service as contact_service
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel, ContactState
from hub.contacts.service import IllegalMove, Move
from hub.contacts.tables import contacts, interactions, segments
from hub.core.errors import Conflict, Invalid
from hub.desk.pulling import _offer as ring  # the shortest true way to a pending offer
from hub.desk.steering import By, MoveWaiting, Raise, complete_wrap_up, move_waiting, set_priority
from hub.intake import receive
from hub.routing import service as routing
from hub.routing.model import AgentState
from hub.routing.placement import Arrival, place
from hub.routing.tables import agents, offers
from hub.storage import Store, Tx
from hub.testing.center import add_agent, give_to_agent, open_center
from hub.testing.clock import NOON, ManualClock

BOSS = By("boss", "Wang")


@pytest.fixture
async def center(store: Store) -> Store:
    await store.write(open_center, None)
    return store


async def waiting(store: Store, count: int = 1) -> list[str]:
    receipts = [
        await store.write(
            receive,
            Inbound(
                entry_point_id="shop-chat",
                channel=Channel.WEBCHAT,
                dedupe_key=f"c{number}",
                senders=(SenderIdentity(IdentityKind.VISITOR, f"v{number}"),),
                received_at=NOON,
                text="Hello",
                acknowledge=False,
            ),
        )
        for number in range(count)
    ]
    return [str(receipt.contact_id) for receipt in receipts]


async def contact(store: Store, contact_id: str) -> Row[Any]:
    found = select(contacts).where(contacts.c.id == contact_id)
    return await store.read(lambda tx, _: tx.execute(found).one(), None)


async def rows(store: Store, table: Any, contact_id: str) -> list[Row[Any]]:
    found = select(table).where(table.c.contact_id == contact_id).order_by(table.c.id)
    return await store.read(lambda tx, _: list(tx.execute(found).all()), None)


async def test_many_are_moved_at_once_and_keep_what_they_waited(
    center: Store, clock: ManualClock
) -> None:
    ids = await waiting(center, 3)
    clock.advance(40)
    done = await center.write(move_waiting, MoveWaiting(tuple(ids), BOSS, queue_id="finance"))
    assert sorted(done.moved) == sorted(ids)
    assert done.refused == {}
    moved = await contact(center, ids[0])
    assert (moved.queue_id, moved.state, moved.waited_us) == ("finance", "queued", 40_000_000)
    first, second = await rows(center, segments, ids[0])
    assert (first.queue_id, first.ended_by, second.queue_id) == ("support", "queued", "finance")
    entry = (await rows(center, interactions, ids[0]))[-1]
    assert (entry.author_name, entry.meta["code"], entry.seq) == ("Wang", "moved", 2)


class Counting:
    """A transaction that counts its statements."""

    def __init__(self, tx: Tx) -> None:
        self.tx = tx
        self.count = 0

    def execute(self, *given: Any) -> Any:
        self.count += 1
        return self.tx.execute(*given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.tx, name)


async def test_the_number_of_statements_does_not_grow_with_what_is_moved(center: Store) -> None:
    ids = await waiting(center, 40)

    def counted(tx: Tx, cmd: MoveWaiting) -> int:
        counting = Counting(tx)
        move_waiting(counting, cmd)  # type: ignore[arg-type]  # stands in for the transaction
        return counting.count

    one = await center.write(counted, MoveWaiting(tuple(ids[:1]), BOSS, queue_id="finance"))
    many = await center.write(counted, MoveWaiting(tuple(ids[1:]), BOSS, queue_id="finance"))
    assert one == many > 0


async def test_one_that_rings_is_taken_off_its_agent_and_moved(center: Store) -> None:
    [contact_id] = await waiting(center)
    agent = await center.write(add_agent, "Li")
    await center.write(give_to_agent_as_offer, (contact_id, agent))
    done = await center.write(move_waiting, MoveWaiting((contact_id,), BOSS, queue_id="finance"))
    assert contact_id in done.moved
    moved = await contact(center, contact_id)
    assert (moved.state, moved.queue_id, moved.agent_id) == ("queued", "finance", None)
    [offer] = await rows(center, offers, contact_id)
    assert (offer.state, offer.reason) == ("withdrawn", "moved")
    found = select(agents).where(agents.c.id == agent)
    load = await center.read(lambda tx, _: tx.execute(found).one(), None)
    assert (load.live_load, load.deferred_load) == (0, 0)


def give_to_agent_as_offer(tx: Tx, asked: tuple[str, str]) -> None:
    """The contact rings at the agent: an offer and its load, as the router makes them."""
    contact_id, agent_id = asked
    ring(tx, contact_service.get_contact(tx, contact_id), agent_id)


async def test_a_spoken_message_keeps_its_own_promise_and_its_customer_the_place_told(
    center: Store, clock: ManualClock
) -> None:
    def spoken(tx: Tx, contact_id: str) -> None:
        arrival = Arrival("support", "standard", "webchat", promise="voicemail")
        columns = {**place(tx, [arrival])[0], "told_position": 2}
        tx.execute(update(contacts).where(contacts.c.id == contact_id).values(**columns))

    [id_] = await waiting(center)
    await center.write(spoken, id_)
    clock.advance(600)
    for queue in ("finance", "support"):
        await center.write(move_waiting, MoveWaiting((id_,), BOSS, queue_id=queue))
        row = await contact(center, id_)
        assert (row.promise, row.target_s, row.told_position) == ("voicemail", 3600, 2)
    assert row.calendar_id == "always"


async def test_given_to_an_agent_of_its_queue_it_goes_on_at_its_skill_step(center: Store) -> None:
    def relaxed(tx: Tx, contact_id: str) -> None:
        asked = {"requirements": {"french": 3}, "skill_step": 1, "step_until": NOON}
        tx.execute(update(contacts).where(contacts.c.id == contact_id).values(**asked))

    [id_] = await waiting(center)
    li = await center.write(add_agent, "Li")
    await center.write(relaxed, id_)
    await center.write(move_waiting, MoveWaiting((id_,), BOSS, agent_id=li, agent_name="Li"))
    row = await contact(center, id_)
    assert (row.requirements, row.skill_step, row.step_until) == ({"french": 3}, 1, NOON)


async def test_one_given_to_an_agent_waits_for_them(center: Store) -> None:
    [contact_id] = await waiting(center)
    agent = await center.write(add_agent, "Li")
    await center.write(move_waiting, MoveWaiting((contact_id,), BOSS, agent_id=agent))
    moved = await contact(center, contact_id)
    assert (moved.queue_id, moved.preferred_agent_id) == ("support", agent)
    assert moved.preferred_until is not None


async def test_what_cannot_be_moved_is_refused_alone(center: Store) -> None:
    ids = await waiting(center, 2)
    agent = await center.write(add_agent, "Li")
    await center.write(give_to_agent, (ids[0], agent))
    done = await center.write(move_waiting, MoveWaiting(tuple(ids), BOSS, queue_id="finance"))
    assert list(done.moved) == [ids[1]]
    assert done.refused[ids[0]].reason == "contact.not_waiting"
    assert (await contact(center, ids[0])).state == "active"


async def test_nothing_is_given_to_somebody_who_is_away_or_nowhere(center: Store) -> None:
    ids = await waiting(center)
    agent = await center.write(add_agent, "Li")
    away = routing.SetAgentState(agent, AgentState.OFFLINE)
    await center.write(routing.set_agent_state, away)
    for wanted in ({"agent_id": agent}, {"queue_id": "nowhere"}, {}):
        with pytest.raises((Conflict, Invalid)):
            await center.write(move_waiting, MoveWaiting(tuple(ids), BOSS, **wanted))
    assert (await contact(center, ids[0])).queue_id == "support"


async def test_who_raised_a_contact_stands_on_its_timeline(center: Store) -> None:
    [contact_id] = await waiting(center)
    assert await center.write(set_priority, Raise(contact_id, 2, BOSS)) == 0
    assert await center.write(set_priority, Raise(contact_id, 2, BOSS)) == 2
    assert (await contact(center, contact_id)).priority == 2
    entry = (await rows(center, interactions, contact_id))[-1]
    assert entry.meta == {"code": "priority", "before": 0, "after": 2}
    assert (entry.author_name, entry.seq) == ("Wang", 2)


async def test_a_stuck_wrap_up_ends_and_frees_its_agent(center: Store, clock: ManualClock) -> None:
    [contact_id] = await waiting(center)
    agent = await center.write(add_agent, "Li")
    await center.write(give_to_agent, (contact_id, agent))
    with pytest.raises(IllegalMove):
        await center.write(lambda tx, _: complete_wrap_up(tx, contact_id, BOSS), None)
    await center.write(
        contact_service.move,
        Move(contact_id, ContactState.WRAP_UP, changes={"wrap_until": clock.now() + timedelta(1)}),
    )
    await center.write(lambda tx, _: complete_wrap_up(tx, contact_id, BOSS), None)
    closed = await contact(center, contact_id)
    assert (closed.state, closed.ended_as, closed.agent_id) == ("closed", "unclassified", agent)
    assert closed.unanswered_since == NOON  # nobody answered: found among those, as by the timer
    found = select(agents).where(agents.c.id == agent)
    load = await center.read(lambda tx, _: tx.execute(found).one(), None)
    assert (load.live_load, load.deferred_load) == (0, 0)

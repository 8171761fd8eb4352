"""The day in half hours, on both databases, against contacts whose fate is known."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import text, update
from sqlalchemy.dialects import sqlite

from hub.accounts.model import SYSTEM
from hub.contacts import service as contact_service
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel, ContactState
from hub.contacts.service import Move
from hub.contacts.tables import contacts, segments
from hub.desk.spam import MarkSpam, NotSpam, mark_spam, take_back_spam
from hub.desk.steering import By, MoveWaiting, move_waiting
from hub.intake import receive
from hub.routing.intervals import STEP, Intervals, _first_waits, day_so_far
from hub.routing.levels import Count
from hub.routing.settings import ServiceLevel, load_settings, save_settings
from hub.storage import Store, Tx
from hub.testing.center import open_center
from hub.testing.clock import ManualClock


def with_levels(tx: Tx, _: None) -> None:
    open_center(tx)
    settings = load_settings(tx)
    queues = {
        key: msgspec.structs.replace(
            queue,
            service_level={"webchat": ServiceLevel(within_s=60, goal=0.8)},
            short_abandon_s={"webchat": 10},
        )
        for key, queue in settings.queues.items()
    }
    save_settings(tx, msgspec.structs.replace(settings, queues=queues))


@pytest.fixture
async def center(store: Store) -> Store:
    await store.write(with_levels, None)
    return store


class Floor:
    """Chats of the support queue, and the day as the wallboard sees it."""

    def __init__(self, store: Store, clock: ManualClock) -> None:
        self.store = store
        self.clock = clock
        self.cache = Intervals()
        self.count = 0

    async def arrive(self) -> str:
        self.count += 1
        inbound = Inbound(
            entry_point_id="shop-chat",
            channel=Channel.WEBCHAT,
            dedupe_key=f"c{self.count}",
            senders=(SenderIdentity(IdentityKind.VISITOR, f"v{self.count}"),),
            received_at=self.clock.now(),
            text="Hello",
            acknowledge=False,
        )
        return str((await self.store.write(receive, inbound)).contact_id)

    async def answer(self, contact_id: str) -> None:
        def answered(tx: Tx, _: None) -> None:
            mine = contacts.c.id == contact_id
            tx.execute(update(contacts).where(mine).values(answered_at=tx.now))

        await self.store.write(answered, None)

    async def leave(self, contact_id: str) -> None:
        await self.store.write(contact_service.move, Move(contact_id, ContactState.ABANDONED))

    async def day(self, cache: Intervals | None = None) -> list[Count]:
        seen = frozenset({"support"})
        kept = cache or self.cache
        found = await self.store.read(lambda tx, _: day_so_far(tx, kept, seen), None)
        return [lines.get(("support", "webchat"), Count()) for _, lines in found]


@pytest.fixture
def floor(center: Store, clock: ManualClock) -> Floor:
    return Floor(center, clock)  # 20:00 in Shanghai: the 41st half hour of its day


async def test_what_is_seen_to_be_spam_did_not_come(floor: Floor) -> None:
    real, known, later = [await floor.arrive() for _ in range(3)]
    floor.clock.advance(1860)  # the half hour is over: who no longer waits is settled
    await floor.store.write(mark_spam, MarkSpam(known, By(None, "a rule")))
    await floor.answer(real)
    [*_, first, _] = await floor.day()
    assert (first.offered, first.answered, first.waiting) == (2, 1, 1)
    await floor.store.write(mark_spam, MarkSpam(later, By(None, "a rule")))
    floor.clock.advance(5)
    for cache in (floor.cache, Intervals()):
        [*_, first, _] = await floor.day(cache)
        assert (first.offered, first.answered, first.abandoned, first.waiting) == (1, 1, 0, 0)
    for spam in (known, later):
        await floor.store.write(take_back_spam, NotSpam(spam, By(None, "a rule"), SYSTEM))
    floor.clock.advance(5)
    for cache in (floor.cache, Intervals()):
        [*_, first, _] = await floor.day(cache)
        assert (first.offered, first.answered, first.abandoned, first.waiting) == (3, 1, 0, 2)


async def test_a_contact_counts_where_it_began_to_wait(floor: Floor) -> None:
    quick, slow, gone, misdialled, waits = [await floor.arrive() for _ in range(5)]
    floor.clock.advance(5)
    await floor.leave(misdialled)
    floor.clock.advance(15)
    await floor.answer(quick)
    floor.clock.advance(1800)
    await floor.answer(slow)
    await floor.leave(gone)
    *before, first, second = await floor.day()
    assert len(before) == 40
    assert first == Count(
        offered=5,
        answered=2,
        within=1,
        abandoned=2,
        short=1,
        late=1,
        waiting=1,
        wait_s=20 + 1820,
    )
    assert first.level == pytest.approx(1 / 3)
    assert second == Count()
    assert second.level is None
    await floor.answer(waits)


async def test_a_transfer_is_not_offered_twice(floor: Floor) -> None:
    contact_id = await floor.arrive()
    floor.clock.advance(30)
    by = By("boss", "Wang")
    await floor.store.write(move_waiting, MoveWaiting((contact_id,), by, queue_id="support"))
    assert (await floor.day())[-1].offered == 1


async def test_what_is_settled_is_not_read_again(floor: Floor) -> None:
    contact_id = await floor.arrive()
    await floor.answer(contact_id)
    floor.clock.advance(1830)
    assert (await floor.day())[-2].answered == 1

    def forget(tx: Tx, _: None) -> None:
        tx.execute(update(contacts).values(answered_at=None))

    await floor.store.write(forget, None)
    floor.clock.advance(120)
    assert (await floor.day())[-2].answered == 1
    assert (await floor.day(Intervals()))[-2].answered == 0


async def test_where_somebody_waits_it_is_read_again_within_five_seconds(floor: Floor) -> None:
    contact_id = await floor.arrive()
    floor.clock.advance(3600)
    assert (await floor.day())[-3].waiting == 1
    await floor.answer(contact_id)
    floor.clock.advance(2)
    assert (await floor.day())[-3].answered == 0
    floor.clock.advance(2)
    assert (await floor.day())[-3].answered == 1
    assert (await floor.day())[-3] == (await floor.day(Intervals()))[-3]


async def test_who_is_stored_as_the_half_hour_ends_is_counted_in_it(floor: Floor) -> None:
    floor.clock.advance(1799)
    came_at = floor.clock.now()
    floor.clock.advance(2)
    assert (await floor.day())[-2].offered == 0
    contact_id = await floor.arrive()

    def as_it_began(tx: Tx, _: None) -> None:
        mine = segments.c.contact_id == contact_id
        tx.execute(update(segments).where(mine).values(started_at=came_at))

    await floor.store.write(as_it_began, None)
    assert (await floor.day())[-2].offered == 1


async def test_the_last_half_hours_are_read_whenever_somebody_asks(floor: Floor) -> None:
    earlier, now = await floor.arrive(), ""
    floor.clock.advance(1800)
    now = await floor.arrive()
    assert [count.waiting for count in (await floor.day())[-2:]] == [1, 1]
    await floor.answer(earlier)
    await floor.answer(now)
    assert [count.answered for count in (await floor.day())[-2:]] == [1, 1]


async def test_another_promise_counts_the_day_anew(floor: Floor) -> None:
    contact_id = await floor.arrive()
    floor.clock.advance(30)
    await floor.answer(contact_id)
    floor.clock.advance(3600)
    assert (await floor.day())[-3].within == 1
    await floor.store.write(_promise_less, None)
    assert (await floor.day())[-3].within == 0


def _promise_less(tx: Tx, _: None) -> None:
    settings = load_settings(tx)
    queue = msgspec.structs.replace(
        settings.queues["support"],
        service_level={"webchat": ServiceLevel(within_s=10, goal=0.85)},
    )
    queues = {**settings.queues, "support": queue}
    save_settings(tx, msgspec.structs.replace(settings, queues=queues))


async def test_the_next_day_begins_empty(floor: Floor) -> None:
    await floor.arrive()
    assert (await floor.day())[-1].offered == 1
    floor.clock.advance(4 * 3600)
    assert [count.offered for count in await floor.day()] == [0]
    assert len(floor.cache.kept) == 1


async def test_a_half_hour_is_one_range_of_the_index(sqlite_store: Store) -> None:
    await sqlite_store.write(with_levels, None)

    def plan(tx: Tx, _: None) -> str:
        query = _first_waits({"support": None, "finance": None}, tx.now - STEP, tx.now)
        options = {"literal_binds": True}
        sql = str(query.compile(dialect=sqlite.dialect(), compile_kwargs=options))
        return "\n".join(row[-1] for row in tx.execute(text(f"EXPLAIN QUERY PLAN {sql}")))

    steps = await sqlite_store.read(plan, None)
    assert "segments USING INDEX ix_segments_queue (queue_id=? AND started_at>?" in steps
    assert "SCAN" not in steps

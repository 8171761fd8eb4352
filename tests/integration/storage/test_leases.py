from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

import pytest
from sqlalchemy import func, select

from hub.storage import Store, Tx
from hub.storage.leases import (
    AskLease,
    hold_lease,
    keep_lease,
    leases,
    release_lease,
    take_lease,
)
from hub.storage.timekeeper import Timekeeper
from hub.testing.clock import ManualClock

ONE = AskLease("router", "one", 10)
OTHER = AskLease("router", "other", 10)


async def test_a_lease_is_held_by_one_and_renewed_by_its_holder(store: Store) -> None:
    first = await store.write(take_lease, ONE)
    assert first is not None
    assert await store.write(take_lease, OTHER) is None
    again = await store.write(take_lease, ONE)
    assert again is not None
    assert again.epoch == first.epoch


async def test_a_lease_that_ran_out_goes_to_the_next_with_a_higher_epoch(
    store: Store, clock: ManualClock
) -> None:
    first = await store.write(take_lease, ONE)
    clock.advance(10)
    second = await store.write(take_lease, OTHER)
    assert first is not None
    assert second is not None
    assert second.epoch == first.epoch + 1
    assert await store.write(take_lease, ONE) is None


async def test_a_lease_given_back_is_free_at_once(store: Store) -> None:
    await store.write(take_lease, ONE)
    await store.write(release_lease, OTHER)  # not its holder: nothing happens
    assert await store.write(take_lease, OTHER) is None
    await store.write(release_lease, ONE)
    assert await store.write(take_lease, OTHER) is not None


async def test_a_broken_timer_does_not_stop_the_others(store: Store) -> None:
    fired: list[datetime] = []

    def broken(tx: Tx, now: datetime, limit: int) -> int:
        raise ZeroDivisionError

    def whole(tx: Tx, now: datetime, limit: int) -> int:
        fired.append(now)
        return 0

    await Timekeeper(store, [broken, whole]).tick()
    assert len(fired) == 1


async def test_only_the_holder_of_the_lease_fires_timers(store: Store) -> None:
    fired: list[str] = []

    def note(name: str) -> Timekeeper:
        def fire(tx: Tx, now: datetime, limit: int) -> int:
            fired.append(name)
            return 0

        return Timekeeper(store, [fire])

    one, other = note("one"), note("other")
    await one.tick()
    await other.tick()
    await one.tick()
    assert fired == ["one", "one"]


@pytest.mark.parametrize("hold_lease", [hold_lease, keep_lease])
async def test_who_comes_by_often_writes_the_lease_only_when_half_of_it_is_over(
    store: Store, clock: ManualClock, hold_lease: Callable[[Tx, AskLease], bool]
) -> None:
    def ends_at(tx: Tx, _: None) -> datetime:
        return cast(datetime, tx.execute(select(leases.c.expires_at)).scalar_one())

    assert await store.write(hold_lease, ONE)
    first = await store.read(ends_at, None)
    clock.advance(4.9)
    assert await store.write(hold_lease, ONE)
    assert not await store.write(hold_lease, OTHER)
    assert await store.read(ends_at, None) == first
    clock.advance(0.1)
    assert await store.write(hold_lease, ONE)
    assert await store.read(ends_at, None) == first + timedelta(seconds=5)
    clock.advance(9.9)
    assert not await store.write(hold_lease, OTHER)
    clock.advance(0.1)
    assert await store.write(hold_lease, OTHER)
    assert not await store.write(hold_lease, ONE)


async def test_neither_its_holder_nor_another_locks_a_lease_that_is_kept(
    store: Store, clock: ManualClock
) -> None:
    def writes(tx: Tx, ask: AskLease) -> tuple[bool, bool]:
        kept = keep_lease(tx, ask)
        number = tx.execute(select(func.pg_current_xact_id_if_assigned())).scalar_one()
        return kept, number is not None

    if store.dialect == "sqlite":
        return  # it has no locks of rows
    assert await store.write(writes, ONE) == (True, True)
    assert await store.write(writes, ONE) == (True, False)
    assert await store.write(writes, OTHER) == (False, False)
    clock.advance(5)
    assert await store.write(writes, ONE) == (True, True)


async def test_a_clock_that_is_set_back_leaves_no_lease_that_outlasts_its_holder(
    store: Store, clock: ManualClock
) -> None:
    assert await store.write(hold_lease, ONE)
    clock.advance(-3_600)
    assert await store.write(hold_lease, ONE)  # and is killed: it gives nothing back
    clock.advance(10)
    assert await store.write(hold_lease, OTHER)

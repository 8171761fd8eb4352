from __future__ import annotations

from datetime import datetime

from hub.storage import Store, Tx
from hub.storage.leases import AskLease, release_lease, take_lease
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

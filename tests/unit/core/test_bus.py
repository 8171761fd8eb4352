from __future__ import annotations

import asyncio

from hub.core.bus import Bus, Hint


async def test_a_hint_reaches_those_who_asked_for_its_topic_or_its_key() -> None:
    bus = Bus()
    with (
        bus.subscribe(["a"]) as every,
        bus.subscribe(["a"], ["1"]) as one,
        bus.subscribe(["b"]) as other,
    ):
        bus.publish(Hint("a", "1"))
        bus.publish(Hint("a", "2"))
        assert [hint.key for hint in await every.next(1)] == ["1", "2"]
        assert [hint.key for hint in await one.next(1)] == ["1"]
        assert await other.next(0) == []


async def test_who_does_not_read_loses_hints_and_is_told_so() -> None:
    bus = Bus()
    with bus.subscribe(["a"]) as slow:
        for number in range(3000):
            bus.publish(Hint("a", str(number)))
        assert len(await slow.next(1)) <= 1024
        assert slow.take_lost()
        assert not slow.take_lost()


async def test_a_closed_subscription_hears_nothing_more() -> None:
    bus = Bus()
    subscription = bus.subscribe(["a"], ["1"])
    subscription.close()
    bus.publish(Hint("a", "1"))
    assert await subscription.next(0) == []


async def test_a_hint_wakes_who_waits() -> None:
    bus = Bus()
    with bus.subscribe(["a"], ["1"]) as subscription:
        waiting = asyncio.create_task(subscription.next())
        await asyncio.sleep(0)
        bus.publish(Hint("a", "1"))
        assert [hint.key for hint in await waiting] == ["1"]


async def test_of_two_who_follow_a_key_one_leaves_and_the_other_still_hears() -> None:
    bus = Bus()
    with bus.subscribe(["a"], ["1"]) as stays, bus.subscribe(["a"], ["1"]) as leaves:
        leaves.close()
        bus.publish(Hint("a", "1"))
        assert await leaves.next(0) == []
        assert [hint.key for hint in await stays.next(0)] == ["1"]


async def test_a_hint_that_comes_as_its_reader_is_cancelled_is_kept_for_the_next() -> None:
    bus = Bus()
    with bus.subscribe(["a"]) as subscription:
        waiting = asyncio.create_task(subscription.next())
        await asyncio.sleep(0)
        bus.publish(Hint("a", "1"))
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert [hint.key for hint in await subscription.next(0)] == ["1"]


async def test_subscribers_of_one_key_hear_their_own_topics_until_they_leave() -> None:
    bus = Bus()
    with bus.subscribe(["a"], ["1"]) as first:
        with bus.subscribe(["a", "b"], ["1", "2"]) as second:
            for topic, key in (("a", "1"), ("b", "1"), ("b", "2"), ("c", "1")):
                bus.publish(Hint(topic, key))
            assert [(hint.topic, hint.key) for hint in await first.next(1)] == [("a", "1")]
            heard = [(hint.topic, hint.key) for hint in await second.next(1)]
            assert heard == [("a", "1"), ("b", "1"), ("b", "2")]
        bus.publish(Hint("a", "1"))
        assert len(await first.next(1)) == 1
        assert await second.next(0) == []

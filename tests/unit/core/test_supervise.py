"""Services: one breaks, all stop; an asked-for stop ends them last first; retries wait longer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from hub.core.supervise import Backoff, Service, ServiceEnded, keep_trying, run_services


class HighestJitter:
    """Draws the largest wait, so that a test can say what it is."""

    def uniform(self, a: float, b: float, /) -> float:
        assert a == b / 2
        return b


def forever(ended: list[str], name: str) -> Callable[[], Coroutine[None, None, None]]:
    async def run() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)

    return run


async def test_a_broken_service_ends_the_others_and_is_raised() -> None:
    ended: list[str] = []

    async def breaks() -> None:
        await asyncio.sleep(0)
        raise RuntimeError("bug")

    services = [Service("well", forever(ended, "well")), Service("ill", breaks)]
    with pytest.raises(ExceptionGroup) as caught:
        await run_services(services, asyncio.Event())
    assert caught.group_contains(RuntimeError, match="bug")
    assert ended == ["well"]


async def test_a_service_that_returns_early_counts_as_broken() -> None:
    async def returns() -> None:
        return

    with pytest.raises(ExceptionGroup) as caught:
        await run_services([Service("short", returns)], asyncio.Event())
    assert caught.group_contains(ServiceEnded, match="short")


async def test_a_stop_ends_the_services_last_first() -> None:
    ended: list[str] = []
    stop = asyncio.Event()
    services = [Service(name, forever(ended, name)) for name in ("store", "router", "sockets")]
    asyncio.get_running_loop().call_later(0.01, stop.set)
    await run_services(services, stop)
    assert ended == ["sockets", "router", "store"]


async def test_a_service_that_ignores_one_cancel_is_cancelled_again() -> None:
    cancels = 0
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, stop.set)

    async def stubborn() -> None:
        nonlocal cancels
        while cancels < 2:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancels += 1

    await run_services([Service("stubborn", stubborn, grace_s=0.01)], stop)
    assert cancels == 2


def test_waits_double_up_to_the_ceiling_and_start_anew_after_a_reset() -> None:
    backoff = Backoff(first_s=1.0, ceiling_s=6.0, jitter=HighestJitter())
    assert [backoff.next_s() for _ in range(5)] == [1.0, 2.0, 4.0, 6.0, 6.0]
    backoff.reset()
    assert backoff.next_s() == 1.0


def test_waits_are_spread_over_the_upper_half() -> None:
    waits = {Backoff(first_s=8.0).next_s() for _ in range(200)}
    assert len(waits) > 100
    assert all(4.0 <= wait_s <= 8.0 for wait_s in waits)


class Script:
    """A session that runs as long and ends as each step says; the clock is its own."""

    def __init__(self, *steps: tuple[float, Exception | None]) -> None:
        self.steps = list(steps)
        self.now_s = 0.0
        self.waits_s: list[float] = []

    async def work(self) -> None:
        lasts_s, error = self.steps.pop(0)
        self.now_s += lasts_s
        if error is not None:
            raise error

    async def sleep(self, wait_s: float) -> None:
        self.waits_s.append(wait_s)

    async def run(self) -> None:
        await keep_trying(
            "mail fetch",
            self.work,
            expected=(ConnectionError,),
            backoff=Backoff(first_s=1.0, jitter=HighestJitter()),
            sleep=self.sleep,
            monotonic=lambda: self.now_s,
        )


async def test_expected_faults_are_waited_out_and_others_raised() -> None:
    script = Script(
        (0, ConnectionResetError()), (0, ConnectionRefusedError()), (0, KeyError("bug"))
    )
    with pytest.raises(KeyError, match="bug"):
        await script.run()
    assert script.waits_s == [1.0, 2.0]


async def test_a_long_session_makes_the_next_wait_short_again() -> None:
    down = ConnectionResetError()
    script = Script((0, down), (0, down), (61, down), (0, down), (0, KeyError("end")))
    with pytest.raises(KeyError):
        await script.run()
    assert script.waits_s == [1.0, 2.0, 1.0, 2.0]


async def test_a_session_that_ends_well_never_spins() -> None:
    script = Script((0, None), (0, None), (0, ConnectionResetError()), (0, KeyError("end")))
    with pytest.raises(KeyError):
        await script.run()
    assert script.waits_s == [1.0, 1.0, 1.0]

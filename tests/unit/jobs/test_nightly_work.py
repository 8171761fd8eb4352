"""The night's work: when it is due, after a missed night, and when it fails."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from hub.core.metrics import Metrics
from hub.jobs.nightly_work import (
    LOOK_AGAIN_S,
    RETRY_S,
    Busy,
    Night,
    NightlyWork,
    last_due_at,
)
from hub.testing.clock import ManualClock


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 3, 2, 19, 29, tzinfo=UTC), datetime(2026, 3, 1, 19, 30, tzinfo=UTC)),
        (datetime(2026, 3, 2, 19, 30, tzinfo=UTC), datetime(2026, 3, 2, 19, 30, tzinfo=UTC)),
        (datetime(2026, 3, 1, 0, 0, tzinfo=UTC), datetime(2026, 2, 28, 19, 30, tzinfo=UTC)),
    ],
)
def test_work_is_due_once_a_day_by_the_clock_of_the_set_up(now: datetime, due: datetime) -> None:
    assert last_due_at(now, "03:30", "Asia/Shanghai") == due


class Nights:
    """A night's work with a clock that goes on as the service sleeps; it ends after `turns`."""

    def __init__(self, last: datetime | None, *, turns: int, wanted: bool = True) -> None:
        self.clock = ManualClock()
        self.last = last
        self.wanted = wanted
        self.turns = turns
        self.slept: list[float] = []
        self.worked: list[datetime] = []
        self.fails: list[Exception] = []

    async def night(self) -> Night:
        return Night("03:30", "UTC", self.wanted, self.last)

    async def work(self) -> str:
        if self.fails:
            raise self.fails.pop(0)
        self.worked.append(self.clock.now())
        return "done"

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(seconds)
        if len(self.slept) >= self.turns:
            raise asyncio.CancelledError

    async def run(self) -> None:
        service = NightlyWork("test", self.night, self.work, self.clock, Metrics(), self.sleep)
        with pytest.raises(asyncio.CancelledError):
            await service.run()


async def test_a_hub_that_never_did_it_waits_for_its_first_night() -> None:
    nights = Nights(None, turns=30)
    start = nights.clock.now()
    await nights.run()
    [worked] = nights.worked
    assert timedelta(0) < worked - start <= timedelta(days=1)
    assert (worked.hour, worked.minute) == (3, 30)
    assert max(nights.slept) <= LOOK_AGAIN_S


async def test_a_missed_night_is_made_good_at_the_start_and_once() -> None:
    nights = Nights(datetime(2020, 1, 1, tzinfo=UTC), turns=3)
    start = nights.clock.now()
    await nights.run()
    assert nights.worked == [start]


async def test_what_fails_is_tried_again_and_stops_nothing() -> None:
    nights = Nights(datetime(2020, 1, 1, tzinfo=UTC), turns=4)
    nights.fails = [RuntimeError("broken"), Busy("another one")]
    await nights.run()
    assert nights.slept[:2] == [RETRY_S, RETRY_S]
    assert len(nights.worked) == 1


async def test_switched_off_nothing_is_done() -> None:
    nights = Nights(datetime(2020, 1, 1, tzinfo=UTC), turns=30, wanted=False)
    await nights.run()
    assert nights.worked == []

"""Queues whose hours and window never meet, or that call nobody back any more."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from sqlalchemy import select

from hub.callbacks.tables import callbacks
from hub.routing.settings import CalendarSpec, CallbackRules, load_settings, save_settings
from hub.storage import Tx
from hub.testing.center import a_queue

from .build import LI, RULES, Centre


def shanghai(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour - 8, minute, tzinfo=UTC)


@pytest.mark.parametrize("rules", [None, msgspec.structs.replace(RULES, window="09:00-20:00")])
async def test_a_queue_whose_hours_no_window_meets_stops_no_other(
    centre: Centre, rules: CallbackRules | None
) -> None:
    centre.clock.set(shanghai(10, 22))
    await centre.wish(await centre.call())
    await centre.wish(await centre.call(LI), LI)
    assert len([one for one in await centre.rows(callbacks) if one.state == "waiting"]) == 2
    await centre.store.write(_moves_to_a_night_queue, rules)
    centre.clock.set(shanghai(11, 9))
    assert await centre.fire() == 2
    states = [row.state for row in await centre.rows(callbacks)]
    if rules is not None:  # no time will ever come
        assert states == ["cancelled", "queued"]
        return
    assert states == ["waiting", "queued"]
    [night, _] = await centre.rows(callbacks)
    assert night.due_at == shanghai(11, 21)
    centre.clock.set(shanghai(11, 21))
    await centre.fire()
    assert (await centre.rows(callbacks))[0].state == "queued"


async def test_a_queue_that_calls_nobody_back_any_more_still_calls_nobody_at_night(
    centre: Centre,
) -> None:
    await centre.open_again(RULES, "always")
    await centre.wish(await centre.call())
    await centre.open_again(None, "always")
    centre.clock.set(shanghai(10, 20))
    await centre.fire()
    put_off = await centre.callback()
    assert (put_off.state, put_off.due_at) == ("waiting", shanghai(11, 9))


def _moves_to_a_night_queue(tx: Tx, rules: CallbackRules | None) -> None:
    """The first callback is one of a queue that is open from 21:00 to 23:00."""
    settings = load_settings(tx)
    calendar = CalendarSpec(hours="Mon-Sun 21:00-23:00", zone="Asia/Shanghai")
    night = a_queue("night", callback=rules)
    changed = msgspec.structs.replace(
        settings,
        queues={**settings.queues, "finance": night},
        calendars={**settings.calendars, "night": calendar},
    )
    save_settings(tx, changed)
    first = tx.execute(select(callbacks.c.id).order_by(callbacks.c.id)).scalars().first()
    tx.execute(callbacks.update().where(callbacks.c.id == first).values(queue_id="finance"))

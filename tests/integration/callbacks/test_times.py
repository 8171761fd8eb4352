"""A time that is kept for a callback lies near today: one at the ends of the calendar would stop
every reader of it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from hub.callbacks.service import Reschedule, reschedule_callback
from hub.callbacks.tables import callbacks
from hub.core.errors import Invalid

from .build import CHEN, Centre
from .test_callbacks import ANN
from .test_in_writing import writes

FAR_EAST, FAR_WEST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-14))
ENDS = [
    datetime(1, 1, 1, tzinfo=FAR_EAST),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, tzinfo=FAR_WEST),
    datetime(2026, 3, 9, 5, 59, tzinfo=UTC),  # a day and a minute ago
]


async def test_nobody_who_writes_is_called_at_the_end_of_time(centre: Centre) -> None:
    chat = await writes(centre)
    for at in ENDS:
        with pytest.raises(Invalid) as refused:
            await chat.wish(CHEN, at)
        assert refused.value.details["field"] == "at"
    assert await centre.rows(callbacks) == []
    await chat.wish(CHEN, centre.clock.now() - timedelta(minutes=5))  # sent late: now
    assert (await centre.callback()).state == "queued"


async def test_no_agent_puts_a_callback_off_to_the_end_of_time(centre: Centre) -> None:
    await (await writes(centre)).wish()
    before = await centre.callback()
    for at in ENDS:
        with pytest.raises(Invalid) as refused:
            await centre.store.write(reschedule_callback, Reschedule(before.id, at, ANN))
        assert refused.value.details["field"] == "at"
    assert await centre.callback() == before

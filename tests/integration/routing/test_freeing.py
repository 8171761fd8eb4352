"""When the first of the busy agents is likely free, from what contacts lasted lately."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from hub.contacts.model import Channel
from hub.core.ids import new_id
from hub.routing.freeing import AskFreeing, free_in_s
from hub.routing.tables import assignments
from hub.storage import Store, Tx
from hub.testing.center import open_center
from hub.testing.clock import ManualClock

from .test_offers import Floor


@pytest.fixture
async def floor(store: Store, clock: ManualClock) -> Floor:
    await store.write(open_center, None)
    return Floor(store, clock)


async def handled(
    floor: Floor, agent_id: str, began_s: float, *, lasted_s: float | None = None
) -> None:
    """An agent took a contact so many seconds ago; it lasted so long, or goes on."""
    contact = await floor.contact(Channel.WEBCHAT)

    def write(tx: Tx, _: None) -> None:
        began = tx.now - timedelta(seconds=began_s)
        ended = None if lasted_s is None else began + timedelta(seconds=lasted_s)
        tx.execute(
            insert(assignments).values(
                id=new_id(),
                contact_id=contact,
                agent_id=agent_id,
                queue_id="support",
                channel="webchat",
                cost=33,
                made_at=began,
                ended_at=ended,
            )
        )

    await floor.store.write(write, None)


async def test_it_is_the_mean_of_what_is_left_of_contacts_that_lasted_longer(
    floor: Floor,
) -> None:
    li, wu = await floor.agent("Li"), await floor.agent("Wu")
    await handled(floor, li, 180)
    await handled(floor, wu, 60)
    for minutes in (1, 2, 4, 4, 5, 5, 7):
        await handled(floor, wu, 7200, lasted_s=60 * minutes)
    asked = AskFreeing([li, wu], "support", "webchat")
    assert await floor.store.read(free_in_s, asked) == pytest.approx(60 * (1 + 1 + 2 + 2 + 4) / 5)


async def test_too_few_to_tell_or_nobody_busy_says_nothing(floor: Floor) -> None:
    li = await floor.agent("Li")
    assert await floor.store.read(free_in_s, AskFreeing([], "support", "webchat")) is None
    assert await floor.store.read(free_in_s, AskFreeing([li], "support", "webchat")) is None
    await handled(floor, li, 180)
    for minutes in (1, 4, 4, 5, 5):
        await handled(floor, li, 7200, lasted_s=60 * minutes)
    assert await floor.store.read(free_in_s, AskFreeing([li], "support", "webchat")) is None

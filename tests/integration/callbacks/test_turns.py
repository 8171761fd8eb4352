"""Customer first: who is called, and when, by the line and the agents who are free."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from hub.callbacks.calling_first import fire_due_turns
from hub.contacts.inbound import CallMoment
from hub.routing import service as routing
from hub.routing.model import AgentState
from hub.routing.pictures import read_picture
from hub.storage import Store, Tx
from hub.storage.outbox import outbox
from hub.testing.center import add_agent
from hub.testing.clock import ManualClock

from .build import CHEN, LI, RULES, Centre


@pytest.fixture
async def centre(store: Store, clock: ManualClock) -> Centre:
    clock.set(datetime(2026, 3, 10, 6, 0, tzinfo=UTC))
    made = Centre(store, clock)
    await made.open(msgspec.structs.replace(RULES, customer_first=True))
    return made


async def turns(centre: Centre) -> int:
    def look(tx: Tx, _: None) -> int:
        return fire_due_turns(tx, tx.now, 100)

    return await centre.store.write(look, None)


async def waits_first(centre: Centre, number: str) -> str:
    """A caller of this number asked to be called back; return the contact that keeps the place."""
    await centre.wish(await centre.call(number), number)
    return str((await centre.callback()).contact_id)


async def ordered(centre: Centre) -> list[str]:
    return [row.contact_id for row in await centre.rows(outbox)]


async def test_nobody_is_called_while_no_agent_is_free(centre: Centre) -> None:
    await waits_first(centre, CHEN)
    assert await turns(centre) == 0
    agent_id = await centre.store.write(add_agent, "Ann")
    away = routing.SetAgentState(agent_id, AgentState.NOT_READY, "break")
    await centre.store.write(routing.set_agent_state, away)
    assert await turns(centre) == 0
    assert await ordered(centre) == []


async def test_as_many_are_called_as_agents_are_free_the_head_of_the_line_first(
    centre: Centre,
) -> None:
    first = await waits_first(centre, CHEN)
    centre.clock.advance(30)
    second = await waits_first(centre, LI)
    await centre.store.write(add_agent, "Ann")
    assert await turns(centre) == 1
    assert await ordered(centre) == [first]
    assert await turns(centre) == 0  # the one who rings is still ahead
    await centre.store.write(add_agent, "Ben")
    assert await turns(centre) == 1
    assert await ordered(centre) == [first, second]


async def test_who_is_on_the_line_already_goes_before(centre: Centre) -> None:
    await centre.call(LI)  # waits live, and for longer
    centre.clock.advance(30)
    await waits_first(centre, CHEN)
    await centre.store.write(add_agent, "Ann")
    assert await turns(centre) == 0


async def test_it_is_offered_only_once_the_customer_is_on_the_line(centre: Centre) -> None:
    contact_id = await waits_first(centre, CHEN)
    assert await offered(centre) == []
    await centre.store.write(add_agent, "Ann")
    await turns(centre)
    assert await offered(centre) == []
    before = await centre.contact(contact_id)
    centre.clock.advance(20)
    await centre.told(contact_id, CallMoment.ON_THE_LINE)
    assert await offered(centre) == [contact_id]
    row = await centre.contact(contact_id)
    assert row.virtual_start_us == before.virtual_start_us
    await centre.told(contact_id, CallMoment.CUSTOMER_LEFT)
    back = await centre.callback()
    assert (back.state, back.failed, back.last_outcome) == ("waiting", 1, "answered")
    assert (await centre.contact(contact_id)).ended_as == "callback"


async def test_who_is_not_on_the_line_in_time_was_not_reached_once(centre: Centre) -> None:
    contact_id = await waits_first(centre, CHEN)
    await centre.store.write(add_agent, "Ann")
    await turns(centre)
    assert (await centre.callback()).due_at - centre.clock.now() == timedelta(seconds=150)
    assert await centre.fire() == 0
    centre.clock.advance(150)
    assert await centre.fire() == 0  # not its timer
    assert await turns(centre) == 1
    assert await turns(centre) == 0
    back = await centre.callback()
    assert (back.failed, back.last_reason, back.contact_id) == (1, "timeout", None)
    await centre.told(contact_id, CallMoment.ON_THE_LINE)  # too late: they are let go
    assert (await centre.contact(contact_id)).state == "closed"


async def test_who_calls_in_takes_the_place_that_was_kept(centre: Centre) -> None:
    kept = await centre.contact(await waits_first(centre, CHEN))
    centre.clock.advance(200)
    live = await centre.contact(await centre.call())
    assert live.virtual_start_us == kept.virtual_start_us
    assert (live.direction, live.to_call_since) == ("in", None)


async def offered(centre: Centre) -> list[Any]:
    """Return the contacts that the engine knows of."""
    picture = await centre.store.read(read_picture, None)
    return [contact.id for contact in picture.contacts]

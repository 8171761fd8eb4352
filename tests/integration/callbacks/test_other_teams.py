"""A callback of another team's queue: an agent's call is no attempt of it and leaves its place."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from hub.contacts.access import Sight
from hub.contacts.inbound import CallMoment
from hub.contacts.tables import entry_points
from hub.core.errors import Conflict
from hub.desk.calling import StartCall, start_call
from hub.desk.start import Started
from hub.storage import Tx
from hub.testing.center import add_agent

from .build import CHEN, Centre


async def calls(centre: Centre, agent_id: str, *queues: str) -> Started:
    """An agent who sees these queues calls Ms Chen by choice."""

    def begin(tx: Tx, _: None) -> Started:
        point = tx.execute(select(entry_points).where(entry_points.c.id == "hotline")).one()
        sight = Sight(agent_id, frozenset(queues))
        return start_call(tx, StartCall(agent_id, "Ann", point, CHEN, "finance", sight=sight))

    return await centre.store.write(begin, None)


async def test_a_call_leaves_what_its_agent_does_not_see(centre: Centre) -> None:
    await centre.wish(await centre.call())
    before = await centre.callback()
    waits = await centre.contact(before.contact_id)
    begun = await calls(centre, await centre.store.write(add_agent, "Ann"), "finance")
    await centre.told(begun.contact_id, CallMoment.DIALLING)
    await centre.told(begun.contact_id, CallMoment.AGENT_JOINED)
    assert await centre.callback() == before
    assert await centre.contact(before.contact_id) == waits
    assert begun.conversation_id != waits.conversation_id


async def test_a_call_is_the_attempt_of_what_its_agent_sees(centre: Centre) -> None:
    await centre.wish(await centre.call())
    begun = await calls(centre, await centre.store.write(add_agent, "Ann"), "finance", "support")
    pending = await centre.callback()
    assert (pending.state, pending.contact_id) == ("dialling", begun.contact_id)


async def test_a_customer_whose_phone_rings_for_another_team_is_not_called(
    centre: Centre,
) -> None:
    """One talk: it says no more than that somebody calls them just now."""
    await centre.wish(await centre.call())
    await calls(centre, await centre.store.write(add_agent, "Ann"), "support")
    with pytest.raises(Conflict) as refused:
        await calls(centre, await centre.store.write(add_agent, "Ben"), "finance")
    assert refused.value.reason == "callback.dialling"

"""Queues that a supervisor stops, and queues that others help out, on a real store."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import delete, insert

from hub.accounts.tables import team_members, teams
from hub.contacts.model import Channel
from hub.core.bus import Bus
from hub.core.errors import Invalid, NotFound
from hub.routing.intervals import Intervals
from hub.routing.model import Overflow, team_group
from hub.routing.queue_states import (
    QueueState,
    SetQueueState,
    fire_due_queue_states,
    paused_queues,
    set_queue_state,
)
from hub.routing.reads import AskQueues, queue_figures
from hub.routing.settings import CalendarSpec, load_settings, save_settings
from hub.routing.tables import queue_teams
from hub.storage import Store, Tx
from hub.testing.center import open_center
from hub.testing.clock import ManualClock
from hub.testing.standing import standing

from .test_offers import Floor
from .test_router import a_router, offered, until


@pytest.fixture
async def floor(store: Store, clock: ManualClock) -> Floor:
    await store.write(open_center, None)
    return Floor(store, clock)


def helped_by_team(tx: Tx, overflow: Overflow) -> None:
    """Nobody serves support any more; the team helps it out."""
    settings = load_settings(tx)
    support = msgspec.structs.replace(settings.queues["support"], overflow=(overflow,))
    queues = {**settings.queues, "support": support}
    save_settings(tx, msgspec.structs.replace(settings, queues=queues))
    tx.execute(delete(queue_teams).where(queue_teams.c.queue_id == "support"))


async def test_a_team_that_serves_no_queue_helps_out_through_the_router(
    floor: Floor, bus: Bus
) -> None:
    def send_to_back(tx: Tx, agent_id: str) -> None:
        tx.execute(insert(teams).values(id="back", zh="后台", en="Back office", retired=False))
        tx.execute(delete(team_members).where(team_members.c.user_id == agent_id))
        tx.execute(insert(team_members).values(team_id="back", user_id=agent_id))

    agent = await floor.agent("Li")
    await floor.store.write(send_to_back, agent)
    helps = Overflow(team_group("back"), when_nobody=True)
    await floor.store.write(helped_by_team, helps)
    contact = await floor.contact(Channel.PHONE)
    async with a_router(floor, bus):

        async def made() -> bool:
            return await offered(floor) == [(contact, agent)]

        await until(made)


async def test_a_queue_opens_by_itself_when_its_time_is_over_and_once(floor: Floor) -> None:
    end = floor.clock.now() + timedelta(minutes=30)
    stop = SetQueueState("support", QueueState.PAUSED, "boss", "drill", end)
    assert await floor.store.write(set_queue_state, stop) is QueueState.OPEN
    assert await floor.store.read(lambda tx, _: paused_queues(tx), None) == {"support"}

    def fire(tx: Tx, _: None) -> int:
        return fire_due_queue_states(tx, tx.now, 100)

    assert await floor.store.write(fire, None) == 0
    floor.clock.advance(30 * 60)
    assert await floor.store.write(fire, None) == 1
    assert await floor.store.write(fire, None) == 0
    assert await floor.store.read(lambda tx, _: paused_queues(tx), None) == frozenset()


async def test_a_closed_queue_is_outside_hours_for_who_comes_and_figures_say_so(
    floor: Floor,
) -> None:
    contact = await floor.contact()
    assert (await floor.store.read(standing, contact)).open_now
    await floor.store.write(set_queue_state, SetQueueState("support", QueueState.CLOSED, "boss"))
    assert not (await floor.store.read(standing, contact)).open_now
    figures = await floor.store.read(queue_figures, AskQueues(Intervals()))
    assert [one.stop.state if one.stop else None for one in figures] == ["closed", None]
    before = await floor.store.write(
        set_queue_state, SetQueueState("support", QueueState.OPEN, "boss")
    )
    assert before is QueueState.CLOSED
    assert (await floor.store.read(standing, contact)).open_now


async def test_a_stop_of_no_queue_or_of_the_past_is_refused(floor: Floor) -> None:
    with pytest.raises(NotFound):
        await floor.store.write(set_queue_state, SetQueueState("x", QueueState.PAUSED, "boss"))
    past = SetQueueState("support", QueueState.PAUSED, "boss", until=floor.clock.now())
    with pytest.raises(Invalid, match="is over"):
        await floor.store.write(set_queue_state, past)


async def test_an_entry_point_has_hours_of_its_own(floor: Floor) -> None:
    """routing.md 3.9: what is open is the way a customer comes, its queue may be open longer."""
    contact = await floor.contact(Channel.PHONE)
    assert (await floor.store.read(standing, contact)).open_now

    def by_day(tx: Tx, _: None) -> None:
        rules = load_settings(tx)
        night = CalendarSpec(hours="Mon-Sun 02:00-03:00", zone="Europe/Rome")
        calendars = {**rules.calendars, "night": night}
        own = {"hotline": "night"}
        save_settings(tx, msgspec.structs.replace(rules, calendars=calendars, entry_hours=own))

    await floor.store.write(by_day, None)
    assert not (await floor.store.read(standing, contact)).open_now
    other = await floor.contact(Channel.WEBCHAT)  # the same queue, another way
    assert (await floor.store.read(standing, other)).open_now

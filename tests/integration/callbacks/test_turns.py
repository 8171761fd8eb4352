"""Customer first: who is called, and when, by the line and the agents who are free."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from hub.callbacks.calling_first import fire_due_turns
from hub.callbacks.entries import NOBODY
from hub.contacts import service as contact_service
from hub.contacts.access import Sight
from hub.contacts.inbound import CallMoment
from hub.contacts.model import ContactState
from hub.contacts.service import Move
from hub.contacts.tables import entry_points
from hub.desk.callbacks import ScheduleCallback, schedule_callback
from hub.desk.handling import Close, Handle
from hub.desk.together import Along, CloseTogether, close_together
from hub.routing import service as routing
from hub.routing.model import AgentState
from hub.routing.pictures import read_picture
from hub.routing.queue_states import QueueState, SetQueueState, set_queue_state
from hub.routing.settings import load_settings, save_settings
from hub.storage import Store, Tx
from hub.storage.outbox import outbox
from hub.testing.center import a_queue, add_agent, give_to_agent
from hub.testing.clock import ManualClock
from tests.integration.sla.house import Counting

from .build import CHEN, LI, RULES, Centre
from .test_callbacks import merge


@pytest.fixture
async def centre(store: Store, clock: ManualClock) -> Centre:
    clock.set(datetime(2026, 3, 10, 6, 0, tzinfo=UTC))
    made = Centre(store, clock)
    await made.open(msgspec.structs.replace(RULES, customer_first=True))
    return made


async def turns(centre: Centre, limit: int = 100) -> int:
    def look(tx: Tx, _: None) -> int:
        return fire_due_turns(tx, tx.now, limit)

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


async def test_of_many_the_most_urgent_is_called_first_however_few_are_called_at_once(
    centre: Centre,
) -> None:
    await waits_first(centre, CHEN)
    centre.clock.advance(20)
    await centre.hangs_up(await centre.call(LI))
    await centre.tier(LI, "gold")
    gold = await waits_first(centre, LI)
    centre.clock.advance(20)
    await centre.store.write(add_agent, "Ann")
    assert await turns(centre, 1) == 1
    assert await ordered(centre) == [gold]


async def test_where_the_queue_is_strict_the_better_tier_is_called_first(centre: Centre) -> None:
    await centre.store.write(tiers_first, None)
    await centre.hangs_up(await centre.call(LI))
    await centre.tier(LI, "gold")
    await waits_first(centre, CHEN)
    centre.clock.advance(60)
    gold = await waits_first(centre, LI)
    centre.clock.advance(1)
    await centre.store.write(add_agent, "Ann")
    assert await turns(centre) == 1
    assert await ordered(centre) == [gold]


async def test_who_is_rung_already_does_not_keep_others_from_being_called(centre: Centre) -> None:
    first = await waits_first(centre, CHEN)
    second = await waits_first(centre, LI)
    await centre.store.write(add_agent, "Ann")
    await centre.store.write(add_agent, "Ben")
    assert [await turns(centre, 1) for _ in range(3)] == [1, 1, 0]
    assert await ordered(centre) == [first, second]


async def test_one_free_agent_is_counted_once_for_all_the_queues_they_serve(
    centre: Centre,
) -> None:
    await centre.store.write(finance_calls_first, None)
    first = await waits_first(centre, CHEN)
    centre.clock.advance(30)
    await centre.store.write(agreed_with_finance, LI)
    second = (await centre.callback()).contact_id
    await centre.store.write(add_agent, "Ann")
    assert [await turns(centre), await turns(centre)] == [1, 0]
    assert await ordered(centre) == [first]
    await centre.store.write(add_agent, "Ben")
    assert [await turns(centre), await turns(centre)] == [1, 0]
    assert await ordered(centre) == [first, second]


async def test_who_will_be_free_within_the_time_it_takes_to_answer_is_counted(
    centre: Centre,
) -> None:
    agent_id = await centre.store.write(add_agent, "Ann")
    for _ in range(60):  # one each fourteen seconds: the next is free within 45
        await centre.store.write(was_taken, (await centre.call(CHEN), agent_id))
        centre.clock.advance(14)
    await centre.store.write(routing.renew_presence, agent_id)
    await centre.store.write(give_to_agent, (await centre.call(CHEN), agent_id))
    first = await waits_first(centre, LI)
    await waits_first(centre, "+8613700137000")
    assert await turns(centre) == 1
    assert await ordered(centre) == [first]


async def test_a_round_takes_a_fixed_number_of_statements(centre: Centre) -> None:
    counts = []
    for many in (1, 4):
        for number in range(many):
            await waits_first(centre, f"+86138001380{many}{number}")
            await centre.store.write(add_agent, f"A{many}{number}")
        counts.append(await centre.store.write(statements_of_a_round, None))
    assert len(await ordered(centre)) == 5
    assert counts[0] == counts[1]


def statements_of_a_round(tx: Tx, _: None) -> int:
    counting = Counting(tx)
    fire_due_turns(counting, tx.now, 100)  # type: ignore[arg-type]  # stands in for it
    return counting.count


def was_taken(tx: Tx, given: tuple[str, str]) -> None:
    """An agent has taken this contact, and is free again."""
    give_to_agent(tx, given)
    contact_id, _ = given
    changes = {"ended_as": "handled", "closed_at": tx.now}
    contact_service.move(tx, Move(contact_id, ContactState.CLOSED, changes=changes))
    routing.release(tx, [contact_id], "closed")


def tiers_first(tx: Tx, _: None) -> None:
    settings = load_settings(tx)
    queue = msgspec.structs.replace(settings.queues["support"], strict=True)
    queues = {**settings.queues, "support": queue}
    save_settings(tx, msgspec.structs.replace(settings, queues=queues))


def finance_calls_first(tx: Tx, _: None) -> None:
    settings = load_settings(tx)
    rules = msgspec.structs.replace(RULES, customer_first=True)
    queues = {**settings.queues, "finance": a_queue("office", callback=rules)}
    save_settings(tx, msgspec.structs.replace(settings, queues=queues))


def agreed_with_finance(tx: Tx, number: str) -> None:
    """A time that is now is agreed: it is in the queue at once."""
    point = tx.execute(select(entry_points).where(entry_points.c.id == "hotline")).one()
    schedule_callback(tx, ScheduleCallback(NOBODY, point, number, tx.now, "finance"))


async def offered(centre: Centre) -> list[Any]:
    """Return the contacts that the engine knows of."""
    picture = await centre.store.read(read_picture, None)
    return [contact.id for contact in picture.contacts]


async def test_nobody_is_called_while_the_queue_is_paused(centre: Centre) -> None:
    """Who answered would wait for an agent whom the queue gives to nobody."""
    first = await waits_first(centre, CHEN)
    await centre.store.write(add_agent, "Ann")
    pause = SetQueueState("support", QueueState.PAUSED, "boss")
    await centre.store.write(set_queue_state, pause)
    assert await turns(centre) == 0
    await centre.store.write(set_queue_state, SetQueueState("support", QueueState.OPEN, "boss"))
    assert await turns(centre) == 1
    assert await ordered(centre) == [first]


async def test_who_is_being_rung_keeps_no_other_contact_of_theirs_open(centre: Centre) -> None:
    """Closed with "take along": what rings is left where it is, and named."""
    first = await waits_first(centre, CHEN)
    await centre.mail("chen@example.test")
    await centre.store.write(merge, (CHEN, "chen@example.test"))
    mail = await centre.mail("chen@example.test", "Once more")
    await centre.store.write(add_agent, "Ann")  # she is free, so the hub rings Chen
    agent_id = await centre.store.write(add_agent, "Ben")
    await centre.store.write(give_to_agent, (mail, agent_id))
    assert await turns(centre) == 1
    along = Along(agent_id, "Ben", Sight(agent_id, None))
    closing = CloseTogether(Close(Handle(mail, agent_id, agent_id, "Ben")), along)
    done = await centre.store.write(close_together, closing)
    assert [(one.contact.id, one.why.reason) for one in done.left] == [(first, "callback.dialling")]
    assert (await centre.contact(mail)).state == "closed"

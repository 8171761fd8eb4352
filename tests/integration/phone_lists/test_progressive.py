"""A list that the hub dials for: one call for each free agent, never past the limit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.contacts.inbound import CallMoment
from hub.contacts.model import CallOutcome
from hub.contacts.outages.service import Outage, note_away, note_back
from hub.customers.consent.model import STOP_SELLING
from hub.desk.reserving import fire_due_reserved
from hub.phone_lists.reads import get_list
from hub.phone_lists.report import Abandonment, abandonment_of
from hub.routing.tables import agents
from hub.storage import Tx

from .build import Room, number_of


async def abandonment(room: Room) -> Abandonment:
    return await room.store.read(lambda tx, _: abandonment_of(tx, get_list(tx, "spring")), None)


async def offered(room: Room, answers: int = 40, **given: Any) -> str:
    """Somebody of a progressive list is offered to Ann, after so many answered calls."""
    await room.hires(3)
    await room.drafts(mode="progressive", **given)
    await room.answered(answers)
    await room.starts()
    await room.turn(2)
    [contact_id] = await room.waiting()
    await room.offers(contact_id)
    return contact_id


async def test_a_free_agent_is_reserved_and_the_call_goes_out(room: Room) -> None:
    contact_id = await offered(room)
    assert await room.reserves() == 1
    contact = await room.contact(contact_id)
    assert (contact.state, contact.agent_id) == ("connecting", room.ann)
    assert contact.meta["call"]["stage"] == "agent"
    assert len(await room.calls()) == 1
    assert await room.reserves() == 0
    assert len(await room.calls()) == 1


async def test_while_the_limit_leaves_no_room_the_agent_presses_a_key(room: Room) -> None:
    contact_id = await offered(room, answers=32)
    assert await room.reserves() == 0
    assert await room.calls() == []
    assert (await room.contact(contact_id)).state == "offered"


async def test_who_is_taken_by_hand_without_room_is_read_about(room: Room) -> None:
    await room.hires(1)
    await room.runs(mode="progressive")
    [contact_id] = await room.waiting()
    await room.takes(contact_id)
    assert (await room.contact(contact_id)).meta["phone_list"]["stage"] == "preview"
    assert await room.calls() == []
    assert await room.dials(contact_id) is None


async def test_a_call_under_way_takes_its_room(room: Room) -> None:
    await offered(room, answers=40)
    assert (await abandonment(room)).room == 1
    await room.reserves()
    found = await abandonment(room)
    assert (found.counted.in_flight, found.room) == (1, 0)


async def test_who_hears_nobody_is_abandoned_and_left_alone_for_three_days(room: Room) -> None:
    contact_id = await offered(room)
    await room.reserves()
    await room.told(contact_id, CallMoment.DIALLING)
    await room.told(contact_id, CallMoment.RINGING)
    await room.told(contact_id, CallMoment.PICKED_UP)
    await room.told(
        contact_id,
        CallMoment.NOT_REACHED,
        outcome=CallOutcome.CANCELLED,
        reason="agent_left",
    )
    found = await abandonment(room)
    assert (found.counted.abandoned, found.room) == (1, 0)
    person = next(row for row in await room.people_rows() if row.contact_id == contact_id)
    assert person.due_at == room.clock.now() + timedelta(hours=72)


async def test_an_agent_who_may_have_been_heard_after_two_seconds_is_too_late(room: Room) -> None:
    contact_id = await offered(room)
    await room.reserves()
    await room.talks(contact_id, after_s=1.5)
    assert (await abandonment(room)).counted.abandoned == 1


async def test_an_agent_within_two_seconds_is_not(room: Room) -> None:
    contact_id = await offered(room)
    await room.reserves()
    await room.talks(contact_id, after_s=1)
    found = await abandonment(room)
    assert (found.counted.abandoned, found.counted.answered) == (0, 41)


async def test_a_machine_is_nobody(room: Room) -> None:
    contact_id = await offered(room)
    await room.reserves()
    await room.talks(contact_id, after_s=5, who="machine")
    found = await abandonment(room)
    assert (found.counted.abandoned, found.counted.answered) == (0, 40)
    assert (await room.contact(contact_id)).meta["phone_list"]["answered_by"] == "machine"


async def test_news_in_any_order_counts_the_same(room: Room) -> None:
    contact_id = await offered(room)
    await room.reserves()
    await room.told(contact_id, CallMoment.DIALLING)
    await room.told(contact_id, CallMoment.NOT_REACHED, outcome=CallOutcome.CANCELLED)
    await room.told(contact_id, CallMoment.PICKED_UP)
    assert (await abandonment(room)).counted.abandoned == 1
    await room.told(contact_id, CallMoment.ANSWERED_BY, detail="machine")
    assert (await abandonment(room)).counted.abandoned == 0


async def test_who_answered_long_ago_counts_no_more(room: Room) -> None:
    await offered(room)
    await room.later(days=31)
    assert (await abandonment(room)).counted.answered == 0


async def test_a_no_at_that_moment_leaves_the_agent_free(room: Room) -> None:
    contact_id = await offered(room)
    person = next(row for row in await room.people_rows() if row.contact_id == contact_id)
    number = next(n for n, id_ in room.people.items() if id_ == person.customer_id)
    await room.house.stops(STOP_SELLING, value=number)
    await room.reserves()
    assert await room.calls() == []
    assert (await room.contact(contact_id)).state == "closed"
    assert number in {number_of(0), number_of(1), number_of(2)}


async def test_a_crash_before_the_commit_leaves_nobody_called(room: Room) -> None:
    contact_id = await offered(room)

    def crashes(tx: Tx, _: None) -> None:
        assert fire_due_reserved(tx, tx.now, 100) == 1
        raise MemoryError

    with pytest.raises(MemoryError):
        await room.store.write(crashes, None)
    assert await room.calls() == []
    assert (await room.contact(contact_id)).state == "offered"
    assert await room.reserves() == 1
    assert len(await room.calls()) == 1


async def test_who_picked_up_as_we_hung_up_is_left_alone_too(room: Room) -> None:
    contact_id = await offered(room)
    await room.reserves()
    await room.told(contact_id, CallMoment.DIALLING)
    await room.told(contact_id, CallMoment.NOT_REACHED, outcome=CallOutcome.CANCELLED)
    await room.told(contact_id, CallMoment.PICKED_UP)
    person = next(row for row in await room.people_rows() if row.contact_id == contact_id)
    assert person.due_at == room.clock.now() + timedelta(hours=72)


async def test_an_agent_whose_phone_rings_in_vain_is_not_ready(room: Room) -> None:
    contact_id = await offered(room)
    await room.reserves()
    await room.told(
        contact_id,
        CallMoment.NOT_REACHED,
        outcome=CallOutcome.FAILED,
        reason="agent_no_answer",
    )
    [ann] = [row for row in await room.house.rows(agents) if row.id == room.ann]
    assert (ann.state, ann.reason, ann.live_load) == ("not_ready", "missed", 0)
    assert contact_id not in {row.contact_id for row in await room.attempts()}
    await room.turn(3)
    assert await room.waiting() == []


async def test_a_call_by_key_takes_room_from_the_hub(room: Room) -> None:
    await room.hires(2)
    await room.drafts(mode="progressive")
    await room.answered(32)
    await room.starts()
    await room.turn(2)
    [contact_id] = await room.waiting()
    await room.takes(contact_id)
    await room.answered(1)
    assert (await abandonment(room)).room == 1
    await room.dials(contact_id)
    found = await abandonment(room)
    assert (found.counted.in_flight, found.room) == (1, 0)


async def test_nobody_is_reserved_while_the_provider_is_away(room: Room) -> None:
    contact_id = await offered(room)
    await room.store.write(note_away, Outage("phone", room.clock.now(), "HTTP 503", None))
    assert await room.reserves() == 0
    assert (await room.contact(contact_id)).state == "offered"
    await room.store.write(note_back, "phone")
    assert await room.reserves() == 1


@pytest.mark.parametrize("mode", ["notice", "consent"])
async def test_where_something_is_said_before_the_agent_the_hub_dials_nobody(
    room: Room, mode: str
) -> None:
    await offered(room, answers=200)
    await room.records(mode)
    assert await room.reserves() == 0
    assert await room.calls() == []
    assert (await abandonment(room)).room == 0
    await room.records("off")
    assert await room.reserves() == 1


async def test_where_a_notice_is_said_first_the_agent_presses_a_key(room: Room) -> None:
    await room.hires(1)
    await room.drafts(mode="progressive")
    await room.answered(200)
    await room.records("notice")
    await room.starts()
    await room.turn(2)
    [contact_id] = await room.waiting()
    await room.takes(contact_id)
    assert (await room.contact(contact_id)).meta["phone_list"]["stage"] == "preview"
    assert await room.calls() == []
    assert await room.dials(contact_id) is None
    assert len(await room.calls()) == 1

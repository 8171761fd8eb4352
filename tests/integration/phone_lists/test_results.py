"""What an agent says of a talk, and says again; what becomes of those of a list that is over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.contacts import service as contact_service
from hub.contacts.model import ContactState
from hub.contacts.service import Move
from hub.core.errors import Invalid
from hub.desk.handling import Close, close
from hub.phone_lists import service
from hub.phone_lists.reads import get_list
from hub.phone_lists.report import report_of
from hub.storage import Tx

from .build import Room, handle, taken, talked


async def test_a_number_that_was_called_wrong_by_mistake_is_theirs_again(room: Room) -> None:
    contact_id = await talked(room)
    await room.says(contact_id, "wrong_number")
    at = room.clock.now() + timedelta(days=1)
    await room.says(contact_id, "call_later", at=at)
    await room.hangs_up(contact_id)
    await room.store.write(close, Close(handle(room, contact_id)))
    await room.later(days=1)
    await room.turn(2)
    assert len(await room.waiting()) == 1


async def test_a_wrong_number_that_was_none_is_an_attempt_like_others(room: Room) -> None:
    contact_id = await taken(room, gaps={"busy": 60})
    await room.dials(contact_id)
    await room.fails(contact_id, "busy")
    await room.later(minutes=2)
    await room.turn(2)
    [again] = await room.waiting()
    await room.takes(again)
    await room.dials(again)
    await room.talks(again)
    await room.says(again, "wrong_number")
    assert (await room.person()).state == "done"
    await room.says(again, "no_answer")
    assert (await room.person()).failed == 2


async def test_a_list_that_is_done_goes_on_for_who_is_to_be_called_after_all(room: Room) -> None:
    contact_id = await talked(room)
    await room.says(contact_id, "reached")
    await room.hangs_up(contact_id)
    await room.store.write(close, Close(handle(room, contact_id)))
    await room.turn(2)
    assert (await room.row()).state == "done"
    at = room.clock.now() + timedelta(hours=2)
    await room.says(contact_id, "call_later", at=at)
    assert (await room.row()).state == "running"
    await room.later(hours=2)
    await room.turn(2)
    assert len(await room.waiting()) == 1


async def test_nobody_of_a_stopped_list_waits_to_be_called(room: Room) -> None:
    contact_id = await talked(room)
    await room.hangs_up(contact_id)
    await room.acts(service.stop_list)
    await room.says(contact_id, "machine")
    await room.store.write(close, Close(handle(room, contact_id)))
    await room.turn(3)
    assert (await room.row()).state == "stopped"
    await room.says(contact_id, "no_answer")
    person = await room.person()
    assert (person.state, person.reason) == ("suppressed", "stopped")


async def test_a_time_is_agreed_only_while_the_list_calls(room: Room) -> None:
    contact_id = await talked(room)
    row = await room.row()
    night = room.clock.now().replace(hour=16)  # 00:00 in Shanghai
    for at, code in ((row.ends_at, "phone_list.at_over"), (night, "phone_list.at_hours")):
        with pytest.raises(Invalid) as refused:
            await room.says(contact_id, "call_later", at=at)
        assert refused.value.reason == code
    assert (await room.person()).last_result is None


async def test_what_ended_on_another_way_is_not_under_way_for_good(room: Room) -> None:
    contact_id = await taken(room)
    await room.dials(contact_id)

    def ends(tx: Tx, _: None) -> None:
        changes = {"closed_at": tx.now, "agent_id": None, "ended_as": "spam"}
        contact_service.move(tx, Move(contact_id, ContactState.CLOSED, changes=changes))

    await room.store.write(ends, None)
    await room.acts(service.stop_list)
    await room.turn(3)
    assert (await room.row()).state == "stopped"
    person = await room.person()
    assert (person.state, person.reason, person.failed) == ("suppressed", "stopped", 1)
    found = await room.store.read(lambda tx, _: report_of(tx, get_list(tx, "spring")), None)
    assert found.abandonment.counted.in_flight == 0


async def test_another_result_replaces_the_first(room: Room) -> None:
    contact_id = await taken(room)
    await room.dials(contact_id)
    await room.talks(contact_id)
    await room.says(contact_id, "machine")
    await room.says(contact_id, "no_answer")
    assert (await room.person()).failed == 1
    await room.says(contact_id, "refused")
    person = await room.person()
    assert (person.state, person.failed) == ("done", 0)

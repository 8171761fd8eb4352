"""A list whose agents read first: released for who is free, called by a key, or put off."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from hub.contacts.inbound import CallMoment, IdentityKind
from hub.core.errors import Conflict, Invalid
from hub.customers.consent.model import STOP_SELLING
from hub.customers.tables import identities
from hub.desk.handling import Close, close, end
from hub.intake import dialling
from hub.intake.dialling import fire_due_dials
from hub.phone_lists import service
from hub.phone_lists.reads import count_reach, get_list
from hub.phone_lists.report import as_rows, report_of
from hub.storage.outbox import outbox
from tests.integration.callbacks.build import Centre
from tests.integration.outreach.build import add_customer

from .build import Room, handle, number_of, taken


async def test_who_is_taken_is_read_about_before_any_phone_rings(room: Room) -> None:
    contact_id = await taken(room)
    contact = await room.contact(contact_id)
    brief = contact.meta["phone_list"]
    assert (contact.state, brief["stage"], brief["script_en"]) == (
        "connecting",
        "preview",
        "Say hello.",
    )
    assert (await room.person()).state == "calling"
    assert await room.calls() == []


async def test_a_key_calls_them_once(room: Room) -> None:
    contact_id = await taken(room)
    assert await room.dials(contact_id) is None
    [call] = await room.calls()
    assert (call.to_address, call.watched, call.detects) == (number_of(0), True, True)
    with pytest.raises(Conflict, match="already"):
        await room.dials(contact_id)
    assert len(await room.calls()) == 1


async def test_a_number_of_somebody_else_is_not_called(room: Room) -> None:
    contact_id = await taken(room)
    asked = ("Else", [(IdentityKind.PHONE, "+8613900139999")])
    other = await room.store.write(add_customer, asked)
    find = select(identities.c.id).where(identities.c.customer_id == other)
    theirs = await room.store.read(lambda tx, _: str(tx.execute(find).scalar_one()), None)
    with pytest.raises(Conflict, match="not called by lists"):
        await room.dials(contact_id, theirs)
    assert await room.calls() == []


async def test_who_is_put_off_comes_again(room: Room) -> None:
    contact_id = await taken(room)
    await room.skips(contact_id)
    person = await room.person()
    assert (person.state, person.last_result, person.failed) == ("due", "skipped", 0)
    assert person.due_at == room.clock.now() + timedelta(minutes=30)
    assert (await room.contact(contact_id)).state == "closed"
    await room.later(minutes=31)
    await room.turn(2)
    assert len(await room.waiting()) == 1


@pytest.mark.parametrize("reason", ["wrong_person", "handled"])
async def test_who_is_the_wrong_person_comes_no_more(room: Room, reason: str) -> None:
    await room.skips(await taken(room), reason)
    person = await room.person()
    assert (person.state, person.reason) == ("suppressed", reason)


async def test_reading_ends_by_itself(room: Room) -> None:
    contact_id = await taken(room)
    await room.later(seconds=121)
    await room.store.write(lambda tx, _: fire_due_dials(tx, tx.now, 10), None)
    assert (await room.contact(contact_id)).state == "closed"
    assert (await room.person()).state == "due"


async def test_who_answered_since_the_look_is_not_hung_up_on(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process heard that they answered, in the moment in which it took too long."""
    contact_id = await taken(room)
    await room.dials(contact_id)
    await room.talks(contact_id)
    monkeypatch.setattr(dialling, "_NOT_REACHED", SimpleNamespace(ids=lambda *_: [contact_id]))
    assert await room.store.write(lambda tx, _: fire_due_dials(tx, tx.now, 10), None) == 0
    assert (await room.contact(contact_id)).state == "active"
    effects = [row.effect for row in await room.house.rows(outbox)]
    assert not [effect for effect in effects if '"type":"hangup"' in effect]


async def test_only_the_agent_who_has_it_calls(room: Room) -> None:
    contact_id = await taken(room)
    room.house.ann, ann = await room.agent("Bob"), room.ann
    with pytest.raises(Conflict) as refused:
        await room.dials(contact_id)
    assert refused.value.reason == "phone_list.not_yours"
    room.house.ann = ann


@pytest.mark.parametrize(
    ("outcome", "result", "gap"),
    [("busy", "busy", 900), ("no_answer", "no_answer", 14_400), ("failed", "failed", 86_400)],
)
async def test_who_is_not_reached_is_tried_after_the_gap_of_the_result(
    room: Room, outcome: str, result: str, gap: int
) -> None:
    contact_id = await taken(room)
    await room.dials(contact_id)
    await room.fails(contact_id, outcome)
    person = await room.person()
    assert (person.state, person.last_result, person.failed) == ("due", result, 1)
    assert person.due_at == room.clock.now() + timedelta(seconds=gap)
    assert (await room.contact(contact_id)).state == "closed"


async def test_after_the_last_attempt_they_are_given_up(room: Room) -> None:
    contact_id = await taken(room, attempts=2, gaps={"busy": 60})
    await room.dials(contact_id)
    await room.fails(contact_id, "busy")
    await room.later(minutes=2)
    await room.turn(2)
    [again] = await room.waiting()
    assert (await room.contact(again)).meta["phone_list"]["attempt"] == 2
    await room.takes(again)
    await room.dials(again)
    await room.fails(again, "busy")
    assert (await room.person()).state == "given_up"
    await room.turn(1)
    assert (await room.row()).state == "done"


async def test_a_call_that_reached_nobody_counts_for_no_limit(room: Room) -> None:
    await room.house.change(per_week=1, per_month=1)
    contact_id = await taken(room, gaps={"busy": 60})
    await room.dials(contact_id)
    await room.fails(contact_id, "busy")
    await room.later(minutes=2)
    await room.turn(2)
    assert len(await room.waiting()) == 1


async def test_the_agents_own_phone_is_no_attempt(room: Room) -> None:
    contact_id = await taken(room)
    await room.dials(contact_id)
    await room.told(contact_id, CallMoment.AGENT_FAILED, reason="agent_no_answer")
    person = await room.person()
    assert (person.state, person.failed, await room.attempts()) == ("due", 0, [])


async def test_a_talk_wants_a_result_before_it_closes(room: Room) -> None:
    contact_id = await taken(room)
    await room.dials(contact_id)
    await room.talks(contact_id)
    await room.store.write(end, handle(room, contact_id))
    with pytest.raises(Conflict) as refused:
        await room.store.write(close, Close(handle(room, contact_id)))
    assert refused.value.reason == "phone_list.result_required"
    await room.says(contact_id, "interested")
    await room.store.write(close, Close(handle(room, contact_id)))
    person = await room.person()
    assert (person.state, person.last_result) == ("done", "interested")
    await room.turn(2)
    assert (await room.row()).state == "done"


async def test_a_time_agreed_is_kept_though_they_were_just_talked_to(room: Room) -> None:
    await room.house.change(per_week=1, per_month=1)
    contact_id = await taken(room, attempts=1, material="spring-2026")
    await room.dials(contact_id)
    await room.talks(contact_id)
    with pytest.raises(Invalid):
        await room.says(contact_id, "call_later")
    at = room.clock.now() + timedelta(days=1)
    await room.says(contact_id, "call_later", at=at)
    await room.store.write(end, handle(room, contact_id))
    await room.store.write(close, Close(handle(room, contact_id)))
    await room.later(hours=23)
    await room.turn(2)
    assert await room.waiting() == []
    await room.later(hours=1)
    await room.turn(2)
    [again] = await room.waiting()
    await room.takes(again)
    assert await room.dials(again) is None


async def test_never_is_kept_as_their_no(room: Room) -> None:
    contact_id = await taken(room)
    await room.dials(contact_id)
    await room.talks(contact_id)
    await room.says(contact_id, "never")
    await room.hangs_up(contact_id)
    assert (await room.person()).state == "done"
    await room.drafts("again")
    found = await room.store.read(lambda tx, _: count_reach(tx, get_list(tx, "again")), None)
    assert found.suppressed == {"opted_out": 1}


@pytest.mark.parametrize(("said_in", "later"), [("marketing", "survey"), ("service", "marketing")])
async def test_never_said_to_a_list_holds_for_the_others(
    room: Room, said_in: str, later: str
) -> None:
    contact_id = await taken(room, purpose=said_in)
    await room.dials(contact_id)
    await room.talks(contact_id)
    await room.says(contact_id, "never")
    await room.hangs_up(contact_id)
    await room.drafts("again", purpose=later)
    found = await room.store.read(lambda tx, _: count_reach(tx, get_list(tx, "again")), None)
    assert found.suppressed == {"opted_out": 1}


async def test_a_wrong_number_is_never_called_again(room: Room) -> None:
    contact_id = await taken(room)
    await room.dials(contact_id)
    await room.talks(contact_id)
    await room.says(contact_id, "wrong_number")
    assert (await room.person()).state == "done"


async def test_their_no_counts_at_the_very_moment_of_the_call(room: Room) -> None:
    contact_id = await taken(room)
    await room.house.stops(STOP_SELLING, value=number_of(0))
    assert await room.dials(contact_id) == "opted_out"
    assert (await room.person()).reason == "opted_out"
    assert await room.calls() == []
    assert (await room.contact(contact_id)).state == "closed"


async def test_a_paused_list_leaves_the_queue(room: Room) -> None:
    await room.hires(1)
    await room.runs()
    assert len(await room.waiting()) == 1
    await room.acts(service.pause_list)
    await room.turn(1)
    assert await room.waiting() == []
    await room.acts(service.resume_list)
    await room.turn(1)
    assert len(await room.waiting()) == 1


async def test_a_stopped_list_calls_nobody_more(room: Room) -> None:
    await room.hires(3)
    await room.runs()
    await room.acts(service.stop_list)
    await room.turn(3)
    assert await room.waiting() == []
    rows = await room.people_rows()
    assert {(row.state, row.reason) for row in rows} == {("suppressed", "stopped")}
    assert (await room.row()).state == "stopped"


async def test_who_calls_us_first_is_not_called(room: Room) -> None:
    await room.hires(1)
    await room.runs()
    [waits] = await room.waiting()
    centre: Centre = room.house.centre
    came = await centre.call(number_of(0))
    assert came != waits
    assert await room.waiting() == [came]
    assert (await room.contact(waits)).state == "closed"
    assert (await room.person()).due_at == room.clock.now() + timedelta(hours=1)


async def test_at_night_nobody_is_called(room: Room) -> None:
    await room.hires(1)
    await room.later(hours=8)  # 22:00 in Shanghai
    await room.runs()
    assert await room.waiting() == []
    person = await room.person()
    assert (person.state, person.reason) == ("due", "quiet_hours")
    assert person.due_at.isoformat() == "2026-03-11T01:00:00+00:00"  # 09:00 there


async def test_the_report_counts_what_came_of_it(room: Room) -> None:
    contact_id = await taken(room)
    await room.dials(contact_id)
    await room.talks(contact_id)
    room.clock.advance(60)
    await room.hangs_up(contact_id)
    await room.says(contact_id, "interested")
    found = await room.store.read(lambda tx, _: report_of(tx, get_list(tx, "spring")), None)
    total = found.total
    assert (total.people, total.dialled, total.answered_human, total.reached) == (1, 1, 1, 1)
    assert (total.results, total.talk_s, total.remaining) == ({"interested": 1}, 60, 0)
    assert as_rows(found)[-1][0] == "total"

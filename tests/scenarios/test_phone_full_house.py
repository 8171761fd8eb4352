"""A full house and kill -9 in the middle: a menu, the waiting room, callbacks, a transfer, a
consult, a supervisor who listens, whispers and takes over.

The hub dies as it calls a customer back. Ten minutes later it is there again: everybody is where
they were, gold is answered before ordinary, nobody is lost or called twice, and each call has ended
in one state with complete records.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, not_, select

from hub.accounts.tables import audit_log
from hub.callbacks.tables import callbacks
from hub.channels.phone.guests.tables import guests
from hub.channels.phone.tables import calls, steps
from hub.contacts.guests.tables import call_guests
from hub.contacts.tables import contacts, interactions, segments
from hub.routing.tables import agents, assignments, offers
from hub.storage.outbox import outbox
from hub.testing.twilio_simulator import SimulatedCaller

from .full_house import (
    AGO_US,
    PATIENCE_S,
    PHONES,
    RINGS,
    House,
    Staff,
    a_full_house,
    accepts,
    begins_to_talk,
    rests,
    talk_of,
    wraps_up,
)
from .stage import settled

CALLED, PROMISED = "+8613900139000", "+8613900139001"  # both asked for it; one is called now
SUPERVISED, ASKED, PASSED_ON = "+8613900139010", "+8613900139011", "+8613900139012"
LEAVES, CHOOSES = "+8613900139020", "+8613900139021"
WAITING = {  # in the order in which they call
    "+8613900139030": "low",
    "+8613900139031": "standard",
    "+8613900139032": "potential_gold",
    "+8613900139033": "low",
    "+8613900139034": "gold",
    "+8613900139035": "standard",
    "+8613900139036": "gold",
}
TIERS = WAITING | {
    CALLED: "standard",
    PROMISED: "potential_gold",
    SUPERVISED: "gold",
    ASKED: "low",
    PASSED_ON: "standard",
    LEAVES: "standard",
    CHOOSES: "low",
}


@dataclass
class Before:
    """Who was there as the hub died. `places`: of who waited, by contact."""

    supervised: SimulatedCaller
    asked: SimulatedCaller
    waiting: dict[str, SimulatedCaller]  # by number
    in_the_menu: SimulatedCaller
    guest_id: str
    places: dict[str, Any]


@pytest.mark.timeout(300)
async def test_a_full_house_survives_kill_9_and_gold_goes_first(
    tmp_path: Path, database_url: str
) -> None:
    async with a_full_house(tmp_path, database_url, TIERS) as house:
        async with house.staff() as staff:
            before = await _fill(house, staff)
        await _ten_minutes_without_a_hub(house, before)
        await house.open()
        async with house.staff() as staff:
            _everybody_kept_their_place(house, before)
            await _talks_go_on(house, staff, before)
            served = await _who_waits_is_answered(house, staff, before)
            await settled(lambda: _is_over(house), PATIENCE_S)
        assert house.hub.starts == 2
        _gold_went_first(house, before, served)
        _nobody_is_called_twice(house, served)
        _each_ended_in_one_state(house)
        _records_are_complete(house)


# ---- until the hub dies ------------------------------------------------------------------------


async def _fill(house: House, staff: Staff) -> Before:
    """Let everybody come; then the hub dies as it calls a customer back."""
    for name in PHONES:
        await rests(staff[name])
    supervised = await house.talks(staff["Li"], SUPERVISED)
    await _listens_and_whispers(house, staff, supervised)
    asked = await house.talks(staff["Wu"], ASKED)
    passed_on = await house.talks(staff["He"], PASSED_ON)
    ma = await _is_about_to_call_back(house, staff)
    await _passes_on(house, staff, passed_on)
    guest_id = await _asks(house, staff, asked)
    waiting = {PASSED_ON: passed_on}
    for number in (LEAVES, *WAITING):
        waiting[number] = await house.waits(number)
    await house.wishes(PROMISED)
    await settled(lambda: _are_waiting(house, len(waiting) + 1), PATIENCE_S)
    places = {row.id: row for row in house.contacts() if row.state == "queued"}
    in_the_menu = await house.listens(CHOOSES)
    await asyncio.gather(ma.pick_up(), house.dies_as_it_calls(CALLED))
    return Before(supervised, asked, waiting, in_the_menu, guest_id, places)


async def _listens_and_whispers(house: House, staff: Staff, customer: SimulatedCaller) -> None:
    li, boss = PHONES["Li"], PHONES["Boss"]
    talk = talk_of(staff["Li"])
    order = {"mode": "listen"}
    guest = await staff["Boss"].call("POST", f"/contacts/{talk}/supervise", order)
    ear = await house.provider.agent_leg(boss, PATIENCE_S)
    await ear.until_hears({customer.number, li}, PATIENCE_S)
    assert customer.hears_now() == {li}
    await staff["Boss"].call("POST", f"/guests/{guest['id']}/mode", {"mode": "whisper"})
    agent = await house.provider.agent_leg(li)
    await agent.until_hears({customer.number, boss}, PATIENCE_S)
    assert customer.hears_now() == {li}


async def _is_about_to_call_back(house: House, staff: Staff) -> SimulatedCaller:
    """Ma has taken a callback; her phone rings, the customer's does not yet."""
    house.provider.set_phone(PHONES["Ma"], RINGS)
    house.provider.set_phone(CALLED, RINGS)
    await house.wishes(CALLED)
    await staff["Ma"].set_state("ready")
    await accepts(staff["Ma"])
    return await house.provider.agent_leg(PHONES["Ma"], PATIENCE_S)


async def _passes_on(house: House, staff: Staff, customer: SimulatedCaller) -> None:
    """The customer waits for somebody else; who talked to them takes nothing more."""
    await rests(staff["He"])
    order = {"queue_id": "support"}
    await staff["He"].call("POST", f"/contacts/{talk_of(staff['He'])}/transfer", order)
    await customer.until("queue", PATIENCE_S)
    await staff["He"].until(lambda: not staff["He"].contacts, PATIENCE_S)


async def _asks(house: House, staff: Staff, customer: SimulatedCaller) -> str:
    """Wu asks He while the customer hears music; return the guest's id."""
    order = {"agent_id": house.ids["He"]}
    path = f"/contacts/{talk_of(staff['Wu'])}/ask-by-phone"
    guest = await staff["Wu"].call("POST", path, order)
    wu = await house.provider.agent_leg(PHONES["Wu"])
    await wu.until_hears({PHONES["He"]}, PATIENCE_S)
    await customer.until_hears({"music"}, PATIENCE_S)
    return str(guest["id"])


async def _are_waiting(house: House, count: int) -> bool:
    return [row.state for row in house.contacts()].count("queued") == count


# ---- while it is dead, and as it is back -------------------------------------------------------


async def _ten_minutes_without_a_hub(house: House, before: Before) -> None:
    """One hangs up who waited, one who was in the menu; nobody hears of it."""
    await before.waiting.pop(LEAVES).hang_up()
    await before.in_the_menu.hang_up()
    await house.provider.settle()
    house.minutes_pass()
    assert [one.where for one in before.waiting.values()] == ["queue"] * len(before.waiting)
    assert before.supervised.hears_now() == {PHONES["Li"]}
    assert before.asked.hears_now() == {"music"}


def _everybody_kept_their_place(house: House, before: Before) -> None:
    """In their queue, with all they have waited; but for who has left."""
    now = {row.id: row for row in house.contacts() if row.state == "queued"}
    for contact_id, was in before.places.items():
        if was.number == LEAVES:
            continue
        row = now[contact_id]
        place = (row.number, row.queue_id, row.tier, row.target_s, row.virtual_start_us)
        kept = was.virtual_start_us - AGO_US
        assert place == (was.number, was.queue_id, was.tier, was.target_s, kept)


async def _talks_go_on(house: House, staff: Staff, before: Before) -> None:
    """The customer who was called picks up; the call is taken over; who was asked has the other."""
    called = await house.provider.agent_leg(CALLED)
    await called.pick_up()
    await called.until_hears({PHONES["Ma"]}, PATIENCE_S)
    await rests(staff["Li"])
    taken = await staff["Boss"].call("POST", f"/contacts/{talk_of(staff['Li'])}/take-over")
    assert taken["given"]
    await before.supervised.until_hears({PHONES["Boss"]}, PATIENCE_S)
    await rests(staff["Wu"])
    given = await staff["Wu"].call("POST", f"/guests/{before.guest_id}/complete")
    assert given["given"]
    await before.asked.until_hears({PHONES["He"]}, PATIENCE_S)
    customers = {"Ma": called, "Boss": before.supervised, "He": before.asked}
    for name, customer in customers.items():
        await begins_to_talk(staff[name])
        await rests(staff[name])
        await customer.hang_up()
        await wraps_up(staff[name])


async def _who_waits_is_answered(house: House, staff: Staff, before: Before) -> list[str]:
    """Li alone takes one call after the other; return the contacts in that order."""
    before.waiting[CHOOSES] = await house.waits(CHOOSES)  # they call again
    await staff["Li"].until(lambda: not staff["Li"].contacts, PATIENCE_S)
    await settled(lambda: _are_waiting(house, len(before.waiting) + 1), PATIENCE_S)
    before.places = {row.id: row for row in house.contacts() if row.state == "queued"}
    served = []
    await staff["Li"].set_state("ready")
    for _ in before.places:
        contact_id = await accepts(staff["Li"])
        served.append(contact_id)
        number = before.places[contact_id].number
        waited = before.waiting.get(number)
        customer = waited or await house.provider.agent_leg(number, PATIENCE_S)
        await customer.until_hears({PHONES["Li"]}, PATIENCE_S)
        await begins_to_talk(staff["Li"])
        await customer.hang_up()
        await wraps_up(staff["Li"])
    return served


def _gold_went_first(house: House, before: Before, served: list[str]) -> None:
    """Who had used most of their promise was answered first: gold, who had come last."""
    places = before.places
    promised = sorted(places, key=lambda one: (places[one].target_s, places[one].virtual_start_us))
    assert served == promised
    gold = [number for number, tier in WAITING.items() if tier == "gold"]
    assert [places[one].number for one in served[: len(gold)]] == gold
    answered = {row.id: row.answered_at for row in house.contacts() if row.number != PASSED_ON}
    anew = [one for one in served if one in answered]
    assert sorted(anew, key=lambda one: answered[one]) == anew


# ---- what is left ------------------------------------------------------------------------------


async def _is_over(house: House) -> bool:
    over = contacts.c.state.in_(("closed", "abandoned"))
    left = [
        *house.contacts(not_(over)),
        *house.rows(select(calls.c.id).where(calls.c.leg_state != "ended")),
        *house.rows(select(guests.c.id).where(guests.c.leg_state != "ended")),
        *house.rows(select(steps.c.id).where(steps.c.done_at.is_(None))),
        *house.rows(select(agents.c.id).where(agents.c.live_load > 0)),
    ]
    return not left


def _nobody_is_called_twice(house: House, served: list[str]) -> None:
    legs = house.provider.exchange.calls.values()
    assert [one.sid for one in legs if not one.ended] == []
    rung = Counter(one.to for one in legs if one.direction != "inbound")
    li, wu, he, ma, boss = PHONES.values()
    agents_rung = {li: 1 + len(served), wu: 1, he: 2, ma: 1, boss: 1}  # a guest is there already
    assert rung == {CALLED: 1, PROMISED: 1, **agents_rung}
    came = Counter(one.from_ for one in legs if one.direction == "inbound")
    assert came == dict.fromkeys(TIERS, 1) | {CHOOSES: 2}


def _each_ended_in_one_state(house: House) -> None:
    names = {user_id: name for name, user_id in house.ids.items()}
    ended = [
        (row.number, row.direction, row.state, row.ended_as, names.get(row.agent_id))
        for row in house.contacts()
    ]
    handled = {SUPERVISED: "Boss", ASKED: "He"}
    expected: list[tuple[str | None, ...]] = [
        (number, "in", "closed", "handled", handled.get(number, "Li"))
        for number in (SUPERVISED, ASKED, PASSED_ON, CHOOSES, *WAITING)
    ]
    for number, name in ((CALLED, "Ma"), (PROMISED, "Li")):
        expected.append((number, "in", "closed", "callback", None))
        expected.append((number, "out", "closed", "handled", name))
    expected.append((LEAVES, "in", "abandoned", None, None))
    assert sorted(ended, key=str) == sorted(expected, key=str)


def _records_are_complete(house: House) -> None:
    _each_moment_is_of_one_segment(house)
    _each_timeline_tells_it_all(house)
    promised = house.rows(select(callbacks).order_by(callbacks.c.id))
    assert [(row.number, row.state, row.failed) for row in promised] == [
        (CALLED, "done", 0),
        (PROMISED, "done", 0),
    ]
    joined = house.rows(select(call_guests).order_by(call_guests.c.id))
    assert [(row.name, row.mode, row.state, row.ended_as) for row in joined] == [
        ("Boss", "whisper", "ended", "took_over"),
        ("He", "normal", "ended", "took_over"),
    ]
    supervised = audit_log.c.action.like("call.%")
    audited = house.rows(select(audit_log.c.action).where(supervised).order_by(audit_log.c.id))
    assert [row.action for row in audited] == ["call.listen", "call.whisper", "call.take_over"]
    assert house.rows(select(offers.c.id).where(offers.c.state == "pending")) == []
    assert house.rows(select(assignments.c.id).where(assignments.c.ended_at.is_(None))) == []
    assert {row.state for row in house.rows(select(outbox.c.state))} == {"sent"}
    assert house.rows(select(steps.c.error).where(steps.c.error.is_not(None))) == []
    answered = [alert.text.rpartition("/")[2] for alert in house.provider.alerts]
    assert set(answered) <= {"wait answered 0", "music.wav cannot be played"}  # it was dead


def _each_moment_is_of_one_segment(house: House) -> None:
    """From the first moment to the last of each contact, without a gap and without an overlap."""
    of_contact: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in house.rows(select(segments).order_by(segments.c.started_at, segments.c.id)):
        of_contact[row.contact_id].append(row)
    for contact in house.contacts():
        stretches = of_contact.pop(contact.id)
        ends = [one.ended_at for one in stretches]
        assert [one.started_at for one in stretches[1:]] == ends[:-1]
        assert (ends[-1], stretches[-1].ended_by) == (contact.closed_at, contact.state)
    assert of_contact == {}


def _each_timeline_tells_it_all(house: House) -> None:
    number_of = {row.conversation_id: row.number for row in house.contacts()}
    told: defaultdict[str, list[str]] = defaultdict(list)
    agents_of: defaultdict[str, list[str]] = defaultdict(list)
    for row in house.rows(select(interactions).order_by(interactions.c.id)):
        number = number_of[row.conversation_id]
        told[number].append(row.meta["code"] if row.kind == "system" else row.kind)
        assert row.seq == len(told[number])
        if row.kind == "call" and row.direction == "in":
            agents_of[number].append(row.meta.get("agents", row.meta["menu"]))
    assert told == {number: ["call", "closed"] for number in WAITING} | {
        SUPERVISED: ["call", "transferred", "closed"],
        ASKED: ["call", "call_asked", "transferred", "closed"],
        PASSED_ON: ["call", "transferred", "closed"],
        CALLED: ["call", "callback_placed", "call", "closed"],
        PROMISED: ["call", "callback_placed", "call", "closed"],
        LEAVES: ["call"],
        CHOOSES: ["call", "call", "closed"],
    }
    assert agents_of == {number: ["Li"] for number in WAITING} | {
        SUPERVISED: ["Li, Boss"],
        ASKED: ["Wu, He"],
        PASSED_ON: ["He, Li"],
        CALLED: ["queue"],
        PROMISED: ["queue"],
        LEAVES: ["queue"],
        CHOOSES: ["left", "Li"],
    }
    kept = house.rows(select(calls.c.sid, calls.c.answered_at, calls.c.ended_at, calls.c.cause))
    legs = house.provider.exchange.calls.values()
    assert {row.sid for row in kept} == {
        one.sid for one in legs if TIERS.keys() & {one.from_, one.to}
    }
    assert all(row.ended_at and row.cause for row in kept)

"""Who of a list is not called, and why: counted before the start, and asked again at every call."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sqlalchemy import select, update

from hub.accounts.model import SYSTEM
from hub.campaigns.model import Arm
from hub.contacts.inbound import IdentityKind
from hub.core.errors import Conflict
from hub.customers.consent.model import STOP_SELLING
from hub.customers.tables import identities
from hub.phone_lists.attempts import to_choose
from hub.phone_lists.numbers import AddNumbers, add_numbers, remove_number
from hub.phone_lists.reads import count_reach, get_list
from hub.storage import Tx
from tests.integration.outreach.build import add_customer

from .build import Room, number_of


async def counted(room: Room, key: str = "spring") -> tuple[int, Mapping[str, int]]:
    found = await room.store.read(lambda tx, _: count_reach(tx, get_list(tx, key)), None)
    return found.reach, found.suppressed


async def test_a_number_of_the_register_is_not_called(room: Room) -> None:
    await room.hires(2)
    added = await room.store.write(
        add_numbers, AddNumbers(SYSTEM, ("139 0013 9000", "nonsense"), "register", "CN")
    )
    assert (added.added, added.known, added.wrong) == (1, 0, ["nonsense"])
    await room.drafts()
    assert await counted(room) == (1, {"do_not_call": 1})
    await room.store.write(remove_number, (SYSTEM, number_of(0)))
    assert await counted(room) == (2, {})


async def test_another_number_of_theirs_is_called_instead(room: Room) -> None:
    both = [(IdentityKind.PHONE, number_of(0)), (IdentityKind.PHONE, number_of(1))]
    room.people[number_of(0)] = await room.store.write(add_customer, ("C", both))
    await room.store.write(add_numbers, AddNumbers(SYSTEM, (number_of(1),), "register", "CN"))
    await room.runs(gaps={"busy": 60})
    [contact_id] = await room.waiting()
    await room.takes(contact_id)
    await room.dials(contact_id)
    assert [call.to_address for call in await room.calls()] == [number_of(0)]


async def test_each_number_has_its_turn(room: Room) -> None:
    both = [(IdentityKind.PHONE, number_of(0)), (IdentityKind.PHONE, number_of(1))]
    room.people[number_of(0)] = await room.store.write(add_customer, ("C", both))
    await room.runs(gaps={"busy": 60})
    for _ in range(2):
        [contact_id] = await room.waiting()
        await room.takes(contact_id)
        await room.dials(contact_id)
        await room.fails(contact_id, "busy")
        await room.later(minutes=2)
        await room.turn(2)
    called = {call.to_address for call in await room.calls()}
    assert called == {number_of(0), number_of(1)}


async def test_who_has_no_number_or_said_stop_is_not_called(room: Room) -> None:
    await room.hires(2)
    mail = [(IdentityKind.EMAIL, "nobody@example.test")]
    room.people["mail"] = await room.store.write(add_customer, ("M", mail))
    await room.house.stops(STOP_SELLING, value=number_of(0))
    await room.drafts()
    assert await counted(room) == (1, {"no_number": 1, "opted_out": 1})


async def test_who_is_talked_to_is_called_later(room: Room) -> None:
    await room.hires(1)
    await room.house.centre.call(number_of(0))
    await room.runs()
    person = await room.person()
    assert (person.state, person.reason) == ("due", "busy")


async def test_the_hold_out_is_called_never(room: Room) -> None:
    await room.hires(8)
    halves = (Arm("call", 50, False, {}), Arm("none", 50, True, {}))
    await room.runs(arms=halves)
    rows = await room.people_rows()
    assert {row.arm for row in rows if row.state == "held_out"} <= {"none"}
    assert all(row.state == "held_out" for row in rows if row.arm == "none")


@pytest.mark.parametrize(
    "kept",
    [
        "raw:sip:nobody@example.test",  # what a network showed as a caller's number
        "short:CN:95588",
        "+19005550100",  # a premium one
        "+862155501000",  # our own line
    ],
)
async def test_what_nobody_should_call_holds_up_nobody_else(room: Room, kept: str) -> None:
    room.people["odd"] = await room.store.write(
        add_customer, ("Odd", [(IdentityKind.PHONE, number_of(50))])
    )
    await room.store.write(_keep_as, (room.people["odd"], kept))
    await room.hires(1)
    await room.runs()
    [contact_id] = await room.waiting()
    assert (await room.contact(contact_id)).meta["phone_list"]["number"] == number_of(0)
    odd = next(row for row in await room.people_rows() if row.customer_id == room.people["odd"])
    assert (odd.state, odd.reason) == ("suppressed", "invalid_number")
    await room.drafts("again")
    assert (await counted(room, "again"))[1] == {"invalid_number": 1}


async def test_an_extension_is_not_dialled_and_hides_from_no_register(room: Room) -> None:
    await room.hires(1)
    await room.store.write(_keep_as, (room.people[number_of(0)], f"{number_of(0)};ext=12"))
    await room.drafts()
    assert await counted(room) == (1, {})
    await room.store.write(add_numbers, AddNumbers(SYSTEM, (number_of(0),), "register", "CN"))
    assert await counted(room) == (0, {"do_not_call": 1})


def _keep_as(tx: Tx, asked: tuple[str, str]) -> None:
    customer_id, value = asked
    theirs = identities.c.customer_id == customer_id
    tx.execute(update(identities).where(theirs).values(value_norm=value))


async def test_a_number_that_may_not_be_called_is_no_choice_and_costs_nobody_their_turn(
    room: Room,
) -> None:
    both = [(IdentityKind.PHONE, number_of(0)), (IdentityKind.PHONE, number_of(1))]
    room.people[number_of(0)] = await room.store.write(add_customer, ("C", both))
    await room.store.write(add_numbers, AddNumbers(SYSTEM, (number_of(1),), "register", "CN"))
    await room.runs()
    [contact_id] = await room.waiting()
    await room.takes(contact_id)
    contact = await room.contact(contact_id)
    chosen = await room.store.read(lambda tx, _: to_choose(tx, contact), None)
    assert [one.number for one in chosen] == [number_of(0)]
    other = await room.store.read(_identity_of, number_of(1))
    with pytest.raises(Conflict) as refused:
        await room.dials(contact_id, other)
    assert refused.value.reason == "phone_list.suppressed"
    assert (await room.person()).state == "calling"
    assert await room.dials(contact_id) is None


def _identity_of(tx: Tx, value: str) -> str:
    found = select(identities.c.id).where(identities.c.value_norm == value)
    return str(tx.execute(found).scalar_one())

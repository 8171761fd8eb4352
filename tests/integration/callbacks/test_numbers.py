"""Which numbers a caller may have called, how often at a time, and who is known by one."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from hub.accounts.model import SYSTEM
from hub.callbacks.reads import ListCallbacks, list_callbacks
from hub.callbacks.tables import callbacks
from hub.contacts.access import Sight
from hub.contacts.inbound import CallbackRefusal, IdentityKind
from hub.contacts.tables import contacts
from hub.customers.addresses import AddIdentity, NewAddress, add_identity
from hub.customers.tables import identities
from hub.storage import Tx
from hub.testing.center import add_agent
from hub.testing.standing import standing

from .build import CHEN, LI, Centre
from .test_by_choice import TOMORROW
from .test_callbacks import schedule

HONG_KONG = "+85251234567"
PREMIUM = "+8616812345"
INMARSAT = "+870301234567"
SWITCHBOARD = "+862165550100"


async def test_one_number_is_called_back_once_however_many_withhold_theirs(
    centre: Centre,
) -> None:
    assert (await centre.wish(await centre.withheld())).refusal is None
    again = await centre.withheld()
    assert (await centre.wish(again)).refusal is CallbackRefusal.PENDING
    assert (await centre.contact(again)).state == "queued"
    assert (await centre.wish(again, LI)).refusal is None
    assert [row.number for row in await centre.rows(callbacks)] == [CHEN, LI]


async def test_nobody_keys_in_the_number_of_who_is_to_be_called_back(centre: Centre) -> None:
    await schedule(centre, TOMORROW)
    assert (await centre.wish(await centre.withheld())).refusal is CallbackRefusal.PENDING


@pytest.mark.parametrize(
    "number", [HONG_KONG, "+18765551234", INMARSAT, "+979123456789", PREMIUM, "4001234567"]
)
async def test_a_number_abroad_or_of_a_costly_kind_cannot_be_keyed_in(
    centre: Centre, number: str
) -> None:
    for contact_id in (await centre.withheld(), await centre.call()):
        assert (await centre.wish(contact_id, number)).refusal is CallbackRefusal.NUMBER
        assert (await centre.contact(contact_id)).state == "queued"


async def test_who_calls_from_abroad_is_called_back_there(centre: Centre) -> None:
    assert (await centre.wish(await centre.call(HONG_KONG), HONG_KONG)).refusal is None


@pytest.mark.parametrize("number", [PREMIUM, INMARSAT])
async def test_who_shows_a_costly_number_is_not_called_back_there(
    centre: Centre, number: str
) -> None:
    contact_id = await centre.call(number)
    assert (await centre.wish(contact_id, number)).refusal is CallbackRefusal.NUMBER
    centre.clock.advance(60)
    await centre.hangs_up(contact_id)
    await centre.message(number)
    assert await centre.rows(callbacks) == []


async def test_who_keyed_in_a_number_and_calls_from_it_takes_the_kept_place(
    centre: Centre,
) -> None:
    contact_id = await centre.withheld()
    centre.clock.advance(100)
    await centre.wish(contact_id)
    centre.clock.advance(20)
    live = await centre.contact(await centre.call())
    assert (await centre.callback()).state == "dropped"
    assert (await centre.store.read(standing, live.id)).took_callback
    assert centre.clock.now().timestamp() - live.virtual_start_us / 1_000_000 == 120


async def test_an_agent_who_calls_a_keyed_in_number_makes_the_attempt(centre: Centre) -> None:
    await centre.wish(await centre.withheld())
    begun = await centre.agent_calls(await centre.store.write(add_agent, "Ann"), CHEN)
    callback = await centre.callback()
    assert (callback.state, callback.contact_id) == ("dialling", begun.contact_id)


async def test_the_number_of_a_whole_house_is_called_back_for_who_keyed_it_in(
    centre: Centre,
) -> None:
    """Somebody else of the house calls from their own number: it is not theirs."""
    await centre.wish(await centre.withheld(), SWITCHBOARD)
    first = await centre.call(LI)
    await centre.store.write(shares, (await customer_of(centre, first), SWITCHBOARD))
    await centre.hangs_up(first)
    centre.clock.advance(900)
    again = await centre.call(LI)
    assert (await centre.callback()).state == "queued"
    assert not (await centre.store.read(standing, again)).took_callback


async def test_a_callback_to_a_number_of_theirs_is_found_with_its_customer(centre: Centre) -> None:
    """It was keyed in by who withheld it: nobody knows yet that it is theirs."""
    await centre.wish(await centre.withheld())
    await centre.mail("chen@example.test")
    [mail] = [row for row in await centre.rows(contacts) if row.channel == "email"]
    customer_id = await customer_of(centre, mail.id)

    def found(tx: Tx, customer: str) -> list[str]:
        sight = Sight("boss", None, steers=True)
        return [
            row.number for row in list_callbacks(tx, ListCallbacks(sight, 10, customer_id=customer))
        ]

    assert await centre.store.read(found, customer_id) == []
    await centre.store.write(has, (customer_id, CHEN))
    assert await centre.store.read(found, customer_id) == [CHEN]


async def customer_of(centre: Centre, contact_id: str) -> str:
    identity_id = (await centre.contact(contact_id)).identity_id

    def read(tx: Tx, _: None) -> str:
        found = select(identities.c.customer_id).where(identities.c.id == identity_id)
        return str(tx.execute(found).scalar_one())

    return await centre.store.read(read, None)


def has(tx: Tx, asked: tuple[str, str], *, shared: bool = False) -> None:
    customer_id, number = asked
    address = NewAddress(IdentityKind.PHONE, number)
    add_identity(tx, AddIdentity(SYSTEM, customer_id, address, "CN", shared))


def shares(tx: Tx, asked: tuple[str, str]) -> None:
    has(tx, asked, shared=True)

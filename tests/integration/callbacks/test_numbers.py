"""Which numbers a caller may have called, how often at a time, and who is known by one."""

from __future__ import annotations

import pytest

from hub.callbacks.offering import standing
from hub.callbacks.tables import callbacks
from hub.contacts.inbound import CallbackRefusal
from hub.testing.center import add_agent

from .build import CHEN, LI, Centre
from .test_by_choice import TOMORROW
from .test_callbacks import schedule

HONG_KONG = "+85251234567"
PREMIUM = "+8616812345"
INMARSAT = "+870301234567"


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

"""What an agent is told of who rings at their phone."""

from __future__ import annotations

from sqlalchemy import update

from hub.accounts.tables import teams
from hub.agent_console.ringing import RingingView, read_ringing
from hub.customers.tables import customers
from hub.storage import Tx
from hub.web import Principal, Role
from hub.web.principal import Via
from tests.integration.cti.conftest import House


def seen_by(user_id: str) -> tuple[Principal, bool]:
    ann = Principal(user_id, "Ann", Role.AGENT, frozenset({"team"}), Via.SESSION, "s")
    return ann, True


async def ringing(house: House, user_id: str) -> list[RingingView]:
    return await house.store.read(read_ringing, seen_by(user_id))


def to_another_branch(tx: Tx, _: None) -> None:
    tx.execute(
        teams.insert().values(id="south", zh="南", en="South", retired=False, is_branch=True)
    )
    tx.execute(update(customers).values(branch_id="south"))


def name_them(tx: Tx, _: None) -> None:
    tx.execute(update(customers).values(name="Chen Wei", tier="low"))


async def test_it_says_who_it_is_as_far_as_the_agent_may_know(house: House) -> None:
    await house.tell("ringing", extension="801")
    await house.store.write(name_them, None)
    [call] = await ringing(house, house.ann)
    assert call.customer is not None
    assert (call.customer.name, call.customer.tier) == ("Chen Wei", "standard")
    assert "8000" in call.number
    assert "13800138000" not in call.number.replace(" ", "")
    assert call.open == []
    assert await ringing(house, house.ben) == []


async def test_what_is_open_of_them_is_there_to_be_opened(house: House) -> None:
    await house.tell("answered", "a1", extension="802")
    [open_now] = await house.contacts()
    await house.tell("ringing", "a2", extension="801")
    [call] = await ringing(house, house.ann)
    assert call.open == [open_now.id]


async def test_somebody_of_another_branch_is_only_a_number(house: House) -> None:
    await house.tell("ringing", extension="801")
    await house.store.write(to_another_branch, None)
    [call] = await ringing(house, house.ann)
    assert call.customer is None
    assert call.number


async def test_a_withheld_number_is_nobody(house: House) -> None:
    await house.tell("ringing", extension="801", **{"from": ""})
    [call] = await ringing(house, house.ann)
    assert (call.customer, call.number) == (None, "")


async def test_a_ringing_that_was_forgotten_is_not_shown_for_ever(house: House) -> None:
    await house.tell("ringing", extension="801")
    house.clock.advance(301)
    assert await ringing(house, house.ann) == []

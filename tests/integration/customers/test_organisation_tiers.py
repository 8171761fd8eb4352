"""A person's tier is the best of their own and their organisations', also for what waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub import care
from hub.customers.facts import SetRole
from hub.customers.imports import ImportOrder, import_customers
from hub.customers.merging.service import MergeCustomers, UnmergeCustomer
from hub.customers.model import CustomerKind
from hub.customers.reads import get_customer_row
from hub.customers.service import ChangeCustomer, CreateCustomer, SetTier, create_customer
from hub.storage import Store
from hub.testing.center import TIERS
from hub.testing.clock import NOON, ManualClock

from .house import House, open_house


class Firm:
    """An organisation, and one of its persons who has written and waits."""

    def __init__(self, house: House, organisation_id: str, person_id: str, contact_id: str) -> None:
        self.house = house
        self.organisation_id = organisation_id
        self.person_id = person_id
        self.contact_id = contact_id

    async def tier(self, customer_id: str = "") -> tuple[str, str | None]:
        row = await self.house.store.read(get_customer_row, customer_id or self.person_id)
        return row.tier, row.own_tier

    async def target(self) -> int:
        return int((await self.house.contact(self.contact_id)).target_s)

    async def set(self, customer_id: str, tier: str, **more: object) -> None:
        command = SetTier(self.house.supervisor, customer_id, tier, "review", **more)  # type: ignore[arg-type]  # the test's own words
        await self.house.store.write(care.change_tier, command)

    async def role(self, role: str) -> None:
        command = SetRole(self.house.agent, self.organisation_id, self.person_id, role, False)
        await self.house.store.write(care.set_role, command)


@pytest.fixture
async def firm(store: Store) -> Firm:
    house = await open_house(store)
    contact_id = await house.receive("hello")
    made = CreateCustomer(house.agent, "CN", CustomerKind.ORGANISATION, "Acme")
    organisation_id = await store.write(create_customer, made)
    return Firm(house, organisation_id, await house.customer_of(contact_id), contact_id)


async def test_the_organisations_better_tier_counts_and_reaches_what_waits(firm: Firm) -> None:
    await firm.role("buyer")
    assert (await firm.tier(), await firm.target()) == (("standard", None), 14_400)
    await firm.set(firm.organisation_id, "gold")
    assert (await firm.tier(), await firm.target()) == (("gold", "standard"), 3_600)
    await firm.set(firm.organisation_id, "low")
    assert (await firm.tier(), await firm.target()) == (("standard", None), 14_400)


async def test_a_new_role_lifts_and_its_end_lets_down(firm: Firm) -> None:
    await firm.set(firm.organisation_id, "gold")
    await firm.role("buyer")
    assert (await firm.tier(), await firm.target()) == (("gold", "standard"), 3_600)
    await firm.role("")
    assert (await firm.tier(), await firm.target()) == (("standard", None), 14_400)


async def test_their_own_better_tier_stays_and_a_worse_one_is_kept_beside(firm: Firm) -> None:
    await firm.role("buyer")
    await firm.set(firm.organisation_id, "potential_gold")
    await firm.set(firm.person_id, "gold")
    assert await firm.tier() == ("gold", None)
    await firm.set(firm.person_id, "low")
    assert (await firm.tier(), await firm.target()) == (("potential_gold", "low"), 7_200)
    assert await firm.tier(firm.organisation_id) == ("potential_gold", None)


async def test_an_organisations_tier_for_a_time_ends_for_its_persons(
    firm: Firm, clock: ManualClock
) -> None:
    await firm.role("buyer")
    await firm.set(firm.organisation_id, "gold", expires_at=NOON + timedelta(hours=1))
    assert (await firm.tier())[0] == "gold"
    clock.advance(3600)
    await firm.house.store.write(lambda tx, _: care.fire_due_tiers(tx, tx.now, 10), None)
    assert (await firm.tier(), await firm.target()) == (("standard", None), 14_400)


async def test_a_merge_takes_the_organisation_along_and_back(firm: Firm) -> None:
    other = await firm.house.store.write(
        create_customer, CreateCustomer(firm.house.agent, "CN", CustomerKind.PERSON, "Ann")
    )
    await firm.role("buyer")
    await firm.set(firm.organisation_id, "gold")
    merge = MergeCustomers(firm.house.supervisor, firm.person_id, other, "same person")
    await firm.house.store.write(care.merge_customers, merge)
    assert (await firm.tier(other), await firm.target()) == (("gold", "standard"), 3_600)
    undo = UnmergeCustomer(firm.house.supervisor, firm.person_id)
    await firm.house.store.write(care.unmerge_customer, undo)
    assert await firm.tier(other) == ("standard", None)
    assert (await firm.tier(), await firm.target()) == (("gold", "standard"), 3_600)


async def test_an_organisation_is_never_lifted_by_another(firm: Firm) -> None:
    await firm.role("buyer")
    await firm.set(firm.organisation_id, "gold")
    turned = ChangeCustomer(firm.house.agent, firm.person_id, kind=CustomerKind.ORGANISATION)
    await firm.house.store.write(care.change_customer, turned)
    assert await firm.tier() == ("standard", None)


async def test_an_import_lifts_whom_it_puts_into_a_gold_organisation(firm: Firm) -> None:
    await firm.set(firm.organisation_id, "gold")
    rows = "name,email,company,tier\nAnn,ann@example.test,Acme,low\nBob,bob@x.test,Acme,\n"
    order = ImportOrder(
        firm.house.supervisor, rows.encode(), "CN", frozenset(TIERS), retier=care.retier
    )

    async def tell(done: int, total: int) -> None:
        return None

    for _ in range(2):  # the same file again changes nothing
        await import_customers(firm.house.store, order, tell)
        assert (await firm.tier(), await firm.target()) == (("gold", "low"), 3_600)

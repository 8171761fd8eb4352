"""What a customer bought goes with who they are: merges come apart, splits take it along."""

from __future__ import annotations

from sqlalchemy import select

from hub.accounts.model import SYSTEM
from hub.customers.addresses import NewAddress, attach_address, check_address
from hub.customers.business.balances import PutBalances, put_balances
from hub.customers.business.cases import PutCases, put_cases
from hub.customers.business.model import CaseKind, CaseState
from hub.customers.business.rows import Balance, Case
from hub.customers.business.tables import accounts_receivable, orders, service_cases
from hub.customers.merging.service import (
    MergeCustomers,
    UnmergeCustomer,
    merge_customers,
    unmerge_customer,
)
from hub.customers.merging.split import SplitCustomer, UndoSplit, split_customer, undo_split
from hub.customers.model import IdentityKind
from hub.customers.tables import dirty_customers, identities, identity_moves
from hub.storage import Tx

from .conftest import Shop, an_order, usual_tier


async def owner_of(shop: Shop, external_id: str) -> str:
    found = dict(await shop.rows(identities, "value_norm", "customer_id"))
    return str(found[external_id])


async def test_what_comes_while_two_are_one_goes_home_when_they_come_apart(shop: Shop) -> None:
    await shop.orders(an_order("A-1", "one"), an_order("B-1", "other"))
    one, other = await owner_of(shop, "one"), await owner_of(shop, "other")
    await shop.store.write(merge_customers, MergeCustomers(SYSTEM, one, other, "same"))
    await shop.store.write(lambda tx, _: tx.execute(dirty_customers.delete()), None)
    await shop.orders(an_order("A-2", "one"), an_order("A-1", "one", amount_minor=5))
    case = Case("R-1", "one", CaseKind.DEFECT, CaseState.REPORTED)
    await shop.store.write(put_cases, PutCases("shop", [case], usual_tier))
    balance = Balance("one", 100, "CNY")
    await shop.store.write(put_balances, PutBalances("shop", [balance], usual_tier))
    assert await shop.rows(dirty_customers, "customer_id") == [(other,)]  # who they are today
    await shop.store.write(unmerge_customer, UnmergeCustomer(SYSTEM, one))
    found = await shop.rows(orders, "external_id", "customer_id")
    assert found == [("A-1", one), ("A-2", one), ("B-1", other)]
    assert await shop.rows(service_cases, "customer_id") == [(one,)]
    assert await shop.rows(accounts_receivable, "customer_id") == [(one,)]


async def test_orders_go_with_the_external_id_that_a_split_gives_away(shop: Shop) -> None:
    await shop.orders(an_order("A-1", "right"))
    right = await owner_of(shop, "right")

    def add(tx: Tx, _: None) -> None:
        address = check_address(NewAddress(IdentityKind.EXTERNAL, "wrong"), "CN")
        attach_address(tx, right, address, None, "test")

    await shop.store.write(add, None)
    case = Case("R-1", "wrong", CaseKind.DEFECT, CaseState.REPORTED)
    await shop.orders(an_order("A-2", "wrong"))
    await shop.store.write(put_cases, PutCases("shop", [case], usual_tier))
    ids = dict(await shop.rows(identities, "value_norm", "id"))
    command = SplitCustomer(SYSTEM, right, (str(ids["wrong"]),), "not theirs", None, "New")
    made = (await shop.store.write(split_customer, command)).into_id
    found = await shop.rows(orders, "external_id", "customer_id")
    assert found == [("A-1", right), ("A-2", made)]
    assert await shop.rows(service_cases, "customer_id") == [(made,)]

    def last(tx: Tx, _: None) -> str:
        return str(tx.execute(select(identity_moves.c.operation_id)).scalar_one())

    operation = await shop.store.read(last, None)
    await shop.store.write(undo_split, UndoSplit(SYSTEM, operation))
    found = await shop.rows(orders, "external_id", "customer_id")
    assert found == [("A-1", right), ("A-2", right)]
    assert await shop.rows(service_cases, "customer_id") == [(right,)]

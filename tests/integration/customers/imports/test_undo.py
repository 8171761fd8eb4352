"""An import and its undo leave nothing behind; what was changed since stays, and says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from hub import care
from hub.accounts.model import SYSTEM
from hub.contacts.commitments.tables import commitments
from hub.core.errors import HubError
from hub.customers import facts, service
from hub.customers.addresses import RemoveIdentity, remove_identity
from hub.customers.imports.importing import BatchWork
from hub.customers.imports.model import BatchState
from hub.customers.imports.service import FROM_THE_END, MoveBatch, claim_batch, move_batch
from hub.customers.imports.tables import import_batches
from hub.customers.imports.undo import UndoPiece, undo_piece
from hub.customers.merging.service import MergeCustomers
from hub.customers.tables import (
    customer_facts,
    customer_notes,
    customer_sources,
    customers,
    identities,
    organisation_roles,
    tier_changes,
)
from hub.storage import Store, Tx
from tests.integration.customers.builders import asks, count, identify, mail, phone
from tests.integration.customers.house import open_house
from tests.integration.customers.imports.build import (
    batch,
    bring,
    classes,
    everything,
    order_of,
    take_back,
    tell_nobody,
)

FILE = """姓名,手机,邮箱,客户编号,等级,公司,职务,备注
陈小明,13800138000,chen@example.com,C-1,gold,蓝天电器,采购,下午联系
李娜,13900139000,,C-2,,蓝天电器,会计,
王五,12,wang@,C-3,platinum,,,
陈小明,13800138000,ming@example.com,,,,,另一张名片
"""


async def customer(store: Store, name: str) -> Any:
    def read(tx: Tx, _: None) -> Any:
        return tx.execute(select(customers).where(customers.c.name == name)).first()

    return await store.read(read, None)


async def test_an_undo_leaves_every_table_as_it_was(store: Store) -> None:
    await identify(store, asks(mail("else@example.com", "Somebody Else")))
    before = await everything(store)
    report = await bring(store, FILE, retier=care.retier)
    assert (report.created, report.updated, report.refused_count) == (2, 1, 1)
    assert await everything(store) != before
    undone, kept = await take_back(store, report.batch_id, retier=care.retier)
    assert (undone.state, kept) == (BatchState.UNDONE, [])
    assert await everything(store) == before


async def test_what_was_completed_is_as_it_was_before(store: Store) -> None:
    [caller] = await identify(store, asks(phone("13800138000", "陈 小明")))
    before = await everything(store, {"dirty_customers"})
    report = await bring(store, FILE)
    chen = await customer(store, "陈小明")
    assert (chen.id, chen.tier, chen.tier_source) == (caller.customer_id, "gold", "imported")
    _, kept = await take_back(store, report.batch_id)
    assert kept == []
    assert await everything(store, {"dirty_customers"}) == before


async def test_two_imports_are_taken_back_in_their_order(store: Store) -> None:
    before = await everything(store)
    first = await bring(store, "name,email,note\nAnn,ann@x.cn,one\n")
    between = await everything(store, {"dirty_customers"})
    second = await bring(store, "name,email,note\nANN,ann@x.cn,two\n", source="fair")
    await take_back(store, second.batch_id)
    assert await everything(store, {"dirty_customers"}) == between
    _, kept = await take_back(store, first.batch_id)
    assert kept == []
    assert await everything(store) == before


async def test_an_older_import_taken_back_first_leaves_what_the_newer_one_says(
    store: Store,
) -> None:
    first = await bring(store, "name,email\nAnn,ann@x.cn\n")
    await bring(store, "name,email\nANN,ann@x.cn\n", source="fair")
    _, [kept] = await take_back(store, first.batch_id)
    assert [why.code for why in kept.reasons] == ["undo.changed"]
    assert (await customer(store, "ANN")) is not None
    assert await classes(store, first.batch_id) == {2: "kept"}
    assert (await batch(store, first.batch_id)).counts.kept == 1


Change = Callable[[Tx, str], object]


def _rename(tx: Tx, key: str) -> None:
    service.change_customer(tx, service.ChangeCustomer(SYSTEM, key, name="Renamed"))


def _own(tx: Tx, key: str) -> None:
    tx.execute(update(customers).where(customers.c.id == key).values(owner_id="u"))


def _retier(tx: Tx, key: str) -> None:
    service.set_tier(tx, service.SetTier(SYSTEM, key, "gold", "loyal"))


def _note(tx: Tx, key: str) -> None:
    note = {"id": "n", "customer_id": key, "text": "t", "author_id": "u", "author_name": "U"}
    tx.execute(insert(customer_notes).values(**note, pinned=False, created_at=tx.now))


def _learn(tx: Tx, key: str) -> None:
    facts.add_fact(tx, facts.AddFact(SYSTEM, key, "equipment", "boiler", "contact"))


def _withdraw(tx: Tx, key: str) -> None:
    tx.execute(
        update(customer_facts)
        .where(customer_facts.c.customer_id == key)
        .values(withdrawn_at=tx.now)
    )


def _merge(tx: Tx, key: str) -> None:
    other = service.create_customer(tx, service.CreateCustomer(SYSTEM, "CN", name="Other"))
    care.merge_customers(tx, MergeCustomers(SYSTEM, key, other, "same"))


def _merge_into(tx: Tx, key: str) -> None:
    other = service.create_customer(tx, service.CreateCustomer(SYSTEM, "CN", name="Other"))
    care.merge_customers(tx, MergeCustomers(SYSTEM, other, key, "same"))


def _take_address(tx: Tx, key: str) -> None:
    one = tx.execute(select(identities.c.id).where(identities.c.customer_id == key)).scalar_one()
    remove_identity(tx, RemoveIdentity(SYSTEM, key, one))


def _promise(tx: Tx, key: str) -> None:
    one = tx.execute(select(identities.c.id).where(identities.c.customer_id == key)).scalar_one()
    values = {
        column.name: "x"
        for column in commitments.c
        if not column.nullable and str(column.type).startswith("VARCHAR")
    }
    values |= {"id": "p", "identity_id": one, "text": "call"}
    times = {c.name: tx.now for c in commitments.c if not c.nullable and c.name.endswith("_at")}
    tx.execute(insert(commitments).values(**values, **times, version=1))


def _give_role(tx: Tx, key: str) -> None:
    firm = service.CreateCustomer(SYSTEM, "CN", name="Firm", kind="organisation")  # type: ignore[arg-type]  # - a StrEnum's word
    firm_id = service.create_customer(tx, firm)
    care.set_role(tx, facts.SetRole(SYSTEM, firm_id, key, "buyer", False))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_rename, "changed"),
        (_own, "owner"),
        (_retier, "tier"),
        (_note, "used"),
        (_learn, "added"),
        (_withdraw, "added"),
        (_merge, "merged"),
        (_merge_into, "used"),
        (_take_address, "added"),
        (_promise, "used"),
        (_give_role, "role"),
    ],
)
async def test_who_was_touched_since_stays_and_the_row_says_why(
    store: Store, change: Change, code: str
) -> None:
    report = await bring(store, "name,email,note\nAnn,ann@x.cn,one\nBen,ben@x.cn,two\n")
    ann = await customer(store, "Ann")
    await store.write(change, ann.id)
    undone, kept = await take_back(store, report.batch_id)
    assert [row.line for row in kept] == [2]
    assert f"undo.{code}" in [why.code for why in kept[0].reasons]
    assert undone.counts.kept == 1
    assert await count(store, customers, customers.c.id == ann.id) == 1
    assert await count(store, customers, customers.c.name == "Ben") == 0


async def test_who_wrote_since_stays(store: Store) -> None:
    house = await open_house(store)
    report = await bring(store, "name,email\nAnn,ann@x.cn\n")
    await house.receive("hello", "ann@x.cn")
    _, [kept] = await take_back(store, report.batch_id)
    assert "undo.used" in [why.code for why in kept.reasons]
    assert await customer(store, "Ann") is not None


async def test_an_address_that_was_added_stays_if_something_came_by_it(store: Store) -> None:
    house = await open_house(store)
    await identify(store, asks(phone("13800138000", "Ann")))
    report = await bring(store, "name,phone,email\nANN,13800138000,ann@x.cn\n")
    await house.receive("hello", "ann@x.cn")
    _, [kept] = await take_back(store, report.batch_id)
    assert [why.code for why in kept.reasons] == ["undo.used"]
    ann = await customer(store, "Ann")
    assert ann is not None, "her name is hers again"
    assert await count(store, identities, identities.c.customer_id == ann.id) == 2


async def test_an_organisation_that_others_joined_stays(store: Store) -> None:
    report = await bring(store, "name,email,company\nAnn,ann@x.cn,Firm\n")
    await bring(store, "name,email,company\nBen,ben@x.cn,Firm\n", source="fair")
    _, kept = await take_back(store, report.batch_id)
    assert kept == []
    assert await count(store, organisation_roles) == 1
    assert await customer(store, "Firm") is not None
    assert await customer(store, "Ann") is None


async def test_roles_that_a_row_changed_are_as_before(store: Store) -> None:
    await bring(store, "name,email,company,role\nAnn,ann@x.cn,Firm,buyer\n")
    before = await everything(store, {"dirty_customers"})
    report = await bring(store, "name,email,company,role\nAnn,ann@x.cn,Firm,director\n")
    assert await everything(store, {"dirty_customers"}) != before
    await take_back(store, report.batch_id)
    assert await everything(store, {"dirty_customers"}) == before


async def test_a_row_without_a_role_leaves_the_one_there_is(store: Store) -> None:
    await bring(store, "name,email,company,role\nAnn,ann@x.cn,Firm,buyer\n")
    await bring(store, "name,email,company\nAnn,ann@x.cn,Firm\n")
    assert await count(store, organisation_roles, organisation_roles.c.role == "buyer") == 1


async def test_where_else_a_customer_came_from_is_added_and_taken_back(store: Store) -> None:
    first = await bring(store, "name,email,source\nAnn,ann@x.cn,fair\nBen,ben@x.cn,\n")
    assert [(await customer(store, name)).source for name in ("Ann", "Ben")] == ["fair", "crm"]
    second = await bring(store, "name,email,source\nAnn,ann@x.cn,web\nAnn,ann@x.cn,fair\n")
    assert (second.updated, second.unchanged) == (1, 1)
    assert await count(store, customer_sources, customer_sources.c.source == "web") == 1
    await take_back(store, second.batch_id)
    assert await count(store, customer_sources) == 0
    _, kept = await take_back(store, first.batch_id)
    assert (kept, await count(store, customers)) == ([], 0)


async def test_who_decides_in_an_organisation_since_stays(store: Store) -> None:
    report = await bring(store, "name,email,company,role\nAnn,ann@x.cn,Firm,buyer\n")
    ann, firm = await customer(store, "Ann"), await customer(store, "Firm")
    decides = facts.SetRole(SYSTEM, firm.id, ann.id, "buyer", True)
    await store.write(facts.set_role, decides)
    _, [kept] = await take_back(store, report.batch_id)
    assert [why.code for why in kept.reasons] == ["undo.role"]
    assert await customer(store, "Ann") is not None
    assert await customer(store, "Firm") is not None


async def test_the_tier_of_an_organisation_follows_the_undo(store: Store) -> None:
    await open_house(store)
    await bring(store, "name,email,company\nAnn,ann@x.cn,Firm\n", retier=care.retier)
    firm = await customer(store, "Firm")
    await store.write(care.change_tier, service.SetTier(SYSTEM, firm.id, "gold", "big"))
    await identify(store, asks(mail("ben@x.cn", "Ben")))
    again = await bring(store, "name,email,company\nBen,ben@x.cn,Firm\n", retier=care.retier)
    assert (await customer(store, "Ben")).tier == "gold"
    await take_back(store, again.batch_id, retier=care.retier)
    ben = await customer(store, "Ben")
    assert (ben.tier, ben.own_tier) == ("standard", None)


async def test_an_undo_goes_on_where_another_process_stopped(store: Store) -> None:
    lines = "".join(f"C{n},c{n}@x.cn\n" for n in range(250))
    before = await everything(store)
    report = await bring(store, f"name,email\n{lines}")
    move = MoveBatch(actor=SYSTEM, batch_id=report.batch_id, to=BatchState.UNDOING, held_by="me")
    await store.write(move_batch, move)
    piece = UndoPiece(report.batch_id, "me", FROM_THE_END, 100)
    await store.write(undo_piece, piece)
    with pytest.raises(HubError):
        await store.write(undo_piece, piece)  # the same piece is not taken back twice
    assert await count(store, customers) == 150

    def died(tx: Tx, _: None) -> None:
        tx.execute(update(import_batches).values(held_until=tx.now))

    await store.write(died, None)
    claimed = await store.write(claim_batch, "other")
    assert claimed is not None
    undone = await BatchWork(store, "other", tell_nobody).undo(claimed, order_of(""))
    assert (undone.state, undone.counts.kept) == (BatchState.UNDONE, 0)
    assert await everything(store) == before


async def test_an_undo_after_the_rows_are_forgotten_is_refused(store: Store) -> None:
    report = await bring(store, "name,email\nAnn,ann@x.cn\n")

    def forget(tx: Tx, _: None) -> None:
        tx.execute(update(import_batches).values(forget_at=None))

    await store.write(forget, None)
    with pytest.raises(HubError, match="history"):
        await take_back(store, report.batch_id)


async def test_tiers_of_an_import_are_gone_from_history(store: Store) -> None:
    await identify(store, asks(mail("ann@x.cn", "Ann")))
    report = await bring(store, "name,email,tier\nAnn,ann@x.cn,gold\n")
    assert await count(store, tier_changes) == 1
    await take_back(store, report.batch_id)
    assert await count(store, tier_changes) == 0
    ann = await customer(store, "Ann")
    assert (ann.tier, ann.tier_source, ann.tier_reason) == ("standard", "default", None)


async def test_who_was_erased_since_is_no_reason_to_stop(store: Store) -> None:
    report = await bring(store, "name,email\nAnn,ann@x.cn\nBen,ben@x.cn\n")
    ann = await customer(store, "Ann")

    def erase(tx: Tx, _: None) -> None:
        tx.execute(delete(identities).where(identities.c.customer_id == ann.id))
        tx.execute(delete(customers).where(customers.c.id == ann.id))

    await store.write(erase, None)
    undone, kept = await take_back(store, report.batch_id)
    assert (undone.state, kept) == (BatchState.UNDONE, [])
    assert await count(store, customers) == 0

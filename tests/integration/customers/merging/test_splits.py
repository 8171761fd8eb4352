"""Splits: addresses go to whose they are, around merges, and come back exactly."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import func, select

from hub.accounts.model import SYSTEM
from hub.core.errors import Conflict, Invalid, NotFound
from hub.customers.merging import model
from hub.customers.merging.split import SplitCustomer, UndoSplit, split_customer, undo_split
from hub.customers.reads import get_customer_row, identity_ids_of
from hub.customers.tables import identities, identity_moves
from hub.storage import Store, Tx
from tests.integration.customers.builders import asks, identify, mail

from .builders import Records, some_records


def _last_split(tx: Tx, _: None) -> str:
    newest = select(func.max(identity_moves.c.id)).where(identity_moves.c.kind == "split")
    found = select(identity_moves.c.operation_id).where(
        identity_moves.c.id == newest.scalar_subquery()
    )
    return str(tx.execute(found).scalar_one())


async def identity(store: Store, name: str) -> str:
    """The id of the address that a record was made with."""
    found = select(identities.c.id).where(identities.c.value_norm == f"{name}@example.test")
    return await store.read(lambda tx, _: str(tx.execute(found).scalar_one()), None)


async def split(records: Records, whose: str, address: str, to: str | None = None) -> str:
    """Return whose the address is now (an id)."""
    store, target = records.store, records.ids[to] if to else None
    ids = (await identity(store, address),)
    command = SplitCustomer(SYSTEM, records.ids[whose], ids, "not theirs", target, "New")
    return (await store.write(split_customer, command)).into_id


async def undo(store: Store) -> None:
    operation = await store.read(_last_split, None)
    await store.write(undo_split, UndoSplit(SYSTEM, operation))


async def test_an_address_gets_a_record_of_its_own_and_comes_back(store: Store) -> None:
    records = await some_records(store, "a")
    await identify(store, asks(mail("a@example.test"), mail("wrong@example.test", verified=True)))
    made = await split(records, "a", "wrong")
    wrong = await identity(store, "wrong")
    assert await store.read(identity_ids_of, made) == [wrong]
    row = await store.read(get_customer_row, made)
    assert (row.name, row.source, row.tier) == ("New", "split", "standard")
    await undo(store)
    assert await records.state() == {"a": "a", "wrong": "a"}
    row = await store.read(get_customer_row, made)
    assert row.merged_into_id == records.ids["a"]  # nobody's record is left over
    with pytest.raises(Conflict):
        await undo(store)


async def test_a_record_that_lives_on_by_itself_stays(store: Store) -> None:
    records = await some_records(store, "a")
    await identify(store, asks(mail("a@example.test"), mail("wrong@example.test", verified=True)))
    made = await split(records, "a", "wrong")
    records.ids["made"] = made
    await identify(store, asks(mail("wrong@example.test"), mail("more@example.test")))
    await undo(store)
    assert await records.state() == {"a": "a", "wrong": "a", "more": "made"}
    assert (await records.roots())["made"] == "made"


async def test_a_split_counts_around_merges_in_any_order(store: Store) -> None:
    records = await some_records(store, "x a b")
    await records.merge("x", "a")
    await split(records, "a", "x", "b")  # x's address is b's
    assert await records.state() == {"x": "b", "a": "a", "b": "b"}
    await records.unmerge("x")
    assert await records.state() == {"x": "b", "a": "a", "b": "b"}
    await records.merge("b", "a")
    await undo(store)
    assert await records.state() == {"x": "x", "a": "a", "b": "a"}
    await records.unmerge("b")
    assert await records.state() == {"x": "x", "a": "a", "b": "b"}
    assert await records.homes_kept() == 0


async def test_what_was_split_again_since_is_undone_first(store: Store) -> None:
    records = await some_records(store, "a b c")
    await records.merge("a", "b")
    await split(records, "b", "a", "c")
    first = await store.read(_last_split, None)
    await split(records, "c", "a", "b")
    with pytest.raises(Conflict):
        await store.write(undo_split, UndoSplit(SYSTEM, first))
    await undo(store)
    await store.write(undo_split, UndoSplit(SYSTEM, first))


async def test_what_cannot_be_split_is_refused_with_its_reason(store: Store) -> None:
    records = await some_records(store, "a b")
    with pytest.raises(Invalid):
        await split(records, "a", "a")  # nothing would be left
    with pytest.raises(NotFound):
        await split(records, "a", "b")  # another's address
    await records.merge("a", "b")
    with pytest.raises(Invalid):
        await split(records, "b", "a", "a")  # they are one
    with pytest.raises(NotFound):
        await store.write(undo_split, UndoSplit(SYSTEM, "none"))


async def test_merges_splits_and_undoing_are_what_the_model_says(store: Store) -> None:
    chance = Random(11)  # noqa: S311 - a walk that is the same each time
    records = await some_records(store, "a b c d")
    homes, edges = {name: name for name in records.names}, dict[str, str]()
    for _ in range(40):
        one, other = chance.sample(records.names, 2)
        step = chance.randrange(3)
        if step == 0 and (edge := model.plan_merge(edges, one, other)):
            edges[edge.from_id] = edge.into_id
            await records.merge(one, other)
        elif step == 1 and one in edges:
            del edges[one]
            await records.unmerge(one)
        elif step == 2:
            owner = model.root_of(edges, homes[one])
            target = model.root_of(edges, other)
            if owner != target:
                homes[one] = target
                await split(records, owner, one, other)
        assert await records.state() == model.owners(edges, homes)

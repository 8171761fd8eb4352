"""Merges on both databases: exact in any order, also for chains; races and refusals."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from random import Random

import pytest
from sqlalchemy import select

from hub.accounts.model import SYSTEM
from hub.core.bus import Bus
from hub.core.errors import Conflict, Invalid, NotFound
from hub.customers.merging import model
from hub.customers.merging import service as merging
from hub.customers.merging.service import UnmergeCustomer
from hub.customers.merging.tables import customer_conflicts
from hub.customers.model import IdentityKind
from hub.customers.reads import identity_ids_of, same_customer_ids
from hub.customers.recognise import recognise
from hub.customers.tables import customers, identities, identity_moves
from hub.storage import Store
from hub.testing.clock import ManualClock
from tests.integration.customers.builders import (
    asks,
    count,
    external,
    identify,
    mail,
    phone,
    usual_tier,
    visitor,
)

from .builders import Records, live, some_records


async def test_a_chain_comes_apart_from_the_middle(store: Store) -> None:
    """Before merges were edges, x stayed with a for good."""
    records = await some_records(store, "x a b")
    await records.merge("x", "a")
    await records.merge("a", "b")
    assert await records.state() == {"x": "b", "a": "b", "b": "b"}
    await records.unmerge("a")
    assert await records.state() == {"x": "a", "a": "a", "b": "b"}
    assert (await records.roots())["x"] == "a"
    await records.unmerge("x")
    assert await records.state() == {"x": "x", "a": "a", "b": "b"}
    assert await records.homes_kept() == 0


async def test_who_is_merged_already_stands_for_what_they_became(store: Store) -> None:
    records = await some_records(store, "x a b")
    await records.merge("x", "a")
    await records.merge("x", "b")
    assert await records.state() == {"x": "b", "a": "b", "b": "b"}
    for one, other in (("x", "b"), ("b", "x"), ("a", "x")):
        with pytest.raises(Conflict):
            await records.merge(one, other)
    with pytest.raises(Invalid):
        await records.merge("x", "x")
    records.ids["ghost"] = "ghost"
    with pytest.raises(NotFound):
        await records.merge("x", "ghost")
    with pytest.raises(Conflict):
        await records.unmerge("b")


async def test_what_was_learned_meanwhile_stays_where_it_was_learned(store: Store) -> None:
    records = await some_records(store, "a b")
    await records.merge("a", "b")
    await identify(store, asks(mail("b@example.test"), mail("new@example.test", verified=True)))
    await records.unmerge("a")
    assert await records.state() == {"a": "a", "b": "b", "new": "b"}


async def test_a_random_walk_never_leaves_the_forest(store: Store) -> None:
    chance = Random(7)  # noqa: S311 - a walk that is the same each time
    records = await some_records(store, "a b c d e f")
    homes = {name: name for name in records.names}
    edges: dict[str, str] = {}
    for _ in range(60):
        one, other = chance.sample(records.names, 2)
        if chance.random() < 0.55:
            edge = model.plan_merge(edges, one, other)
            if edge:
                edges[edge.from_id] = edge.into_id
                await records.merge(one, other)
        elif one in edges:
            del edges[one]
            await records.unmerge(one)
        assert await records.state() == model.owners(edges, homes)
        assert await records.roots() == {name: model.root_of(edges, name) for name in records.names}
    ids = records.ids
    wanted = sorted((ids[one], ids[other]) for one, other in edges.items())
    assert await store.read(live, None) == wanted


async def test_a_question_is_answered_by_the_merge_and_asked_again_by_its_undoing(
    store: Store,
) -> None:
    records = await some_records(store, "a b")
    await identify(store, asks(mail("a@example.test"), mail("b@example.test")))
    asked = customer_conflicts.c.decided_at.is_(None)
    assert await count(store, customer_conflicts, asked) == 1
    await records.merge("a", "b")
    assert await count(store, customer_conflicts, asked) == 0
    await records.unmerge("a")
    assert await count(store, customer_conflicts, asked) == 1


async def test_a_visitor_who_proved_who_they_are_can_be_taken_apart_again(store: Store) -> None:
    [known] = await identify(store, asks(external("shop:7")))
    [before] = await identify(store, asks(visitor("v1")))
    await identify(store, asks(visitor("v1"), external("shop:7")))
    assert len(await store.read(identity_ids_of, known.customer_id)) == 2
    await store.write(merging.unmerge_customer, UnmergeCustomer(SYSTEM, before.customer_id))
    assert await store.read(identity_ids_of, before.customer_id) == [before.identity_id]
    assert await store.read(same_customer_ids, known.customer_id) == [known.customer_id]


async def test_a_caller_who_was_recognised_can_be_taken_apart_again(store: Store) -> None:
    [hidden] = await identify(store, asks(phone("anonymous")))
    ask = asks(mail("ann@example.test"))
    who = await store.write(lambda tx, _: recognise(tx, hidden.identity_id, ask, usual_tier), None)
    assert who is not None
    assert hidden.identity_id in await store.read(identity_ids_of, who.customer_id)
    await store.write(merging.unmerge_customer, UnmergeCustomer(SYSTEM, hidden.customer_id))
    assert await count(store, identities, identities.c.status == "removed") == 0
    assert await store.read(identity_ids_of, hidden.customer_id) == [hidden.identity_id]


async def test_so_many_records_are_not_one_person(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "MAX_RECORDS", 2)
    records = await some_records(store, "a b c")
    await records.merge("a", "b")
    with pytest.raises(Invalid):
        await records.merge("b", "c")


async def test_every_move_is_in_the_log(store: Store) -> None:
    records = await some_records(store, "a b")
    await records.merge("a", "b")
    await records.unmerge("a")
    kinds = await store.read(
        lambda tx, _: list(
            tx.execute(select(identity_moves.c.kind).order_by(identity_moves.c.id)).scalars()
        ),
        None,
    )
    assert kinds == ["merge", "unmerge"]


@pytest.fixture
async def beside(database_url: str, bus: Bus, clock: ManualClock) -> AsyncIterator[Store]:
    """A second process on the same database."""
    async with Store(database_url, bus, clock) as opened:
        yield opened


async def test_two_processes_that_merge_against_each_other_make_no_circle(
    store: Store, beside: Store
) -> None:
    for number in range(5):
        records = await some_records(store, f"a{number} b{number}")
        other = Records(beside, records.names)
        other.ids = records.ids
        one, two = records.names
        ends = await asyncio.gather(
            records.merge(one, two), other.merge(two, one), return_exceptions=True
        )
        assert sorted(type(end).__name__ for end in ends) == ["Conflict", "NoneType"]
        root = customers.c.merged_into_id.is_(None)
        ids = customers.c.id.in_(records.ids.values())
        assert await count(store, customers, ids, root) == 1


def test_kinds_of_moves_fit_their_column() -> None:
    assert max(map(len, [*model.MoveKind, *IdentityKind])) <= 12

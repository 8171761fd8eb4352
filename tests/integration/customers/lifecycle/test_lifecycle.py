"""Where customers stand follows from what happens to them, in pieces and exactly once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, update

from hub import care
from hub.contacts.commitments.model import CommitmentKind
from hub.contacts.commitments.service import MakeCommitment, make_commitment
from hub.contacts.model import Channel
from hub.core.errors import Conflict, Invalid
from hub.customers.business.model import OrderState
from hub.customers.business.orders import PutOrders, put_orders
from hub.customers.changes import mark_dirty
from hub.customers.lifecycle.model import Axis
from hub.customers.lifecycle.service import (
    MoveStage,
    SetReferrer,
    get_referrer,
    move_stage,
    set_referrer,
)
from hub.customers.lifecycle.tables import customer_stages, stage_moves
from hub.customers.merging.service import MergeCustomers, merge_customers
from hub.customers.model import IdentityKind
from hub.customers.settings import CustomerSettings, Lifecycle, save_customer_settings
from hub.customers.tables import customers, dirty_customers, identities
from hub.storage import Store, Tx
from hub.testing.clock import NOON, ManualClock
from hub.wiring.customers import fire_due_customers
from tests.integration.customers.builders import usual_tier
from tests.integration.customers.business.conftest import an_order
from tests.integration.customers.house import Client, House, open_house, serve

DAY = timedelta(days=1)


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    async with serve(house) as opened:
        yield opened


async def look(store: Store) -> int:
    """The timekeeper goes by."""
    return await store.write(lambda tx, _: fire_due_customers(tx, tx.now, 200), None)


async def ordered(store: Store, *rows: Any) -> None:
    command = PutOrders("shop", list(rows), usual_tier)
    await store.write(lambda tx, _: put_orders(tx, command), None)


def order_of(number: int, whose: str, at: Any, state: OrderState = OrderState.PAID) -> Any:
    return an_order(f"A-{number}", whose, ordered_at=at, state=state)


async def stands(store: Store, customer_id: str) -> tuple[str, str, str]:
    def read(tx: Tx, _: None) -> tuple[str, str, str]:
        row = tx.execute(
            select(customer_stages).where(customer_stages.c.customer_id == customer_id)
        ).one()
        return row.stage, row.standing, row.loyalty

    return await store.read(read, None)


async def moves_of(store: Store, customer_id: str, axis: str) -> list[tuple[Any, str, str]]:
    def read(tx: Tx, _: None) -> list[tuple[Any, str, str]]:
        rows = tx.execute(
            select(stage_moves)
            .where(stage_moves.c.customer_id == customer_id, stage_moves.c.axis == axis)
            .order_by(stage_moves.c.at, stage_moves.c.id)
        )
        return [(row.before, row.after, row.cause) for row in rows]

    return await store.read(read, None)


async def by_external(store: Store, value: str) -> str:
    def read(tx: Tx, _: None) -> str:
        return str(
            tx.execute(
                select(identities.c.customer_id).where(
                    identities.c.kind == IdentityKind.EXTERNAL, identities.c.value_norm == value
                )
            ).scalar_one()
        )

    return await store.read(read, None)


async def test_a_visitor_becomes_a_user_and_each_move_has_its_cause(
    store: Store, house: House, client: Client, clock: ManualClock
) -> None:
    contact_id = await house.receive("hello", "visitor-1", Channel.WEBCHAT)
    customer_id = await house.customer_of(contact_id)
    await look(store)
    assert await stands(store, customer_id) == ("unidentified", "none", "unaware")
    clock.advance(1)
    for body in ({"kind": "external", "value": "C-1"}, {"kind": "email", "value": "a@b.test"}):
        path = f"/customers/{customer_id}/identities"
        assert (await client.ask("POST", path, body))[0] in (200, 201)
    await look(store)
    clock.advance(1)
    quote = MakeCommitment(
        house.agent, CommitmentKind.QUOTE, "a price", NOON + DAY, customer_id=customer_id
    )
    await store.write(make_commitment, quote)
    await look(store)
    clock.advance(1)
    await ordered(store, order_of(1, "C-1", NOON))
    await look(store)
    clock.advance(1)
    await ordered(store, order_of(1, "C-1", NOON, OrderState.DELIVERED))
    await look(store)
    assert await stands(store, customer_id) == ("user", "first_time", "first_time")
    assert await moves_of(store, customer_id, "stage") == [
        (None, "unidentified", "first_look"),
        ("unidentified", "prospect", "identified"),
        ("prospect", "opportunity", "quoted"),
        ("opportunity", "ordering", "ordered"),
        ("ordering", "user", "delivered"),
    ]
    status, shown = await client.ask("GET", f"/customers/{customer_id}/lifecycle")
    assert (status, shown["stage"], shown["standing"]) == (200, "user", "first_time")
    assert shown["moves"][0]["evidence"]["delivered"] == 1
    clock.advance(1)
    await ordered(store, order_of(1, "C-1", NOON, OrderState.CANCELLED))


async def test_time_alone_makes_dormant_and_lost_once_each(
    store: Store, house: House, client: Client, clock: ManualClock
) -> None:
    await ordered(store, order_of(1, "C-1", NOON))
    customer_id = await by_external(store, "C-1")
    await look(store)
    assert await stands(store, customer_id) == ("ordering", "first_time", "first_time")
    for days, stage, standing in (
        (30, "user", "first_time"),
        (180, "user", "dormant"),
        (365, "user", "lost"),
    ):
        clock.set(NOON + days * DAY - timedelta(seconds=1))
        assert await look(store) == 0
        clock.advance(1)
        assert await look(store) == 1
        assert await look(store) == 0
        assert (await stands(store, customer_id))[:2] == (stage, standing)
    clock.set(NOON + 3000 * DAY)
    assert await look(store) == 0
    path = f"/customers/{customer_id}/lifecycle"
    shown = {who: (await client.ask("GET", path, who=who))[1] for who in ("agent", "supervisor")}
    assert (shown["supervisor"]["standing"], shown["agent"]["standing"]) == ("lost", "dormant")
    assert "lost" not in repr(shown["agent"])
    since = {who: one["standing_since"] for who, one in shown.items()}
    assert since["agent"] < since["supervisor"]  # dormant since then, as the history says
    await ordered(store, order_of(2, "C-1", clock.now()))
    await look(store)
    assert (await moves_of(store, customer_id, "standing"))[-1] == ("lost", "repeat", "came_back")


async def test_orders_of_a_record_that_became_another_are_the_others(
    store: Store, house: House, clock: ManualClock
) -> None:
    await ordered(store, order_of(1, "C-1", NOON), order_of(2, "C-2", NOON))
    one, other = await by_external(store, "C-1"), await by_external(store, "C-2")
    await look(store)
    command = MergeCustomers(house.supervisor, one, other, "the same")
    await store.write(lambda tx, _: merge_customers(tx, command), None)
    await look(store)
    assert (await stands(store, other))[1] == "repeat"
    clock.set(NOON + 30 * DAY)
    await look(store)
    assert await look(store) == 0  # the check of who is another now is asked for no more


async def test_whoever_brings_a_customer_is_an_advocate(store: Store, house: House) -> None:
    await ordered(store, order_of(1, "C-1", NOON), order_of(2, "C-2", NOON))
    one, other = await by_external(store, "C-1"), await by_external(store, "C-2")
    await store.write(set_referrer, SetReferrer(house.agent, other, one))
    await look(store)
    assert (await stands(store, one))[1:] == ("advocate", "advocate")
    for referred, referrer in ((one, other), (one, one)):
        with pytest.raises(Invalid):
            await store.write(set_referrer, SetReferrer(house.agent, referred, referrer))
    await store.write(set_referrer, SetReferrer(house.agent, other, None))
    await look(store)
    assert (await moves_of(store, one, "standing"))[-1] == (
        "advocate",
        "first_time",
        "referral_gone",
    )


async def test_a_referrer_of_a_merged_record_is_that_of_the_one_it_became(
    store: Store, house: House, clock: ManualClock
) -> None:
    await ordered(store, *(order_of(n, f"C-{n}", NOON) for n in range(5)))
    into, merged, one, second, other = [await by_external(store, f"C-{n}") for n in range(5)]
    await store.write(set_referrer, SetReferrer(house.agent, merged, one))
    clock.advance(60)
    await store.write(set_referrer, SetReferrer(house.agent, into, second))  # the first one counts
    await look(store)
    await store.write(merge_customers, MergeCustomers(house.supervisor, merged, into, "same"))
    await look(store)
    for changed in (SetReferrer(house.agent, merged, None), SetReferrer(house.agent, one, merged)):
        with pytest.raises(Conflict, match="merged"):
            await store.write(set_referrer, changed)
    with pytest.raises(Invalid):  # in a circle by way of the merged record
        await store.write(set_referrer, SetReferrer(house.agent, one, into))
    await store.write(set_referrer, SetReferrer(house.agent, into, other))
    found = await store.read(get_referrer, into)
    assert found is not None
    assert found.referrer_id == other
    await look(store)
    for former in (one, second):
        assert (await stands(store, former))[1] == "first_time"
    assert (await stands(store, other))[1] == "advocate"
    await store.write(set_referrer, SetReferrer(house.agent, into, None))
    assert await store.read(get_referrer, into) is None
    step = MoveStage(house.agent, merged, Axis.STAGE, "opportunity", "they asked")
    with pytest.raises(Conflict, match="merged"):
        await store.write(move_stage, step)


async def test_people_say_what_only_people_can_judge(
    store: Store, house: House, client: Client
) -> None:
    customer_id = await house.customer_of(await house.receive("hello"))
    path = f"/customers/{customer_id}/lifecycle"
    body = {"axis": "stage", "to": "opportunity", "reason": "wants a second one"}
    assert (await client.ask("POST", path, body))[0] == 409  # nobody has looked yet
    await look(store)
    status, shown = await client.ask("POST", path, body)
    assert (status, shown["stage"]) == (200, "opportunity")
    newest = shown["moves"][0]
    assert (newest["cause"], newest["by_name"], newest["reason"]) == (
        "by_hand",
        "Li",
        "wants a second one",
    )
    await look(store)
    assert (await stands(store, customer_id))[0] == "opportunity"
    for to in ("user", "unidentified", "nonsense"):
        status, problem = await client.ask("POST", path, body | {"to": to})
        assert (status, problem["code"]) == (409, "lifecycle.refused")
    status, problem = await client.ask("POST", path, {**body, "axis": "loyalty", "to": "repeat"})
    assert (status, problem["code"]) == (409, "lifecycle.refused")


async def test_everybody_is_looked_at_once_by_rules_that_are_new(
    store: Store, house: House
) -> None:
    for number in range(7):
        await house.receive("hello", f"{number}@example.test")
    await look(store)
    await store.write(_forget, None)
    sweep = care.sweep_customers

    async def swept() -> int:
        found = await store.write(lambda tx, _: sweep(tx, tx.now, 3), None)
        assert isinstance(found, int)
        return found

    assert [await swept() for _ in range(4)] == [3, 3, 1, 0]
    assert await look(store) == 7
    rules = CustomerSettings(lifecycle=Lifecycle(dormant_after_days=10))
    await store.write(save_customer_settings, rules)
    assert [await swept() for _ in range(4)] == [3, 3, 1, 0]
    before = await store.read(_moves, None)
    assert await look(store) == 7
    assert await store.read(_moves, None) == before  # nobody stands elsewhere


def _forget(tx: Tx, _: None) -> None:
    tx.execute(stage_moves.delete())
    tx.execute(customer_stages.delete())
    tx.execute(dirty_customers.delete())


def _moves(tx: Tx, _: None) -> int:
    return int(tx.execute(select(func.count()).select_from(stage_moves)).scalar_one())


async def test_many_are_looked_at_by_as_many_statements_as_one(
    store: Store, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = []
    for size in (2, 1, 40):  # the first one prepares statements
        rows = [order_of(size * 100 + n, f"C-{size}-{n}", NOON) for n in range(size)]
        await ordered(store, *rows)
        costs.append(await store.write(_cost, monkeypatch))
    assert costs[1] == costs[2]
    assert costs[1] <= 25
    assert await store.write(_cost, monkeypatch) <= 2  # and nothing is to be done: two looks


def _cost(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> int:
    statements: list[str] = []
    fetch, send = Tx.fetch, Tx.send

    def fetched(tx: Tx, sql: str, parameters: Any) -> Any:
        statements.append(sql)
        return fetch(tx, sql, parameters)

    def sent(tx: Tx, sql: str, parameters: Any) -> Any:
        statements.append(sql)
        return send(tx, sql, parameters)

    def note(_c: Any, _cu: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    engine = tx._connection.engine
    event.listen(engine, "before_cursor_execute", note)
    with monkeypatch.context() as patched:
        patched.setattr(Tx, "fetch", fetched)
        patched.setattr(Tx, "send", sent)
        fire_due_customers(tx, tx.now, 200)
    event.remove(engine, "before_cursor_execute", note)
    # SQLite takes many rows of moves in a few sizes (storage/bulk.py)
    return len([one for one in statements if "INTO stage_moves" not in one])


async def test_a_name_alone_makes_a_prospect(store: Store, house: House) -> None:
    await ordered(store, order_of(1, "C-9", NOON, OrderState.CANCELLED))
    customer_id = await by_external(store, "C-9")
    await look(store)
    assert (await stands(store, customer_id))[0] == "unidentified"

    def name(tx: Tx, _: None) -> None:
        tx.execute(update(customers).where(customers.c.id == customer_id).values(name="Chen"))
        mark_dirty(tx, [customer_id], "change")

    await store.write(name, None)
    await look(store)
    assert (await stands(store, customer_id))[0] == "prospect"

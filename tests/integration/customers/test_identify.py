"""Who is it? Recognised, made once, never joined without proof."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import event, select, update

from hub.core.bus import Bus
from hub.core.text import parse_query
from hub.customers.identify import identify_batch
from hub.customers.merging.tables import customer_conflicts
from hub.customers.tables import customers, identities, identity_moves
from hub.storage import Store, Tx
from hub.storage.search import SearchKind, search_documents
from hub.testing.databases import PrivatePostgreSQL

from .builders import asks, count, external, identify, mail, phone, usual_tier, visitor


async def test_an_unknown_sender_becomes_a_standard_customer(store: Store) -> None:
    [who] = await identify(store, asks(mail("Ann@Example.com", "Ann Chen"), language="en"))
    assert who.is_new
    assert (who.tier, who.language, who.name) == ("standard", "en", "Ann Chen")


async def test_who_writes_again_is_the_same_customer(store: Store) -> None:
    [first] = await identify(store, asks(mail("ann@example.com")))
    [again] = await identify(store, asks(mail("ANN@EXAMPLE.COM")))
    assert (again.customer_id, again.identity_id) == (first.customer_id, first.identity_id)
    assert not again.is_new


async def test_a_new_sender_twice_in_one_batch_is_made_once(store: Store) -> None:
    one, two = await identify(
        store, asks(phone("13800138000")), asks(phone("+86 138 0013 8000", "陈女士"))
    )
    assert one.customer_id == two.customer_id
    assert await count(store, customers) == 1
    [later] = await identify(store, asks(phone("13800138000")))
    assert later.name == "陈女士"


async def test_two_anonymous_callers_are_two_people(store: Store) -> None:
    one, two = await identify(store, asks(phone("anonymous")), asks(phone("+266696687")))
    assert one.customer_id != two.customer_id


async def test_a_proven_address_tells_who_an_unknown_visitor_is(store: Store) -> None:
    [known] = await identify(store, asks(mail("ann@example.com", "Ann")))
    [who] = await identify(store, asks(visitor("v1"), mail("ann@example.com", verified=True)))
    assert who.customer_id == known.customer_id
    assert who.identity_id != known.identity_id
    assert not who.is_new


async def test_an_unproven_address_of_somebody_else_links_nothing(store: Store) -> None:
    [known] = await identify(store, asks(mail("ann@example.com", "Ann")))
    [who] = await identify(store, asks(visitor("v1"), mail("ann@example.com")))
    assert who.customer_id != known.customer_id
    assert await count(store, customer_conflicts) == 1
    await identify(store, asks(visitor("v1"), mail("ann@example.com")))
    assert await count(store, customer_conflicts) == 1


async def test_an_unproven_address_of_nobody_is_learned(store: Store) -> None:
    [chatting] = await identify(store, asks(visitor("v1"), mail("new@example.com")))
    [writing] = await identify(store, asks(mail("new@example.com")))
    assert writing.customer_id == chatting.customer_id


async def test_a_visitor_of_whom_nothing_was_known_joins_the_proven_customer(store: Store) -> None:
    [known] = await identify(store, asks(mail("ann@example.com", "Ann"), external("shop:7")))
    [before] = await identify(store, asks(visitor("v1")))
    [after] = await identify(store, asks(visitor("v1"), external("shop:7")))
    assert after.identity_id == before.identity_id
    assert after.customer_id == known.customer_id
    assert await count(store, identity_moves, identity_moves.c.identity_id == before.identity_id)
    merged = customers.c.merged_into_id == known.customer_id
    assert await count(store, customers, merged, customers.c.id == before.customer_id) == 1


async def test_a_shared_browser_does_not_hand_one_customer_to_another(store: Store) -> None:
    await identify(store, asks(external("shop:1")), asks(external("shop:2")))
    [first] = await identify(store, asks(visitor("v1"), external("shop:1")))
    [second] = await identify(store, asks(visitor("v1"), external("shop:2")))
    assert second.customer_id == first.customer_id
    assert await count(store, identity_moves) == 0
    assert await count(store, customer_conflicts) == 1


async def test_the_external_id_outweighs_the_mail_address(store: Store) -> None:
    by_id, by_mail = await identify(
        store, asks(external("shop:1")), asks(mail("family@example.com"))
    )
    [who] = await identify(
        store,
        asks(visitor("v1"), mail("family@example.com", verified=True), external("shop:1")),
    )
    assert who.customer_id == by_id.customer_id != by_mail.customer_id


async def test_a_customer_without_a_name_learns_it_but_never_loses_it(store: Store) -> None:
    await identify(store, asks(phone("13800138000")))
    [named] = await identify(store, asks(phone("13800138000", "Chen Wei")))
    [kept] = await identify(store, asks(phone("13800138000", "Somebody Else")))
    assert (named.name, kept.name) == ("Chen Wei", "Chen Wei")


async def test_a_language_is_learned_once(store: Store) -> None:
    await identify(store, asks(phone("13800138000")))
    [learned] = await identify(store, asks(phone("13800138000"), language="zh-CN"))
    [kept] = await identify(store, asks(phone("13800138000"), language="en"))
    assert (learned.language, kept.language) == ("zh-CN", "zh-CN")


async def test_an_address_is_no_name(store: Store) -> None:
    [who] = await identify(store, asks(mail("ann@example.com", "ann@example.com")))
    assert who.name is None


async def test_of_several_who_share_a_number_the_answer_says_so(store: Store) -> None:
    [who] = await identify(store, asks(phone("010-88886666")))

    def share(tx: Tx, identity_id: str) -> None:
        tx.execute(update(identities).where(identities.c.id == identity_id).values(status="shared"))

    await store.write(share, who.identity_id)
    [again] = await identify(store, asks(phone("010-88886666")))
    assert again.is_shared
    assert again.customer_id == who.customer_id


async def test_what_is_no_address_is_still_somebody(store: Store) -> None:
    [who] = await identify(store, asks(mail("not an address")))
    [again] = await identify(store, asks(mail("not an address")))
    assert who.customer_id == again.customer_id


async def test_new_customers_are_found_by_name_and_by_the_end_of_their_number(store: Store) -> None:
    [who] = await identify(store, asks(phone("13800138000", "陈小明")))

    def find(tx: Tx, text: str) -> list[str]:
        hits = search_documents(tx, SearchKind.CUSTOMERS, parse_query(text), 5)
        return [hit.ref_id for hit in hits]

    for text in ("小明", "8000", "13800138000"):
        assert await store.read(find, text) == [who.customer_id]


async def test_changes_are_hinted(store: Store, bus: Bus) -> None:
    with bus.subscribe(["customer.changed"]) as hints:
        [who] = await identify(store, asks(mail("ann@example.com")))
        assert [hint.key for hint in await hints.next(1)] == [who.customer_id]


@pytest.mark.parametrize("size", [2, 60])
async def test_a_batch_costs_the_same_number_of_statements_whatever_its_size(
    store: Store, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [
        asks(phone(f"138001380{n:02d}", f"Caller {n}"), mail(f"c{n}@example.com"))
        for n in range(size)
    ]
    statements: list[str] = []

    fetch = Tx.fetch

    def counted(tx: Tx, sql: str, parameters: Any) -> list[Any]:
        statements.append(sql)
        return fetch(tx, sql, parameters)

    send = Tx.send

    def sent(tx: Tx, sql: str, parameters: Any) -> None:
        if tx.dialect == "postgresql":  # elsewhere it is fetched
            statements.append(sql)
        send(tx, sql, parameters)

    monkeypatch.setattr(Tx, "fetch", counted)
    monkeypatch.setattr(Tx, "send", sent)

    def run(tx: Tx, _: None) -> None:
        engine = tx._connection.engine  # the statements of one transaction, counted from outside

        def note(_c: Any, _cu: Any, statement: str, *_: Any) -> None:
            statements.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        identify_batch(tx, items, usual_tier)
        event.remove(engine, "before_cursor_execute", note)

    await store.write(run, None)
    new = len(statements)
    kinds = len({statement.partition(" VALUES ")[0] for statement in statements})
    statements.clear()
    await store.write(run, None)
    assert kinds <= 12
    assert new <= 24  # rows are inserted some at a time: by 64, 16, 4, 1
    assert len(statements) == 1


async def test_the_customer_row_keeps_where_it_came_from(store: Store) -> None:
    [who] = await identify(store, asks(mail("ann@example.com")))

    def read(tx: Tx, customer_id: str) -> tuple[str, int]:
        row = tx.execute(select(customers).where(customers.c.id == customer_id)).one()
        return row.source, row.version

    assert await store.read(read, who.customer_id) == ("contact", 1)


async def test_two_processes_that_meet_a_stranger_at_once_make_one_customer(
    postgresql: PrivatePostgreSQL,
) -> None:
    url = postgresql.create("two_processes", "hub_template")
    async with Store(url, Bus()) as one, Store(url, Bus()) as other:
        for n in range(20):
            stranger = asks(mail(f"stranger{n}@example.com"))
            [[here], [there]] = await asyncio.gather(
                identify(one, stranger), identify(other, stranger)
            )
            assert here.customer_id == there.customer_id
    postgresql.drop("two_processes")

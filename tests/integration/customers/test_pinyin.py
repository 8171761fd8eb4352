"""Customers with Chinese names are found by what people type without an input method."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, update

from hub.customers.index import fire_due_reindex
from hub.customers.tables import INDEXED_AS, customers
from hub.storage import Store, Tx
from hub.storage.search import SearchKind, remove_documents
from tests.integration.customers.house import Client, House, open_house, serve


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    async with serve(house) as opened:
        yield opened


async def _found(client: Client, typed: str) -> list[str]:
    status, page = await client.ask("GET", f"/customers?q={typed}")
    assert status == 200
    return [row["name"] for row in page["items"]]


@pytest.mark.parametrize(
    "typed",
    ["chenxiaomei", "chenxiao", "chenxm", "cxm", "xiaomei", "chen%20xiaomei", "Xiao%20Mei", "陈晓"],
)
async def test_a_name_is_found_in_latin_letters(client: Client, typed: str) -> None:
    await client.ask("POST", "/customers", {"name": "陈晓梅"})
    await client.ask("POST", "/customers", {"name": "曾国藩"})
    assert await _found(client, typed) == ["陈晓梅"]


@pytest.mark.parametrize("typed", ["wangxiaoming", "xiaomin", "xiaoming", "xiaoming%20wang"])
async def test_endings_that_english_words_lose_do_not_hide_a_name(
    client: Client, typed: str
) -> None:
    await client.ask("POST", "/customers", {"name": "王小明"})
    assert await _found(client, typed) == ["王小明"]


async def test_a_new_name_is_found_and_the_old_one_is_not(client: Client) -> None:
    _, made = await client.ask("POST", "/customers", {"name": "陈晓梅"})
    await client.ask("PATCH", f"/customers/{made['id']}", {"name": "尉迟恭"})
    assert await _found(client, "cxm") == []
    assert await _found(client, "yuchigong") == ["尉迟恭"]


async def test_who_was_indexed_before_is_indexed_again_once(store: Store, client: Client) -> None:
    for number in range(5):
        await client.ask("POST", "/customers", {"name": f"陈晓梅{number}"})

    def as_before(tx: Tx, _: None) -> None:
        tx.execute(update(customers).values(indexed_as=1))
        ids = list(tx.execute(select(customers.c.id)).scalars())
        remove_documents(tx, SearchKind.CUSTOMERS, ids)

    await store.write(as_before, None)
    assert await _found(client, "cxm") == []
    done = [await store.write(lambda tx, _: fire_due_reindex(tx, tx.now, 3), None) for _ in "123"]
    assert done == [3, 2, 0]
    assert len(await _found(client, "cxm")) == 5
    kept = await store.read(
        lambda tx, _: tx.execute(select(customers.c.indexed_as)).scalars(), None
    )
    assert set(kept) == {INDEXED_AS}


async def test_the_same_name_in_latin_letters_may_be_the_same_customer(client: Client) -> None:
    _, latin = await client.ask(
        "POST",
        "/customers",
        {"name": "Xiaomei Chen", "identities": [{"kind": "email", "value": "chenxm@example.test"}]},
    )
    _, han = await client.ask(
        "POST",
        "/customers",
        {"name": "陈晓梅", "identities": [{"kind": "email", "value": "chenxm@example.org"}]},
    )
    for one, other in ((latin, han), (han, latin)):
        _, page = await client.ask("GET", f"/customers/{one['id']}/candidates")
        [found] = page["items"]
        assert found["customer"]["id"] == other["id"]
        assert "same_in_pinyin" in found["reasons"]

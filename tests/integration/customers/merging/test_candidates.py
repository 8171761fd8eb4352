"""Which records are offered for a merge."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from hub.storage import Store
from tests.integration.customers.builders import asks, identify, mail, phone
from tests.integration.customers.house import Client, open_house, serve


@pytest.fixture
async def client(store: Store) -> AsyncIterator[Client]:
    async with serve(await open_house(store)) as opened:
        yield opened


async def candidates(client: Client, customer_id: str) -> list[dict[str, Any]]:
    status, page = await client.ask("GET", f"/customers/{customer_id}/candidates")
    assert status == 200
    items: list[dict[str, Any]] = page["items"]
    return items


async def test_the_same_name_is_offered_the_likeliest_first(store: Store, client: Client) -> None:
    own, same, more, _ = await identify(
        store,
        asks(mail("ann.lee@example.test", "Ann Lee")),
        asks(phone("13800138000", "Ann Lee")),
        asks(mail("ann.lee@other.test", "Lee, Ann")),
        asks(mail("bob@example.test", "Bob Lee")),
    )
    found = await candidates(client, own.customer_id)
    assert [(one["customer"]["id"], one["score"]) for one in found] == [
        (more.customer_id, 75),
        (same.customer_id, 50),
    ]
    assert found[0]["reasons"] == ["same_name", "same_mailbox_name"]
    [shown] = found[1]["customer"]["addresses"]
    assert shown["masked"]


async def test_who_was_told_apart_or_merged_is_not_offered(store: Store, client: Client) -> None:
    own, other = await identify(
        store,
        asks(mail("ann@example.test", "Ann Lee")),
        asks(phone("13800138000", "Ann Lee")),
    )
    assert len(await candidates(client, own.customer_id)) == 1
    body = {"into_id": own.customer_id, "reason": "same"}
    await client.ask("POST", f"/customers/{other.customer_id}/merge", body)
    assert await candidates(client, own.customer_id) == []
    assert await candidates(client, other.customer_id) == []
    await client.ask("POST", f"/customers/{other.customer_id}/unmerge", who="supervisor")
    await identify(store, asks(mail("ann@example.test"), phone("13800138000")))
    _, page = await client.ask("GET", "/conflicts")
    path = f"/conflicts/{page['items'][0]['id']}/decide"
    await client.ask("POST", path, {"decision": "apart"})
    assert await candidates(client, own.customer_id) == []


async def test_who_is_not_there_has_no_candidates(client: Client) -> None:
    assert (await client.ask("GET", "/customers/none/candidates"))[0] == 404

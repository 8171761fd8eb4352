"""A timeline is looked through: by channel, kind, time and words; and written to by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest

from hub.contacts import timeline
from hub.contacts.model import Channel
from hub.storage import Store
from hub.testing.clock import ManualClock

from .house import Client, House, open_house, serve


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    async with serve(house) as opened:
        yield opened


@pytest.fixture
async def customer(house: House, clock: ManualClock, client: Client) -> str:
    """Three mails and a call, a minute apart, from 10:00 on."""
    contact = await house.receive("my lamp is dark", subject="lamp")
    customer_id = await house.customer_of(contact)
    path = f"/customers/{customer_id}/identities"
    await client.ask("POST", path, {"kind": "phone", "value": "13800138000"})
    for text in ("洗衣机无法启动，请派人维修", "Invoices for two washing machines"):
        clock.advance(60)
        await house.receive(text)
    clock.advance(60)
    await house.receive("", "13800138000", Channel.PHONE)
    return customer_id


async def _inbound(client: Client, customer_id: str, query: str, who: str = "agent") -> list[Any]:
    status, page = await client.ask("GET", f"/customers/{customer_id}/timeline?{query}", who=who)
    assert status == 200, page
    return [entry for entry in page["items"] if entry["direction"] == "in"]


async def test_channels_and_kinds_that_are_named_are_left(client: Client, customer: str) -> None:
    by_phone = await _inbound(client, customer, "channel=phone")
    assert [one["channel"] for one in by_phone] == ["phone"]
    assert len(await _inbound(client, customer, "channel=phone,email")) == 4
    assert await _inbound(client, customer, "channel=fax") == []
    assert len(await _inbound(client, customer, "kind=message,call")) == 4
    assert await _inbound(client, customer, "kind=call") == []


async def test_a_time_is_a_half_open_range_with_its_zone(client: Client, customer: str) -> None:
    whole = await _inbound(client, customer, "")
    second = quote(whole[1]["at"])
    first = quote(whole[0]["at"])
    found = await _inbound(client, customer, f"since={second}&until={first}")
    assert [one["id"] for one in found] == [whole[1]["id"]]
    for wrong in ("since=yesterday", "since=2026-03-10", "until=2026-03-10T10:00:00"):
        status, answer = await client.ask("GET", f"/customers/{customer}/timeline?{wrong}")
        assert (status, answer["code"]) == (422, "invalid")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("lamp", 1),  # also in the subject
        ("无法启动", 1),
        ("洗衣机 维修", 1),
        ("invoice", 1),
        ("wash", 1),  # the beginning of a word that is still being typed
        ("lamp invoice", 0),  # all of a few words
        ("冰箱", 0),
        ("！！", 0),
    ],
)
async def test_words_are_found(client: Client, customer: str, typed: str, found: int) -> None:
    assert len(await _inbound(client, customer, f"q={quote(typed)}")) == found


async def test_words_are_looked_for_page_after_page(
    house: House, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are more entries than are looked at at once, the next page goes on there."""
    monkeypatch.setattr(timeline, "_ROUND", 3)
    monkeypatch.setattr(timeline, "_ROUNDS", 2)
    first = await house.receive("the needle")
    customer_id = await house.customer_of(first)
    for number in range(14):
        await house.receive(f"hay {number}" if number != 7 else "another needle")
    texts: list[str] = []
    pages, after = 0, ""
    while after is not None:
        path = f"/customers/{customer_id}/timeline?q=needle&limit=1&after={after}"
        _, page = await client.ask("GET", path)
        texts += [entry["text"] for entry in page["items"]]
        after = page["after"]
        pages += 1
    assert texts == ["another needle", "the needle"]
    assert pages > 2


async def test_a_visit_is_logged_where_it_belongs_in_time(
    house: House, client: Client, customer: str
) -> None:
    whole = await _inbound(client, customer, "")
    body = {"kind": "visit", "text": "We looked at the boiler.", "at": whole[1]["at"]}
    path = f"/customers/{customer}/entries"
    status, logged = await client.ask("POST", path, body)
    assert status == 201
    _, page = await client.ask("GET", f"/customers/{customer}/timeline?channel=record")
    [entry] = page["items"]
    assert (entry["id"], entry["kind"], entry["direction"]) == (logged["id"], "visit", "out")
    assert (entry["author_name"], entry["at"]) == ("Li", whole[1]["at"])
    _, page = await client.ask("GET", f"/customers/{customer}/timeline?q=boiler")
    assert [one["id"] for one in page["items"]] == [logged["id"]]
    assert page["items"][0]["contact_reference"] is None


async def test_what_is_logged_is_seen_by_all_who_see_the_customer(
    client: Client, customer: str
) -> None:
    letter = {"kind": "letter", "text": "A letter of complaint", "direction": "in"}
    await client.ask("POST", f"/customers/{customer}/entries", letter, who="supervisor")
    seen = await _inbound(client, customer, "", who="outsider")
    assert [one["text"] for one in seen] == ["A letter of complaint"]  # no queue of theirs


async def test_the_same_again_is_one_entry(client: Client, customer: str) -> None:
    body = {"kind": "visit", "text": "Once", "client_id": "phone-1"}
    path = f"/customers/{customer}/entries"
    ids = {(await client.ask("POST", path, body))[1]["id"] for _ in range(3)}
    assert len(ids) == 1
    other = await client.ask("POST", path, {**body, "client_id": "phone-2"})
    assert other[1]["id"] not in ids


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "visit", "text": "   "}, "text"),
        ({"kind": "visit", "text": "t", "at": "2126-01-01T00:00:00Z"}, "at"),
        ({"kind": "visit", "text": "t", "at": "1066-10-14T09:00:00Z"}, "at"),
        ({"kind": "call", "text": "t"}, None),
        ({"kind": "visit", "text": "t" * 4_001}, None),
        ({"kind": "visit", "text": "t", "direction": "internal"}, None),
    ],
)
async def test_what_cannot_be_is_refused(
    client: Client, customer: str, body: dict[str, str], field: str | None
) -> None:
    status, answer = await client.ask("POST", f"/customers/{customer}/entries", body)
    assert status in (400, 422)
    if field is not None:
        assert answer["field"] == field
    assert (await client.ask("POST", "/customers/none/entries", body))[0] in (400, 404, 422)


async def test_what_was_logged_goes_along_with_a_merge_and_back(
    client: Client, customer: str
) -> None:
    path = f"/customers/{customer}"
    await client.ask("POST", f"{path}/entries", {"kind": "visit", "text": "before"})
    _, other = await client.ask("POST", "/customers", {"name": "The same"})
    await client.ask("POST", f"{path}/merge", {"into_id": other["id"], "reason": "same"})
    await client.ask("POST", f"{path}/entries", {"kind": "visit", "text": "after"})
    joined = f"/customers/{other['id']}"
    _, page = await client.ask("GET", f"{joined}/timeline?channel=record")
    assert [one["text"] for one in page["items"]] == ["after", "before"]
    assert (await client.ask("POST", f"{path}/unmerge", who="supervisor"))[0] == 200
    _, page = await client.ask("GET", f"{path}/timeline?channel=record")
    assert [one["text"] for one in page["items"]] == ["before"]

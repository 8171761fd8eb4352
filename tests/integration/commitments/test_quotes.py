"""Prices that were promised: checked, compared with what stands, decided."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub import care
from hub.accounts.model import SYSTEM
from hub.contacts.commitments.conflicts import compare_quotes, quotes_of
from hub.core.bus import Bus
from hub.customers.business.products import put_products
from hub.customers.business.rows import Product
from hub.customers.merging.service import MergeCustomers
from hub.testing.clock import NOON, ManualClock

from .office import DAY, Office

UNTIL = (NOON + 30 * DAY).isoformat()


def a_quote(price_minor: int = 19_900, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "quote",
        "text": "price of the lamp",
        "product_id": "lamp-1",
        "product_name": "Desk lamp",
        "price_minor": price_minor,
        "currency": "CNY",
        "valid_until": UNTIL,
    } | changes


async def test_another_price_for_the_same_product_is_flagged_at_once(
    office: Office, bus: Bus
) -> None:
    first = await office.promise(**a_quote())
    assert not first["in_conflict"]
    with bus.subscribe(["commitment.conflict"]) as hints:
        second = await office.promise(who="colleague", **a_quote(17_900))
        assert [hint.key for hint in await hints.next(1)] == [second["id"]]
    assert second["in_conflict"]
    page = await office.done("GET", "/commitments/conflicts", who="supervisor")
    [conflict] = page["items"]
    assert (conflict["one"]["price_minor"], conflict["other"]["price_minor"]) == (19_900, 17_900)
    assert conflict["one"]["owner_name"] == "Li"
    assert (await office.ask("GET", "/commitments/conflicts"))[0] == 403
    assert (await office.done("GET", "/commitments/conflicts", who="chief"))["items"] == []


async def test_who_steers_decides_and_the_other_price_is_withdrawn(office: Office) -> None:
    first = await office.promise(**a_quote())
    second = await office.promise(who="colleague", **a_quote(17_900))
    page = await office.done("GET", "/commitments/conflicts", who="supervisor")
    path = f"/commitments/conflicts/{page['items'][0]['id']}/decide"
    body = {"stands": first["id"], "reason": "list price"}
    assert (await office.ask("POST", path, body, who="chief"))[0] == 404
    assert (await office.ask("POST", path, {**body, "stands": "x"}, who="supervisor"))[0] == 404
    await office.done("POST", path, body, who="supervisor")
    assert (await office.row(second["id"])).state == "withdrawn"
    assert (await office.row(second["id"])).outcome == "list price"
    assert (await office.done("GET", "/commitments/conflicts", who="supervisor"))["items"] == []
    status, problem = await office.ask("POST", path, body, who="supervisor")
    assert (status, problem["code"]) == (409, "commitment.decided")


async def test_a_quote_that_was_handed_over_still_stands_and_may_be_ended(office: Office) -> None:
    first = await office.promise(**a_quote())
    await office.done("POST", f"/commitments/{first['id']}/done", {})
    second = await office.promise(who="colleague", **a_quote(17_900))
    assert second["in_conflict"]
    page = await office.done("GET", "/commitments/conflicts", who="supervisor")
    path = f"/commitments/conflicts/{page['items'][0]['id']}/decide"
    await office.done("POST", path, {"stands": second["id"], "reason": "new"}, who="supervisor")
    row = await office.row(first["id"])
    assert (row.state, row.valid_until) == ("kept", NOON)
    quotes = await office.store.read(quotes_of, [row.identity_id])
    assert [one.price_minor for one in quotes] == [17_900]


async def test_both_may_stand_and_a_price_that_changes_is_compared_again(office: Office) -> None:
    await office.promise(**a_quote())
    second = await office.promise(**a_quote(17_900))
    page = await office.done("GET", "/commitments/conflicts", who="supervisor")
    path = f"/commitments/conflicts/{page['items'][0]['id']}/decide"
    await office.done("POST", path, {"stands": None, "reason": "used one"}, who="supervisor")
    of_one = f"/commitments/{second['id']}"
    quote = {key: a_quote()[key] for key in ("product_id", "product_name", "currency")}
    quote |= {"valid_until": UNTIL, "price_minor": 15_000}
    assert (await office.done("PATCH", of_one, {"quote": quote}))["in_conflict"]
    same = {**quote, "price_minor": 19_900}
    assert not (await office.done("PATCH", of_one, {"quote": same}))["in_conflict"]
    assert (await office.done("GET", "/commitments/conflicts", who="supervisor"))["items"] == []


async def test_another_customer_an_old_price_and_a_withdrawn_one_are_no_conflict(
    office: Office, clock: ManualClock
) -> None:
    other = await office.promise(sender="bob@example.test", **a_quote())
    assert not (await office.promise(**a_quote(17_900)))["in_conflict"]
    gone = {"state": "withdrawn", "outcome": "not wanted"}
    await office.done("PATCH", f"/commitments/{other['id']}", gone)
    again = await office.promise(sender="bob@example.test", **a_quote(1))
    assert not again["in_conflict"]
    clock.advance(timedelta(days=31).total_seconds())
    due = {"due_at": (NOON + 40 * DAY).isoformat(), "valid_until": (NOON + 60 * DAY).isoformat()}
    assert not (await office.promise(**a_quote(5, **due)))["in_conflict"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"currency": None}, "currency"),
        ({"valid_until": None}, "valid_until"),
        ({"product_id": None, "product_name": " "}, "product_name"),
        ({"price_minor": None}, "price_minor"),
        ({"kind": "other"}, "price_minor"),
        ({"valid_until": NOON.isoformat()}, "valid_until"),
    ],
)
async def test_a_price_says_all_that_belongs_to_it(
    office: Office, changes: dict[str, Any], named: str
) -> None:
    contact_id = await office.house.receive("hello")
    body = {"due_at": (NOON + DAY).isoformat(), **a_quote(**changes)}
    status, problem = await office.ask("POST", f"/contacts/{contact_id}/commitments", body)
    assert (status, problem.get("field")) == (422, named)


async def test_a_negative_price_is_refused(office: Office) -> None:
    contact_id = await office.house.receive("hello")
    body = {"due_at": (NOON + DAY).isoformat(), **a_quote(-1)}
    assert (await office.ask("POST", f"/contacts/{contact_id}/commitments", body))[0] in (400, 422)


async def test_two_records_that_become_one_bring_their_prices_together(office: Office) -> None:
    one = await office.promise(**a_quote())
    other = await office.promise(sender="bob@example.test", **a_quote(17_900))
    assert not other["in_conflict"]
    merge = MergeCustomers(SYSTEM, other["customer_id"], one["customer_id"], "same person")
    await office.store.write(care.merge_customers, merge)
    page = await office.done("GET", "/commitments/conflicts", who="supervisor")
    assert {page["items"][0][side]["id"] for side in ("one", "other")} == {one["id"], other["id"]}
    assert await office.store.write(compare_quotes, one["customer_id"]) == 0


async def test_a_quote_of_a_listed_product_has_its_name(office: Office) -> None:
    lamp = Product("sku-7", "Desk lamp", None, 19_900, "CNY")
    [(_, product_id)] = await office.store.write(
        lambda tx, rows: put_products(tx, "shop", rows), [lamp]
    )
    made = await office.promise(**a_quote(product_id=product_id, product_name=None))
    assert (made["product_id"], made["product_name"]) == (product_id, "Desk lamp")
    typed = await office.promise(**a_quote(17_900, product_id=None, product_name="desk lamp"))
    assert typed["in_conflict"]

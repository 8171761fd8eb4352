"""The people's problem: what do they want to buy, and what do they think of a product?"""

from __future__ import annotations

import csv
import io
from typing import Any

from aiohttp import ClientSession
from sqlalchemy import text

from hub.contacts.inbound import SurveyAnswer
from hub.customers.business.model import OrderState
from hub.customers.business.orders import PutOrders, put_orders
from hub.customers.business.products import put_products
from hub.customers.business.rows import NOW, Line, Order, Product
from hub.intake.report import report
from hub.storage import Tx

from .stage import Stage, one_offer
from .test_commitments import DAY, MONTH, Person, hired, in_

# Who writes of which product, wants a price, says how it was, and complains.
STORIES = (
    ("ann", "washer", True, 5, False),
    ("bob", "washer", True, 4, False),
    ("cat", "washer", False, 2, True),
    ("dan", "washer", False, 1, True),
    ("eve", "washer", True, 5, False),
    ("fay", "dryer", True, 3, False),
)
BY_HAND = """
SELECT p.external_id,
  (SELECT count(*) FROM commitments m WHERE m.kind = 'quote' AND m.product_id = p.id
     AND m.state <> 'withdrawn'),
  (SELECT count(DISTINCT n.customer_id) FROM commitments m JOIN customer_identities n
     ON n.id = m.identity_id WHERE m.kind = 'quote' AND m.product_id = p.id),
  (SELECT count(*) FROM contact_products x WHERE x.product_id = p.id),
  (SELECT count(DISTINCT n.customer_id) FROM contact_products x JOIN customer_identities n
     ON n.id = x.identity_id WHERE x.product_id = p.id),
  (SELECT count(DISTINCT o.id) FROM orders o JOIN order_lines l ON l.order_id = o.id
     WHERE l.product_id = p.id AND o.state NOT IN ('cancelled', 'returned')),
  (SELECT sum(l.quantity) FROM orders o JOIN order_lines l ON l.order_id = o.id
     WHERE l.product_id = p.id AND o.state NOT IN ('cancelled', 'returned')),
  (SELECT count(*) FROM contact_products x JOIN contacts k ON k.id = x.contact_id
     WHERE x.product_id = p.id AND k.survey_score IS NOT NULL),
  (SELECT count(*) FROM contact_products x JOIN contacts k ON k.id = x.contact_id
     WHERE x.product_id = p.id AND k.survey_score >= 4),
  (SELECT count(*) FROM contact_products x JOIN complaints c ON c.contact_id = x.contact_id
     WHERE x.product_id = p.id)
FROM products p ORDER BY p.external_id
"""
PAID = OrderState.PAID
COUNTS = ("quotes", "quoted_customers", "contacts", "asking_customers", "orders", "quantity")
THOUGHTS = ("scores", "satisfied", "complaints")


def _deliver(tx: Tx, _: None) -> None:
    """The shop tells of its products, and of who bought."""
    goods = [Product("washer", "洗衣机 X1"), Product("dryer", "Dryer X2")]
    put_products(tx, "shop", goods)
    moment = tx.now
    sold = (("A-1", "ann", "washer", 1, PAID), ("A-2", "bob", "washer", 2, PAID))
    more = (("A-3", "zoe", "dryer", 1, OrderState.CANCELLED), ("A-4", "zoe", "dryer", 3, PAID))
    rows = [
        Order(
            key,
            who,
            ordered_at=moment,
            amount_minor=100_00 * quantity,
            currency="CNY",
            state=state,
            version=NOW,
            lines=(Line(product, quantity),),
        )
        for key, who, product, quantity, state in (*sold, *more)
    ]
    put_orders(tx, PutOrders("shop", rows, lambda _tx: "standard"))


async def test_what_they_want_to_buy_and_what_they_think_of_a_product(stage: Stage) -> None:
    """Counts of the report, of the mart and of hand-written SQL on the live tables are the same."""
    store = stage.hub.store
    await store.write(_deliver, None)
    chief = await hired(stage, "Sun", "supervisor")
    async with stage.console("Li") as agent:
        goods = {
            one["external_id"]: one["id"]
            for one in (await chief.ask("GET", "/products?limit=50"))["items"]
        }
        for who, product, quoted, score, complains in STORIES:
            await stage.mail(f"About the {product}", sender=f"{who}@example.test")
            contact_id = await agent.accept(await one_offer(agent))
            await agent.call("PUT", f"/contacts/{contact_id}/products/{goods[product]}")
            if quoted:
                quote = {
                    "kind": "quote",
                    "text": "Price",
                    "product_id": goods[product],
                    "price_minor": 299_900,
                    "currency": "CNY",
                    "due_at": in_(stage, DAY),
                    "valid_until": in_(stage, MONTH),
                }
                await agent.call("POST", f"/contacts/{contact_id}/commitments", quote)
            if complains:
                (row,) = [one for one in await stage.contacts() if one.id == contact_id]
                body = {"reason": "It leaks", "contact_id": contact_id}
                path = f"/customers/{await stage.owner(row.identity_id)}/complaints"
                await chief.ask("POST", path, body)
            await agent.reply(contact_id, "We look into it.")
            await agent.close(contact_id, "repair", "solved")
            await store.write(report, SurveyAnswer(contact_id, score, "", stage.hub.clock.now()))

    told = {one["external_id"]: one for one in await chief.ask("GET", "/reports/products")}
    live: Any = await store.read(lambda tx, _: tx.execute(text(BY_HAND)).all(), None)
    by_hand = {row[0]: tuple(int(value) for value in row[1:]) for row in live}
    assert by_hand == {
        "washer": (3, 3, 5, 5, 2, 3, 5, 3, 2),
        "dryer": (1, 1, 1, 1, 1, 3, 1, 0, 0),
    }
    for product, one in told.items():
        assert tuple(one[name] for name in (*COUNTS, *THOUGHTS)) == by_hand[product]
    assert list(told) == ["washer", "dryer"]  # the most wanted first
    assert told["washer"]["satisfied_rate"]["share"] == 0.6
    assert told["washer"]["score_mean"] == 3.4
    assert told["dryer"]["satisfied_rate"] is None  # of one nothing is said

    rows = await _mart(chief, "products")
    for product, counts in by_hand.items():
        found = [row for row in rows if row["external_id"] == product]
        summed = tuple(sum(int(row[name]) for row in found) for name in (*COUNTS, *THOUGHTS))
        assert summed == counts
    quotes = (await chief.ask("GET", "/reports/indicators/quotes"))["indicator"]
    assert quotes["numerator"] == 4


async def _mart(person: Person, name: str) -> list[dict[str, Any]]:
    address = f"{person.stage.hub.base_url}/api/v1/exports/{name}"
    headers = {"Authorization": f"Bearer {person.key}"}
    async with ClientSession() as session, session.get(address, headers=headers) as answer:
        assert answer.status == 200
        return list(csv.DictReader(io.StringIO(await answer.text(), newline="")))

"""What other systems know, in the console: orders, repairs, a credit hold; feeds and their keys."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.async_api import expect
from sqlalchemy import update

from hub.accounts.model import SYSTEM
from hub.customers.addresses import NewAddress, attach_address, check_address
from hub.customers.business.balances import PutBalances, put_balances
from hub.customers.business.cases import PutCases, put_cases
from hub.customers.business.feeds import SetFeed, fire_due_feeds, set_feed
from hub.customers.business.model import CaseKind, CaseState, OrderState
from hub.customers.business.orders import PutOrders, put_orders
from hub.customers.business.products import put_products
from hub.customers.business.rows import Balance, Case, Line, Order, Product
from hub.customers.business.tables import feeds
from hub.customers.model import IdentityKind
from hub.routing.settings import tier_of_new_customers
from hub.storage import Tx
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_looks import faults

SHOP = "shop"


def _deliver(tx: Tx, customer_id: str) -> None:
    address = check_address(NewAddress(IdentityKind.EXTERNAL, "10023"), "CN")
    attach_address(tx, customer_id, address, None, SHOP)
    put_products(tx, SHOP, [Product("kettle", "电水壶 Kettle")])
    orders = [
        Order(
            f"A-{number}",
            "10023",
            tx.now - timedelta(days=number),
            12_900 + number,
            "CNY",
            7_000,
            OrderState.SHIPPED,
            (Line("kettle", 1 + number),),
        )
        for number in range(7)
    ]
    put_orders(tx, PutOrders(SHOP, orders, tier_of_new_customers))
    repair = Case(
        "R-1", "10023", CaseKind.REPAIR, CaseState.REPAIRING, "A-0", "kettle", "漏水 it leaks"
    )
    put_cases(tx, PutCases(SHOP, [repair], tier_of_new_customers))
    owed = Balance("10023", 50_000, "CNY", 40_000, credit_hold=True)
    put_balances(tx, PutBalances(SHOP, [owed], tier_of_new_customers))


@pytest.mark.parametrize(
    ("language", "theme", "words"),
    [
        ("en", "light", ("Credit is on hold", "under repair", "Show more", "owed to us", "Orders")),
        ("zh-CN", "dark", ("信用已冻结", "维修中", "显示更多", "欠款", "订单")),
    ],
)
async def test_what_a_customer_bought_and_owes_is_on_their_page(
    stage: Stage, consoles: Consoles, language: str, theme: str, words: tuple[str, ...]
) -> None:
    hold, repairing, more, owed, title = words
    customer_id = await stage.known("陈晓梅 Chen Xiaomei", "gold", email="chen@example.test")
    await stage.hub.store.write(_deliver, customer_id)
    page = await consoles.enter("Li", language=language, theme=theme, ready=False)
    await page.goto(f"{stage.hub.base_url}/customers/{customer_id}")
    main = page.get_by_role("main")
    await expect(main.get_by_text(hold)).to_be_visible()
    await expect(main.get_by_text(owed)).to_be_visible()
    await expect(main.get_by_text(repairing).first).to_be_visible()
    await expect(main.get_by_text("A-0").first).to_be_visible()
    await expect(main.get_by_text("70.00")).to_have_count(0)  # what it cost is not agents' to know
    heading = page.get_by_role("heading", name=title, exact=True)
    orders = main.locator("section").filter(has=heading)  # the timeline has them all
    await expect(orders.get_by_text("A-6")).to_have_count(0)
    await orders.get_by_role("button", name=re.compile(more)).click()
    await expect(orders.get_by_text("A-6")).to_be_visible()
    assert await faults(page) == []
    await page.set_viewport_size({"width": 390, "height": 844})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    assert await faults(page) == []


async def test_an_admin_names_a_feed_and_is_shown_its_key_once(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Wang", role="admin", ready=False)
    await page.goto(f"{stage.hub.base_url}/feeds")
    await expect(page.get_by_text("No feeds yet")).to_be_visible()
    await page.get_by_role("button", name="Add a feed").click()
    dialog = page.get_by_role("dialog", name="Add a feed")
    await dialog.get_by_label("Source").fill(SHOP)
    await dialog.get_by_label("Name in Chinese").fill("网上商城")
    await dialog.get_by_label("Name in English").fill("Web shop")
    await dialog.get_by_role("checkbox").check()
    await dialog.get_by_role("combobox", name="Unit").select_option("hours")
    assert await faults(page) == []
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("expected every 1h")).to_be_visible()
    await page.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog", name="Edit feed")
    await dialog.get_by_role("button", name="Make a key").click()
    await expect(dialog.get_by_text(re.compile("^[0-9a-f]{64}$"))).to_be_visible()
    await dialog.get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name="Edit").click()
    await expect(page.get_by_text(re.compile("^[0-9a-f]{64}$"))).to_have_count(0)
    await expect(page.get_by_role("button", name="Make a new key")).to_be_visible()


async def test_a_silent_feed_is_on_the_wallboard(stage: Stage, consoles: Consoles) -> None:
    def silence(tx: Tx, _: None) -> None:
        set_feed(tx, SetFeed(SYSTEM, SHOP, "网上商城", "Web shop", 3600))
        tx.execute(update(feeds).values(alarm_at=tx.now - timedelta(minutes=1)))
        fire_due_feeds(tx, tx.now, 10)

    await stage.hub.store.write(silence, None)
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    await expect(page.get_by_text("Web shop has been silent for too long")).to_be_visible()
    assert await faults(page) == []
    await page.get_by_role("link", name="Feeds").click()
    await page.wait_for_url("**/feeds")
    await expect(page.get_by_text("Silent too long")).to_be_visible()
    await expect(page.get_by_role("button", name="Add a feed")).to_have_count(0)  # admins' alone

"""The side panel as admins set it: in order, with links that are filled in, beside a contact."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect
from sqlalchemy import select

from hub.accounts.tables import audit_log
from hub.customers.addresses import attach_address
from hub.customers.model import IdentityKind
from hub.customers.normalise import Address
from hub.customers.tables import customers
from hub.storage import Tx
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .setup_stage import a_stage_with_setup, bar, open_setup, save
from .test_looks import PHONE, faults, wear

NUMBER = "+8613800138000"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage_with_setup(tmp_path) as opened:
        yield opened


def learn(tx: Tx, asked: tuple[str, str, str]) -> None:
    """Teach the hub an address of the customer of this name."""
    name, kind, value = asked
    found = select(customers.c.id).where(customers.c.name == name)
    customer_id = str(tx.execute(found).scalar_one())
    attach_address(tx, customer_id, Address(IdentityKind(kind), value, value), None, "manual")


def reveals(tx: Tx, _: None) -> int:
    found = select(audit_log).where(audit_log.c.action == "customer.reveal")
    return len(tx.execute(found).all())


def sections(page: Page) -> Locator:
    return page.get_by_role("list", name="What stands beside a contact").get_by_role("listitem")


async def looked_at(page: Page, name: str, at: Locator | None = None) -> None:
    """Keep pictures of the page where somebody wants to look at them; axe looks in any case."""
    for language, theme in (("en", "light"), ("zh-CN", "dark")):
        await wear(page, language, theme)
        if at is not None:
            await at.scroll_into_view_if_needed()
        assert await faults(page) == []
        if folder := os.environ.get("HUB_PICTURES"):
            await page.screenshot(path=f"{folder}/{name}-{language}.png", full_page=True)
    await wear(page, "en", "light")


async def add_link(page: Page, zh: str, en: str, address: str) -> None:
    await page.get_by_role("button", name="Add a link").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name in Chinese").fill(zh)
    await dialog.get_by_label("Name in English").fill(en)
    await dialog.get_by_role("button", name="Add").click()
    await page.get_by_label("Address", exact=True).last.fill(address)


async def test_sections_are_moved_by_pointer_and_by_keys_and_every_desk_follows(
    stage: Stage, consoles: Consoles
) -> None:
    desk = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("Hello?")
        await desk.get_by_role("button", name="Accept").click()
        headings = desk.get_by_role("complementary").get_by_role("heading", level=2)
        await expect(headings.first).to_contain_text("Commitments")
        await desk.get_by_role("button", name="Recent contacts").click()  # folded, and stays so
        page = await open_setup(consoles, "panel")
        line = page.locator("[data-section=recent]")
        await line.drag_to(page.locator("[data-section=numbers]"))
        await expect(sections(page).first).to_contain_text("Recent contacts")
        up = page.get_by_role("button", name="Move Knowledge up")
        await up.focus()
        await page.keyboard.press("Enter")
        await expect(up).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(sections(page).nth(4)).to_contain_text("Knowledge")
        shows_facts = page.get_by_role("switch", name="Show What we know")
        await shows_facts.press("Space")
        await expect(bar(page)).to_contain_text("2 changes")
        await looked_at(page, "panel-order")
        await save(page)
        await expect(headings.first).to_contain_text("Recent contacts")
        folded = desk.get_by_role("button", name="Recent contacts")
        await expect(folded).to_have_attribute("aria-expanded", "false")
        await expect(headings.filter(has_text="What we know")).to_have_count(0)
        await page.get_by_role("link", name="Changes", exact=True).click()
        await page.get_by_role("button", name="Restore").first.click()
        await page.get_by_role("dialog").get_by_role("button", name="Restore").click()
        await expect(headings.first).to_contain_text("Commitments")
        await expect(headings.filter(has_text="What we know")).to_have_count(1)


async def test_a_link_is_checked_tried_saved_and_stands_beside_a_contact(
    stage: Stage, consoles: Consoles
) -> None:
    desk = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("Hello?")
        await desk.get_by_role("button", name="Accept").click()
        page = await open_setup(consoles, "panel")
        await expect(page.get_by_text("There are no links")).to_be_visible()
        await add_link(page, "商城", "Shop", "https://{customer.name}.evil.test/")
        await expect(page.get_by_text("Begin with https:// and a host").first).to_be_visible()
        address = page.get_by_label("Address", exact=True)
        await address.fill("https://shop.example.com/c/")
        await page.get_by_role("button", name="Put in the placeholder customer's own key").click()
        await expect(address).to_have_value("https://shop.example.com/c/{customer.key}")
        await expect(address).to_be_focused()
        await page.get_by_role("button", name="Change Shop").click()
        await add_link(page, "话单", "Calls", "https://pbx.example.com/?n={customer.phone}")
        await page.get_by_label("Customer", exact=True).fill("Chen")
        await page.get_by_role("button", name="Chen").click()
        tried = page.locator("[data-tried]")
        await expect(tried).to_contain_text("Not known: customer's own key")
        await stage.hub.store.write(learn, ("Chen", "external", "shop:C/7"))
        await stage.hub.store.write(learn, ("Chen", "phone", NUMBER))
        await address.last.fill("https://pbx.example.com/calls?n={customer.phone}")
        await expect(tried).to_contain_text("https://shop.example.com/c/C%2F7")
        await expect(tried).to_contain_text("https://pbx.example.com/calls?n=%2B8613800138000")
        await looked_at(page, "panel-links")
        await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
        await looked_at(page, "panel-links-phone")
        await save(page)
        shop = desk.get_by_role("link", name="Shop")
        await expect(shop).to_have_attribute("href", "https://shop.example.com/c/C%2F7")
        await expect(shop).to_have_attribute("rel", "noopener noreferrer")
        await looked_at(desk, "panel-desk", desk.get_by_role("complementary").locator("a").last)
        calls = desk.get_by_role("button", name="Calls")
        await expect(calls).to_contain_text("this is recorded")
        assert await stage.hub.store.read(reveals, None) == 0
        await desk.context.route("https://pbx.example.com/**", lambda route: route.abort())
        async with desk.context.expect_page() as opened:
            await calls.click()
        other = await opened.value
        assert await other.evaluate("window.opener") is None
        leads = "https://pbx.example.com/calls?n=%2B8613800138000"
        await expect(desk.get_by_role("link", name="Calls")).to_have_attribute("href", leads)
        assert await stage.hub.store.read(reveals, None) == 1


async def test_a_link_without_its_value_is_greyed_and_says_why_in_both_languages(
    stage: Stage, consoles: Consoles
) -> None:
    page = await open_setup(consoles, "panel")
    await add_link(page, "商城", "Shop", "https://shop.example.com/c/{customer.key.shop}")
    await page.get_by_role("group", name="Only for channels").get_by_text("Web chat").click()
    await save(page)
    desk = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("Hello?")
        await desk.get_by_role("button", name="Accept").click()
        greyed = desk.locator("[data-greyed]")
        await expect(greyed).to_contain_text("Not known: customer's key in shop")
        await looked_at(desk, "panel-greyed", greyed)
        await wear(desk, "zh-CN", "light")
        await expect(greyed).to_contain_text("尚不知道：客户在 shop 的编号")

"""Where a customer stands, on their page: causes in words, refused jumps explained."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import update

from hub.customers.business.model import OrderState
from hub.customers.business.orders import PutOrders, put_orders
from hub.customers.tables import customers
from hub.storage import Tx
from tests.integration.customers.builders import usual_tier
from tests.integration.customers.business.conftest import an_order
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_looks import faults

PICTURES = Path(__file__).parents[3] / "build" / "screenshots"


async def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"lifecycle-{name}.png")


def _ordered(tx: Tx, days: list[int]) -> None:
    rows = [
        an_order(
            f"A-{day}", "C-1", ordered_at=tx.now - timedelta(days=day), state=OrderState.DELIVERED
        )
        for day in days
    ]
    put_orders(tx, PutOrders("shop", rows, usual_tier))


def _named(tx: Tx, name: str) -> str:
    changed = update(customers).values(name=name).returning(customers.c.id)
    return str(tx.execute(changed).scalar_one())


async def test_an_agent_says_opportunity_and_a_jump_is_explained(
    stage: Stage, consoles: Consoles
) -> None:
    chen = await stage.known("Chen Li", "gold", email="chen@example.test")
    page = await consoles.enter("Li", ready=False)
    await page.goto(f"{stage.hub.base_url}/customers/{chen}")
    stands = page.get_by_role("region", name="Where they stand")
    await expect(stands.locator("[aria-current=step]")).to_have_text("Prospect")
    await expect(stands.get_by_text("Bought nothing yet").first).to_be_visible()
    await stands.get_by_role("button", name="Set by hand…").click()
    dialog = page.get_by_role("dialog", name="Where does this customer stand?")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_text("Say why: it is kept.")).to_be_visible()
    await dialog.get_by_label("Set to").select_option(label="User")
    await expect(dialog.get_by_text("Comes when an order is delivered")).to_be_visible()
    await dialog.get_by_label("Why").fill("They said so")
    await dialog.get_by_role("button", name="Save").click()
    refused = "From “Prospect” nobody is set to “User” by hand. Possible now: Opportunity."
    await expect(dialog.get_by_text(refused)).to_be_visible()
    assert await faults(page) == []
    await picture(page, "refused")
    await dialog.get_by_label("Set to").select_option(label="Opportunity")
    await dialog.get_by_role("button", name="Save").click()
    await expect(stands.locator("[aria-current=step]")).to_have_text("Opportunity")
    await stands.get_by_text("How they came here (4)").click()
    await expect(stands.get_by_text("They said so")).to_be_visible()
    await expect(stands.get_by_text("set by hand · Li")).to_be_visible()
    assert await faults(page) == []
    await picture(page, "history")


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_agents_read_dormant_for_lost(stage: Stage, consoles: Consoles, theme: str) -> None:
    await stage.hub.store.write(_ordered, [500, 480])
    chen = await stage.hub.store.write(_named, "陈晓梅")
    above = await consoles.enter(
        "Sun", role="supervisor", ready=False, language="zh-CN", theme=theme
    )
    await above.goto(f"{stage.hub.base_url}/customers/{chen}")
    stands = above.get_by_role("region", name="客户状态")
    await expect(stands.get_by_text("流失", exact=True).first).to_be_visible()
    await stands.get_by_text("状态变化记录").click()
    await picture(above, f"wide-{theme}")
    page = await consoles.enter("Li", ready=False, language="zh-CN", theme=theme)
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(f"{stage.hub.base_url}/customers/{chen}")
    stands = page.get_by_role("region", name="客户状态")
    await expect(stands.get_by_text("沉睡", exact=True).first).to_be_visible()
    await expect(stands.locator("[aria-current=step]")).to_have_text("用户")
    await stands.get_by_text("状态变化记录").click()
    assert "流失" not in await page.get_by_role("main").inner_text()
    assert await faults(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await picture(page, f"phone-{theme}")

"""New customers on the screens: whose they are and until when, why them, given by hand, plans."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from playwright.async_api import Page, expect
from sqlalchemy import select, update

from hub.customers.allocation.tables import lead_allocations
from hub.customers.settings import (
    Allocation,
    AllocationRule,
    CustomerSettings,
    PlanTemplate,
    Step,
    save_customer_settings,
)
from hub.storage import Tx
from hub.wiring.customers import fire_due_customers
from tests.integration.customers.allocation.build import make_lead
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_looks import faults

PICTURES = Path(__file__).parents[3] / "build" / "screenshots"
NAMES = ("王芳", "Ann Lee", "李雷", "Bob Stone", "韩梅梅", "Carol")
RULES = [
    AllocationRule(
        key="gold", zh="金牌客户", en="Gold customers", team="team",
        when={"field": "tier", "is": ["gold"]},
    ),
    AllocationRule(key="web", zh="网站来客", en="From the web", team="team", by="round_robin"),
]  # fmt: skip
PLAN = PlanTemplate(
    key="welcome", zh="新客户跟进", en="Welcome", every_days=3, within_days=21,
    steps=[
        Step(key="call", zh="电话问候并确认需求", en="Call and ask what they need"),
        Step(key="visit", zh="登门拜访", en="Visit them"),
        Step(key="quote", zh="发送报价", en="Send a quote"),
    ],
)  # fmt: skip


def _fill(tx: Tx, _: None) -> None:
    settings = CustomerSettings(allocation=Allocation(rules=RULES), plans=[PLAN])
    save_customer_settings(tx, settings)
    for name in NAMES:
        make_lead(tx, (name, {}))
    fire_due_customers(tx, tx.now, 50)


def _pass_time(tx: Tx, _: None) -> None:
    """As if they had been given at different times of the day."""
    table = lead_allocations
    for number, row in enumerate(tx.execute(select(table).order_by(table.c.id)).all()):
        ago = timedelta(hours=number)
        moved = {
            name: getattr(row, name) - ago
            for name in ("made_at", "remind_at", "escalate_at", "recall_at")
        }
        tx.execute(update(table).where(table.c.id == row.id).values(**moved))


async def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"allocation-{name}.png", full_page=True)


async def test_a_supervisor_sees_who_has_whom_and_gives_one_to_somebody_else(
    stage: Stage, consoles: Consoles
) -> None:
    await consoles.enter("Li")
    await consoles.enter("Chen")
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    await stage.hub.store.write(_fill, None)
    await stage.hub.store.write(_pass_time, None)
    await page.goto(f"{stage.hub.base_url}/customers")
    await page.get_by_role("button", name="New customers").click()
    await expect(page.get_by_role("heading", name="New customers")).to_be_visible()
    await expect(page.get_by_role("link", name="Bob Stone")).to_be_visible()
    await expect(page.get_by_text("was due").first).to_be_visible()
    assert await faults(page) == []
    await picture(page, "list")
    await page.set_viewport_size({"width": 390, "height": 844})
    assert await faults(page) == []
    await picture(page, "list-phone")
    await page.set_viewport_size({"width": 1440, "height": 900})
    await page.get_by_role("link", name="Bob Stone").click()
    await page.get_by_text("Why them").click()
    await expect(page.get_by_text("From the web · gave · in turn")).to_be_visible()
    assert await faults(page) == []
    await picture(page, "customer")
    await page.get_by_role("button", name="Give to somebody else…").click()
    dialog = page.get_by_role("dialog", name="Give this customer to somebody")
    await dialog.get_by_role("button", name="Give", exact=True).click()
    await expect(dialog.get_by_text("Choose somebody and say why.")).to_be_visible()
    select_ = dialog.get_by_label("To whom")
    await select_.select_option(label="Wang")
    await dialog.get_by_label("Why").fill("knows the firm")
    assert await faults(page) == []
    await picture(page, "by-hand")
    await dialog.get_by_role("button", name="Give", exact=True).click()
    await expect(page.get_by_text("Given by hand")).to_be_visible()
    await expect(page.get_by_text("knows the firm").first).to_be_visible()


async def test_an_agent_has_their_own_list_and_ticks_steps_of_the_plan(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li", language="zh-CN", theme="dark")
    await stage.hub.store.write(_fill, None)
    await stage.hub.store.write(_pass_time, None)
    await page.goto(f"{stage.hub.base_url}/new-customers")
    await expect(page.get_by_role("heading", name="新客户")).to_be_visible()
    await expect(page.get_by_text("已到期").first).to_be_visible()
    assert await faults(page) == []
    await picture(page, "own-dark")
    await page.get_by_role("link", name="韩梅梅").click()
    box = page.get_by_role("checkbox", name="电话问候并确认需求")
    await box.check()
    await expect(page.locator("#content").get_by_text("1/3")).to_be_visible()
    await expect(page.get_by_text("Li ·")).to_be_visible()
    assert await faults(page) == []
    await picture(page, "plan-dark")
    await page.set_viewport_size({"width": 390, "height": 844})
    assert await faults(page) == []
    await picture(page, "plan-phone")
    await box.uncheck()
    await expect(page.locator("#content").get_by_text("0/3")).to_be_visible()


async def test_nobody_new_is_said_so(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li")
    await page.goto(f"{stage.hub.base_url}/new-customers")
    await expect(page.get_by_text("No new customer waits for a first touch")).to_be_visible()
    assert await faults(page) == []
    await picture(page, "empty")

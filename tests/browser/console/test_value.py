"""What customers are worth, on the screens: for supervisors; agents take an objection, no more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import update

from hub.care.value_run import RunTiers, run_tiers
from hub.customers.settings import Cost, CostRate
from hub.customers.tables import customers
from hub.storage import Tx
from tests.integration.customers.value.builders import (
    AT,
    a_customer,
    an_effort,
    an_order,
    quiet,
    set_rules,
    shop,
)
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_looks import faults

PICTURES = Path(__file__).parents[3] / "build" / "screenshots"
NAMES = ("王芳", "Ann Lee", "李雷", "Bob Stone", "韩梅梅", "Carol")


def _fill(tx: Tx, _: None) -> None:
    set_rules(tx, cost=Cost(rates=[CostRate(channel="phone", per_minute=100)]))
    shop(tx, [600_000, 200_000, 100_000, 90_000, 6_000, 4_000])
    for number, name in enumerate(NAMES, start=1):
        tx.execute(update(customers).where(customers.c.id == f"c{number:02}").values(name=name))
    address = a_customer(tx, "dear", name="陈贵")
    an_order(tx, "dear", 500, 800)
    an_order(tx, "dear", 500, 300)
    an_effort(tx, address, 600)


async def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"value-{name}.png", full_page=True)


@pytest.fixture
async def valued(stage: Stage) -> Stage:
    await stage.hub.store.write(_fill, None)
    await run_tiers(stage.hub.store, RunTiers(at=AT), quiet)
    return stage


async def test_a_supervisor_reads_the_run_and_why_a_customer_has_their_tier(
    valued: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    await page.goto(f"{valued.hub.base_url}/customers")
    await page.get_by_role("button", name="What customers are worth").click()
    await expect(page.get_by_role("heading", name="What customers are worth")).to_be_visible()
    await expect(page.get_by_text("43% of the customers make 90%")).to_be_visible()
    await expect(page.get_by_text("¥10,005")).to_be_visible()
    assert await faults(page) == []
    await picture(page, "run")
    await page.get_by_role("link", name="Customers", exact=True).last.click()
    await page.get_by_role("link", name="陈贵").click()
    await expect(page.get_by_text("Cost review")).to_be_visible()
    await expect(page.get_by_text("7 of 7", exact=True)).to_be_visible()
    await expect(page.get_by_text("a rule gives it")).to_be_visible()
    assert await faults(page) == []
    await picture(page, "why")


async def test_rules_are_tried_before_they_are_saved(valued: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False, theme="dark")
    await page.goto(f"{valued.hub.base_url}/value/rules")
    await expect(page.get_by_text("one of the best and profit at least ¥0.01")).to_be_visible()
    await page.get_by_role("button", name="As data").click()
    field = page.get_by_label("The rules as data")
    await field.fill('{"tiers": [{"tier": "platinum"}]}')
    await page.get_by_role("button", name="Who would move?").click()
    await expect(page.get_by_text("tiers[0].tier")).to_be_visible()
    await page.get_by_role("button", name="As a form").click()
    await expect(page.get_by_text("something that the form does not know")).to_be_visible()
    await field.fill("{")
    await page.get_by_role("button", name="Who would move?").click()
    await expect(page.get_by_text("This is no JSON object.")).to_be_visible()
    rule = {"tier": "gold", "when": {"field": "revenue", "at_least": 90_000}}
    await field.fill(json.dumps({"tiers": [rule]}))
    await page.get_by_role("button", name="Who would move?").click()
    await expect(page.get_by_text("of 7 customers would move")).to_be_visible()
    assert await faults(page) == []
    await picture(page, "rules")
    await page.get_by_label("Why, for those who come after").fill("by revenue")
    await page.get_by_role("button", name="Save for the next run").click()
    await expect(page.get_by_role("heading", name="rules version 1")).to_be_visible()


async def test_an_agent_takes_an_objection_and_a_supervisor_decides_it(
    valued: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li", language="zh-CN")
    await page.goto(f"{valued.hub.base_url}/customers/c06")
    await page.get_by_role("button", name="客户对等级有异议…").click()
    dialog = page.get_by_role("dialog", name="客户提出异议")
    await dialog.get_by_role("button", name="提交异议").click()
    await expect(dialog.get_by_text("请写下客户的说法。")).to_be_visible()
    await dialog.get_by_label("客户的说法").fill("我不同意由机器评定等级")
    assert await faults(page) == []
    await dialog.get_by_role("button", name="提交异议").click()
    await expect(page.get_by_text("已提交：主管将复核")).to_be_visible()
    shown = await page.get_by_role("main").inner_text()
    for word in ("成本待评估", "尾部", "利润", "排名", "基础"):
        assert word not in shown
    await page.goto(f"{valued.hub.base_url}/value")
    await page.wait_for_url("**/desk**")  # not theirs
    above = await consoles.enter("Wang", role="supervisor", ready=False, language="zh-CN")
    await above.set_viewport_size({"width": 390, "height": 844})
    await above.goto(f"{valued.hub.base_url}/value/objections")
    await expect(above.get_by_text("我不同意由机器评定等级")).to_be_visible()
    assert await faults(above) == []
    await picture(above, "objections")
    await above.get_by_role("button", name="成立：不再按规则评级", exact=True).click()
    await expect(above.get_by_text("请写明复核结果，将予以保存。")).to_be_visible()
    await above.get_by_label("复核结果与决定").fill("客户说得对")
    await above.get_by_role("button", name="成立：不再按规则评级", exact=True).click()
    await expect(above.get_by_text("没有异议")).to_be_visible()
    await above.goto(f"{valued.hub.base_url}/value")
    await expect(above.get_by_text("最佳客户").first).to_be_visible()
    overflow = await above.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0
    await picture(above, "run-narrow")

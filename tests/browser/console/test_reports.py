"""Reports on the screens: figures with their meaning, the rows behind them, files to take away."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from hub.storage import Tx
from tests.integration.reporting.build import (
    NASTY,
    a_customer,
    a_move,
    a_promise,
    an_answer,
    an_order,
    at,
    fill,
)
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_looks import faults

PICTURES = Path(__file__).parents[3] / "build" / "screenshots"
MARCH = "since=2026-03-01&until=2026-03-31"
NAMES = ("王芳", "李雷", "韩梅梅", "Ann Lee", "Bob Stone", "陈贵", "Carol Reed", "赵敏")


def _many(tx: Tx, _: None) -> None:
    """Customers by the dozen: the better the score, the more of them order again."""
    fill(tx, None)
    for score in range(1, 6):
        for number in range(6 + 2 * score):
            key = f"s{score}n{number:02}"
            name = f"{NAMES[(score + number) % len(NAMES)]} {score}{number:02}"
            a_customer(tx, key, name=name, created_at=at(number / 4))
            a_move(tx, f"p-{key}", key, "stage", "prospect", number / 4, "unidentified")
            an_answer(tx, f"a-{key}", key, 5, score)
            if number < score * 2:
                an_order(tx, f"o-{key}", key, 8, 12_900)
                a_promise(tx, f"q-{key}", key, "quote", 6, price_minor=12_900, currency="CNY",
                          product_name="洗衣机 X1")  # fmt: skip
                a_move(tx, f"r-{key}", key, "stage", "opportunity", 6, "prospect")
            if score == 1:
                a_move(tx, f"l-{key}", key, "standing", "dormant", 12, "first_time")


def names_in(path: str | Path) -> list[str]:
    with Path(path).open(encoding="utf-8-sig", newline="") as text:
        return [row["name"] for row in csv.DictReader(text)]


async def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"reports-{name}.png")


@pytest.fixture
async def counted(stage: Stage) -> Stage:
    await stage.hub.store.write(_many, None)
    return stage


async def test_a_supervisor_reads_a_figure_its_meaning_and_the_rows_behind_it(
    counted: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    await page.set_viewport_size({"width": 1440, "height": 900})
    await page.get_by_role("link", name="Reports").first.click()
    await expect(page.get_by_role("heading", name="Reports", exact=True)).to_be_visible()
    await page.goto(f"{counted.hub.base_url}/reports?{MARCH}")
    row = page.get_by_role("listitem").filter(
        has=page.get_by_role("heading", name="Success rate", exact=True)
    )
    await expect(row.get_by_text("share who have ordered since the first of them")).to_be_visible()
    await expect(row.get_by_text("95 %:")).to_be_visible()
    assert await faults(page) == []
    await picture(page, "process")
    await row.get_by_role("button", name="customers who were given a quote").click()
    dialog = page.get_by_role("dialog", name="Success rate")
    await expect(dialog.get_by_text("32 customers who were given a quote")).to_be_visible()
    await expect(dialog.get_by_role("listitem")).to_have_count(32)
    assert await faults(page) == []
    await picture(page, "rows")
    await dialog.get_by_role("link").first.click()
    await page.wait_for_url("**/customers/**")
    await page.goto(f"{counted.hub.base_url}/reports?{MARCH}")
    await page.get_by_label("To this day, included").fill("2026-03-10")
    await page.get_by_label("To this day, included").press("Enter")
    await page.wait_for_url("**until=2026-03-10**")
    await page.get_by_role("link", name="Loyalty").click()
    await expect(page.get_by_text("Nobody said how satisfied they are")).to_be_visible()
    assert await faults(page) == []
    await picture(page, "nobody")


async def test_loyalty_and_who_stays_away_in_chinese_and_dark(
    counted: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter(
        "Wang", role="supervisor", ready=False, language="zh-CN", theme="dark"
    )
    await page.set_viewport_size({"width": 1440, "height": 900})
    await page.goto(f"{counted.hub.base_url}/reports/loyalty?{MARCH}")
    await expect(page.get_by_role("heading", name="满意度 5 分的复购率")).to_be_visible()
    await expect(page.get_by_text("95%：").first).to_be_visible()
    assert await faults(page) == []
    await picture(page, "loyalty")
    await page.get_by_role("link", name="流失原因").click()
    await expect(page.get_by_role("heading", name="不满意（1–2 分）")).to_be_visible()
    assert await faults(page) == []
    await picture(page, "churn")
    await page.get_by_role("button", name="期间内转为沉睡或流失的客户").first.click()
    await expect(page.get_by_role("dialog").get_by_text("沉睡").first).to_be_visible()


async def test_products_and_exports_on_a_phone(counted: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False, language="zh-CN")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(f"{counted.hub.base_url}/wallboard")
    await page.get_by_role("link", name="报表").click()
    await expect(page.get_by_role("heading", name="成功率")).to_be_visible()
    await picture(page, "narrow-process")
    await page.get_by_role("link", name="产品", exact=True).click()
    await expect(page.get_by_role("heading", name="Kettle")).to_be_visible()
    assert await faults(page) == []
    await picture(page, "narrow-products")
    await page.get_by_role("link", name="导出", exact=True).click()
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="将客户导出为 CSV").click()
    file = await waiting.value
    assert file.suggested_filename == "customers.csv"
    names = names_in(await file.path())
    assert len(names) == 4 + sum(6 + 2 * score for score in range(1, 6))
    assert f"'{NASTY}" in names
    assert await faults(page) == []
    overflow = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0
    await picture(page, "narrow-exports")


async def test_agents_are_led_away(counted: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li")
    await expect(page.get_by_role("link", name="Reports")).to_have_count(0)
    await page.goto(f"{counted.hub.base_url}/reports")
    await page.wait_for_url("**/desk**")

"""Rules as pages: the tiers' as a form, who gets new customers, and plans for each class."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from hub.customers.settings import CustomerSettings, load_customer_settings
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .setup_stage import a_stage_with_setup, bar, open_setup, save
from .test_looks import PHONE, faults

PICTURES = Path(__file__).parents[3] / "build" / "screenshots"
LOOKS = [("en", "light"), ("zh-CN", "dark")]
WORDS = {
    "en": {
        "allocation": "Add a rule",
        "plans": "Add a plan",
        "zh": "Name in Chinese",
        "en": "Name in English",
        "add": "Add",
        "some": "For some",
    },
    "zh-CN": {
        "allocation": "增加规则",
        "plans": "新增计划",
        "zh": "中文名称",
        "en": "英文名称",
        "add": "添加",
        "some": "部分客户",
    },
}


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage_with_setup(tmp_path) as opened:
        yield opened


async def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"rules-{name}.png", full_page=True)


async def in_force(stage: Stage) -> CustomerSettings:
    return await stage.hub.store.read(lambda tx, _: load_customer_settings(tx), None)


async def add(page: Page, button: str, zh: str, en: str) -> None:
    await page.get_by_role("button", name=button).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name in Chinese").fill(zh)
    await dialog.get_by_label("Name in English").fill(en)
    await dialog.get_by_role("button", name="Add", exact=True).click()
    await expect(dialog).to_be_hidden()


async def test_who_gets_new_customers_is_said_in_order_and_saved(
    stage: Stage, consoles: Consoles
) -> None:
    page = await open_setup(consoles, "allocation")
    await expect(page.get_by_text("No rule gives new customers to anybody")).to_be_visible()
    assert await faults(page) == []
    await add(page, "Add a rule", "其余", "The rest")
    await add(page, "Add a rule", "网站来客", "From the web")
    rules = page.get_by_role("list", name="Who gets new customers")
    web = rules.get_by_role("listitem").filter(has_text="From the web")
    await expect(web.get_by_text("everybody → Front desk (fewest new customers)")).to_be_visible()
    await web.get_by_role("button", name="For some", exact=True).click()
    await expect(bar(page)).to_contain_text("1 field cannot be read")
    await web.get_by_label("Of what").select_option(label="first source")
    await web.get_by_label("Which", exact=True).fill("web, shop")
    await web.get_by_label("Time to the first touch").fill("2 min")
    await web.get_by_label("Time to the first touch").press("Enter")
    await expect(web.get_by_text("It cannot be below 5.")).to_be_visible()
    await picture(page, "allocation-fault")
    await web.get_by_label("Time to the first touch").fill("1 h")
    await web.get_by_label("Time to the first touch").press("Enter")
    await web.get_by_label("The time counts").select_option("office")
    up = web.get_by_role("button", name="Move From the web up")
    await up.focus()
    await page.keyboard.press("Enter")
    await expect(web.get_by_role("button", name="Move From the web down")).to_be_focused()
    await expect(rules.get_by_role("listitem").first).to_contain_text("first source is web, shop")
    away = page.get_by_label("Add somebody who is away…")
    await away.select_option(index=1)
    await page.get_by_role("button", name=re.compile(r"^Add .+@")).click()
    await expect(away).to_be_focused()
    await expect(bar(page)).to_contain_text("Checked, no problem")
    assert await faults(page) == []
    await picture(page, "allocation")
    await page.get_by_role("link", name="Customers").first.click()
    leave = page.get_by_role("dialog")
    await expect(leave).to_contain_text("From the web")
    await leave.get_by_role("button", name="Keep editing").click()
    await save(page, "who comes by the web first")
    found = (await in_force(stage)).allocation
    assert [rule.key for rule in found.rules] == ["from-the-web", "the-rest"]
    first = found.rules[0]
    assert first.when == {"all": [{"field": "first_source", "is": ["web", "shop"]}]}
    assert (first.touch_within_minutes, first.hours, len(found.absent)) == (60, "office", 1)
    await page.get_by_role("link", name="Changes").click()
    await expect(page.get_by_role("listitem", name="version 2")).to_contain_text("From the web")


async def test_a_plan_has_steps_and_says_what_is_too_short(
    stage: Stage, consoles: Consoles
) -> None:
    page = await open_setup(consoles, "plans")
    await expect(page.get_by_text("There are no plans")).to_be_visible()
    await add(page, "Add a plan", "金牌欢迎", "Gold welcome")
    await expect(bar(page)).to_contain_text("1 problem")
    await add(page, "Add a step", "电话问候", "Call")
    await add(page, "Add a step", "登门拜访", "Visit")
    await page.get_by_role("button", name="For some", exact=True).click()
    await page.get_by_role("button", name="Gold", exact=True).click()
    await page.get_by_label("All of it within").fill("10")
    await expect(
        page.get_by_text("Its 2 steps of 7 days take longer: give more days.")
    ).to_be_visible()
    assert await faults(page) == []
    await page.get_by_label("All of it within").fill("30")
    down = page.get_by_role("button", name="Move Call down")
    await down.focus()
    await page.keyboard.press("Space")
    await expect(page.get_by_role("button", name="Move Call up")).to_be_focused()
    await expect(page.get_by_text("tier is Gold: Visit, Call; one every 7 days")).to_be_visible()
    await expect(bar(page)).to_contain_text("Checked, no problem")
    await picture(page, "plan")
    await save(page)
    plans = (await in_force(stage)).plans
    assert [(plan.key, [step.key for step in plan.steps]) for plan in plans] == [
        ("gold-welcome", ["visit", "call"])
    ]
    await page.get_by_role("button", name="Remove Gold welcome").click()
    await expect(page.get_by_text("There are no plans")).to_be_visible()
    await bar(page).get_by_role("button", name="Discard").click()
    await page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    await expect(page.get_by_text("tier is Gold: Visit, Call")).to_be_visible()


@pytest.mark.parametrize(("language", "theme"), LOOKS)
async def test_the_pages_fit_a_phone(
    stage: Stage, consoles: Consoles, language: str, theme: str
) -> None:
    page = await open_setup(consoles, "tiers", language=language, theme=theme)
    said = WORDS[language]
    for tab in ("allocation", "plans"):
        await page.goto(f"{stage.hub.base_url}/setup/{tab}")
        await page.get_by_role("button", name=said[tab]).click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label(said["zh"]).fill("网站来客与门店来客")
        await dialog.get_by_label(said["en"]).fill("From the web and from the shop")
        await dialog.get_by_role("button", name=said["add"], exact=True).click()
        await page.get_by_role("button", name=said["some"], exact=True).click()
        await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
        assert await faults(page) == []
        await picture(page, f"{tab}-{language}-{theme}-390")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), tab
        assert await page.evaluate(
            "(e => e.scrollWidth <= e.clientWidth)(document.querySelector('[data-setup-scroll]'))"
        ), tab
        await page.set_viewport_size({"width": 1440, "height": 900})
        await picture(page, f"{tab}-{language}-{theme}-1440")
        await page.reload()

"""The rules of the tiers as a form: changed, tried, saved from a day on, compared, never lost."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from hub.accounts.model import SYSTEM
from hub.care.value_run import RunTiers, run_tiers
from hub.customers.value.rule_sets import PutRules, put_rules
from hub.customers.value.rules import tiers_of
from hub.storage import Tx
from tests.integration.customers.branches import make_branches
from tests.integration.customers.value.builders import AT, quiet
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_looks import PHONE, faults
from .test_value import _fill, picture

_TIERS = tiers_of(["gold", "potential_gold", "standard", "low"], "standard")
GOLD: dict[str, Any] = {"tier": "gold", "when": {"field": "revenue", "at_least": 90_000}}


@pytest.fixture
async def valued(stage: Stage) -> Stage:
    await stage.hub.store.write(_fill, None)
    await run_tiers(stage.hub.store, RunTiers(at=AT), quiet)
    return stage


def _put(tx: Tx, after: int) -> None:
    put_rules(tx, PutRules(SYSTEM, {"tiers": [GOLD]}, after, "by revenue"), _TIERS)


async def open_rules(consoles: Consoles, **looks: str) -> Page:
    page = await consoles.enter("Wang", role="supervisor", ready=False, **looks)
    await page.goto(f"{consoles.hub.base_url}/value/rules")
    return page


def card(page: Page, n: int) -> Locator:
    return page.locator("[data-rule]").nth(n - 1)


async def test_a_threshold_is_changed_tried_and_saved(valued: Stage, consoles: Consoles) -> None:
    page = await open_rules(consoles)
    await expect(page.get_by_text("Figures are counted over 365 days, in CNY")).to_be_visible()
    await expect(page.get_by_text("Nobody has made rules yet")).to_be_visible()
    await picture(page, "form")
    await page.get_by_role("button", name="Change rule 1, gold").click()
    gets = card(page, 1).get_by_role("group", name="Who gets gold")
    await gets.get_by_label("Number").fill("lots")
    await page.get_by_role("button", name="Who would move?").click()
    await expect(gets.get_by_text("Give a number.")).to_be_visible()
    await expect(page.get_by_text("One thing is missing or wrong")).to_be_visible()
    await page.get_by_label("The tail makes").fill("40")
    await expect(page.get_by_text("The best and the tail are more than everybody.")).to_be_visible()
    assert await faults(page) == []
    await picture(page, "form-faults")
    await page.get_by_label("The tail makes").fill("1")
    await gets.get_by_label("Number").fill("999999")
    down = card(page, 1).get_by_role("button", name="Move rule 1 down")
    await down.focus()
    await page.keyboard.press("Enter")
    await expect(card(page, 2).get_by_role("button", name="Move rule 2 down")).to_be_focused()
    await page.get_by_role("button", name="Who would move?").click()
    await expect(page.get_by_text("of 7 customers would move")).to_be_visible()
    await picture(page, "form-preview")
    await page.get_by_role("link", name="Objections").click()
    await page.get_by_role("dialog").get_by_role("button", name="Stay").click()
    await page.get_by_label("Holds from").fill("2020-01-01")
    await page.get_by_role("button", name="Save for that day").click()
    await expect(page.get_by_text("This day has begun already")).to_be_visible()
    await page.get_by_label("Holds from").fill("")
    await page.get_by_label("Why, for those who come after").fill("fewer")
    await page.get_by_role("button", name="Save for the next run").click()
    await expect(page.get_by_role("heading", name="rules version 1")).to_be_visible()
    versions = page.get_by_role("list", name="Versions")
    await expect(versions.get_by_text("fewer")).to_be_visible()
    await page.get_by_role("button", name="What version 1 changed").click()
    await expect(versions.get_by_text("profit at least ¥999,999.00")).to_be_visible()
    await expect(versions.get_by_text("Order of the rules")).to_be_visible()
    assert await faults(page) == []
    await picture(page, "form-versions")
    await page.get_by_role("link", name="Objections").click()  # nothing is unsaved: nobody asks
    await expect(page.get_by_text("No objections")).to_be_visible()


async def test_who_saved_meanwhile_is_not_written_over_unseen(
    valued: Stage, consoles: Consoles
) -> None:
    page = await open_rules(consoles)
    await page.get_by_label("The best make").fill("70")
    await page.get_by_role("button", name="Who would move?").click()
    await expect(page.get_by_text("customers would move")).to_be_visible()
    await valued.hub.store.write(_put, 0)
    await page.get_by_role("button", name="Save for the next run").click()
    await expect(page.get_by_text("Version 1 was saved meanwhile")).to_be_visible()
    await expect(page.get_by_label("The best make")).to_have_value("70")
    await page.get_by_role("button", name="Take theirs, discard mine").click()
    await expect(page.get_by_label("The best make")).to_have_value("80")
    await expect(page.get_by_text("revenue at least ¥900.00")).to_be_visible()
    await expect(page.get_by_text("As in force")).to_be_visible()


@pytest.mark.parametrize(("language", "theme"), [("zh-CN", "light"), ("zh-CN", "dark")])
async def test_the_form_fits_a_phone(
    valued: Stage, consoles: Consoles, language: str, theme: str
) -> None:
    await valued.hub.store.write(_put, 0)
    page = await open_rules(consoles, language=language, theme=theme)
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    await page.get_by_role("button", name="增加规则").click()
    await page.get_by_role("button", name="修改第 1 条规则").click()
    await page.get_by_role("switch", name="保留条件宽于获得条件").first.check()
    await page.get_by_role("button", name="预览变动").click()
    await expect(page.get_by_text("请填写数字。")).to_be_visible()
    assert await faults(page) == []
    await picture(page, f"form-{theme}-390")
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


async def test_a_branch_looks_at_the_rules(valued: Stage, consoles: Consoles) -> None:
    await valued.hub.store.write(make_branches, None)
    page = await open_rules(consoles)
    await expect(page.get_by_text("the head office makes them")).to_be_visible()
    await expect(page.get_by_role("button", name="Who would move?")).to_have_count(0)
    await expect(page.get_by_label("The best make")).to_be_disabled()

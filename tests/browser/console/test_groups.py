"""Customer groups on the screens: a rule is written, counted, saved; members come and go."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import update

from hub.accounts.model import SYSTEM
from hub.customers.changes import mark_dirty
from hub.customers.groups.service import PutGroup, put_group
from hub.customers.tables import customers
from hub.storage import Tx
from hub.testing.center import add_agent
from tests.integration.customers.branches import make_branches
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_looks import faults

PICTURES = Path(__file__).parents[3] / "build" / "screenshots"


async def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"groups-{name}.png", full_page=True)


async def _people(stage: Stage) -> list[str]:
    return [
        await stage.known(name, tier, email=f"{name.split()[0].lower()}@example.test")
        for name, tier in (("Ann Lee", "gold"), ("Bob Stone", "gold"), ("Chen Li", "standard"))
    ]


def _give_tier(tx: Tx, asked: tuple[str, str]) -> None:
    customer_id, tier = asked
    tx.execute(update(customers).where(customers.c.id == customer_id).values(tier=tier))
    mark_dirty(tx, [customer_id], "tier")


def _a_group(tx: Tx, key: str) -> None:
    owner = add_agent(tx, "Owner")
    rule = {
        "all": [
            {"field": "tier", "is": ["gold"]},
            {"not": {"field": "last_order", "below": 90}},
            {"any": [{"field": "revenue", "at_least": 123450}, {"field": "best", "is": True}]},
        ]
    }
    put_group(tx, PutGroup(SYSTEM, key, "沉睡的金卡客户", "Gold and silent", rule, owner))


async def test_a_group_is_made_counted_and_keeps_itself(stage: Stage, consoles: Consoles) -> None:
    _ann, bob, chen = await _people(stage)
    page = await consoles.enter("Sun", role="supervisor", ready=False)
    await page.goto(f"{stage.hub.base_url}/customers")
    await page.get_by_role("button", name="Customer groups").click()
    await expect(page.get_by_text("No customer groups yet")).to_be_visible()
    await page.get_by_role("button", name="New group").click()
    await expect(page.get_by_text("One thing is missing or wrong.")).to_be_visible()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Choose or write at least one.")).to_be_visible()
    await expect(page.get_by_text("A group has a name in both languages.")).to_have_count(2)
    await picture(page, "faults")
    await page.get_by_label("Name in Chinese").fill("金卡客户")
    await page.get_by_label("Name in English").fill("Gold customers")
    await expect(page.get_by_role("textbox", name="Key")).to_have_value("gold-customers")
    await page.get_by_role("button", name="gold", exact=True).click()
    await expect(page.get_by_text("2 customers now")).to_be_visible()
    await expect(page.get_by_text("tier is gold", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Condition", exact=True).click()
    second = page.get_by_role("group", name="Condition 2")
    await expect(second.get_by_label("Of what")).to_be_focused()
    await second.get_by_label("Of what").select_option(label="last order")
    await second.get_by_label("What is asked").select_option(label="is at least … ago")
    await second.get_by_label("Number").fill("-3")
    await expect(second.get_by_text("Give 0 to 36525 days.")).to_be_visible()
    assert await faults(page) == []
    await page.get_by_role("button", name="Remove condition 2").click()
    await expect(page.get_by_text("2 customers now")).to_be_visible()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", name="Gold customers")).to_be_visible()
    members = page.get_by_role("list", name="Members")
    await expect(members.get_by_role("listitem")).to_have_count(2)
    await expect(page.get_by_text("being counted")).to_have_count(0)
    assert await faults(page) == []
    await stage.hub.store.write(_give_tier, (bob, "standard"))
    await stage.hub.store.write(_give_tier, (chen, "gold"))
    moves = page.get_by_role("list", name="Comings and goings")

    async def comings() -> None:
        await page.reload()
        await (
            page.get_by_role("button", name="Comings and goings")
            .or_(page.get_by_role("radio", name="Comings and goings"))
            .first.click()
        )
        await expect(moves.get_by_role("listitem").first).to_be_visible()

    await expect(page.get_by_text("Sun answers for it")).to_be_visible()
    await comings()
    while await moves.get_by_role("listitem").count() < 4:
        await comings()
    left = moves.get_by_role("listitem").filter(has_text="Bob Stone").first
    await expect(left.get_by_text("left")).to_be_visible()
    await picture(page, "moves")
    await moves.get_by_role("link", name="Chen Li").click()
    await expect(page.get_by_role("heading", name="Chen Li")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_rule_is_changed_on_a_phone(stage: Stage, consoles: Consoles, theme: str) -> None:
    await _people(stage)
    await stage.hub.store.write(_a_group, "gold-silent")
    page = await consoles.enter(
        "Sun", role="supervisor", ready=False, language="zh-CN", theme=theme
    )
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(f"{stage.hub.base_url}/groups")
    await picture(page, f"list-{theme}")
    assert await faults(page) == []
    await page.get_by_role("link", name="沉睡的金卡客户").click()
    await page.get_by_role("button", name="修改").click()
    amount = page.get_by_label("数字").last
    await expect(amount).to_have_value("1234.5")
    await amount.fill("12.345")
    await amount.fill("2000")
    await expect(page.get_by_text("目前没有客户符合")).to_be_visible()
    await picture(page, f"phone-{theme}")
    assert await faults(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.get_by_role("button", name="保存").click()
    await expect(page.get_by_role("heading", name="沉睡的金卡客户")).to_be_visible()
    await expect(page.get_by_text("¥2,000.00")).to_be_visible()
    await page.get_by_role("button", name="停用").click()
    await page.get_by_role("dialog").get_by_role("button", name="停用").click()
    await expect(page.get_by_text("还没有客户分群")).to_be_visible()


async def test_a_branch_looks_and_the_head_office_makes(stage: Stage, consoles: Consoles) -> None:
    await _people(stage)
    await stage.hub.store.write(_a_group, "gold-silent")
    await stage.hub.store.write(make_branches, None)
    page = await consoles.enter("Sun", role="supervisor", ready=False)
    await page.goto(f"{stage.hub.base_url}/groups")
    await expect(page.get_by_text("the head office makes them")).to_be_visible()
    await expect(page.get_by_role("button", name="New group")).to_have_count(0)
    await page.get_by_role("link", name="Gold and silent").click()
    await expect(page.get_by_role("heading", name="Gold and silent")).to_be_visible()
    await expect(page.get_by_role("button", name="Change")).to_have_count(0)

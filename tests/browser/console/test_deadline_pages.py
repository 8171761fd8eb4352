"""The set-up of deadlines, presence and privacy as pages: said in a sentence, checked, saved."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from hub.customers.settings import load_customer_settings
from hub.routing.settings import RoutingSettings, load_settings
from hub.routing.sla.policies import Act, DeadlineKind, Escalation, StepName
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .setup_stage import a_stage_with_setup, bar, open_setup, save, type_into
from .test_looks import faults, wear
from .test_rules_pages import add

PICTURES = Path(__file__).parents[3] / "build" / "screenshots"
WORN = [("en", "light"), ("zh-CN", "dark"), ("zh-CN", "light"), ("en", "dark")]
SIZES = [(1440, 1700), (390, 3200)]  # nothing is scrolled out: axe judges what is in sight


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage_with_setup(tmp_path) as opened:
        yield opened


async def in_force(stage: Stage) -> RoutingSettings:
    return await stage.hub.store.read(lambda tx, _: load_settings(tx), None)


async def looked_at(page: Page, name: str) -> None:
    """Wide and narrow, in both languages and themes: pictures, and nothing that axe finds."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    before = page.viewport_size
    for (language, theme), (width, height) in zip(WORN, (*SIZES, *SIZES[::-1]), strict=True):
        await wear(page, language, theme)
        await page.set_viewport_size({"width": width, "height": height})
        assert await faults(page) == []
        await page.screenshot(path=PICTURES / f"{name}-{language}-{theme}-{width}.png")
        assert await page.evaluate(
            "(e => e.scrollWidth <= e.clientWidth)(document.querySelector('[data-setup-scroll]'))"
        )
    await page.set_viewport_size(before)  # type: ignore[arg-type]  # playwright's TypedDict
    await wear(page, "en", "light")


def policy(page: Page, name: str) -> Locator:
    policies = page.get_by_role("list", name="SLA policies").locator("> li")
    return policies.filter(has_text=name)


async def test_a_policy_says_what_it_means_and_is_saved(stage: Stage, consoles: Consoles) -> None:
    page = await open_setup(consoles, "sla")
    await expect(page.get_by_text("There are no SLA policies")).to_be_visible()
    assert await faults(page) == []
    await add(page, "Add a policy", "其余邮件", "All other mail")
    await add(page, "Add a policy", "金牌邮件", "Gold mail")
    gold = policy(page, "Gold mail")
    hidden = gold.get_by_text("It never applies: “all-other-mail” before it takes the same")
    await expect(hidden).to_be_visible()
    await gold.get_by_role("button", name="Move Gold mail up").focus()
    await page.keyboard.press("Enter")
    await expect(gold.get_by_role("button", name="Move Gold mail down")).to_be_focused()
    await gold.get_by_role("button", name="Gold", exact=True).click()
    for channel in ("E-mail", "Fax"):
        await gold.get_by_role("button", name=channel, exact=True).click()
    await expect(hidden).to_have_count(0)
    await expect(gold.get_by_role("button", name="Basic", exact=True)).to_have_count(0)

    await type_into(gold.get_by_label("First reply within"), "2 h")
    await type_into(gold.get_by_label("Next reply within"), "")
    await gold.get_by_label("Counted in").select_option("office")
    await expect(gold).to_contain_text(
        "Gold customers by E-mail or Fax: first reply within 2 h, by the hours “office”. "
        "30 min before, who looks after it is told; when it is missed, supervisors too."
    )
    await gold.get_by_role("button", name="Add a step").click()
    step = gold.get_by_role("group", name="Escalations").get_by_role("listitem").first
    await step.get_by_label("Of which deadline").select_option("first_reply")
    await step.get_by_label("When").select_option("late")
    await type_into(step.get_by_label("How long after it is missed"), "30 min")
    await step.get_by_label("What is done").select_option("assign")
    await expect(step.get_by_text("“” is no agent: give the mail address of one.")).to_be_visible()
    await expect(bar(page)).to_contain_text("1 problem")
    await step.get_by_label("What is done").select_option("move")
    await step.get_by_label("To which queue").select_option("finance")
    await expect(step).to_contain_text("30 min after the first reply is missed: moved to Finance.")
    await expect(gold.get_by_role("group", name="What happens when")).to_contain_text(
        "2 h 30 min still open: moved to Finance"
    )
    trial = page.get_by_role("status").filter(has_text=re.compile("first reply|no deadlines"))
    await page.get_by_label("Customer’s tier").select_option("gold")
    await expect(trial).to_contain_text("Gold mail: first reply within 2 h")
    await page.get_by_label("Customer’s tier").select_option("standard")
    await expect(trial).to_contain_text("All other mail: first reply within 4 h")
    await expect(bar(page)).to_contain_text("Checked, no problem")
    await looked_at(page, "sla")
    await save(page, "gold mail first")

    found = (await in_force(stage)).sla_policies
    assert [one.key for one in found] == ["gold-mail", "all-other-mail"]
    assert (found[0].tiers, found[0].channels) == (("gold",), ("email", "fax"))
    assert (found[0].target_s, found[0].calendar_id) == ({DeadlineKind.FIRST_REPLY: 7200}, "office")
    assert found[0].escalations == (
        Escalation(
            at=StepName.LATE,
            after_s=1800,
            on=DeadlineKind.FIRST_REPLY,
            action=Act.MOVE,
            to="finance",
        ),
    )
    await page.get_by_role("button", name="Remove Gold mail").click()
    await expect(policy(page, "Gold mail")).to_have_count(0)
    await expect(bar(page)).to_contain_text("Checked, no problem")
    await save(page)
    await expect(page.get_by_role("dialog")).to_have_count(0)  # what was saved before is told yet
    await expect(bar(page)).to_have_count(0)
    assert [one.key for one in (await in_force(stage)).sla_policies] == ["all-other-mail"]
    await page.get_by_role("link", name="Changes").click()
    version = page.get_by_role("listitem", name="version 2")
    await expect(version).to_contain_text("SLA policy · gold-mail")
    await version.get_by_role("button", name="Restore").click()
    await page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    await expect(page.get_by_role("listitem", name="version 4")).to_be_visible()
    assert (await in_force(stage)).sla_policies == found


async def test_presence_says_what_becomes_of_what_an_agent_has(
    stage: Stage, consoles: Consoles
) -> None:
    page = await open_setup(consoles, "presence")
    course = page.get_by_role("group", name="After the last sign of a console")
    await expect(course).to_contain_text("1 min 20 s: Web chat back to the queue.")
    lost = page.get_by_label("A console counts as gone after")
    await type_into(lost, "2 s")
    await expect(page.get_by_text("It cannot be below 5.")).to_be_visible()
    assert await faults(page) == []
    await type_into(lost, "30 s")
    back = page.get_by_role("group", name="Contacts go back to the queue after")
    await type_into(back.get_by_label("Web chat"), "2 min")
    await type_into(back.get_by_label("Fax"), "")
    await expect(course).to_contain_text("1 min: the agent is signed out.")
    await expect(course).to_contain_text("2 min 30 s: Web chat back to the queue.")
    await expect(course).to_contain_text("15 min 30 s: E-mail, Text message back to the queue.")
    await page.get_by_label("Supervisors read unseen").click()
    await expect(bar(page)).to_contain_text("4 changes")
    await expect(bar(page)).to_contain_text("Checked, no problem")
    await looked_at(page, "presence")
    await save(page)
    found = await in_force(stage)
    assert (found.lost_s, found.return_s) == (30, {"webchat": 120, "email": 900, "sms": 900})
    assert not found.supervisors_read_unseen
    await page.get_by_role("link", name="Reasons for not ready").click()
    await page.wait_for_url("**/setup/reasons/not_ready_reasons")


async def test_privacy_says_who_opens_what_card_numbers_stand_in(
    stage: Stage, consoles: Consoles
) -> None:
    page = await open_setup(consoles, "privacy")
    means = page.get_by_role("status").filter(has_text="originals with a hidden number")
    await expect(means).to_contain_text("only the last four digits are kept")
    await expect(means).to_contain_text("opened by supervisors and administrators")
    await page.get_by_label("Originals are for").select_option("admin")
    await expect(means).to_contain_text("opened by administrators only")
    await page.get_by_label("Card numbers hidden").click()
    await expect(means).to_contain_text("Card numbers are kept and shown in full")
    await looked_at(page, "privacy")
    await page.get_by_label("Card numbers hidden").click()
    await expect(bar(page)).to_contain_text("1 change")
    await expect(bar(page)).to_contain_text("Checked, no problem")
    await save(page)
    found = await stage.hub.store.read(lambda tx, _: load_customer_settings(tx), None)
    assert (found.privacy.hide_card_numbers, found.privacy.originals) == (True, "admin")

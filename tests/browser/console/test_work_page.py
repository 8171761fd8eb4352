"""Offers, capacity, kinds of agents and the last agent in the set-up: checked, saved, undone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from hub.routing.settings import Profile, Pulling
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .setup_stage import a_stage_with_setup, bar, open_setup, save, type_into
from .test_deadline_pages import in_force, looked_at
from .test_looks import faults


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage_with_setup(tmp_path) as opened:
        yield opened


async def test_how_contacts_are_offered_is_changed_and_undone(
    stage: Stage, consoles: Consoles
) -> None:
    page = await open_setup(consoles, "work")
    before = await in_force(stage)
    await type_into(page.get_by_label("Not ready after missing, Web chat"), "0")
    await expect(page.get_by_text("It cannot be below 1.")).to_be_visible()
    assert await faults(page) == []
    await type_into(page.get_by_label("Not ready after missing, Web chat"), "4")
    await type_into(page.get_by_label("Time to accept, E-mail"), "2 min")
    again = page.get_by_role("group", name="Offered to the same agent again after")
    await again.get_by_role("button", name="Add a time").click()
    await type_into(again.get_by_role("textbox", name="Time 1", exact=True), "45 s")
    await again.get_by_role("button", name="Remove time 2").click()
    late = page.get_by_role("group", name="Audio is joined first")
    await late.get_by_role("button", name="Web chat").click()
    await type_into(page.get_by_label("Time to join the audio"), "12 s")
    held = page.get_by_role("group", name="Cannot be declined")
    await held.get_by_role("button", name="Web chat").click()
    await held.get_by_role("button", name="Phone").click()
    await page.get_by_label("Who declines says why").click()
    await page.get_by_role("button", name="Supervisors and agents").click()
    await expect(bar(page)).to_contain_text("Checked, no problem")
    await save(page, "calmer offers")
    await expect(bar(page)).to_have_count(0)
    found = await in_force(stage)
    chat, phone = found.channels["webchat"], found.channels["phone"]
    assert (chat.missed_limit, chat.connect_s, chat.may_decline) == (4, 12, False)
    assert (phone.may_decline, phone.decline_needs_reason) == (True, False)
    assert (found.channels["email"].offer_s, found.backoff_s) == (120, (45, 120, 240))
    assert found.pull is Pulling.AGENTS

    await page.get_by_role("link", name="Changes").click()
    version = page.get_by_role("listitem", name="version 2")
    await expect(version).to_contain_text("Offers · Cannot be declined: Phone → Web chat")
    await expect(version).to_contain_text("Supervisors → Supervisors and agents")
    restored = page.get_by_role("listitem", name="version 1")
    await restored.get_by_role("button", name="Restore").click()
    await page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    await expect(page.get_by_role("listitem", name="version 3")).to_be_visible()
    assert await in_force(stage) == before


async def test_capacity_says_what_an_agent_has_at_once_and_kinds_of_agents_what_differs(
    stage: Stage, consoles: Consoles
) -> None:
    page = await open_setup(consoles, "work")
    rooms = page.get_by_role("status").filter(has_text="At once an agent has").first
    await expect(rooms).to_contain_text("1 × Phone or 3 × Web chat or 2 × E-mail")
    await type_into(page.get_by_label("At most, Web chat").first, "6")
    await expect(rooms).to_contain_text("Web chat: 6 are allowed, but there is room for 3 only.")
    await type_into(page.get_by_label("Costs, Phone").first, "120")
    problem = "It is more than one agent has in all"
    await expect(page.get_by_text(problem)).to_be_visible()
    await type_into(page.get_by_label("Units of an agent"), "120")
    await expect(page.get_by_text(problem)).to_have_count(0)
    aside = page.get_by_role("group", name="Set aside for a live contact")
    await aside.get_by_role("button", name="Fax").click()
    await type_into(page.get_by_label("Back to the queue when left untouched for"), "2 h")
    await type_into(page.get_by_label("Comfortable below, Web chat"), "")
    await type_into(page.get_by_label("Kept idle, Phone"), "2")

    await page.get_by_role("button", name="Add a kind").click()
    box = page.get_by_role("dialog")
    await box.get_by_label("Name in Chinese").fill("聊天专家")
    await box.get_by_label("Name in English").fill("Chat expert")
    await box.get_by_role("button", name="Add").click()
    kinds = page.get_by_role("list", name="Kinds of agents").locator("> li")
    expert = kinds.filter(has_text="Chat expert")
    await type_into(expert.get_by_label("At most, Web chat"), "5")
    await type_into(expert.get_by_label("Costs, Web chat"), "20")
    await expect(expert.get_by_role("status")).to_contain_text("5 × Web chat")
    trainee = kinds.filter(has_text="trainee")
    await trainee.get_by_role("button", name="trainee", exact=True).click()
    await trainee.get_by_label("Name in English").fill("Trainee")
    await expect(trainee.get_by_text("It is missing.")).to_be_visible()
    await trainee.get_by_label("Name in Chinese").fill("新人")
    window = page.get_by_label("Preferred within, Phone")
    await type_into(window, "8 h")
    await type_into(page.get_by_label("Waited for, if busy, E-mail"), "")
    await expect(bar(page)).to_contain_text("Checked, no problem")
    await looked_at(page, "work")
    await save(page)
    await expect(bar(page)).to_have_count(0)

    found = await in_force(stage)
    assert (found.capacity, found.channels["phone"].cost, found.untouched_s) == (120, 120, 7200)
    assert not found.channels["fax"].interruptible
    assert (found.channels["webchat"].comfort, found.channels["webchat"].maximum) == (0, 6)
    assert (found.channels["phone"].sticky_window_s, found.channels["email"].sticky_wait_s) == (
        28_800,
        0,
    )
    assert [one.keep for one in found.queues["support"].reserves] == [2]
    assert found.profiles == {
        "trainee": Profile(maxima={"webchat": 1}),
        "chat-expert": Profile(maxima={"webchat": 5}, costs={"webchat": 20}),
    }
    await page.get_by_role("link", name="Skills").click()
    cell = page.get_by_role("gridcell", name=re.compile("profile")).first
    await cell.click()
    await expect(page.get_by_role("button", name="Chat expert")).to_be_visible()

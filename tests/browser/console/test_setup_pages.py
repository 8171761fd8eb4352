"""The set-up in pages: changed, checked, saved, followed by everybody, and brought back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from playwright.async_api import Browser, expect
from sqlalchemy import select

from hub.routing.settings import load_settings
from hub.routing.tables import agent_skills
from hub.setup import ApplySetup, apply_setup
from hub.setup.model import AgentSetup
from hub.setup.service import get_setup
from hub.setup.versions import ListVersions, list_versions
from hub.storage import Tx
from tests.scenarios.stage import Stage, a_stage

from .conftest import Consoles
from .setup_stage import a_stage_with_setup, bar, open_setup, save, shown, type_into
from .test_looks import faults, wear


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage_with_setup(tmp_path) as opened:
        yield opened


async def target(stage: Stage, queue: str = "support") -> float:
    settings = await stage.hub.store.read(lambda tx, _: load_settings(tx), None)
    return settings.target_s(queue, "gold", "phone")


async def test_a_target_and_a_name_are_changed_checked_saved_and_everybody_follows(
    stage: Stage, consoles: Consoles
) -> None:
    wall = await consoles.enter("Zhou", role="supervisor", ready=False)
    row = wall.get_by_role("row", name=re.compile("Support"))
    await expect(row).to_be_visible()
    page = await open_setup(consoles, "tiers")
    await type_into(page.get_by_label("Gold, Phone"), "0.5 min")
    await expect(bar(page)).to_contain_text("1 change")
    await expect(bar(page)).to_contain_text("Checked, no problem")
    assert await target(stage) == 10  # nothing holds before it is saved
    await page.get_by_role("link", name="Queues", exact=True).click()
    await page.get_by_label("Name in English").fill("First line")
    await expect(bar(page)).to_contain_text("2 changes")
    await page.get_by_role("button", name="Save…").click()
    dialog = page.get_by_role("dialog", name="Save 2 changes")
    await expect(dialog).to_contain_text("Answer targets · Phone · Gold10 s → 30 s")
    await shown(page, "save")
    assert await faults(page) == []
    await dialog.get_by_label("Note").fill("Slower at night")
    await dialog.get_by_role("button", name="Save and put in force").click()
    await expect(page.get_by_text("The set-up is saved and in force")).to_be_visible()
    await expect(bar(page)).to_be_hidden()
    assert await target(stage) == 30
    await expect(wall.get_by_role("row", name=re.compile("First line"))).to_be_visible()
    await page.get_by_role("link", name="Changes").click()
    newest = page.get_by_role("listitem", name="version 2")
    await expect(newest).to_contain_text("Wang")
    await expect(newest).to_contain_text("Slower at night")
    await expect(newest).to_contain_text("Answer targets · Phone · Gold: 10 s → 30 s")
    await shown(page, "changes")


async def test_a_circle_is_refused_at_its_place_and_what_runs_stays(
    stage: Stage, consoles: Consoles
) -> None:
    page = await open_setup(consoles, "overflow/support")
    for queue, helper in (("Support", "queue:repair"), ("Repairs", "queue:support")):
        await page.get_by_role("button", name=re.compile(f"^{queue} ")).click()
        await page.get_by_role("button", name="Add a rule").click()
        await page.get_by_label("Who helps").last.select_option(helper)
    await expect(page.get_by_text("help each other in a circle (red)")).to_be_visible()
    await expect(page.locator("path.stroke-breach[stroke-dasharray]")).to_have_count(2)
    await expect(bar(page)).to_contain_text("1 problem")
    await expect(page.get_by_role("button", name="Save…")).to_be_disabled()
    await bar(page).get_by_role("button", name="1 problem").click()
    await expect(bar(page)).to_contain_text("help each other in a circle")
    await shown(page, "circle")
    assert await faults(page) == []
    await page.get_by_role("link", name="Hours", exact=True).click()
    await bar(page).get_by_role("button", name=re.compile("^Show:")).click()
    await page.wait_for_url("**/setup/overflow/*")
    await expect(page.get_by_role("list").get_by_text("in a circle").first).to_be_visible()
    assert len(await stage.hub.store.read(list_versions, ListVersions(10))) == 1
    await page.get_by_role("button", name="Remove rule 1").click()
    await expect(bar(page)).to_contain_text("Checked, no problem")


async def test_skills_are_set_with_the_keyboard_alone(stage: Stage, consoles: Consoles) -> None:
    li = await stage.hire("Li")
    page = await open_setup(consoles, "skills")
    grid = page.get_by_role("grid", name="Skills")
    await expect(grid.get_by_role("row")).to_have_count(3)
    await page.get_by_role("button", name="Edit the skill Repair").focus()
    await page.keyboard.press("Tab")
    await expect(grid.locator("[data-cell='0:1']")).to_be_focused()
    for key in ("4", "Tab", "2", "ArrowDown", "5", "ArrowUp", "0"):
        await page.keyboard.press(key)
    await expect(grid.get_by_role("gridcell", name="Li, English, grade 4, changed")).to_be_visible()
    await expect(bar(page)).to_contain_text("2 changes")
    await shown(page, "skills")
    assert await faults(page) == []
    await page.keyboard.press("Home")
    await page.keyboard.press("1")
    await expect(grid.get_by_role("gridcell", name="Li, profile, trainee")).to_be_focused()
    await save(page)

    def grades(tx: Tx, _: None) -> dict[str, int]:
        own = agent_skills.c.agent_id == stage.agents["Li"]
        return {
            row.skill_id: row.proficiency for row in tx.execute(select(agent_skills).where(own))
        }

    assert li
    assert await stage.hub.store.read(grades, None) == {"english": 4}


async def test_an_earlier_version_is_restored_and_the_page_shows_it(
    stage: Stage, consoles: Consoles
) -> None:
    page = await open_setup(consoles, "tiers")
    await type_into(page.get_by_label("Gold, Phone"), "30 s")
    await save(page, "a mistake")
    assert await target(stage) == 30
    await page.get_by_role("link", name="Changes").click()
    first = page.get_by_role("listitem", name="version 1")
    await expect(first).to_contain_text("Command line")
    await first.get_by_role("button", name="Restore").click()
    dialog = page.get_by_role("dialog", name="Restore version 1?")
    await expect(dialog).to_be_visible()
    await shown(page, "restore")
    assert await faults(page) == []
    await dialog.get_by_role("button", name="Restore").click()
    await expect(page.get_by_text("Version 1 is in force again")).to_be_visible()
    newest = page.get_by_role("listitem", name="version 3")
    await expect(newest).to_contain_text("restored from version 1")
    await expect(newest).to_contain_text("in force")
    assert await target(stage) == 10
    await page.get_by_role("link", name="Tiers & targets").click()
    await expect(page.get_by_label("Gold, Phone")).to_have_value("10 s")


def name_many(tx: Tx, _: None) -> None:
    """A version that a file made names sixty agents who are no users; the next one forgets them."""
    in_force, setup = get_setup(tx, {})
    agents = {f"new{n}@hub.test": AgentSetup(skills={"repair": 2}) for n in range(60)}
    named = msgspec.structs.replace(setup, agents=agents)
    apply_setup(tx, ApplySetup(named, base=in_force.id))
    apply_setup(tx, ApplySetup(setup, base=get_setup(tx, {})[0].id))


async def test_what_is_to_be_known_of_a_restored_version_is_shown(
    stage: Stage, consoles: Consoles
) -> None:
    await stage.hub.store.write(name_many, None)
    page = await open_setup(consoles, "changes")
    second = page.get_by_role("listitem", name="version 2")
    await second.get_by_role("button", name="Show 50 of 60").click()
    await expect(second).to_contain_text("and 10 more")
    await second.get_by_role("button", name="Restore").click()
    dialog = page.get_by_role("dialog", name="Restore version 2?")
    await dialog.get_by_role("button", name="Restore").click()
    known = page.get_by_role("status").filter(has_text="What there is to know")
    await expect(known).to_contain_text("new59@hub.test is no user yet.")
    await shown(page, "restored-with")
    assert await faults(page) == []
    await known.get_by_role("button", name="Close").click()
    await expect(known).to_have_count(0)
    await expect(page.get_by_role("listitem", name="version 4")).to_contain_text("in force")


async def test_whoever_saves_second_is_told_and_loses_nothing(
    stage: Stage, consoles: Consoles
) -> None:
    first = await open_setup(consoles, "tiers")
    second = await consoles.enter("Chen", role="admin", ready=False)
    await second.goto(f"{stage.hub.base_url}/setup/tiers")
    await type_into(second.get_by_label("Rising, Phone"), "25 s")
    await expect(bar(second)).to_contain_text("Checked, no problem")
    await type_into(first.get_by_label("Gold, Phone"), "15 s")
    await save(first, "for the fair")
    await bar(second).get_by_role("button", name=re.compile("Wang has saved")).click()
    dialog = second.get_by_role("dialog", name="Wang has changed the set-up")
    await expect(dialog).to_contain_text("for the fair")
    await expect(dialog).to_contain_text("Answer targets · Phone · Rising20 s → 25 s")
    await shown(second, "overtaken")
    assert await faults(second) == []
    await dialog.get_by_role("button", name="Drop my changes and load it").click()
    await expect(second.get_by_label("Gold, Phone")).to_have_value("15 s")
    await expect(
        second.get_by_role("region", name="Your changes that were not saved")
    ).to_contain_text("25 s")
    await expect(bar(second)).to_be_hidden()
    await shown(second, "lost")
    assert await faults(second) == []


async def test_leaving_with_changes_asks_and_an_unreadable_time_holds_saving_up(
    stage: Stage, consoles: Consoles
) -> None:
    page = await open_setup(consoles, "tiers")
    field = page.get_by_label("Gold, Phone")
    await type_into(field, "soon")
    await expect(bar(page)).to_contain_text("1 field cannot be read")
    await expect(page.get_by_role("button", name="Save…")).to_be_disabled()
    await type_into(field, "30")
    await expect(bar(page)).to_contain_text("Checked, no problem")
    await page.get_by_role("link", name="Knowledge").click()
    dialog = page.get_by_role("dialog", name="There are changes that are not saved")
    await expect(dialog).to_contain_text("10 s → 30 s")
    assert await faults(page) == []
    await dialog.get_by_role("button", name="Keep editing").click()
    await expect(field).to_have_value("30 s")
    await page.get_by_role("link", name="Knowledge").click()
    await dialog.get_by_role("button", name="Discard and leave").click()
    await page.wait_for_url("**/knowledge")
    await page.get_by_role("link", name="Set-up").click()
    await page.get_by_role("link", name="Tiers & targets").click()
    await expect(field).to_have_value("10 s")


async def test_hours_are_called_by_their_name(stage: Stage, consoles: Consoles) -> None:
    page = await open_setup(consoles, "hours")
    await page.get_by_role("button", name="Add", exact=True).click()
    box = page.get_by_role("dialog")
    await box.get_by_label("Name in Chinese").fill("夜班")
    await box.get_by_label("Name in English").fill("Night shift")
    await box.get_by_role("button", name="Add").click()
    await page.wait_for_url("**/setup/hours/night-shift")
    await page.get_by_role("button", name="office").click()
    await page.get_by_label("Name in English").fill("Office hours")
    await expect(page.get_by_text("It is missing.")).to_be_visible()  # in the other language
    await page.get_by_label("Name in Chinese").fill("办公时间")
    await expect(bar(page)).to_contain_text("Checked, no problem")
    await page.get_by_role("link", name="Queues").click()
    await expect(page.get_by_role("link", name="Finance")).to_contain_text("Office hours")
    await save(page)
    await expect(bar(page)).to_have_count(0)
    await page.get_by_role("link", name="Changes").click()
    version = page.get_by_role("listitem", name="version 2")
    await expect(version).to_contain_text("Hours · Office hours · Name in English")
    await expect(version).to_contain_text("Hours · Night shift")
    await page.goto(f"{consoles.hub.base_url}/setup/queues/finance")
    await wear(page, "zh-CN", "light")
    hours = page.get_by_label("营业时间")
    await expect(hours.locator("option:checked")).to_contain_text("办公时间")


async def test_hours_are_typed_into_the_week_and_a_night_goes_on_next_day(
    stage: Stage, consoles: Consoles
) -> None:
    page = await open_setup(consoles, "hours/office")
    words = page.get_by_label("In words")
    await expect(words).to_have_value("Mon-Fri 09:00-12:00,13:30-18:00; Sat 22:00-06:00")
    await type_into(page.get_by_label("Mon, span 2, closes"), "19")
    await expect(words).to_have_value(
        "Mon 09:00-12:00,13:30-19:00; Tue-Fri 09:00-12:00,13:30-18:00; Sat 22:00-06:00"
    )
    await page.get_by_role("button", name="Copy Mon to").click()
    await page.get_by_role("menuitem", name="Monday to Friday").click()
    await expect(words).to_have_value("Mon-Fri 09:00-12:00,13:30-19:00; Sat 22:00-06:00")
    await page.get_by_label("Date").fill("2027-02-06")
    await page.get_by_role("button", name="Add the day").click()
    await shown(page, "hours")
    assert await faults(page) == []
    await save(page)
    settings = await stage.hub.store.read(lambda tx, _: load_settings(tx), None)
    assert settings.calendars["office"].hours.startswith("Mon-Fri 09:00-12:00,13:30-19:00")
    assert "closed" in settings.calendars["office"].special.values()


async def test_a_queue_is_added_and_another_retired_with_one_in_its_place(
    stage: Stage, consoles: Consoles
) -> None:
    page = await open_setup(consoles, "queues")
    await page.get_by_role("button", name="Add", exact=True).click()
    dialog = page.get_by_role("dialog", name="Add a queue")
    await dialog.get_by_label("Name in Chinese").fill("配件")
    await dialog.get_by_label("Name in English").fill("Spare parts")
    await expect(dialog.get_by_label("Key")).to_have_value("spare-parts")
    assert await faults(page) == []
    await dialog.get_by_role("button", name="Add").click()
    await page.wait_for_url("**/setup/queues/spare-parts")
    await page.get_by_role("group", name="Teams").get_by_role("button", name="Front desk").click()
    await page.get_by_role("group", name="Teams").get_by_role("button", name="Back office").click()
    await expect(bar(page)).to_contain_text("1 warning")  # nobody is in that team
    await bar(page).get_by_role("button", name="1 warning").click()
    await shown(page, "warning")
    await page.get_by_role("link", name=re.compile("^Finance")).click()
    await page.get_by_role("button", name="Retire").click()
    retire = page.get_by_role("dialog", name="Retire “Finance”")
    await expect(retire).to_contain_text("finance-mail")
    await expect(retire.get_by_role("button", name="Retire")).to_be_disabled()
    await retire.get_by_label("Which queue stands in its place").select_option("support")
    await shown(page, "retire")
    assert await faults(page) == []
    await retire.get_by_role("button", name="Retire").click()
    await page.get_by_role("button", name="Save…").click()
    await expect(page.get_by_role("dialog")).to_contain_text("Nobody can serve “Spare parts”")
    await page.keyboard.press("Escape")
    await save(page)
    settings = await stage.hub.store.read(lambda tx, _: load_settings(tx), None)
    assert set(settings.queues) == {"support", "repair", "spare-parts"}


async def test_what_cannot_be_saved_is_kept_and_saved_once_it_can(
    stage: Stage, consoles: Consoles
) -> None:
    page = await open_setup(consoles, "tiers")
    await type_into(page.get_by_label("Gold, Phone"), "30 s")
    await expect(bar(page)).to_contain_text("Checked, no problem")
    document = "**/api/v1/setup/document"
    await page.route(document, lambda route: route.abort())
    await page.get_by_role("button", name="Save…").click()
    dialog = page.get_by_role("dialog", name="Save 1 change")
    await dialog.get_by_role("button", name="Save and put in force").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("cannot be reached")
    assert await target(stage) == 10
    await page.unroute(document)
    await dialog.get_by_role("button", name="Save and put in force").click()
    await expect(page.get_by_text("The set-up is saved and in force")).to_be_visible()
    assert await target(stage) == 30


async def test_a_tier_moves_with_its_targets_and_a_new_one_is_as_slow_as_the_last(
    stage: Stage, consoles: Consoles
) -> None:
    page = await open_setup(consoles, "tiers")
    await page.get_by_role("button", name="Move Rising up").click()
    await expect(page.get_by_role("button", name="Move Rising down")).to_be_focused()
    await expect(bar(page)).to_contain_text("1 change")
    await type_into(page.get_by_label("Rising, Callback"), "15 min")  # the stage has none of these
    await expect(page.get_by_label("Basic, Callback")).to_have_value("15 min")
    await page.get_by_role("button", name="Add a tier").click()
    dialog = page.get_by_role("dialog", name="Add a tier")
    await dialog.get_by_label("Name in Chinese").fill("新客")
    await dialog.get_by_label("Name in English").fill("Newcomer")
    await dialog.get_by_role("button", name="Add").click()
    await expect(page.get_by_label("Newcomer, E-mail")).to_have_value("8 h")
    await page.get_by_role("button", name="Edit Gold").click()
    await expect(page.get_by_role("dialog", name="Gold")).to_be_visible()
    await shown(page, "tier")
    assert await faults(page) == []
    await page.get_by_role("button", name="Done").click()
    await save(page)
    settings = await stage.hub.store.read(lambda tx, _: load_settings(tx), None)
    assert settings.tiers == ("potential_gold", "gold", "standard", "low", "newcomer")
    phone = [settings.target_s("support", tier, "phone") for tier in settings.tiers]
    assert phone == [20, 10, 40, 60, 60]


async def test_before_the_first_set_up_the_page_says_how_to_begin(
    tmp_path: Path, browser: Browser
) -> None:
    async with a_stage(tmp_path) as stage:
        consoles = Consoles(stage.hub, browser)
        page = await open_setup(consoles, "queues")
        await expect(page.get_by_text("There is no set-up yet")).to_be_visible()
        await expect(page.get_by_text("hub apply contact_center.toml")).to_be_visible()
        assert await faults(page) == []
        assert consoles.complaints == []


@pytest.mark.parametrize("role", ["agent", "supervisor"])
async def test_who_is_no_admin_gets_no_page(stage: Stage, consoles: Consoles, role: str) -> None:
    page = await consoles.enter("Li", role=role, ready=False)
    await expect(page.get_by_role("link", name="Set-up")).to_have_count(0)
    await page.goto(f"{stage.hub.base_url}/setup/tiers")
    await page.wait_for_url("**/desk")

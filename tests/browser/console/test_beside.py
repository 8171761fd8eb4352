"""Colleagues beside each other: who looks and writes, notes that mention, what closing asks for."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import msgspec
from playwright.async_api import Page, expect
from sqlalchemy import update

from hub.contacts.closing import Choice, ClosingField, FieldKind
from hub.contacts.tables import reasons
from hub.routing.settings import load_settings, save_settings
from hub.storage import Tx
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_desk import accept_by_keys, begin_reply
from .test_looks import PHONE, faults

FIELDS = (
    ClosingField(key="amount", zh="金额", en="Amount", kind=FieldKind.NUMBER, unit="CNY", least=0),
    ClosingField(
        key="cause",
        zh="原因",
        en="Cause",
        kind=FieldKind.CHOICE,
        choices=(Choice("wear", "磨损", "Wear"), Choice("misuse", "误用", "Misuse")),
    ),
)


def ask_for_fields(tx: Tx, _: None) -> None:
    save_settings(tx, msgspec.structs.replace(load_settings(tx), closing_fields=FIELDS))
    asked: list[dict[str, Any]] = [{"field": one.key, "required": True} for one in FIELDS]
    tx.execute(update(reasons).where(reasons.c.id == "repair").values(asks=asked))


async def seen(page: Page, name: str) -> None:
    """Keep a picture where a person asked for them (SHOTS names a folder)."""
    if folder := os.environ.get("SHOTS"):
        await page.screenshot(path=str(Path(folder) / f"{name}.png"))


async def test_two_agents_at_one_contact_know_of_each_other(
    stage: Stage, consoles: Consoles
) -> None:
    mine = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("My kettle is broken.")
        await accept_by_keys(mine)
        other = await consoles.enter("Wang", ready=False)
        await other.goto(mine.url)
        here = mine.locator("[data-here-now]").get_by_role("button")
        await expect(here).to_have_accessible_name("Wang has this open, too")
        await expect(mine.locator("[data-contact] [data-viewers]")).to_be_visible()
        await other.get_by_role("button", name="Add note").click()
        await other.get_by_role("textbox", name="Note").fill("@l")
        option = other.get_by_role("option", name="Li")
        await expect(option).to_be_visible()
        # One more key: on a slow machine the first may be older than what "is writing" lasts.
        await other.get_by_role("textbox", name="Note").press("i")
        await expect(here).to_have_accessible_name("Wang is writing a note")
        await expect(option).to_be_visible()
        await begin_reply(mine)
        await mine.keyboard.type("We")
        late = mine.locator("[data-writing]")
        await expect(late).to_contain_text("Wang is writing a note")
        await expect(late).to_contain_text("and began before you")
        await seen(mine, "collision")
        await seen(other, "mention")
        assert await faults(mine) == []
        assert await faults(other) == []
        await other.keyboard.press("Enter")
        await expect(other.get_by_role("textbox", name="Note")).to_have_value("@Li ")
        await other.keyboard.type("it is the fuse")
        await other.keyboard.press("Control+Enter")
        await expect(mine.get_by_role("log").locator("strong")).to_have_text("@Li")
        await expect(late).to_have_count(0)
        await expect(
            mine.get_by_text("You are mentioned. Wang: @Li it is the fuse")
        ).to_be_visible()
        await other.close()
        await expect(mine.locator("[data-here-now]").get_by_role("button")).to_have_count(0)


async def test_a_mention_waits_in_the_list_and_leads_to_its_note(
    stage: Stage, consoles: Consoles
) -> None:
    asker = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("My kettle is broken.\n" * 60)
        await accept_by_keys(asker)
        reader = await consoles.enter("Wang", ready=False)
        await asker.keyboard.press("n")
        await asker.keyboard.type("@wa")
        await expect(asker.get_by_role("option", name="Wang")).to_be_visible()
        await asker.keyboard.press("Enter")
        await asker.keyboard.type("please look")
        await asker.keyboard.press("Control+Enter")
        own = asker.locator("article").filter(has_text="please look")
        await expect(own).to_be_in_viewport(ratio=1)
        line = reader.locator("[data-mention]")
        await reader.goto(f"{stage.hub.base_url}/mentions")
        await expect(line).to_contain_text("@Wang please look")
        await seen(reader, "mentions")
        assert await faults(reader) == []
        await reader.goto(f"{stage.hub.base_url}/desk")
        tab = reader.get_by_role("button", name="To do")
        await expect(tab).to_contain_text("1")
        await tab.click()
        await expect(line).to_be_visible()
        await seen(reader, "to_do")
        await line.focus()
        await reader.keyboard.press("Enter")
        note = reader.locator("article[data-seq]").filter(has_text="please look")
        await expect(note).to_be_focused()
        # The jump is made once, and the list still shows what it showed.
        await expect(reader).to_have_url(re.compile(r"/desk/[^?]+\?view=to_do$"))
        await reader.goto(f"{stage.hub.base_url}/mentions")
        await expect(reader.get_by_text("Nothing unread")).to_be_visible()
        await own.get_by_role("button", name="Edit").click()
        await expect(asker.get_by_role("textbox", name="Edit", exact=True)).to_be_focused()
        await asker.keyboard.type(" now")
        await asker.keyboard.press("Control+Enter")
        await expect(own).to_contain_text("please look now")
        await own.get_by_role("button", name="edited").click()
        await expect(own).to_contain_text("What it said before")
        await expect(own).to_be_in_viewport(ratio=1)  # it grew, and its end is still seen
        await seen(asker, "note_history")


async def test_who_steers_is_told_that_help_is_asked_for_and_opens_it_from_there(
    stage: Stage, consoles: Consoles
) -> None:
    asker = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("My kettle is broken.")
        await accept_by_keys(asker)
        helper = await consoles.enter("Wang", role="supervisor", ready=False)
        await asker.get_by_role("button", name="More", exact=True).first.press("Enter")
        await asker.get_by_role("menuitem", name="Ask a supervisor for help…").press("Enter")
        dialog = asker.get_by_role("dialog", name="Ask a supervisor for help")
        await dialog.get_by_role("textbox").fill("May I send a new one?")
        await seen(asker, "asking")
        assert await faults(asker) == []
        await dialog.get_by_role("button", name="Ask for help").click()
        await expect(dialog).to_be_hidden()
        await expect(asker.get_by_text("The supervisors are told.")).to_be_visible()
        told = helper.get_by_text("Help is asked for. Li: May I send a new one?")
        await expect(told).to_be_visible()
        await seen(helper, "asked")
        await expect(helper).to_have_title(re.compile(r"^\(1\)"))
        await helper.get_by_role("button", name="Open", exact=True).click()
        await helper.wait_for_url(f"**/desk/{asker.url.rpartition('/')[2]}")
        await expect(helper.get_by_role("log")).to_contain_text("May I send a new one?")
        await expect(helper).not_to_have_title(re.compile(r"^\(1\)"))


async def test_closing_asks_for_what_the_reason_needs_and_the_day_counts_it(
    stage: Stage, consoles: Consoles
) -> None:
    await stage.hub.store.write(ask_for_fields, None)
    page = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("My kettle is broken.")
        await accept_by_keys(page)
        await page.get_by_role("button", name="Finish", exact=True).click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("searchbox").fill("wx")
        await dialog.get_by_role("radio", name="Repair").check(force=True)
        await dialog.get_by_role("combobox", name="Outcome").select_option("solved")
        submit = dialog.locator("button[type=submit]")
        await expect(submit).to_be_disabled()
        await dialog.get_by_role("spinbutton", name="Amount (CNY)").fill("20")
        await dialog.get_by_role("combobox", name="Cause").select_option("wear")
        await seen(page, "closing")
        assert await faults(page) == []
        await submit.click()
        await expect(dialog).to_be_hidden()
    numbers = page.locator("[data-my-numbers]")
    await expect(numbers).to_contain_text("Contacts taken")
    await seen(page, "empty_desk")
    await numbers.get_by_role("link").click()
    await expect(page.get_by_role("heading", name="My day")).to_be_visible()
    await expect(page.get_by_role("table")).to_contain_text("Web chat")
    await seen(page, "my_day")
    assert await faults(page) == []


async def test_on_a_phone_what_is_told_leaves_the_button_of_a_note_free(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("My kettle is broken.")
        await accept_by_keys(page)
        await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
        await page.get_by_role("tab", name="Note").click()
        await page.get_by_role("textbox", name="Note").fill("Promised a new one.")
        await page.locator("main button[aria-label=More]").click()
        await page.get_by_role("menuitem", name="Copy reference").click()
        told = page.get_by_text("Reference copied")
        await expect(told).to_be_visible()
        await told.hover()  # it stays as long as somebody reads it
        await seen(page, "told-on-a-phone")
        foot = page.get_by_role("region", name="Composer")
        told_box, foot_box = await told.bounding_box(), await foot.bounding_box()
        assert told_box is not None
        assert foot_box is not None
        assert told_box["y"] + told_box["height"] <= foot_box["y"]
        await page.get_by_role("button", name="Add note").last.click(trial=True)
        await expect(told).to_be_visible()

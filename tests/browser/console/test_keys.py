"""Commands by keys of one's own, by the command bar, and in the help: the keyboard alone."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect

from tests.scenarios.stage import Stage

from .conftest import Consoles, is_live
from .test_desk import accept_by_keys


def line_of(page: Page, name: str) -> Locator:
    return page.get_by_role("listitem").filter(has_text=name)


async def change(page: Page, name: str, *keys: str) -> None:
    """Give the command other keys, by keyboard from its pencil on."""
    await page.get_by_role("button", name=f"Change: {name}", exact=True).focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("textbox", name=f"New key: {name}")).to_be_focused()
    for key in keys:
        await page.keyboard.press(key)
    await page.keyboard.press("Enter")


async def test_a_contact_is_handled_by_keys_of_ones_own(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li")
    await page.goto(f"{stage.hub.base_url}/settings")
    await change(page, "Write a note", "y")
    await change(page, "Finish the contact", "g", "e")
    await change(page, "Go to the desk", "h")
    await expect(line_of(page, "Write a note")).to_contain_text("y")
    await page.reload()  # they are kept
    await is_live(page)
    await page.locator("h1").first.click()
    await page.keyboard.press("h")
    await page.wait_for_url("**/desk*")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("Hello?")
        await accept_by_keys(page)
        await expect(page.get_by_role("log")).to_contain_text("Hello?")
        await page.get_by_role("log").focus()
        await page.keyboard.press("n")  # no key of anything any more
        await expect(page.get_by_role("tab", name="Note")).to_have_attribute(
            "aria-selected", "false"
        )
        await page.keyboard.press("y")
        await page.keyboard.type("Asked before.")
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_role("log")).to_contain_text("Asked before.")
        await page.get_by_role("log").focus()
        await page.keyboard.press("e")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await page.keyboard.press("g")
        await page.keyboard.press("e")
        await expect(page.get_by_role("dialog")).to_be_visible()


async def test_keys_of_another_command_are_taken_only_when_asked(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    await page.goto(f"{stage.hub.base_url}/settings")
    await change(page, "Write a note", "t")
    told = page.get_by_role("alert")
    await expect(told).to_contain_text("Transfer")
    await told.get_by_role("button", name="Use it here").click()
    await expect(line_of(page, "Write a note")).to_contain_text("t")
    transfer = page.get_by_role("listitem").filter(
        has=page.get_by_role("button", name="Change: Transfer", exact=True)
    )
    await expect(transfer).to_contain_text("off")
    await page.get_by_role("button", name="Reset all").click()
    await expect(transfer).not_to_contain_text("off")


async def test_the_command_bar_does_what_is_named(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("Hello?")
        await accept_by_keys(page)
        await expect(page.get_by_role("log")).to_contain_text("Hello?")
        await page.keyboard.press("Control+k")
        await page.keyboard.type("write a n")
        await expect(page.get_by_role("option")).to_have_count(2)  # and to search for it everywhere
        await expect(page.get_by_role("option", name="Write a note")).to_be_visible()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("tab", name="Note")).to_have_attribute(
            "aria-selected", "true"
        )
        await page.keyboard.type("Typed into the note")
        await expect(page.get_by_role("textbox")).to_have_value("Typed into the note")
        await page.keyboard.press("Control+k")
        await page.keyboard.type("theme dark")
        await expect(page.get_by_role("option", name="Theme: Dark")).to_be_visible()
        await page.keyboard.press("Enter")
        await expect(page.locator("html")).to_have_attribute("data-theme", "dark")


async def test_the_second_key_of_a_way_is_nothing_else(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Wang", role="supervisor")
    await page.keyboard.press("g")
    await page.keyboard.press("b")
    await page.wait_for_url("**/callbacks")
    await expect(page.get_by_role("button", name="State: Ready")).to_be_visible()

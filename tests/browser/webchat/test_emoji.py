"""The emoji of the widget, by mouse, touch and keyboard."""

from __future__ import annotations

from playwright.async_api import BrowserContext, Page, expect

from .conftest import Site
from .test_barriers import AXE, barriers
from .test_widget import composer, log, open_chat, window


async def test_emoji_are_chosen_by_keyboard_and_what_is_typed_stays(page: Page, site: Site) -> None:
    await open_chat(page)
    await composer(page).fill("Hi :) there")
    await composer(page).press("Home")
    button = window(page).get_by_role("button", name="Insert an emoji")
    await button.focus()
    await page.keyboard.press("Enter")
    grid = window(page).get_by_role("grid", name="Insert an emoji")
    await expect(grid.get_by_role("button", name="Grin")).to_be_focused()
    await expect(grid.get_by_role("button")).to_have_count(24)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowRight")
    await expect(grid.get_by_role("button", name="Crying loudly")).to_be_focused()
    await page.evaluate(AXE.read_text())
    assert await barriers(page, "the emoji") == []
    await page.keyboard.press("Enter")
    await expect(composer(page)).to_have_value("😭Hi :) there")
    await expect(composer(page)).to_be_focused()
    await page.keyboard.press("Escape")  # the emoji go, the chat stays
    await expect(grid).to_be_hidden()
    await expect(composer(page)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(log(page)).to_contain_text("😭Hi :) there")
    await expect(log(page)).to_contain_text("Sent")
    assert [inbound.text for inbound in site.door.inbounds] == ["😭Hi :) there"]


async def test_emoji_are_touched_on_a_narrow_dark_chinese_screen(
    context: BrowserContext, site: Site
) -> None:
    page = await context.new_page()
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.emulate_media(color_scheme="dark")
    await page.goto(site.url.replace("lang=en", "lang=zh-CN"))
    await page.get_by_role("button", name="打开在线客服").click()
    chat = page.get_by_role("dialog", name="在线客服")
    box = chat.get_by_role("textbox")
    await expect(box).to_be_focused()
    await chat.get_by_role("button", name="插入表情").click()
    grid = chat.get_by_role("grid", name="插入表情")
    await grid.get_by_role("button", name="点赞").click()
    await grid.get_by_role("button", name="爱心", exact=True).click()
    await expect(box).to_have_value("👍❤️")
    await page.evaluate(AXE.read_text())
    assert await barriers(page, "the emoji") == []
    await box.press("Enter")
    await expect(grid).to_be_hidden()
    await expect(chat.locator(".bubble.emoji")).to_have_text("👍❤️")


async def test_where_the_emoji_cannot_be_had_that_is_said_and_the_next_wish_has_them(
    page: Page, site: Site
) -> None:
    await page.route("**/emoji.js*", lambda route: route.abort())
    await open_chat(page)
    button = window(page).get_by_role("button", name="Insert an emoji")
    await button.click()
    await expect(window(page).get_by_text("This cannot be loaded right now.")).to_be_visible()
    await expect(button).to_have_attribute("aria-expanded", "false")
    await page.unroute("**/emoji.js*")
    await button.click()
    await expect(window(page).get_by_role("grid", name="Insert an emoji")).to_be_visible()

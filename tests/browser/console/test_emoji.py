"""Emoji in an answer: by their names behind a colon, and from the button of the composer."""

from __future__ import annotations

from playwright.async_api import expect

from hub.channels.webchat import protocol as chat
from tests.scenarios.stage import Stage

from .conftest import UNDO_SOON_S, Consoles
from .test_composer import a_mail_at_hand, answer_of, parts_of
from .test_desk import accept_by_keys, begin_reply
from .test_looks import PHONE, faults


async def test_emoji_are_written_into_a_chat_by_name_and_by_the_button(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("It works again!")
        await accept_by_keys(page)
        await begin_reply(page)
        field = page.get_by_role("textbox", name="Reply")
        named = page.get_by_role("listbox", name="Emoji")
        await page.keyboard.type("Great :thumbs")
        await expect(named.get_by_role("option").first).to_have_text("👍thumbs up")
        await page.keyboard.press("Enter")  # it takes the emoji and sends nothing
        await expect(field).to_have_value("Great 👍")
        await page.keyboard.insert_text(" ：谢谢")  # found in Chinese in an English console
        await expect(named.get_by_role("option").first).to_have_text("🙏thanks")
        await page.keyboard.press("Escape")
        await expect(named).to_be_hidden()
        await page.keyboard.press("Backspace")
        await page.keyboard.press("Tab")  # what was left offers nothing: Tab goes on
        await expect(field).not_to_be_focused()
        await field.fill("Great 👍 at 10:30: http://shop ")
        await expect(named).to_be_hidden()

        button = page.get_by_role("button", name="Emoji")
        await button.focus()
        await page.keyboard.press("Enter")
        grid = page.get_by_role("grid", name="Emoji")
        await expect(page.get_by_role("searchbox", name="Search emoji")).to_be_focused()
        await expect(
            grid.get_by_role("rowgroup", name="Used last").get_by_role("button")
        ).to_have_text("👍")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowRight")
        await expect(grid.get_by_role("button", name="smile", exact=True)).to_be_focused()
        assert await faults(page) == []
        await page.keyboard.press("Enter")
        await expect(grid).to_be_hidden()
        await expect(field).to_be_focused()
        await expect(field).to_have_value("Great 👍 at 10:30: http://shop 😊")
        await page.keyboard.press("Enter")
        answer = await customer.expect(chat.Message)
        assert answer.text == "Great 👍 at 10:30: http://shop 😊"


async def test_emoji_are_put_where_the_caret_is_in_a_mail_on_a_narrow_chinese_screen(
    stage: Stage, consoles: Consoles
) -> None:
    consoles.undo_s = UNDO_SOON_S
    page, _ = await a_mail_at_hand(stage, consoles, "zh-CN", "dark")
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    await page.keyboard.insert_text("您好 :微笑")
    named = page.get_by_role("listbox", name="表情")
    await expect(named.get_by_role("option").first).to_have_text("😊微笑")
    assert await faults(page) == []
    await page.keyboard.press("Tab")
    editor = page.locator(".tiptap")
    await expect(editor).to_have_text("您好 😊")
    await page.keyboard.press("ArrowLeft")
    await page.get_by_role("button", name="表情").click()
    await page.get_by_role("searchbox", name="搜索表情").fill("parcel")
    grid = page.get_by_role("grid", name="表情")
    await expect(grid.get_by_role("button").first).to_have_accessible_name("包裹")
    await page.get_by_role("searchbox").fill("没有的")
    await expect(page.get_by_role("status").filter(has_text="没有叫这个名字的表情")).to_be_visible()
    await page.get_by_role("searchbox").fill("")
    assert await faults(page) == []
    await grid.get_by_role("button", name="点赞", exact=True).click()
    await expect(grid).to_be_hidden()
    await expect(editor).to_be_focused()
    await expect(editor).to_have_text("您好 👍😊")
    await page.keyboard.press("Control+Enter")
    await stage.mails.wait_for(2, 20.0)  # the acknowledgement and the answer
    assert parts_of(answer_of(stage))["text/plain"].startswith("您好 👍😊")

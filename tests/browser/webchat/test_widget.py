"""The widget as a customer sees it, in Chromium, on a page with a strict content policy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import BrowserContext, FilePayload, Locator, Page, WebSocketRoute, expect

from hub.contacts.effects import AskSurvey
from hub.contacts.inbound import ReadReport, Standing, SurveyAnswer
from hub.core.errors import Unavailable

from .conftest import Site

AGENT = Standing("active", None, None, None, True, "Li Na")


def window(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Customer service")


def composer(page: Page) -> Locator:
    return window(page).get_by_role("textbox", name="Write a message…")


def log(page: Page) -> Locator:
    return window(page).get_by_role("log")


async def open_chat(page: Page) -> None:
    await page.get_by_role("button", name="Open chat").click()
    await expect(composer(page)).to_be_focused()


async def write(page: Page, text: str) -> None:
    await composer(page).fill(text)
    await composer(page).press("Enter")


async def test_a_customer_writes_waits_and_is_answered(page: Page, site: Site) -> None:
    await open_chat(page)
    await expect(log(page)).to_contain_text("Hello! How can we help you today?")
    await write(page, "My washing machine leaks")
    await expect(window(page).get_by_text("You are next")).to_be_visible()
    await expect(window(page).get_by_text("less than a minute")).to_be_visible()
    await expect(log(page)).to_contain_text("Sent")
    site.door.stand(site.conversation, AGENT)
    await expect(window(page).get_by_role("heading", name="Li Na")).to_be_visible()
    site.door.live(
        site.conversation, {"type": "typing", "from": "agent", "on": True, "name": "Li Na"}
    )
    await expect(log(page)).to_contain_text("Li Na is typing")
    site.door.reply(site.conversation, "Please close the tap: https://shop.example/leak")
    link = log(page).get_by_role("link", name="https://shop.example/leak")
    await expect(link).to_have_attribute("rel", re.compile("noopener"))
    await expect(log(page)).not_to_contain_text("is typing")
    assert [inbound.text for inbound in site.door.inbounds] == ["My washing machine leaks"]


async def test_nothing_the_page_forbids_is_tried(context: BrowserContext, site: Site) -> None:
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(site.url)
    await open_chat(page)
    await write(page, "<img src=x onerror=alert(1)> **bold**")
    await expect(log(page)).to_contain_text("<img src=x onerror=alert(1)> **bold**")
    assert complaints == []


async def test_a_reload_shows_the_conversation_again(page: Page, site: Site) -> None:
    await open_chat(page)
    await write(page, "first")
    await expect(log(page)).to_contain_text("Sent")
    site.door.reply(site.conversation, "answer")
    await expect(log(page)).to_contain_text("answer")
    await page.reload()
    await page.get_by_role("button", name="Open chat").click()
    await expect(log(page)).to_contain_text("first")
    await expect(log(page)).to_contain_text("answer")
    assert len(site.door.inbounds) == 1


async def test_what_is_written_while_offline_survives_a_reload_and_goes_out_in_order(
    page: Page, site: Site
) -> None:
    await open_chat(page)
    await write(page, "online")
    await expect(log(page)).to_contain_text("Sent")
    await site.stop()
    for text in ("one", "two", "three"):
        await write(page, text)
    await expect(log(page)).to_contain_text("Kept, will be sent")
    await expect(window(page).get_by_role("button", name="Try now")).to_be_visible()
    await page.reload()
    await page.get_by_role("button", name="Open chat").click()
    await expect(log(page)).to_contain_text("three")
    await site.start()
    await expect(log(page)).to_contain_text("Sent")
    await expect(log(page).get_by_text(re.compile("Kept|Sending"))).to_have_count(0)
    assert [inbound.text for inbound in site.door.inbounds] == ["online", "one", "two", "three"]


async def test_a_stopped_database_is_said_and_the_message_is_sent_again_by_itself(
    page: Page, site: Site
) -> None:
    await open_chat(page)
    site.door.fault = Unavailable("Nothing can be stored now.", retry_after_s=1)
    await write(page, "hello")
    await expect(window(page).get_by_text("We cannot store messages right now")).to_be_visible()
    site.door.fault = None
    await expect(log(page)).to_contain_text("Sent")
    assert len(site.door.inbounds) == 1


async def test_a_message_refused_for_good_can_be_tried_again_or_deleted(
    page: Page, site: Site
) -> None:
    await open_chat(page)
    await page.route("**/uploads*", lambda route: route.fulfill(json=A_LOST_FILE, status=201))
    await (
        window(page)
        .locator("input[type=file]")
        .set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"text"})
    )
    await expect(window(page).locator(".chip:not(.busy)")).to_contain_text("a.txt")
    await write(page, "with a file that is gone")
    await expect(log(page)).to_contain_text("An attached file is no longer there")
    await log(page).get_by_role("button", name="Retry").click()
    await expect(log(page)).to_contain_text("An attached file is no longer there")
    await log(page).get_by_role("button", name="Delete").click()
    await expect(log(page)).not_to_contain_text("with a file that is gone")
    assert site.door.inbounds == []


A_LOST_FILE = {"id": "lost", "name": "a.txt", "media_type": "text/plain", "size_bytes": 4}


async def test_files_go_by_picker_and_the_agents_picture_is_shown(
    page: Page, site: Site, tmp_path: Path
) -> None:
    picture = tmp_path / "leak.png"
    Image.new("RGB", (60, 40), "#1f5fbf").save(picture)
    await open_chat(page)
    await window(page).locator("input[type=file]").set_input_files(picture)
    await expect(window(page).get_by_role("button", name="Remove leak.png")).to_be_visible()
    await expect(window(page).get_by_role("button", name="Send")).to_be_enabled()
    await window(page).get_by_role("button", name="Send").click()
    await expect(log(page).get_by_role("img", name="leak.png")).to_be_visible()
    await expect(log(page)).to_contain_text("Sent")
    (file,) = site.door.inbounds[0].files
    assert file.media_type == "image/png"
    await page.reload()
    await page.get_by_role("button", name="Open chat").click()
    shown = log(page).get_by_role("img", name="leak.png")
    await expect(shown).to_be_visible()
    async with page.expect_download() as download:
        await shown.click()
    assert (await download.value).suggested_filename == "leak.png"


async def test_where_a_site_allows_no_pictures_they_are_names_to_download(
    context: BrowserContext, site: Site, tmp_path: Path
) -> None:
    page = await context.new_page()
    await page.goto(site.url.partition("/shop")[0] + "/strict")
    picture = tmp_path / "leak.png"
    Image.new("RGB", (60, 40), "#1f5fbf").save(picture)
    await open_chat(page)
    await window(page).locator("input[type=file]").set_input_files(picture)
    await window(page).get_by_role("button", name="Send").click()
    name = log(page).get_by_role("button", name="Download leak.png")
    await expect(name).to_contain_text("leak.png")
    await expect(log(page).get_by_role("img", name="leak.png")).to_have_count(0)
    async with page.expect_download() as download:
        await name.click()
    assert (await download.value).suggested_filename == "leak.png"


async def test_a_file_chosen_before_the_hub_has_said_hello_is_sent_all_the_same(
    context: BrowserContext, site: Site
) -> None:
    page = await context.new_page()
    sockets: list[WebSocketRoute] = []

    def hold(socket: WebSocketRoute) -> None:
        if sockets:  # the next one goes through
            socket.connect_to_server()
        sockets.append(socket)

    await page.route_web_socket(re.compile("/chat$"), hold)
    await page.goto(site.url)
    await open_chat(page)
    order: FilePayload = {"name": "order.txt", "mimeType": "text/plain", "buffer": b"order 20931"}
    await window(page).locator("input[type=file]").set_input_files(order)
    await expect(window(page).get_by_role("status").get_by_text("Uploading")).to_be_visible()
    await sockets[0].close(code=1013)
    await expect(window(page).get_by_role("button", name="Send")).to_be_enabled()


@pytest.mark.parametrize("way", ["drop", "paste"])
async def test_files_go_by_drop_and_by_paste(page: Page, site: Site, way: str) -> None:
    await open_chat(page)
    transfer = await page.evaluate_handle(
        """() => {
            const transfer = new DataTransfer();
            transfer.items.add(new File(["order 20931"], "order.txt", {type: "text/plain"}));
            return transfer;
        }"""
    )
    if way == "drop":
        await window(page).dispatch_event("drop", {"dataTransfer": transfer})
    else:
        await composer(page).evaluate(
            """(box, transfer) => box.dispatchEvent(new ClipboardEvent(
                "paste", {clipboardData: transfer, bubbles: true, cancelable: true}))""",
            transfer,
        )
    await expect(window(page).get_by_role("button", name="Remove order.txt")).to_be_visible()
    await expect(window(page).get_by_role("button", name="Send")).to_be_enabled()
    await composer(page).press("Enter")
    await expect(log(page)).to_contain_text("Sent")
    (file,) = site.door.inbounds[0].files
    assert (file.name, file.media_type) == ("order.txt", "text/plain")


async def test_the_agent_sees_that_the_customer_types_and_enter_of_an_input_method_sends_nothing(
    page: Page, site: Site
) -> None:
    await open_chat(page)
    await write(page, "hello")
    await expect(log(page)).to_contain_text("Sent")
    await composer(page).press_sequentially("xiyiji")
    await composer(page).evaluate(
        """box => box.dispatchEvent(new KeyboardEvent(
            "keydown", {key: "Enter", isComposing: true, bubbles: true, cancelable: true}))"""
    )
    await composer(page).press("Shift+Enter")
    await expect(composer(page)).to_have_value("xiyiji\n")
    assert {"type": "typing", "from": "customer", "on": True} in site.door.lives
    assert len(site.door.inbounds) == 1


async def test_an_answer_while_closed_shows_on_the_launcher_and_is_read_on_opening(
    page: Page, site: Site
) -> None:
    await open_chat(page)
    await write(page, "hello")
    await expect(log(page)).to_contain_text("Sent")
    await page.keyboard.press("Escape")
    await expect(window(page)).to_be_hidden()
    await expect(page.get_by_role("button", name="Open chat")).to_be_focused()
    site.door.reply(site.conversation, "answer one")
    site.door.reply(site.conversation, "answer two")
    await expect(page.locator("contact-hub-chat .badge")).to_have_text("2")
    assert not any(isinstance(report, ReadReport) for report in site.door.reports)
    await page.get_by_role("button", name="Open chat").click()
    await expect(page.locator("contact-hub-chat .badge")).to_be_hidden()
    await write(page, "thank you")
    await expect(log(page)).to_contain_text("Sent")
    reads = [report.seq for report in site.door.reports if isinstance(report, ReadReport)]
    assert reads == [3]


async def test_the_customer_ends_the_chat_and_rates_it(page: Page, site: Site) -> None:
    await open_chat(page)
    await write(page, "hello")
    await expect(log(page)).to_contain_text("Sent")
    contact_id = site.door.conversations[site.conversation].contact_id
    assert contact_id is not None
    await window(page).get_by_role("button", name="More").click()
    await window(page).get_by_role("menuitem", name="End chat").click()
    await window(page).get_by_role("button", name="End chat").click()
    await expect(log(page)).to_contain_text("The chat has ended")
    ask = AskSurvey(contact_id=contact_id, conversation_id=site.conversation)
    await site.chat.perform("shop-chat", ask)
    await expect(log(page).get_by_role("status")).to_have_text("")  # there before its text
    await window(page).get_by_role("radio", name="Very good").check()
    await window(page).get_by_role("textbox", name="What could we do better?").fill("很好")
    await window(page).get_by_role("button", name="Send rating").click()
    thanks = log(page).get_by_role("status").filter(has_text="Thank you for your rating!")
    await expect(thanks).to_be_focused()
    (answer,) = [report for report in site.door.reports if isinstance(report, SurveyAnswer)]
    assert (answer.contact_id, answer.score, answer.comment) == (contact_id, 5, "很好")


async def test_out_of_hours_one_is_asked_for_an_address_and_keeps_what_was_typed(
    page: Page, site: Site
) -> None:
    await open_chat(page)
    await write(page, "is anybody there?")
    await expect(log(page)).to_contain_text("Sent")
    site.door.stand(site.conversation, Standing("queued", None, None, None, False))
    await expect(log(page)).to_contain_text("We are closed now")
    await window(page).get_by_role("textbox", name="E-mail").fill("fang@example.com")
    await window(page).get_by_role("button", name="Save").click()
    await expect(log(page)).to_contain_text("We will answer to fang@example.com")
    await expect(log(page)).to_contain_text("is anybody there?")


async def test_history_pages_back_when_scrolled_to_the_top(page: Page, site: Site) -> None:
    await open_chat(page)
    await write(page, "message 1")
    await expect(log(page)).to_contain_text("Sent")
    for number in range(2, 62):
        site.door.reply(site.conversation, f"message {number}.", hint=False)
    await page.reload()
    await page.get_by_role("button", name="Open chat").click()
    await expect(log(page)).to_contain_text("message 61.")
    await expect(log(page)).not_to_contain_text("message 31.")
    # Not a click of the mouse: scrolling there for it would load them, and take the button away.
    earlier = log(page).get_by_role("button", name="Show earlier messages")
    await earlier.dispatch_event("click")
    await expect(log(page)).to_contain_text("message 31.")
    await log(page).evaluate("log => { log.scrollTop = 0; }")
    await expect(log(page)).to_contain_text("Hello! How can we help you today?")


async def test_two_tabs_show_the_same_conversation(
    context: BrowserContext, page: Page, site: Site
) -> None:
    await open_chat(page)
    await write(page, "from the first tab")
    await expect(log(page)).to_contain_text("Sent")
    other = await context.new_page()
    await other.goto(site.url)
    await open_chat(other)
    await expect(log(other)).to_contain_text("from the first tab")
    await write(other, "from the second tab")
    await expect(log(page)).to_contain_text("from the second tab")
    assert len(site.door.conversations) == 1


async def test_chinese_is_spoken_on_a_chinese_page_and_can_be_switched(
    page: Page, site: Site
) -> None:
    await page.goto(site.url.replace("lang=en", "lang=zh-CN"))
    await page.get_by_role("button", name="打开在线客服").click()
    chinese = page.get_by_role("dialog", name="在线客服")
    await expect(chinese.get_by_role("textbox", name="请输入消息…")).to_be_focused()
    await expect(chinese).to_contain_text("您好！请问有什么可以帮您？")
    await chinese.get_by_role("button", name="更多").click()
    await chinese.get_by_role("menuitem", name="English").click()
    await expect(composer(page)).to_be_visible()


async def test_a_right_to_left_page_is_mirrored_with_texts_loaded_from_the_hub(
    page: Page, site: Site
) -> None:
    await page.goto(site.url.partition("/shop")[0] + "/arabic")
    await page.get_by_role("button", name="Open chat").click()
    box = page.get_by_role("textbox", name="اكتب رسالة…")
    await expect(box).to_be_focused()
    await box.fill("مرحبا")
    await box.press("Enter")
    said = page.get_by_text("مرحبا", exact=True)
    await expect(page.get_by_role("log")).to_contain_text("أُرسلت")
    place = await page.locator("contact-hub-chat .window").bounding_box()
    bubble = await said.bounding_box()
    assert place is not None
    assert bubble is not None
    assert place["x"] < 100  # the inline end of a right-to-left page is on the left
    assert bubble["x"] - place["x"] < 60  # and one's own words stand there too


async def test_on_a_phone_the_chat_fills_the_screen(context: BrowserContext, site: Site) -> None:
    page = await context.new_page()
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(site.url)
    await open_chat(page)
    assert await window(page).bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    await window(page).get_by_role("button", name="Close chat").click()
    await expect(window(page)).to_be_hidden()


async def test_the_page_can_open_close_and_log_out(page: Page, site: Site) -> None:
    await page.evaluate("window.seen = []; ContactHub.on('open', () => seen.push('open'))")
    await page.evaluate("ContactHub.open()")
    await expect(composer(page)).to_be_focused()
    await write(page, "secret")
    await expect(log(page)).to_contain_text("Sent")
    await page.evaluate("ContactHub.logout()")
    await expect(log(page)).not_to_contain_text("secret")
    await write(page, "somebody else")
    await expect(log(page)).to_contain_text("Sent")
    await page.evaluate("ContactHub.close()")
    await expect(window(page)).to_be_hidden()
    assert await page.evaluate("seen") == ["open"]
    first, second = site.door.inbounds
    assert first.senders[0].value != second.senders[0].value

"""The help before a chat, in Chromium, under the shop's strict content policy.

Leaves pictures in build/screenshots.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, Route, WebSocketRoute, expect
from sqlalchemy import select

from hub.accounts.model import SYSTEM
from hub.channels.webchat.help import Help
from hub.contacts.inbound import Standing
from hub.knowledge.files import KeepPicture, keep_picture
from hub.knowledge.help.pace import HelpPace
from hub.knowledge.model import ArticleState, Audience, Format
from hub.knowledge.service import ChangeArticle, WriteArticle, change_article, write_article
from hub.knowledge.tables import articles, knowledge_searches
from hub.storage import DirectoryBlobs, Store, Tx
from hub.wiring.widget_help import WidgetHelp
from tests.unit.pictures.test_cleaning import drawn

from .conftest import Site
from .test_barriers import AXE
from .test_widget import composer, log

PICTURES = Path(__file__).parents[3] / "build" / "screenshots"
LEAK = """Close the tap and unplug the machine. Then:

1. Look at the **drain hose**: is it loose?
2. Clean the filter, as [the manual](https://shop.example/manual.pdf) shows.

![The filter behind the flap](files/FILE)

| Where it drips | What it is |
|---|---|
| at the door | the seal |
| below | the pump |

> Still leaking? Book a technician: free of charge under warranty.
"""
TEXTS = (
    ("zh-CN", "洗衣机漏水怎么办？", "1. 关掉进水阀并拔掉电源。\n2. 检查排水管接头、清洗滤网。"),
    ("zh-CN", "什么时候能收到退款？", "退货到仓后三个工作日内原路退回，节假日顺延。"),
    ("zh-CN", "怎么开发票？", "在“我的订单”里点“申请发票”，电子发票会发到您的邮箱。"),
    ("en", "When do I get my refund?", "Within three working days after the parcel is back."),
    ("en", "How do I get an invoice?", "Open the order and choose Invoice. It comes by mail."),
    ("en", "How long is the warranty?", "Two years from the day of delivery."),
)


@pytest.fixture
def widget_help(sqlite_store: Store) -> Help:
    return WidgetHelp(sqlite_store, HelpPace())


@pytest.fixture
async def shelf(sqlite_store: Store, blobs: DirectoryBlobs) -> str:
    """Articles in both languages; return the id of the one with everything in it."""
    for language, question, answer in TEXTS:
        await _publish(sqlite_store, language, question, answer)
    leak = await _publish(sqlite_store, "en", "The washing machine leaks", "Soon.")
    data = drawn("PNG", (600, 240))
    ref = await blobs.put(data)
    picture = KeepPicture(
        SYSTEM, leak, True, ref.id, "filter.png", "image/png", len(data), 600, 240
    )
    file_id = await sqlite_store.write(keep_picture, picture)
    text = LEAK.replace("FILE", file_id)
    change = ChangeArticle(SYSTEM, leak, reviews=True, answer=text, format=Format.MARKDOWN)
    await sqlite_store.write(change_article, change)
    return leak


async def _publish(store: Store, language: str, question: str, answer: str) -> str:
    new = WriteArticle(SYSTEM, language, question, answer, audience=Audience.PUBLIC)
    article_id = await store.write(write_article, new)
    state = ChangeArticle(SYSTEM, article_id, reviews=True, state=ArticleState.PUBLISHED)
    await store.write(change_article, state)
    return article_id


def panel(page: Page) -> Locator:
    return page.locator("contact-hub-chat .window")


def field(page: Page) -> Locator:
    return panel(page).get_by_role("searchbox")


async def open_help(page: Page, site: Site, *, language: str = "en") -> list[str]:
    """Open the widget on the shop's page; return what the browser complains of from now on."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(site.url.replace("lang=en", f"lang={language}"))
    await page.locator("contact-hub-chat .launch").click()
    await expect(field(page)).to_be_focused()
    await expect(panel(page).locator(".hit").first).to_be_visible()
    return complaints


async def test_a_customer_searches_reads_and_then_talks(
    shelf: str, page: Page, site: Site, sqlite_store: Store
) -> None:
    complaints = await open_help(page, site)
    await expect(panel(page).get_by_text("Recently updated")).to_be_visible()
    await expect(panel(page).locator(".hit strong").first).to_have_text("The washing machine leaks")
    await field(page).fill("water leaking")
    await expect(panel(page).get_by_text(re.compile(r"^\d answers?$"))).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    heading = panel(page).get_by_role("heading", name="The washing machine leaks")
    await expect(heading).to_be_focused()
    picture = panel(page).get_by_role("img", name="The filter behind the flap")
    await expect(picture).to_have_attribute("src", re.compile("^blob:"))
    link = panel(page).get_by_role("link", name="the manual (opens in a new tab)")
    await expect(link).to_have_attribute("target", "_blank")
    await expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    await panel(page).get_by_role("button", name="This helped").click()
    await expect(panel(page).get_by_text("Thank you for telling us.")).to_be_visible()
    await panel(page).get_by_role("button", name="Back to the list").click()
    await expect(panel(page).locator(".hit").first).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(field(page)).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(field(page)).to_have_value("")
    await expect(panel(page).get_by_text("Recently updated")).to_be_visible()
    await field(page).fill("water leaking")
    assert not site.door.conversations
    await panel(page).get_by_role("button", name="Talk to us").click()
    await expect(composer(page)).to_be_focused()
    await expect(composer(page)).to_have_value("water leaking")
    await page.keyboard.press("Enter")
    await expect(log(page)).to_contain_text("water leaking")
    await expect(log(page)).to_contain_text("Sent")
    (inbound,) = site.door.inbounds
    assert inbound.meta["searched"] == "water leaking"
    assert inbound.meta["read"] == "The washing machine leaks"
    assert await sqlite_store.read(_kept, shelf) == ([("widget", "water leaking", shelf)], 1)
    assert complaints == []
    await page.reload()
    await page.locator("contact-hub-chat .launch").click()
    await expect(log(page)).to_contain_text("water leaking")  # who has talked is in the chat


async def test_what_is_not_there_and_what_fails_is_said(shelf: str, page: Page, site: Site) -> None:
    await open_help(page, site)
    await field(page).fill("teleport")
    status = panel(page).get_by_role("status").filter(has_text="Nothing was found for “teleport”.")
    await expect(status).to_be_visible()
    await expect(panel(page).get_by_text("Try other words, or talk to us.")).to_be_visible()

    async def refuse(route: Route) -> None:
        await route.fulfill(status=429, headers={"Retry-After": "1", **_CORS}, body="{}")

    await page.route("**/help?**", refuse)
    await field(page).fill("refund")
    await expect(panel(page).get_by_text("Searching again in 1 s")).to_be_visible()
    await page.unroute("**/help?**")
    await expect(panel(page).get_by_role("button", name="When do I get my refund?")).to_be_visible()
    await page.route("**/help?**", lambda route: route.abort())
    await field(page).fill("invoice")
    await expect(panel(page).get_by_text("The help cannot be reached")).to_be_visible()
    await page.unroute("**/help?**")
    await panel(page).get_by_role("button", name="Try again").click()
    hit = panel(page).get_by_role("button", name="How do I get an invoice?")
    await expect(hit).to_be_visible()
    await page.route("**/help/articles/**", lambda route: route.fulfill(status=404, headers=_CORS))
    await hit.click()
    await expect(panel(page).get_by_text("This article is no longer there.")).to_be_visible()
    await panel(page).get_by_role("button", name="Back to the list").click()
    await expect(field(page)).to_have_value("invoice")


async def test_the_help_is_found_again_from_the_chat(shelf: str, page: Page, site: Site) -> None:
    await open_help(page, site)
    await panel(page).get_by_role("button", name="Talk to us").click()
    await expect(composer(page)).to_be_focused()
    await panel(page).get_by_role("button", name="More").click()
    await panel(page).get_by_role("menuitem", name="Search the help").click()
    await expect(field(page)).to_be_focused()


async def test_a_picture_attached_before_the_hub_said_hello_stays_in_a_chat_that_there_is(
    shelf: str, page: Page, site: Site, tmp_path: Path
) -> None:
    await open_help(page, site)
    await panel(page).get_by_role("button", name="Talk to us").click()
    await composer(page).fill("It leaks")
    await composer(page).press("Enter")
    await expect(log(page)).to_contain_text("Sent")
    ended = Standing("closed", None, None, None, True)  # nothing stands in the help's way
    site.door.stand(site.conversation, ended)
    await site.stop()

    async def connect(socket: WebSocketRoute) -> None:
        hub = socket.connect_to_server()

        async def later(frame: str | bytes) -> None:
            if '"history"' in str(frame):
                await asyncio.sleep(0.5)  # a slow line: the window is drawn in between
            socket.send(frame)

        hub.on_message(later)

    await page.route_web_socket(re.compile("/chat$"), connect)
    await page.reload()
    await page.locator("contact-hub-chat .launch").click()
    picture = tmp_path / "leak.png"
    picture.write_bytes(drawn("PNG", (60, 24)))
    await panel(page).locator("input[type=file]").set_input_files(picture)
    remove = panel(page).get_by_role("button", name="Remove leak.png")
    await expect(remove).to_be_visible()
    await site.start()
    await expect(log(page)).to_contain_text("It leaks", timeout=20_000)
    await expect(remove).to_be_visible()


async def test_who_comes_next_sees_and_sends_nothing_of_what_was_searched(
    shelf: str, page: Page, site: Site
) -> None:
    await open_help(page, site)
    await field(page).fill("water leaking")
    await panel(page).locator(".hit").first.click()
    await expect(panel(page).locator(".body")).to_be_visible()
    await page.evaluate("ContactHub.logout()")
    await expect(field(page)).to_have_value("")
    await expect(panel(page).get_by_text("Recently updated")).to_be_visible()
    await panel(page).get_by_role("button", name="Talk to us").click()
    await expect(composer(page)).to_have_value("")
    await composer(page).fill("Hello")
    await composer(page).press("Enter")
    await expect(log(page)).to_contain_text("Sent")
    (inbound,) = site.door.inbounds
    assert inbound.meta.keys() == {"page"}


async def test_a_help_that_cannot_be_loaded_leaves_the_chat(
    shelf: str, page: Page, site: Site
) -> None:
    await page.route("**/help.js*", lambda route: route.abort())
    await page.goto(site.url)
    await page.locator("contact-hub-chat .launch").click()
    await expect(composer(page)).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_it_has_no_accessibility_violations(
    shelf: str, page: Page, site: Site, language: str, scheme: Any
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.emulate_media(color_scheme=scheme)
    await open_help(page, site, language=language)
    name = f"widget-help-{language}-{scheme}"
    words = {"en": "leaks", "zh": "漏水"}[language]
    for step in ("newest", "found", "article"):
        if step == "found":
            await field(page).fill(words)
            found_some = re.compile(r"\d (answer|条结果)")
            await expect(panel(page).locator(".results-title")).to_have_text(found_some)
        if step == "article":
            await panel(page).locator(".hit").first.click()
            await expect(panel(page).locator(".body")).to_be_visible()
        for width, height in ((1280, 800), (390, 844)):
            await page.set_viewport_size({"width": width, "height": height})
            await asyncio.sleep(0.3)
            await page.screenshot(path=PICTURES / f"{name}-{step}-{width}.png")
        await page.evaluate(AXE.read_text())
        found = await page.evaluate("axe.run('contact-hub-chat', {resultTypes: ['violations']})")
        assert [(it["id"], [n["html"] for n in it["nodes"]]) for it in found["violations"]] == []
        await page.set_viewport_size({"width": 1280, "height": 800})


_CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}


def _kept(tx: Tx, article_id: str) -> tuple[list[tuple[str, str, str | None]], int]:
    kept = tx.execute(
        select(
            knowledge_searches.c.place,
            knowledge_searches.c.words,
            knowledge_searches.c.clicked_article_id,
        )
    ).all()
    helpful = tx.execute(select(articles.c.helpful).where(articles.c.id == article_id)).scalar_one()
    return [(row.place, row.words, row.clicked_article_id) for row in kept], helpful

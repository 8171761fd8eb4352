"""Two tabs of one browser, opened before anything was written: one visitor, one chat in both."""

from __future__ import annotations

import asyncio

from playwright.async_api import BrowserContext, expect

from .conftest import Site
from .test_widget import log, open_chat, write


async def test_tabs_opened_and_written_in_at_the_same_moment_are_one_chat(
    context: BrowserContext, site: Site
) -> None:
    tabs = [await context.new_page() for _ in range(2)]
    await asyncio.gather(*(tab.goto(site.url) for tab in tabs))
    await asyncio.gather(*(open_chat(tab) for tab in tabs))
    texts = ["My washing machine leaks", "On the kitchen floor"]
    await asyncio.gather(*(write(tab, text) for tab, text in zip(tabs, texts, strict=True)))
    for tab in tabs:
        for text in texts:
            await expect(log(tab).get_by_text(text)).to_have_count(1)
    assert len(site.door.conversations) == 1
    assert sorted(inbound.text for inbound in site.door.inbounds) == sorted(texts)


async def test_a_tab_shows_what_the_other_one_began(context: BrowserContext, site: Site) -> None:
    first, second = [await context.new_page() for _ in range(2)]
    for tab in (first, second):
        await tab.goto(site.url)
        await open_chat(tab)
        await expect(tab.get_by_text("Connecting")).to_have_count(0)
    await write(first, "My washing machine leaks")
    await expect(log(second).get_by_text("My washing machine leaks")).to_be_visible()
    site.door.reply(site.conversation, "Please close the tap")
    for tab in (first, second):
        await expect(log(tab).get_by_text("Please close the tap")).to_be_visible()

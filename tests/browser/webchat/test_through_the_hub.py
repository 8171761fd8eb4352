"""A customer in Chromium on a shop of another origin, the whole hub behind it, an agent."""

from __future__ import annotations

import socket
from pathlib import Path

from aiohttp import web
from playwright.async_api import BrowserContext, expect
from sqlalchemy import update

from hub.contacts.model import ContactState
from hub.contacts.tables import entry_points
from hub.demo.shop import shop_routes
from hub.storage import Tx
from hub.testing.center import add_agent
from hub.testing.hub import hub_settings, running_hub
from tests.integration.webchat.test_with_hub import House, a_center_that_asks, read_contact

from .test_widget import composer, log, open_chat, window, write


async def test_a_chat_from_the_shop_is_queued_answered_rated_and_closed(
    context: BrowserContext, tmp_path: Path
) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    shop = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def seed(tx: Tx, _: None) -> None:
        a_center_that_asks(tx, None)
        chat = {"origins": [shop], "pre_chat": {"name": "off"}}
        tx.execute(
            update(entry_points).where(entry_points.c.id == "shop-chat").values(settings=chat)
        )

    async with running_hub(hub_settings(tmp_path), seed) as hub:
        app = web.Application()
        app.add_routes(shop_routes(hub.base_url, hub.settings.server.chat_socket_url()))
        runner = web.AppRunner(app)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        try:
            house = House(hub, await hub.store.write(add_agent, "Ann"))
            await _talk(context, house, shop)
        finally:
            await runner.cleanup()


async def _talk(context: BrowserContext, house: House, shop: str) -> None:
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(f"{shop}/shop/?lang=en")
    await open_chat(page)
    await write(page, "My washing machine leaks")
    contact_id = await house.accept()
    await expect(window(page).get_by_role("heading", name="Ann")).to_be_visible()
    await house.answer(contact_id, "Please close the tap.")
    await expect(log(page)).to_contain_text("Please close the tap.")
    await (
        window(page)
        .locator("input[type=file]")
        .set_input_files({"name": "leak.txt", "mimeType": "text/plain", "buffer": b"photos follow"})
    )
    await expect(window(page).get_by_role("button", name="Send")).to_be_enabled()
    await composer(page).press("Enter")
    await expect(log(page).get_by_role("button", name="Download leak.txt")).to_be_visible()
    await expect(log(page)).to_contain_text("Sent")
    await house.finish(contact_id)
    await expect(log(page)).to_contain_text("The chat has ended")
    await window(page).get_by_role("radio", name="Very good").check()
    await window(page).get_by_role("button", name="Send rating").click()
    await expect(log(page)).to_contain_text("Thank you for your rating!")
    await page.reload()
    await page.get_by_role("button", name="Open chat").click()
    await expect(log(page)).to_contain_text("Please close the tap.")
    async with page.expect_download() as download:
        await log(page).get_by_role("button", name="Download leak.txt").click()
    assert (await download.value).suggested_filename == "leak.txt"
    contact = await house.hub.store.read(read_contact, contact_id)
    assert (contact.state, contact.survey_score) == (ContactState.CLOSED, 5)
    assert complaints == []

"""The widget in Chromium on networks that let no WebSocket through: the network stops it, not the
page, and everything works without.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from msgspec.structs import replace
from playwright.async_api import BrowserContext, Page, Request, expect
from sqlalchemy import update

from hub.channels.webchat.session import Phase
from hub.contacts.effects import AskSurvey
from hub.contacts.inbound import SurveyAnswer
from hub.contacts.model import ContactState
from hub.contacts.tables import entry_points
from hub.demo.shop import shop_routes
from hub.storage import Tx
from hub.testing.center import add_agent
from hub.testing.hub import hub_settings, running_hub
from tests.integration.webchat.conftest import until
from tests.integration.webchat.test_with_hub import House, a_center_that_asks, read_contact
from tests.scenarios.stage import settled

from .conftest import Site
from .network import Handshakes, Network
from .test_widget import AGENT, composer, log, open_chat, window, write


@pytest.fixture
def handshakes() -> Handshakes:
    """What the network does to them; a test may choose."""
    return Handshakes.REFUSED


@pytest.fixture
async def network(handshakes: Handshakes) -> AsyncIterator[Network]:
    async with Network(handshakes) as between:
        yield between


def lines_opened(page: Page) -> list[str]:
    """Addresses of the lines this page opens from now on."""
    opened: list[str] = []

    def look(request: Request) -> None:
        if request.url.endswith("/line"):
            opened.append(request.url)

    page.on("request", look)
    return opened


def greeted(site: Site) -> bool:
    """Say whether a page chats by a socket; one that only tries it says no hello."""
    chats = [one.chat for one in site.chat.gateway.connections]
    return any(chat is not None and chat.session.phase is Phase.READY for chat in chats)


@pytest.mark.parametrize("handshakes", [Handshakes.REFUSED, Handshakes.CUT])
async def test_a_customer_talks_with_an_agent(page: Page, site: Site, network: Network) -> None:
    await open_chat(page)
    await write(page, "My washing machine leaks")
    await expect(log(page)).to_contain_text("Sent")
    await expect(window(page).get_by_text("You are next")).to_be_visible()
    assert network.stopped == 2
    assert len(site.chat.polled) == 1
    site.door.stand(site.conversation, AGENT)
    await expect(window(page).get_by_role("heading", name="Li Na")).to_be_visible()
    site.door.live(
        site.conversation, {"type": "typing", "from": "agent", "on": True, "name": "Li Na"}
    )
    await expect(log(page)).to_contain_text("Li Na is typing")
    site.door.reply(site.conversation, "Please close the tap.")
    await expect(log(page)).to_contain_text("Please close the tap.")
    await until(lambda: site.door.reports)
    contact_id = site.door.conversations[site.conversation].contact_id
    assert contact_id is not None
    await window(page).get_by_role("button", name="More").click()
    await window(page).get_by_role("menuitem", name="End chat").click()
    await window(page).get_by_role("button", name="End chat").click()
    await expect(log(page)).to_contain_text("The chat has ended")
    ask = AskSurvey(contact_id=contact_id, conversation_id=site.conversation)
    await site.chat.perform("shop-chat", ask)
    await window(page).get_by_role("radio", name="Very good").check()
    await window(page).get_by_role("button", name="Send rating").click()
    await expect(log(page)).to_contain_text("Thank you for your rating!")
    assert [inbound.text for inbound in site.door.inbounds] == ["My washing machine leaks"]
    (answer,) = [report for report in site.door.reports if isinstance(report, SurveyAnswer)]
    assert (answer.contact_id, answer.score) == (contact_id, 5)


async def test_a_reload_comes_back_without_trying_a_socket_first(
    page: Page, site: Site, network: Network
) -> None:
    await open_chat(page)
    await write(page, "first")
    await expect(log(page)).to_contain_text("Sent")
    site.door.reply(site.conversation, "answer")
    await expect(log(page)).to_contain_text("answer")
    tried = network.stopped
    await page.reload()
    await page.get_by_role("button", name="Open chat").click()
    await expect(log(page)).to_contain_text("answer")
    await write(page, "second")
    await expect(log(page).get_by_text("Sent")).to_be_visible()
    assert network.stopped == tried
    assert [inbound.text for inbound in site.door.inbounds] == ["first", "second"]
    assert len(site.chat.polled) == 1  # the page that was reloaded said that it goes


async def test_what_is_written_while_the_hub_is_away_goes_out_in_order(
    page: Page, site: Site
) -> None:
    await open_chat(page)
    await write(page, "online")
    await expect(log(page)).to_contain_text("Sent")
    await site.stop()
    for text in ("one", "two", "three"):
        await write(page, text)
    await expect(window(page).get_by_role("button", name="Try now")).to_be_visible()
    await site.start()
    await until(lambda: len(site.door.inbounds) == 4, within_s=60)
    await expect(log(page).get_by_text(re.compile("Kept|Sending"))).to_have_count(0)
    assert [inbound.text for inbound in site.door.inbounds] == ["online", "one", "two", "three"]


async def test_many_tabs_chat_at_once(context: BrowserContext, page: Page, site: Site) -> None:
    """A browser has six connections to an address; eight pages that all waited would stand still.

    Whether a page is hidden is its browser's word, which says of none here that it is.
    """
    await open_chat(page)
    await write(page, "hello")
    await expect(log(page)).to_contain_text("Sent")
    hide = "Object.defineProperty(document, 'visibilityState', {get: () => 'hidden'})"
    tabs = []
    for _ in range(8):
        tab = await context.new_page()
        await tab.add_init_script(hide)
        await tab.goto(site.url)
        await tab.get_by_role("button", name="Open chat").click()
        tabs.append(tab)
    for tab in tabs:
        await expect(log(tab)).to_contain_text("hello")
    await write(tabs[-1], "from the last")
    await expect(log(page)).to_contain_text("from the last")
    for tab in tabs:
        await expect(log(tab)).to_contain_text("from the last")


async def test_the_strictest_site_may_have_it(
    context: BrowserContext, site: Site, network: Network
) -> None:
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(site.url.partition("/shop/")[0] + "/strict")
    await open_chat(page)
    await write(page, "hello")
    await expect(log(page)).to_contain_text("Sent")
    assert [one for one in complaints if "WebSocket connection to" not in one] == []
    assert network.stopped == len(complaints)


async def test_it_moves_to_a_socket_quietly_once_one_comes_through(
    context: BrowserContext, site: Site, network: Network
) -> None:
    page = await context.new_page()
    await page.clock.install()
    await page.goto(site.url)
    await page.get_by_role("button", name="Open chat").click()
    await page.clock.run_for(2_000)
    await write(page, "on a company's network")
    await page.clock.run_for(1_000)
    await expect(log(page)).to_contain_text("Sent")
    network.handshakes = Handshakes.THROUGH
    async with asyncio.timeout(90):
        while not network.opened:  # it is tried beside the line
            await page.clock.run_for(2_000)  # no more: in between its polls are answered
        while not greeted(site):
            await page.clock.run_for(500)
    await until(lambda: len(site.chat.polled) == 0, within_s=30)
    site.door.reply(site.conversation, "now by socket")
    await expect(log(page)).to_contain_text("now by socket")
    opened = lines_opened(page)
    await page.reload()
    await page.get_by_role("button", name="Open chat").click()
    await expect(log(page)).to_contain_text("now by socket")
    assert opened == []


@pytest.mark.parametrize("handshakes", [Handshakes.SWALLOWED])
async def test_a_handshake_that_is_never_answered_is_given_up(
    context: BrowserContext, site: Site, network: Network
) -> None:
    page = await context.new_page()
    await page.clock.install()
    await page.goto(site.url)
    await page.get_by_role("button", name="Open chat").click()
    await write(page, "hello")
    for tried in (1, 2):
        await until(lambda: network.stopped == tried, within_s=30)  # noqa: B023 - awaited at once
        await page.clock.run_for(11_000)
    await expect(log(page)).to_contain_text("Sent")
    assert len(site.chat.polled) == 1


async def test_a_dropped_socket_is_no_blocked_one(page: Page, site: Site, network: Network) -> None:
    network.handshakes = Handshakes.THROUGH
    opened = lines_opened(page)
    await open_chat(page)
    await write(page, "one")
    await expect(log(page)).to_contain_text("Sent")
    network.cut()
    await write(page, "two")
    await until(lambda: len(site.door.inbounds) == 2, within_s=30)
    assert network.opened == 2
    assert opened == []


async def test_without_the_late_part_sockets_are_tried_on(
    page: Page, site: Site, network: Network
) -> None:
    await page.route("**/polled.js*", lambda route: route.abort())
    await open_chat(page)
    await until(lambda: network.stopped >= 3, within_s=30)
    network.handshakes = Handshakes.THROUGH
    await write(page, "at last")
    await expect(log(page)).to_contain_text("Sent")
    assert len(site.chat.polled) == 0


async def test_the_whole_hub_through_a_proxy(context: BrowserContext, tmp_path: Path) -> None:
    """Shop, proxy and hub are three origins: pages, polls and files go through the proxy too."""
    listener = socket.create_server(("127.0.0.1", 0))
    shop = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def seed(tx: Tx, _: None) -> None:
        a_center_that_asks(tx, None)
        chat = {"origins": [shop], "pre_chat": {"name": "off"}}
        tx.execute(
            update(entry_points).where(entry_points.c.id == "shop-chat").values(settings=chat)
        )

    async with Network(Handshakes.REFUSED) as to_web, Network(Handshakes.REFUSED) as to_chat:
        settings = hub_settings(tmp_path)
        chat_url = f"ws://127.0.0.1:{to_chat.port}"
        settings = replace(settings, server=replace(settings.server, chat_url=chat_url))
        async with running_hub(settings, seed) as hub:
            to_web.target, to_chat.target = hub.settings.server.port, hub.settings.server.chat_port
            app = web.Application()
            app.add_routes(shop_routes(f"http://127.0.0.1:{to_web.port}", chat_url))
            runner = web.AppRunner(app)
            await runner.setup()
            await web.SockSite(runner, listener).start()
            try:
                house = House(hub, await hub.store.write(add_agent, "Ann"))
                await _talk(context, house, shop)
            finally:
                await runner.cleanup()
        assert to_chat.stopped >= 2


async def _talk(context: BrowserContext, house: House, shop: str) -> None:
    page = await context.new_page()
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
    await page.reload()
    await page.get_by_role("button", name="Open chat").click()
    await expect(log(page)).to_contain_text("Please close the tap.")
    async with page.expect_download() as download:
        await log(page).get_by_role("button", name="Download leak.txt").click()
    assert (await download.value).suggested_filename == "leak.txt"
    await house.answer(contact_id, "Somebody comes tomorrow.")
    await expect(log(page)).to_contain_text("Somebody comes tomorrow.")
    await house.finish(contact_id)
    await expect(log(page)).to_contain_text("The chat has ended")
    await window(page).get_by_role("radio", name="Very good").check()
    await window(page).get_by_role("button", name="Send rating").click()
    await expect(log(page)).to_contain_text("Thank you for your rating!")

    async def scored() -> bool:  # the page thanks before its next poll has told the hub
        contact = await house.hub.store.read(read_contact, contact_id)
        return (contact.state, contact.survey_score) == (ContactState.CLOSED, 5)

    await settled(scored)

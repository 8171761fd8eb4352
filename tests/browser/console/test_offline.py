"""The line between console and hub is cut for real: nothing is lost, nothing is sent twice."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from hub.channels.webchat import protocol as chat
from hub.testing.hub import hub_settings, running_hub, with_server
from hub.testing.mail import SmtpSink
from hub.testing.twilio_simulator import TwilioSimulator
from tests.scenarios.stage import Stage, settled

from .conftest import Consoles
from .line import Line, a_line
from .test_desk import accept_by_keys

SOON_MS = 60_000


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    async with a_line() as made:
        yield made


@pytest.fixture
async def stage(tmp_path: Path, line: Line) -> AsyncIterator[Stage]:
    """A hub that browsers reach over the line only; its customers come by other ways."""
    name = f"http://127.0.0.1:{line.port}"
    settings = with_server(hub_settings(tmp_path), public_base_url=name)
    async with (
        SmtpSink() as sink,
        TwilioSimulator() as phones,
        running_hub(settings) as hub,
    ):
        line.target = hub.settings.server.port
        yield Stage(hub, sink, phones, shop_url="")


async def send(page: Page, text: str) -> None:
    await page.get_by_role("textbox", name="Reply").fill(text)
    await page.keyboard.press("Enter")


async def answers(stage: Stage) -> list[str]:
    return [row.text for row in await stage.said() if row.direction == "out"]


async def test_what_is_sent_while_the_line_is_cut_is_sent_once_when_it_is_back(
    stage: Stage, consoles: Consoles, line: Line
) -> None:
    page = await consoles.enter("Li")
    bar = page.get_by_text(re.compile(r"^Offline since \d\d:\d\d"))
    async with stage.chat() as customer:
        await customer.hello()
        await customer.write("Hello?")
        await accept_by_keys(page)
        await expect(page.get_by_role("log")).to_contain_text("Hello?")
        await page.wait_for_load_state("networkidle")
        await line.cut()
        await expect(bar).to_have_text(re.compile(r"Drafts are safe\.$"), timeout=SOON_MS)
        await send(page, "First")
        await expect(bar).to_have_text(re.compile("Drafts are safe; 1 message will be sent"))
        await send(page, "Second")
        await expect(bar).to_have_text(re.compile("Drafts are safe; 2 messages will be sent"))
        assert await answers(stage) == []
        await customer.write("Are you there?")
        await line.hold()  # the console tries, and would wait for this answer: its user does not
        await line.mend()
        await page.get_by_role("button", name="Try now").click()
        await expect(bar).to_be_hidden(timeout=SOON_MS)
        assert (await customer.expect(chat.Message, within_s=60.0)).text == "First"
        assert (await customer.expect(chat.Message, within_s=60.0)).text == "Second"
        log = page.get_by_role("log")
        for text in ("Are you there?", "First", "Second"):
            await expect(log.get_by_text(text, exact=True)).to_have_count(1)
    assert await answers(stage) == ["First", "Second"]


async def test_a_line_that_takes_the_socket_and_never_answers_is_given_up_for_another_try(
    stage: Stage, consoles: Consoles, line: Line
) -> None:
    page = await consoles.enter("Li")
    bar = page.get_by_text(re.compile(r"^Offline since \d\d:\d\d"))
    await line.cut()
    await expect(bar).to_be_visible(timeout=SOON_MS)
    await line.hold()
    await line.mend()
    await expect(bar).to_be_hidden(timeout=SOON_MS)


async def test_an_answer_whose_confirmation_was_lost_is_there_once(
    stage: Stage, consoles: Consoles, line: Line
) -> None:
    page = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello()
        await customer.write("Hello?")
        await accept_by_keys(page)
        await expect(page.get_by_role("log")).to_contain_text("Hello?")
        await page.wait_for_load_state("networkidle")
        line.mute = True
        await send(page, "On its way")
        assert (await customer.expect(chat.Message, within_s=60.0)).text == "On its way"
        await line.cut()
        await expect(page.get_by_text("1 message will be sent")).to_be_visible(timeout=SOON_MS)
        await line.mend()
        await expect(page.get_by_text("1 message will be sent")).to_be_hidden(timeout=SOON_MS)
        await expect(page.get_by_role("log").get_by_text("On its way")).to_have_count(1)
    assert await answers(stage) == ["On its way"]


async def test_a_reload_while_waiting_to_send_loses_nothing(
    stage: Stage, consoles: Consoles, line: Line
) -> None:
    page = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello()
        await customer.write("Hello?")
        await accept_by_keys(page)
        await line.cut()
        await send(page, "Kept")
        await expect(page.get_by_text("1 message will be sent")).to_be_visible(timeout=SOON_MS)
        await line.mend()
        await page.reload()
        assert (await customer.expect(chat.Message, within_s=60.0)).text == "Kept"
    assert await answers(stage) == ["Kept"]


async def test_while_the_database_refuses_the_console_says_so_and_sends_later(
    stage: Stage, consoles: Consoles, tmp_path: Path
) -> None:
    page = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello()
        await customer.write("Hello?")
        await accept_by_keys(page)
        path = stage.hub.settings.sqlite_path()
        assert path is not None
        other = sqlite3.connect(path, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            await send(page, "Later")
            banner = page.get_by_text(re.compile("The hub cannot save at the moment"))
            await expect(banner).to_be_visible(timeout=SOON_MS)
            await expect(banner).to_have_text(re.compile("1 message will be sent"))
        finally:
            other.execute("ROLLBACK")
            other.close()
        assert (await customer.expect(chat.Message, within_s=60.0)).text == "Later"
        await expect(banner).to_be_hidden(timeout=SOON_MS)

    async def once() -> bool:
        return await answers(stage) == ["Later"]

    await settled(once)

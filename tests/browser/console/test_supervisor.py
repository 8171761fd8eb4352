"""A supervisor steers: what waits, agents, and what could not be read."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack

import aiosmtplib
import msgspec
import pytest
from playwright.async_api import Page, expect

from hub.routing.settings import ServiceLevel, load_settings, save_settings
from hub.storage import Tx
from hub.testing.chat_page import ChatPage
from tests.scenarios.stage import Stage, settled

from .conftest import Consoles, kept_undo
from .test_desk import accept_by_keys
from .test_looks import faults

NAMES = ["Chen", "Liu", "Zhao"]


async def three_wait(stage: Stage, stack: AsyncExitStack) -> list[ChatPage]:
    made = []
    for name in NAMES:
        customer = await stack.enter_async_context(stage.chat())
        await customer.hello(name=name)
        await customer.write("Hello?")
        made.append(customer)
    return made


async def open_waiting(page: Page, stage: Stage) -> None:
    await page.goto(f"{stage.hub.base_url}/desk")
    await (
        page.get_by_role("radio", name="Waiting")
        .or_(page.get_by_role("button", name="Waiting"))
        .first.click()
    )
    await expect(page.get_by_role("checkbox")).to_have_count(3)


async def test_several_are_moved_by_keyboard_and_moved_back(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    async with AsyncExitStack() as stack:
        await three_wait(stage, stack)
        await open_waiting(page, stage)
        rows = page.locator("[data-contact]")
        await rows.first.focus()
        await page.keyboard.press("x")
        await page.keyboard.press("j")
        await page.keyboard.press("j")
        await page.keyboard.press("Shift+X")
        await expect(page.get_by_text("3 chosen")).to_be_visible()
        await page.keyboard.press("a")
        dialog = page.get_by_role("dialog", name="Move 3 contacts")
        await dialog.get_by_text("finance").click()
        assert await faults(page) == []
        await dialog.locator("button[type=submit]").click()
        undo = await kept_undo(page)
        await expect(page.get_by_text("3 moved to finance")).to_be_visible()
        assert {row.queue_id for row in await stage.contacts()} == {"finance"}
        await undo.click()
        await expect(page.get_by_text("Moved back")).to_be_visible()
        assert {row.queue_id for row in await stage.contacts()} == {"support"}


async def test_a_priority_is_raised_by_key_undone_and_named_on_the_timeline(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    async with AsyncExitStack() as stack:
        await three_wait(stage, stack)
        await open_waiting(page, stage)
        row = page.locator("[data-contact]", has_text="Liu")
        await row.focus()
        await page.keyboard.press("+")
        undo = await kept_undo(page)
        await expect(row.get_by_text("Priority 1")).to_be_attached()
        await row.click()
        log = page.get_by_role("log")
        await expect(log.get_by_text("Priority 1 (was 0) by Wang")).to_be_visible()
        await undo.click()
        await expect(row.get_by_text("Priority 1")).to_be_hidden()
        assert [contact.priority for contact in await stage.contacts()] == [0, 0, 0]


async def test_the_wallboard_says_in_a_sentence_why_one_still_waits(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    async with AsyncExitStack() as stack:
        await three_wait(stage, stack)
        await page.get_by_role("button", name="Steer Zhao").click()
        await page.get_by_role("menuitem", name="Why is this still waiting?").click()
        dialog = page.get_by_role("dialog", name="Why Zhao still waits")
        await expect(dialog).to_contain_text("nobody of this queue is signed in; it is at place 3")


async def test_an_agents_state_is_changed_undone_and_the_agent_signed_out(
    stage: Stage, consoles: Consoles
) -> None:
    agent = await consoles.enter("Li")
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    state = agent.get_by_role("button", name=re.compile("^State"))
    await expect(state).to_contain_text("Ready")
    await page.get_by_role("button", name=re.compile(r"^Li\b")).click()
    dialog = page.get_by_role("dialog", name="Li")
    await dialog.get_by_role("button", name="Break").click()
    undo = await kept_undo(page)
    await expect(state).to_contain_text("Break")
    assert await faults(page) == []
    await undo.click()
    await expect(state).to_contain_text("Ready")
    if not await dialog.is_visible():  # a click beside a dialog closes it
        await page.get_by_role("button", name=re.compile(r"^Li\b")).click()
    await dialog.get_by_role("button", name="Sign out").click()
    await expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    await dialog.get_by_role("button", name="Sign out").click()
    await agent.wait_for_url(re.compile("/sign-in"))


async def test_a_stuck_wrap_up_is_ended_from_the_wallboard(
    stage: Stage, consoles: Consoles
) -> None:
    agent = await consoles.enter("Li")
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("Hello?")
        await accept_by_keys(agent)
        [contact] = await stage.contacts()
        await page.evaluate(
            "id => fetch(`/api/v1/me`).then(r => r.json()).then(me => fetch("
            "`/api/v1/contacts/${id}/end`, {method: 'POST', body: '{}', headers: "
            "{'Content-Type': 'application/json', 'X-CSRF-Token': me.csrf_token}}))",
            contact.id,
        )
        await page.get_by_role("button", name=re.compile(r"^Li\b")).click()
        dialog = page.get_by_role("dialog", name="Li")
        await dialog.get_by_role("button", name="End wrap-up").click()
        await dialog.get_by_role("button", name="End wrap-up").click()
        await expect(dialog.get_by_text("Nothing in hand")).to_be_visible()

    async def closed() -> bool:
        [row] = await stage.contacts()
        return (row.state, row.ended_as) == ("closed", "unclassified")

    await settled(closed)


async def mail_without_sender(stage: Stage, subject: str) -> None:
    await aiosmtplib.send(
        f"Subject: {subject}\r\n\r\nWho am I?".encode(),
        sender="someone@example.com",
        recipients=["support@example.test"],
        hostname="127.0.0.1",
        port=stage.hub.settings.server.mail_port,
        start_tls=False,
    )


async def test_what_could_not_be_read_is_looked_at_read_again_released_discarded_put_back(
    stage: Stage, consoles: Consoles
) -> None:
    for subject in ("First", "Second"):
        await mail_without_sender(stage, subject)
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    await page.keyboard.press("g")
    await page.keyboard.press("q")
    await page.wait_for_url("**/quarantine")
    first = page.get_by_role("listitem").filter(has_text="First")
    second = page.get_by_role("listitem").filter(has_text="Second")
    await expect(first).to_contain_text("It names no sender.")
    await first.get_by_role("button", name="Read again").click()
    await expect(first).to_contain_text("It still cannot be read: It names no sender.")
    await expect(page.get_by_role("link", name="Quarantine (2)")).to_be_visible()
    await second.get_by_role("button", name="Look at source").click()
    await page.get_by_role("dialog").get_by_role("button", name="Source").click()
    await expect(page.get_by_role("dialog")).to_contain_text("Who am I?")
    await page.keyboard.press("Escape")
    assert await faults(page) == []
    async with page.expect_download() as download:
        await first.get_by_role("link", name="Original").click()
    assert (await (await download.value).path()).read_bytes().endswith(b"Who am I?\r\n")
    await first.get_by_role("button", name="Release to the queue").click()
    await expect(first).to_be_hidden()
    await second.get_by_role("button", name="Discard").click()
    await expect(page.get_by_text("Nothing is in quarantine")).to_be_visible()
    await page.get_by_role("button", name="Undo").click()
    await second.get_by_role("button", name="Discard").click()
    await expect(page.get_by_text("Nothing is in quarantine")).to_be_visible()
    found = sorted((row.subject, row.state, row.ended_as) for row in await stage.contacts())
    assert found == [("First", "queued", None), ("Second", "closed", "spam")]


def promise_chats(tx: Tx, _: None) -> None:
    settings = load_settings(tx)
    level = {"webchat": ServiceLevel(within_s=60, goal=0.85)}
    queues = {
        key: msgspec.structs.replace(queue, service_level=level)
        for key, queue in settings.queues.items()
    }
    save_settings(tx, msgspec.structs.replace(settings, queues=queues))


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_chart_of_the_day_has_its_figures_as_text(
    stage: Stage, consoles: Consoles, theme: str
) -> None:
    await stage.hub.store.write(promise_chats, None)
    page = await consoles.enter("Wang", role="supervisor", ready=False, theme=theme)
    async with AsyncExitStack() as stack:
        await three_wait(stage, stack)
        region = page.get_by_role("region", name="Today by half hour")
        await expect(region.locator("canvas")).to_be_visible()
        await expect(region.get_by_role("row").last).to_contain_text("–")
        assert await faults(page) == []

"""A recorded call in the console: its state beside the call, then its player on the timeline."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from playwright.async_api import Page, expect

from hub.routing.settings import RecordingRules, load_settings, save_settings
from hub.storage import Tx
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_calling import dial
from .test_looks import faults, wear

CHEN = "+8613800138000"
PICTURES = os.environ.get("HUB_TEST_PICTURES")  # a folder, to look at what is tested


def records(tx: Tx, _: None) -> None:
    settings = load_settings(tx)
    rules = RecordingRules(mode="notice", remind_s=10)
    queues = {
        key: msgspec.structs.replace(queue, recording=rules)
        for key, queue in settings.queues.items()
    }
    save_settings(tx, msgspec.structs.replace(settings, queues=queues))


async def look(page: Page, name: str) -> None:
    """Look for faults in both languages and themes."""
    for language, theme in (("zh-CN", "dark"), ("en", "light")):
        await wear(page, language, theme)
        assert await faults(page) == []
        if PICTURES:
            await page.screenshot(path=Path(PICTURES) / f"{name}-{language}-{theme}.png")


async def test_a_call_is_recorded_paused_and_played(stage: Stage, consoles: Consoles) -> None:
    await stage.hub.store.write(records, None)
    page = await consoles.enter("Li")
    await dial(page, "138 0013 8000")
    line = page.get_by_role("group", name="Recording")
    await expect(line.get_by_role("status")).to_have_text("Recording")
    customer = await stage.phones.agent_leg(CHEN)
    await customer.hears("本次通话将被录音")
    await customer.say("my order has not come yet, and I have been waiting for two weeks")
    await line.get_by_role("button", name="Pause recording").click()
    await expect(line.get_by_role("status")).to_have_text("Recording paused")
    await customer.say("my card number is four one one one")
    await look(page, "paused")
    await line.get_by_role("button", name="Resume recording").click()
    await expect(line.get_by_role("status")).to_have_text("Recording")
    await customer.say("thank you, that was all")
    await page.get_by_role("button", name="Hang up").click()
    recordings = page.get_by_role("list", name="Recordings")
    slider = recordings.get_by_role("slider", name="Place in the recording")
    await expect(slider).to_be_visible()
    _, contact = page.url.rsplit("/", 1)
    listed = await page.evaluate(
        "async id => (await (await fetch(`/api/v1/contacts/${id}`)).json()).contact", contact
    )
    assert listed["recording"] is None
    await slider.press("ArrowRight")
    await expect(slider).to_have_attribute("aria-valuenow", "5")
    await slider.press("Home")
    await recordings.get_by_role("button", name="Play").click()
    await expect(recordings.get_by_role("button", name="Pause")).to_be_visible()
    await expect(slider).not_to_have_attribute("aria-valuenow", "0")
    await slider.press(" ")
    await expect(recordings.get_by_role("button", name="Play")).to_be_visible()
    await recordings.get_by_role("button", name="Speed 1×").click()
    await expect(recordings.get_by_role("button", name="Speed 1.25×")).to_be_visible()
    await expect(recordings.get_by_role("link", name="Download")).to_have_count(0)
    await look(page, "player")
    assert stage.phones.recordings == []
    # A supervisor puts it under legal hold, with the reason, and releases it.
    boss = await consoles.enter("Boss", role="supervisor", ready=False)
    await boss.goto(page.url)
    kept = boss.get_by_role("list", name="Recordings")
    await kept.get_by_role("button", name="Legal hold…").click()
    dialog = boss.get_by_role("dialog", name="Legal hold")
    await dialog.get_by_label("Reason").fill("a claim at court")
    await look(boss, "hold")
    await dialog.get_by_role("button", name="Legal hold").click()
    await expect(kept).to_contain_text("Legal hold by Boss")
    await expect(kept).to_contain_text("a claim at court")
    await look(boss, "held")
    await kept.get_by_role("button", name="Release the hold…").click()
    await boss.get_by_role("dialog").get_by_label("Reason").fill("settled")
    await boss.get_by_role("dialog").get_by_role("button", name="Release the hold").click()
    await expect(kept).to_contain_text("Kept until")

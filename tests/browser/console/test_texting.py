"""Texts before an agent: parts counted while one writes, delivery in words, one that is begun."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.scenarios.stage import Stage, a_stage
from tests.scenarios.test_sms import CHEN, OURS, a_number

from .conftest import Consoles
from .test_looks import faults


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path, also=a_number) as one:
        one.phones.add_text_number(OURS, f"{one.hub.base_url}/channels/texts")
        yield one


async def test_a_text_is_counted_sent_and_its_end_told(stage: Stage, consoles: Consoles) -> None:
    await stage.known("Chen Li", "gold", phone=CHEN)
    page = await consoles.enter("Li")
    await stage.phones.texts.receive(CHEN, OURS, "The machine does not spin")
    await page.get_by_role("button", name="Accept").click()
    field = page.get_by_role("textbox", name="Reply")
    await field.fill("On its way")
    await expect(page.get_by_text("150 characters left")).to_be_visible()
    await field.fill("It’s on its way")
    await expect(page.get_by_text("longer because of ’")).to_be_visible()
    send = page.get_by_role("button", name="Send reply")
    await field.fill("x" * 1_601)
    await expect(page.get_by_text("1 character too many")).to_be_visible()
    await expect(send).to_be_disabled()
    stage.phones.texts.fails[CHEN] = 30003
    await field.fill("On its way")
    await send.click()
    await expect(page.get_by_text("the phone is off or out of reach").first).to_be_visible()
    assert await faults(page) == []
    await page.get_by_role("button", name=re.compile(r"^Text [\d+]")).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Text", exact=True).fill("Are you in?")
    await dialog.get_by_role("button", name="Send").click()
    await expect(dialog.get_by_text("open already: write in it")).to_be_visible()
    assert await faults(page) == []

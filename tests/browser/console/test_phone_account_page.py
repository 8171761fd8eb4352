"""The phone account is connected on the page of a line: check, use, numbers pointed here, away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from hub.testing.twilio_simulator.state import Number
from tests.scenarios.stage import HOTLINE, Stage, a_stage

from .conftest import Consoles
from .setup_stage import apply_whole, open_setup, shown
from .test_looks import faults


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path, public=True, own_account=False) as opened:
        await opened.hub.store.write(apply_whole, None)
        opened.phones.exchange.numbers[HOTLINE] = Number(HOTLINE, "https://old.example/voice")
        yield opened


async def test_an_account_is_connected_its_number_pointed_here_and_it_is_taken_away(
    stage: Stage, consoles: Consoles
) -> None:
    page = await open_setup(consoles, "points/hotline")
    await expect(page.get_by_text("No phone account is connected: no calls come")).to_be_visible()
    await shown(page, "phone-none")
    await page.get_by_role("button", name="Connect the account").click()
    dialog = page.get_by_role("dialog", name="Connect the account")
    await dialog.get_by_label("Account SID").fill("AC1")
    await dialog.get_by_label("Auth token").fill("wrong")
    await dialog.get_by_label("Auth token").press("Enter")
    await expect(dialog.get_by_text("AC and 32 digits and letters a–f.")).to_be_visible()
    await dialog.get_by_label("Account SID").fill(stage.phones.account_sid)
    await dialog.get_by_role("button", name="Check and save").click()
    steps = dialog.get_by_role("list", name="Steps of the check")
    await expect(steps).to_contain_text("refused the sign-in")
    await expect(dialog.get_by_text("Not saved: a step failed")).to_be_visible()
    assert await faults(page) == []
    await shown(page, "phone-refused")

    await dialog.get_by_label("Auth token").fill(stage.phones.auth_token)
    await dialog.get_by_role("button", name="Check and save").click()
    await expect(page.get_by_text("The phone account is connected and in use")).to_be_visible()
    await expect(page.get_by_text("In service.")).to_be_visible()
    found = page.get_by_role("list", name="Steps of the check")
    await expect(found).to_contain_text(f"Calls to {HOTLINE} go to https://old.example/voice")
    await page.get_by_role("button", name="Point the numbers here").click()
    pointing = page.get_by_role("dialog", name="Point these numbers here?")
    await expect(pointing.get_by_text("now: https://old.example/voice")).to_be_visible()
    assert await faults(page) == []
    await shown(page, "phone-point")
    await pointing.get_by_role("button", name="Point the numbers here").click()
    await expect(found).to_contain_text(f"Calls to {HOTLINE} come here (hotline)")
    await shown(page, "phone-connected")
    await (await stage.phones.call("+8613800138000", HOTLINE)).until("queue")

    await page.get_by_role("button", name="Disconnect").click()
    await page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    await expect(page.get_by_role("button", name="Connect the account")).to_be_visible()

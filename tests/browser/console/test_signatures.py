"""An agent writes a signature in the settings and sees it below the answer."""

from __future__ import annotations

from playwright.async_api import expect

from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_desk import COMPOSER, accept_by_keys
from .test_looks import faults


async def test_a_signature_is_written_in_the_settings_and_seen_below_the_answer(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    await page.goto(f"{stage.hub.base_url}/settings")
    card = page.locator("section", has=page.get_by_role("heading", name="Mail signature"))
    save = card.get_by_role("button", name="Save signature")
    await expect(save).to_be_disabled()
    await card.get_by_label("My signature, English").fill("{name}\nService desk\nT 021 5550")
    await card.get_by_label("My signature, English").blur()
    await save.click()
    await expect(page.get_by_text("Your signature is saved.")).to_be_visible()
    await expect(save).to_be_disabled()
    assert await faults(page) == []
    await page.goto(f"{stage.hub.base_url}/desk")
    await stage.mail("It leaks since yesterday.")
    await accept_by_keys(page)
    below = page.get_by_role("region", name=COMPOSER).get_by_role(
        "group", name="Signature below this answer"
    )
    await expect(below).to_contain_text("Li")
    await expect(below).not_to_contain_text("T 021 5550")
    await below.get_by_role("button", name="All").click()
    await expect(below).to_contain_text("T 021 5550")
    assert await faults(page) == []

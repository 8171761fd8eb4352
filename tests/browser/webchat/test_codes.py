"""A customer in Chromium proves a mailbox by a code, or waits in vain and leaves an address."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.async_api import Page, expect

from hub.contacts.inbound import Standing
from hub.testing.fake_door import RIGHT_CODE

from .conftest import Site
from .test_barriers import AXE
from .test_widget import AGENT, log, open_chat, window, write

HERS = "wang@example.test"


@pytest.fixture
def widget_settings() -> dict[str, object]:
    return {"pre_chat": {"name": "off"}, "mail": "support-mail"}


async def test_who_waits_confirms_their_address_also_over_a_reload(page: Page, site: Site) -> None:
    await open_chat(page)
    await write(page, "My washing machine leaks")
    # The button is no part of the place in the queue, which is read out, and keeps the focus until
    # its question comes.
    known = window(page).get_by_role("button", name="Already a customer?")
    place = window(page).get_by_role("status").filter(has_text="You are next")
    await expect(place.get_by_role("button")).to_have_count(0)
    await page.route("**/wishes.js*", lambda route: route.abort())
    await known.press("Enter")
    await expect(window(page).get_by_role("alert")).to_contain_text("cannot be loaded")
    await expect(known).to_be_focused()
    await page.unroute("**/wishes.js*")
    await known.press("Enter")
    address = log(page).get_by_role("textbox", name="Your e-mail address")
    await expect(address).to_be_focused()
    await expect(known).to_have_count(0)
    await address.press("Enter")
    await expect(log(page).get_by_role("alert")).to_have_text(
        "Please give a complete e-mail address."
    )
    await address.fill(HERS)
    await address.press("Enter")
    code = log(page).get_by_role("textbox", name="The 6 digits from the mail")
    await expect(code).to_be_focused()
    await expect(code).to_have_attribute("autocomplete", "one-time-code")
    await expect(log(page).get_by_role("button", name="New code")).to_be_disabled()
    await page.reload()
    await page.get_by_role("button", name="Open chat").click()
    await expect(log(page)).to_contain_text(f"We have sent a code to {HERS}.")
    another = log(page).get_by_role("button", name="New code")
    await another.press("Enter")
    await expect(log(page).get_by_role("status").first).to_contain_text("A new code is on its way")
    await expect(another).to_be_disabled()
    await expect(another).to_be_focused()
    await another.press("Enter")  # not at once again
    await code.fill("1234")
    await code.press("Enter")
    await expect(log(page).get_by_role("alert")).to_have_text("The code has 6 digits.")
    await code.fill("123 456")
    await code.press("Enter")
    await expect(log(page).get_by_role("alert")).to_have_text("That is not the code. Tries left: 4")
    await expect(code).to_have_attribute("aria-invalid", "true")
    assert len(site.door.codes) == 2
    await page.evaluate(AXE.read_text())
    found = await page.evaluate("axe.run('contact-hub-chat', {resultTypes: ['violations']})")
    assert found["violations"] == []
    await code.fill(f"{RIGHT_CODE[:3]} {RIGHT_CODE[3:]}")
    await code.press("Enter")
    await expect(log(page).get_by_role("status")).to_contain_text(f"{HERS} is confirmed.")
    await expect(log(page).get_by_role("button", name="Close")).to_be_focused()
    assert [proven.senders[-1].value for proven in site.door.proven] == [HERS]
    await page.keyboard.press("Enter")
    await expect(log(page).get_by_text("is confirmed")).to_have_count(0)
    await expect(window(page).get_by_role("textbox", name="Write a message…")).to_be_focused()
    await expect(window(page).get_by_role("button", name="Already a customer?")).to_have_count(0)
    # Who uses a device of many signs out: the next one is nobody.
    await window(page).get_by_role("button", name="More").click()
    await window(page).get_by_role("menuitem", name="Confirm my e-mail address").click()
    await log(page).get_by_role("button", name="Sign out here").click()
    await expect(log(page)).not_to_contain_text("My washing machine leaks")


async def test_who_waits_in_vain_leaves_an_address_and_keeps_their_place(
    page: Page, site: Site
) -> None:
    await open_chat(page)
    await write(page, "My washing machine leaks")
    await expect(log(page)).to_contain_text("Sent")
    waits = Standing("queued", 2, None, None, True, alone="nobody")
    site.door.stand(site.conversation, waits)
    await expect(log(page).get_by_role("status").first).to_contain_text(
        "Nobody who could answer is here"
    )
    await expect(window(page).get_by_text("You are number 2 in line")).to_be_visible()
    await log(page).get_by_role("textbox", name="E-mail").fill(HERS)
    # Somebody answers meanwhile: the form goes, the focus stays in the chat, the address is kept.
    site.door.stand(site.conversation, AGENT)
    await expect(log(page).get_by_role("textbox", name="E-mail")).to_have_count(0)
    await expect(window(page).get_by_role("textbox", name="Write a message…")).to_be_focused()
    site.door.stand(site.conversation, replace(waits, position=1, alone="busy"))
    await expect(log(page).get_by_role("status").first).to_contain_text(
        "It takes longer than usual"
    )
    await expect(log(page).get_by_role("textbox", name="E-mail")).to_have_value(HERS)
    await log(page).get_by_role("textbox", name="E-mail").press("Enter")
    await expect(log(page)).to_contain_text(f"If you leave, we will answer to {HERS}.")
    assert site.door.mailed_to == {site.conversation: HERS}

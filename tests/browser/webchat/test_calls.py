"""A customer in Chromium asks to be called, from the keyboard; it stands there after a reload."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from hub.contacts.callback_wishes import CallbackTimes, Offered, WishedCallback

from .conftest import Site
from .test_barriers import AXE, barriers
from .test_widget import composer, log, open_chat, window


@pytest.fixture
def widget_settings() -> dict[str, object]:
    return {"pre_chat": {"name": "off"}}


async def test_a_call_is_asked_for_with_what_was_typed_and_given_up_again(
    page: Page, site: Site
) -> None:
    later = site.door.clock.now() + timedelta(hours=2)
    site.door.calls = Offered.ALWAYS
    site.door.call_times = CallbackTimes(None, [later], "CN")
    await open_chat(page)
    await composer(page).fill("My washing machine leaks")
    await page.route("**/menu.js*", lambda route: route.abort())
    more = window(page).get_by_role("button", name="More")
    await more.press("Enter")
    await expect(window(page).get_by_role("alert")).to_contain_text("cannot be loaded")
    await page.unroute("**/menu.js*")
    await more.press("Enter")
    await window(page).get_by_role("menuitem", name="Have us call you").press("Enter")
    card = log(page).get_by_role("group", name="We call you")
    about = card.get_by_role("textbox", name="What is it about?")
    await expect(about).to_be_focused()
    await expect(about).to_have_value("My washing machine leaks")
    number = card.get_by_role("textbox", name="Your telephone number (China)")
    await number.press("Enter")
    await expect(card.get_by_role("alert")).to_have_text("Please give a complete telephone number.")
    assert site.door.inbounds == []
    await number.fill("138 0013 8000")
    await page.evaluate(AXE.read_text())
    found = await barriers(page, "asks for a number")
    assert [one for one in found if "partially obscured" not in one] == []  # what scrolled away
    await number.press("Enter")
    told = card.get_by_role("status")
    await expect(told).to_contain_text("in your turn, at the number that ends in 8000")
    await expect(told).to_be_focused()
    await expect(composer(page)).to_have_value("")
    [wish] = site.door.wishes
    assert (wish.number, wish.at) == ("138 0013 8000", None)
    assert [inbound.text for inbound in site.door.inbounds] == ["My washing machine leaks"]
    await page.reload()
    await page.get_by_role("button", name="Open chat").click()
    await expect(told).to_contain_text("ends in 8000")
    await expect(composer(page)).to_be_focused()
    await page.evaluate(AXE.read_text())
    assert await barriers(page, "a call is to come") == []
    await card.get_by_role("button", name="I need no call any more").press("Enter")
    await expect(told).to_have_text("You will not be called. Write here to go on.")
    await expect(told).to_be_focused()
    assert site.door.wished == {}
    await card.get_by_role("button", name="Close").press("Enter")
    await expect(card).to_have_count(0)
    await expect(composer(page)).to_be_focused()
    # Nobody was reached: it may be asked for once more, at another time.
    site.door.wished[site.conversation] = WishedCallback("given_up", "8000")
    await page.reload()
    await page.get_by_role("button", name="Open chat").click()
    await card.get_by_role("button", name="Call once more").press("Enter")
    await expect(number).to_be_focused()
    await number.fill("13800138000")
    await card.get_by_role("combobox", name="When?").select_option(index=1)
    await card.get_by_role("button", name="Call me").press("Enter")
    await expect(told).to_contain_text("We will call you, not before")
    assert site.door.wishes[-1].at == later

"""One chat over the sites of a domain, in Chromium: the token stands in a cookie of the parent."""

from __future__ import annotations

import msgspec
import pytest
from playwright.async_api import BrowserContext, expect
from yarl import URL

from hub.channels.webchat.settings import WebChatSettings

from .conftest import Site
from .test_widget import log, open_chat, write

# Names below localhost lead to this machine, and browsers take them for as safe as https.
DOMAIN = "lake.localhost"


@pytest.fixture
def widget_settings() -> dict[str, object]:
    return {
        "pre_chat": {"name": "off"},
        "origins": ["*", f"https://shop.{DOMAIN}"],
        "cookie_domain": DOMAIN,
    }


def on(site: Site, host: str) -> str:
    return str(URL(site.url).with_host(host))


async def test_who_goes_on_to_another_site_of_the_domain_keeps_the_chat_until_they_sign_out(
    context: BrowserContext, site: Site
) -> None:
    shop = await context.new_page()
    await shop.goto(on(site, f"shop.{DOMAIN}"))
    await open_chat(shop)
    await write(shop, "My washing machine leaks")
    await expect(log(shop)).to_contain_text("Sent")
    (cookie,) = await context.cookies()
    kept = {name: cookie[name] for name in ("name", "domain", "secure", "sameSite")}
    assert kept == {
        "name": f"contact-hub-shop-chat~{DOMAIN}",
        "domain": f".{DOMAIN}",
        "secure": True,
        "sameSite": "Lax",
    }
    www = await context.new_page()
    await www.goto(on(site, f"www.{DOMAIN}"))
    site.door.reply(site.conversation, "Please close the tap")
    badge = www.locator("contact-hub-chat .badge")
    await expect(badge).to_have_text("1")  # the chat goes on before it is opened
    await open_chat(www)
    await expect(log(www)).to_contain_text("My washing machine leaks")
    await expect(log(www)).to_contain_text("Please close the tap")
    await write(www, "It is closed")
    await expect(log(shop)).to_contain_text("It is closed")
    assert len(site.door.conversations) == 1
    await www.evaluate("ContactHub.logout()")
    await expect(log(www)).not_to_contain_text("washing machine")
    for connection in tuple(site.chat.gateway.connections):
        connection.abort()  # a page that stayed open comes back by itself
    await expect(log(shop)).not_to_contain_text("washing machine")
    await write(shop, "I am somebody else")
    await expect(log(shop)).to_contain_text("Sent")
    assert len(site.door.conversations) == 2
    for page in (shop, www):
        await page.reload()
        await page.get_by_role("button", name="Open chat").click()
        await expect(log(page)).to_contain_text("I am somebody else")
        await expect(log(page)).not_to_contain_text("washing machine")


async def test_a_site_elsewhere_has_a_chat_of_its_own(context: BrowserContext, site: Site) -> None:
    elsewhere = await context.new_page()
    await elsewhere.goto(on(site, "badlake.localhost"))
    await open_chat(elsewhere)
    await write(elsewhere, "Hello?")
    await expect(log(elsewhere)).to_contain_text("Sent")
    assert await context.cookies() == []
    await elsewhere.reload()
    await elsewhere.get_by_role("button", name="Open chat").click()
    await expect(log(elsewhere)).to_contain_text("Hello?")


@pytest.mark.parametrize(
    ("domain", "said"),
    [
        ("example.com", ""),
        ("shop.example.com", ""),
        ("co.uk", "not com.cn"),
        ("com.cn", "not com.cn"),
        ("0.0.1", "not com.cn"),
        ("elsewhere.com", "what one of its origins ends in"),
        ("ample.com", "what one of its origins ends in"),
        ("com", "Expected `str` matching regex"),
        ("example.com; Path=/x", "Expected `str` matching regex"),
    ],
)
def test_a_domain_is_one_s_own_and_a_parent_of_a_site(domain: str, said: str) -> None:
    origins = ["self", "https://shop.example.com", "https://shop.co.uk", "https://shop.com.cn"]
    raw = {"origins": origins, "cookie_domain": domain}
    if not said:
        assert msgspec.convert(raw, WebChatSettings).cookie_domain == domain
        return
    with pytest.raises(msgspec.ValidationError, match=said):
        msgspec.convert(raw, WebChatSettings)

"""Pictures in a customer's mail: its own are shown, those of other servers only when asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest
from playwright.async_api import Page, Request, expect

from hub.testing.picture_server import PictureServer, a_picture, loopback_only
from hub.vendors.outbound import OutboundHttp
from tests.scenarios.stage import Stage, a_stage

from .conftest import Consoles
from .test_desk import accept_by_keys

WIDTHS = (
    "() => [...document.querySelector('iframe').contentDocument.images].map(i => i.naturalWidth)"
)


@pytest.fixture
async def outside() -> AsyncIterator[PictureServer]:
    async with PictureServer() as server:
        yield server


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    outbound = OutboundHttp(allow=loopback_only)
    async with a_stage(tmp_path, outbound=outbound) as opened:
        yield opened


async def write_with_pictures(stage: Stage, remote: str) -> None:
    """A mail with a picture inside, one on another server, and one that is no picture there."""
    message = EmailMessage()
    message["From"], message["To"] = "chen@example.test", "support@example.test"
    message["Subject"], message["Message-ID"] = "Hello", "<pictures@example.test>"
    message.set_content("Look at this")
    message.add_alternative(
        f'<p>Look at this</p><img src="cid:inside@example.test" alt="inside">'
        f'<img src="{remote}?mail=1&who=li" alt="outside">',
        subtype="html",
    )
    html = message.get_payload()[1]  # type: ignore[index]  # the parts of a multipart
    html.add_related(a_picture(20, 10), "image", "png", cid="<inside@example.test>")  # type: ignore[union-attr]  # the second part is a message
    port = stage.hub.settings.server.mail_port
    await aiosmtplib.send(message, hostname="127.0.0.1", port=port, start_tls=False)


async def test_remote_pictures_wait_until_they_are_asked_for(
    stage: Stage, consoles: Consoles, outside: PictureServer
) -> None:
    page = await consoles.enter("Li")
    foreign: list[str] = []

    def look(request: Request) -> None:
        if not request.url.startswith((stage.hub.base_url, "data:", "blob:", "about:")):
            foreign.append(request.url)

    page.on("request", look)
    await write_with_pictures(stage, outside.url())
    await accept_by_keys(page)
    await expect(page.get_by_text("1 remote image not loaded")).to_be_visible()
    await shown(page, [20])
    assert outside.asked == []
    await page.get_by_role("button", name="Show images").click()
    await shown(page, [20, 48])
    [(_, headers)] = outside.asked
    assert set(headers) == {"host", "accept", "accept-encoding", "connection"}
    assert foreign == []
    await expect(page.get_by_role("button", name="Show images")).to_have_count(0)
    assert await printed(page) == [20, 48]
    await page.reload()
    await page.get_by_role("button", name="Always from chen@example.test").press("Enter")
    await shown(page, [20, 48])
    await page.reload()
    await expect(page.get_by_text("Pictures from chen@example.test are always")).to_be_visible()
    await shown(page, [20, 48])
    await page.get_by_role("button", name="Ask again").press("Enter")
    await shown(page, [20])
    assert foreign == []


async def printed(page: Page) -> list[int]:
    """Print the mail; return the widths of the pictures on the page that is printed."""
    await page.evaluate(
        """() => new MutationObserver((changes) => {
            for (const { addedNodes } of changes) for (const one of addedNodes)
                if (one.tagName === 'IFRAME') one.addEventListener('load', () =>
                    one.contentWindow.addEventListener('beforeprint', () => (window.printed =
                        [...one.contentDocument.images].map(i => i.naturalWidth))))
        }).observe(document.body, { childList: true })"""
    )
    await page.get_by_role("button", name="More about this mail").press("Enter")
    await page.get_by_role("menuitem", name="Print").press("Enter")
    widths = await page.wait_for_function("() => window.printed")
    found: list[int] = await widths.json_value()
    return found


async def shown(page: Page, widths: list[int]) -> None:
    """Wait until the pictures of the mail have these widths."""
    await page.wait_for_function(f"widths => String(({WIDTHS})()) === String(widths)", arg=widths)

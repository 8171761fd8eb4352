"""Reading a mail at the desk: its frame, its files, its original, in the dark too, by keyboard."""

from __future__ import annotations

import io
import os
from email.message import EmailMessage

import aiosmtplib
from PIL import Image, ImageDraw
from playwright.async_api import Page, expect

from hub.testing.picture_server import a_picture
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_desk import accept_by_keys
from .test_looks import PHONE, faults, wear

HTML = """<p>Good day,</p><p>two washing machines, as offered on
<a href="https://evil.example/login">www.shop.example</a>. The plan is in the PDF.</p>
<table border="1" cellpadding="6"><tr><th>Model</th><th>Pieces</th><th>Price</th></tr>
<tr><td>W-100</td><td>2</td><td style="text-align:right">¥ 5,998.00</td></tr></table>
<p>Best regards<br>Chen Li</p><img src="cid:logo@x" alt="logo">"""


def a_plan() -> bytes:
    pages = []
    for number in (1, 2, 3):
        page = Image.new("RGB", (620, 877), "white")
        ImageDraw.Draw(page).text((60, 60), f"Plan, page {number}", fill="black", font_size=40)
        pages.append(page)
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:])
    return out.getvalue()


async def write_with_files(stage: Stage) -> None:
    message = EmailMessage()
    message["Received"] = "from phone.example by mx.example.test; Sun, 29 Nov 2026 10:00:00 +0000"
    message["From"], message["To"] = "Chen Li <chen@example.test>", "support@example.test"
    message["Subject"], message["Message-ID"] = "Two washing machines", "<plan@example.test>"
    message.set_content("Good day")
    message.add_alternative(HTML, subtype="html")
    html = message.get_payload()[1]  # type: ignore[index]  # the parts of a multipart
    html.add_related(a_picture(60, 20), "image", "png", cid="<logo@x>")  # type: ignore[union-attr]  # the second part is a message
    message.add_attachment(a_plan(), "application", "pdf", filename="plan.pdf")
    message.add_attachment(a_picture(300, 200), "image", "png", filename="broken-lid.png")
    message.add_attachment("错误代码 E-21\n", filename="报错.txt")
    port = stage.hub.settings.server.mail_port
    await aiosmtplib.send(message, hostname="127.0.0.1", port=port, start_tls=False)


async def shown(page: Page, name: str) -> None:
    """Keep a picture of the page where somebody wants to look at it."""
    if folder := os.environ.get("HUB_PICTURES"):
        await page.wait_for_timeout(500)
        await page.screenshot(path=f"{folder}/reading-{name}.png")


async def at_rest(page: Page) -> None:
    """Wait until the mail has its height: from then on the page hears the keys pressed in it.

    A function, not an expression: the page's rules let no text be evaluated a second time.
    """
    await page.wait_for_function(
        """() => {
            const inside = document.querySelector('iframe')?.contentDocument?.documentElement
            return inside?.innerText && inside.scrollHeight <= inside.clientHeight
        }"""
    )


async def test_a_mail_is_read_with_its_files_by_keyboard(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li")
    await write_with_files(stage)
    await accept_by_keys(page)
    mail = page.frame_locator("iframe")
    await expect(mail.get_by_text("→ evil.example")).to_be_visible()
    await expect(page.get_by_text("1 link leads elsewhere than it says")).to_be_visible()
    files = page.get_by_role("list", name="Files").get_by_role("link")
    await expect(files).to_have_count(3)  # what stands in the text is not listed again
    await at_rest(page)
    found = await faults(page)
    await mail.get_by_text("→ evil.example").scroll_into_view_if_needed()
    await shown(page, "mail-en-light-1440")

    await files.first.focus()
    await page.keyboard.press("Enter")
    viewer = page.get_by_role("dialog", name="plan.pdf")
    await expect(viewer.get_by_role("img", name="Page 1", exact=True).last).to_be_visible()
    await page.wait_for_function(
        "() => document.querySelector('[role=dialog] [data-stage] img').naturalWidth > 900"
    )
    found += await faults(page)
    await shown(page, "pdf-en-light-1440")
    await page.keyboard.press("r")
    await page.keyboard.press("End")
    await expect(viewer.get_by_role("status").last).to_have_text("3 / 3")
    await page.keyboard.press("ArrowRight")  # behind the last page: the next file
    picture = page.get_by_role("dialog", name="broken-lid.png").get_by_role("img")
    await expect(picture).to_be_visible()
    await page.keyboard.press("+")
    await expect(page.get_by_text("125 %")).to_be_visible()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("dialog", name="报错.txt")).to_contain_text("错误代码 E-21")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)

    await page.get_by_role("button", name="More about this mail").press("Enter")
    await page.get_by_role("menuitem", name="Original and headers").press("Enter")
    original = page.get_by_role("dialog", name="Original and headers")
    await expect(original.get_by_role("cell", name="mx.example.test")).to_be_visible()
    found += await faults(page)
    await shown(page, "original-en-light-1440")
    await page.keyboard.press("Escape")

    await wear(page, "zh-CN", "dark")
    ink = "getComputedStyle(document.querySelector('iframe').contentDocument.body).color"
    await page.wait_for_function(f"() => {ink} === 'rgb(230, 232, 235)'")
    found += await faults(page)
    await shown(page, "mail-zh-dark-1440")
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    await shown(page, "mail-zh-dark-390")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert found == []


async def test_keys_and_print_work_while_the_focus_is_in_a_mail(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    await page.context.add_init_script("window.printed = []")
    await write_with_files(stage)
    await accept_by_keys(page)
    await page.frame_locator("iframe").get_by_role("link").wait_for()
    await at_rest(page)
    await page.frame_locator("iframe").get_by_role("link").focus()
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.evaluate(
        """() => new MutationObserver((changes) => {
            for (const { addedNodes } of changes) for (const one of addedNodes)
                if (one.tagName === 'IFRAME') one.addEventListener('load', () =>
                    one.contentWindow.addEventListener('beforeprint', () =>
                        (window.printed = one.contentDocument.body.innerText)))
        }).observe(document.body, { childList: true })"""
    )
    await page.get_by_role("button", name="More about this mail").press("Enter")
    await page.get_by_role("menuitem", name="Print").press("Enter")
    await page.wait_for_function("() => window.printed?.length > 0")
    text = await page.evaluate("window.printed")
    for line in ("Two washing machines", "chen@example.test", "support@example.test", "W-100"):
        assert line in text
    assert "plan.pdf, broken-lid.png, 报错.txt" in text

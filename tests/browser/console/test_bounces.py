"""A bounce is opened from its line: what it says, what was decided of it, its way, its source."""

from __future__ import annotations

import re
from email import message_from_bytes

import aiosmtplib
from playwright.async_api import expect

from tests.scenarios.stage import Stage, settled

from .conftest import UNDO_SOON_S, Consoles
from .test_desk import accept_by_keys, begin_reply
from .test_looks import PHONE, faults, wear
from .test_reading import shown

BOUNCE = """\
Received: from out.example.test by mx.example.test; Sun, 29 Nov 2026 10:00:00 +0000
From: MAILER-DAEMON@mx.example.test
To: support@example.test
Subject: Undelivered Mail Returned to Sender
Message-ID: <dsn-1@mx.example.test>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="dsn"

--dsn
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.test. I'm sorry.
The mailbox of Chen is full; ask them by telephone.
--dsn
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.test

Final-Recipient: rfc822; chen@example.test
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp; 552 5.2.2 Mailbox full

--dsn
Content-Type: message/rfc822

From: support@example.test
To: chen@example.test
Subject: Re: Washing machine
Message-ID: {sent}

Please check the plug.
--dsn--
"""


# Of a mail system that says what nobody understands, though of which mail.
UNREAD = """\
From: mailer-daemon@mx.example.test
To: support@example.test
Subject: Xyzzy
Message-ID: <dsn-2@mx.example.test>
In-Reply-To: {sent}

Plugh plover.
"""


async def comes_back(stage: Stage, report: str) -> None:
    """A mail system reports on what the agent has answered, as soon as that is out."""

    def ours() -> list[str]:
        answers = [mail.raw for mail in stage.mails.mails if b"check the plug" in mail.raw]
        return [str(message_from_bytes(raw)["Message-ID"]) for raw in answers]

    async def gone_out() -> bool:
        return bool(ours())

    await settled(gone_out, 20.0)
    await aiosmtplib.send(
        report.format(sent=ours()[0]).encode(),
        sender="MAILER-DAEMON@mx.example.test", recipients=["support@example.test"],
        hostname="127.0.0.1", port=stage.hub.settings.server.mail_port, start_tls=False,
    )  # fmt: skip


async def test_a_bounce_is_read_from_its_line(stage: Stage, consoles: Consoles) -> None:
    consoles.undo_s = UNDO_SOON_S
    page = await consoles.enter("Li")
    await stage.mail("It does not start.", subject="Washing machine")
    await accept_by_keys(page)
    await begin_reply(page)
    await page.keyboard.type("Please check the plug.")
    await page.keyboard.press("Control+Enter")

    await comes_back(stage, BOUNCE)
    log = page.get_by_role("log")
    await expect(log.get_by_text("Not delivered to chen@example.test: ")).to_be_visible()
    found = await faults(page)
    await shown(page, "bounce-line-en-light-1440")

    await log.get_by_role("button", name="See the report").press("Enter")
    dialog = page.get_by_role("dialog", name="Original and headers")
    await expect(dialog.get_by_text("ask them by telephone")).to_be_visible()
    found += await faults(page)
    await shown(page, "bounce-words-en-light-1440")
    await dialog.get_by_text("Decisions", exact=True).click()
    await expect(dialog.get_by_text("a delivery report of a mail system")).to_be_visible()
    await shown(page, "bounce-trace-en-light-1440")
    await dialog.get_by_text("Way", exact=True).click()
    await expect(dialog.get_by_role("cell", name="mx.example.test")).to_be_visible()
    async with page.expect_download() as saving:
        await dialog.get_by_role("link", name=re.compile("eml")).click()
    saved = await (await saving.value).path()
    assert b"Mailbox full" in saved.read_bytes()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()

    await wear(page, "zh-CN", "dark")
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    await shown(page, "bounce-line-zh-dark-390")
    await page.get_by_role("log").get_by_role("button", name="查看报告").click()
    await expect(page.get_by_text("ask them by telephone")).to_be_visible()
    found += await faults(page)
    await shown(page, "bounce-words-zh-dark-390")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert found == []


async def test_one_of_which_nothing_can_be_read_is_a_line_with_the_report_behind_it(
    stage: Stage, consoles: Consoles
) -> None:
    consoles.undo_s = UNDO_SOON_S
    page = await consoles.enter("Li")
    await stage.mail("It does not start.", subject="Washing machine")
    await accept_by_keys(page)
    await begin_reply(page)
    await page.keyboard.type("Please check the plug.")
    await page.keyboard.press("Control+Enter")
    await comes_back(stage, UNREAD)
    log = page.get_by_role("log")
    line = "Something may not have arrived: mailer-daemon@mx.example.test does not say which"
    await expect(log.get_by_text(line)).to_be_visible()
    found = await faults(page)
    await shown(page, "bounce-unread-en-light-1440")
    await log.get_by_role("button", name="See the report").press("Enter")
    dialog = page.get_by_role("dialog", name="Original and headers")
    await expect(dialog.get_by_text("Plugh plover.")).to_be_visible()
    await dialog.get_by_text("Decisions", exact=True).click()
    await expect(dialog.get_by_text("it does not say which message it is about")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await wear(page, "zh-CN", "dark")
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    await expect(page.get_by_text("可能有邮件未送达")).to_be_visible()
    found += await faults(page)
    await shown(page, "bounce-unread-zh-dark-390")
    assert found == []

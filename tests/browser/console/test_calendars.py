"""An invitation at the desk: every event of it, what it leaves out, and that a later mail came."""

from __future__ import annotations

from email.message import EmailMessage

import aiosmtplib
from playwright.async_api import expect

from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_desk import accept_by_keys
from .test_looks import PHONE, faults, wear
from .test_reading import shown

SERIES = """\
BEGIN:VEVENT
UID:visit@example.test
DTSTAMP:20260301T080000Z
SEQUENCE:0
SUMMARY:Maintenance visit
LOCATION:Hall 3
DTSTART;TZID=Our works:20260302T090000
DTEND;TZID=Our works:20260302T100000
RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=8
EXDATE;TZID=Our works:20260323T090000
ORGANIZER;CN=Chen Li:mailto:chen@example.test
ATTENDEE;CN=Support;PARTSTAT=ACCEPTED:mailto:support@example.test
END:VEVENT
BEGIN:VEVENT
UID:visit@example.test
DTSTAMP:20260301T080000Z
RECURRENCE-ID;TZID=Our works:20260309T090000
SUMMARY:Maintenance visit (afternoon)
DTSTART;TZID=Our works:20260309T150000
DTEND;TZID=Our works:20260309T160000
ORGANIZER;CN=Chen Li:mailto:chen@example.test
END:VEVENT
BEGIN:VEVENT
UID:visit@example.test
DTSTAMP:20260301T080000Z
RECURRENCE-ID;TZID=Our works:20260316T090000
SUMMARY:Maintenance visit
STATUS:CANCELLED
DTSTART;TZID=Our works:20260316T090000
ORGANIZER;CN=Chen Li:mailto:chen@example.test
END:VEVENT
"""
ZONE = """\
BEGIN:VTIMEZONE
TZID:Our works
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


async def invite(stage: Stage, events: str, number: int) -> None:
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:REQUEST\n{ZONE}{events}END:VCALENDAR\n"
    message = EmailMessage()
    message["From"], message["To"] = "Chen Li <chen@example.test>", "support@example.test"
    message["Subject"], message["Message-ID"] = "Visits", f"<visit-{number}@example.test>"
    if number > 1:
        message["References"] = "<visit-1@example.test>"
    message.set_content(f"Word {number}")
    message.add_alternative(text, subtype="calendar", params={"method": "REQUEST"})
    port = stage.hub.settings.server.mail_port
    await aiosmtplib.send(message, hostname="127.0.0.1", port=port, start_tls=False)


async def test_every_event_is_shown_and_what_a_later_mail_replaced(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    await invite(stage, SERIES, 1)
    await accept_by_keys(page)
    card = page.get_by_role("group", name="Invitation")
    await expect(card.get_by_text("Every week, on Monday, 8 times")).to_be_visible()
    await expect(card.get_by_text("Not on Mon, Mar 23, 2026, 08:00 UTC")).to_be_visible()
    await expect(card.get_by_text("Mon, Mar 9, 2026, 14:00")).to_be_visible()
    await expect(card.get_by_text("Instead of Mon, Mar 9, 2026, 08:00 UTC")).to_be_visible()
    await expect(card.get_by_text("Cancelled", exact=True)).to_have_count(1)
    await expect(card.get_by_text("nobody knows that zone")).to_have_count(0)
    found = await faults(page)
    await card.scroll_into_view_if_needed()
    await shown(page, "invitation-en-light-1440")

    await invite(
        stage, SERIES[: SERIES.index("BEGIN:VEVENT", 9)].replace("SEQUENCE:0", "SEQUENCE:1"), 2
    )
    await expect(page.get_by_role("log").get_by_text("Word 2")).to_be_visible()
    await expect(card).to_have_count(2)
    first, second = card.nth(0), card.nth(1)
    await expect(first.get_by_text("Replaced by a later mail")).to_have_count(1)
    await expect(second.get_by_text("Replaced by a later mail")).to_have_count(0)
    await expect(second.get_by_text("Changed", exact=True)).to_be_visible()

    await wear(page, "zh-CN", "dark")
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    await page.get_by_role("group", name="日程邀请").first.scroll_into_view_if_needed()
    found += await faults(page)
    await shown(page, "invitation-zh-dark-390")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert found == []

"""Files and originals of mails, looked at by whoever may read the mail, over a whole hub."""

from __future__ import annotations

import io
from email.message import EmailMessage
from typing import Any

import aiosmtplib
from PIL import Image
from sqlalchemy import select

from hub.contacts.tables import interactions
from hub.storage import Tx
from hub.web import Role

from .conftest import Person, Place

VISIT = (
    "BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nBEGIN:VEVENT\r\nSUMMARY:上门\r\n"
    "DTSTART;TZID=China Standard Time:20260302T090000\r\nRRULE:FREQ=WEEKLY;BYDAY=MO\r\n"
    "ATTENDEE;PARTSTAT=DECLINED:mailto:wang@example.test\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
).encode()


async def a_mail_with_files(place: Place) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "chen@example.test", "support@example.test"
    message["Subject"], message["Message-ID"] = "发票", "<files@example.test>"
    message.set_content("See below")
    pages = [Image.new("RGB", (200, 280), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:])
    files = (
        ("offer.pdf", "application", "pdf", out.getvalue()),
        ("notes.txt", "text", "plain", "价格：一百元\r\n".encode("gb18030")),
        ("page.html", "text", "html", b"<script>alert(1)</script>"),
        ("broken.pdf", "application", "pdf", b"%PDF-1.4 no"),
        ("visit.ics", "text", "calendar", VISIT),
    )
    for name, kind, subtype, data in files:
        message.add_attachment(data, kind, subtype, filename=name)
    port = place.hub.settings.server.mail_port
    await aiosmtplib.send(message, hostname="127.0.0.1", port=port, start_tls=False)


_REFUSED = ("type", "calendar", "type", "type", "broken", "page", "type")


async def the_entry(place: Place, reader: Person) -> dict[str, Any]:
    def conversation(tx: Tx, _: None) -> str:
        found = select(interactions.c.conversation_id).where(interactions.c.subject == "发票")
        return str(tx.execute(found).scalar_one())

    path = f"/conversations/{await place.hub.store.read(conversation, None)}/interactions"
    entry: dict[str, Any] = (await reader.ask("GET", path))[1]["items"][0]
    return entry


async def fetch(person: Person, path: str) -> tuple[int, str, bytes]:
    headers = {"Authorization": f"Bearer {person.key}"}
    address = f"{person.hub.base_url}/api/v1{path}"
    async with person.session.get(address, headers=headers) as answer:
        return answer.status, answer.headers["Content-Disposition"], await answer.read()


async def test_files_are_looked_at_as_text_and_by_pages(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    await a_mail_with_files(place)
    files = {file["name"]: file for file in (await the_entry(place, chen))["files"]}

    async def look(name: str, what: str) -> tuple[int, Any]:
        return await chen.ask("GET", f"/attachments/{files[name]['id']}/{what}")

    assert await look("notes.txt", "text") == (200, {"text": "价格：一百元\n", "cut": False})
    assert (await look("page.html", "text"))[1]["text"].startswith("<script>")
    assert await look("offer.pdf", "pages") == (200, {"count": 2})
    status, _, data = await fetch(chen, f"/attachments/{files['offer.pdf']['id']}/pages/2")
    picture = Image.open(io.BytesIO(data))
    assert (status, picture.format) == (200, "JPEG")
    status, visit = await look("visit.ics", "invitation")
    assert (status, visit["summary"], visit["cancelled"]) == (200, "上门", True)
    assert visit["start"] == {
        "at": "2026-03-02T01:00:00Z", "local": "2026-03-02T09:00", "zone": "China Standard Time",
    }  # fmt: skip
    assert visit["recurrence"]["by_day"] == ["MO"]
    assert [one["answer"] for one in visit["attendees"]] == ["declined"]
    refused = [
        await look("offer.pdf", "invitation"),
        await look("notes.txt", "invitation"),
        await look("offer.pdf", "text"),
        await look("notes.txt", "pages"),
        await look("broken.pdf", "pages"),
        await look("offer.pdf", "pages/3"),
        await look("offer.pdf", "pages/x"),
    ]
    told = [(status, problem["details"]["why"]) for status, problem in refused]
    assert told == [(422, why) for why in _REFUSED]


async def test_the_original_of_a_mail_is_read_and_saved(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    await a_mail_with_files(place)
    entry = await the_entry(place, chen)
    assert entry["has_original"] is True
    path = f"/interactions/{entry['id']}/original"
    status, original = await chen.ask("GET", path)
    lines = {line["name"]: line["value"] for line in original["headers"]}
    assert (status, lines["Subject"], lines["From"]) == (200, "发票", "chen@example.test")
    assert "offer.pdf" in original["text"]
    status, disposition, data = await fetch(chen, f"{path}/file")
    assert (status, original["size_bytes"]) == (200, len(data))
    assert disposition.startswith('attachment; filename="message.eml"')
    assert b"Message-ID: <files@example.test>" in data


async def test_another_team_neither_looks_nor_saves(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    stranger = await place.hire("stranger", Role.SUPERVISOR, "south")
    await a_mail_with_files(place)
    entry = await the_entry(place, chen)
    paths = [
        f"/attachments/{file['id']}/{what}"
        for file in entry["files"]
        for what in ("text", "pages", "pages/1", "invitation")
    ]
    paths += [f"/interactions/{entry['id']}/original{rest}" for rest in ("", "/file")]
    for path in paths:
        assert (await stranger.ask("GET", path))[0] == 404, path

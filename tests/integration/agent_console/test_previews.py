"""Files and originals of mails, looked at by whoever may read the mail, over a whole hub."""

from __future__ import annotations

import io
from email.message import EmailMessage
from typing import Any, Literal

import aiosmtplib
from PIL import Image
from sqlalchemy import select, update

from hub.accounts.audit import ListAudit, list_audit
from hub.contacts.model import InteractionKind
from hub.contacts.tables import interactions
from hub.customers.settings import CustomerSettings, Privacy, save_customer_settings
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
        return answer.status, answer.headers.get("Content-Disposition", ""), await answer.read()


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
    [visit] = visit["events"]
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


async def a_card_is_hidden(place: Place, entry: Any) -> None:
    def hide(tx: Tx, _: None) -> None:
        told = {"meta": {"card_hidden": True}}
        tx.execute(update(interactions).where(interactions.c.id == entry["id"]).values(told))

    await place.hub.store.write(hide, None)


async def test_the_original_of_a_mail_is_read_by_who_reads_the_mail(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    await a_mail_with_files(place)
    entry = await the_entry(place, chen)
    assert (await chen.ask("GET", f"/interactions/{entry['id']}/original"))[0] == 200
    noted = await place.hub.store.read(list_audit, ListAudit(limit=9, object_id=entry["id"]))
    assert [(one.action, one.actor_id) for one in noted] == [("original.open", chen.view.id)]


async def test_an_original_with_a_card_number_is_opened_by_who_may_and_noted(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    await a_mail_with_files(place)
    entry = await the_entry(place, chen)
    await a_card_is_hidden(place, entry)
    assert entry["has_original"] is True
    path = f"/interactions/{entry['id']}/original"
    for refused in (path, f"{path}/file"):
        status, problem = await chen.ask("GET", refused)
        assert (status, problem["code"]) == (403, "original.not_yours")
    status, original = await boss.ask("GET", path)
    lines = {line["name"]: line["value"] for line in original["headers"]}
    assert (status, lines["Subject"], lines["From"]) == (200, "发票", "chen@example.test")
    assert "offer.pdf" in original["text"]
    status, disposition, data = await fetch(boss, f"{path}/file")
    assert (status, original["size_bytes"]) == (200, len(data))
    assert disposition.startswith('attachment; filename="message.eml"')
    assert b"Message-ID: <files@example.test>" in data
    noted = await place.hub.store.read(list_audit, ListAudit(limit=9, object_id=entry["id"]))
    assert [(one.action, one.actor_id) for one in reversed(noted)] == [
        ("original.open", boss.view.id),
        ("original.download", boss.view.id),
    ]


async def test_the_set_up_gives_the_right_to_another_role(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    await a_mail_with_files(place)
    entry = await the_entry(place, chen)
    await a_card_is_hidden(place, entry)
    path = f"/interactions/{entry['id']}/original"

    async def opens(role: Literal["agent", "supervisor", "admin"], person: Person) -> list[Any]:
        settings = CustomerSettings(privacy=Privacy(originals=role))
        await place.hub.store.write(save_customer_settings, settings)
        shown = (await person.ask("GET", "/setup"))[1]["opens_originals"]
        return [shown, (await person.ask("GET", path))[0]]

    assert await opens("agent", chen) == [True, 200]
    assert await opens("supervisor", chen) == [False, 403]
    assert await opens("supervisor", boss) == [True, 200]
    assert await opens("admin", boss) == [False, 403]


async def test_pages_that_show_a_hidden_card_number_are_for_who_may_open_originals(
    place: Place,
) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    await a_mail_with_files(place)
    entry = await the_entry(place, chen)
    file = next(one for one in entry["files"] if one["name"] == "offer.pdf")
    paths = [f"/attachments/{file['id']}{rest}" for rest in ("", "/pages", "/pages/1")]

    def as_fax(tx: Tx, _: None) -> None:
        told = {"kind": InteractionKind.FAX, "meta": {"card_hidden": True}}
        tx.execute(update(interactions).where(interactions.c.id == entry["id"]).values(told))

    assert [(await fetch(chen, path))[0] for path in paths] == [200, 200, 200]
    await place.hub.store.write(as_fax, None)
    assert [(await chen.ask("GET", path))[0] for path in paths] == [403, 403, 403]
    copied = f"/interactions/{entry['id']}/copies"
    assert (await chen.ask("POST", copied))[0] == 403
    assert [(await fetch(boss, path))[0] for path in paths] == [200, 200, 200]
    noted = await place.hub.store.read(list_audit, ListAudit(limit=9, object_id=entry["id"]))
    assert [(one.action, one.actor_id) for one in noted] == [("original.open", boss.view.id)]


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

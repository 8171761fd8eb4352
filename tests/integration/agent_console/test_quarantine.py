"""The quarantine over a whole hub: what waits and why, read again, thrown out and put back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import aiosmtplib
from sqlalchemy import select, update

from hub.contacts.inbound import Inbound, Reread
from hub.contacts.tables import contacts
from hub.intake.after_upgrade import AfterUpgrade
from hub.storage import Tx
from hub.web import Role

from .conftest import Person, Place


async def deliver(place: Place, raw: bytes) -> None:
    port = place.hub.settings.server.mail_port
    await aiosmtplib.send(
        raw,
        sender="someone@example.test",
        recipients=["support@example.test"],
        hostname="127.0.0.1",
        port=port,
        start_tls=False,
    )


async def three_kinds(place: Place) -> None:
    """A mail without a sender, one that is marked as spam, and one of a blocked sender."""
    await deliver(place, b"Subject: No sender\r\n\r\nHello")
    await deliver(place, b"From: a@example.test\r\nSubject: Win\r\nX-Spam-Flag: YES\r\n\r\nCasino")
    await place.write_in("Odd", "mail", "b@example.test", quarantine_reason="blocked")


async def listed(person: Person, kind: str = "") -> list[dict[str, Any]]:
    _, page = await person.ask("GET", f"/quarantine?kind={kind}")
    items: list[dict[str, Any]] = page["items"]
    return items


async def test_each_kind_is_counted_and_listed_by_itself(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    stranger = await place.hire("stranger", Role.SUPERVISOR, "south")
    await three_kinds(place)
    counts = {"unreadable": 1, "spam": 1, "blocked": 1}
    assert await boss.ask("GET", "/quarantine/counts") == (200, counts)
    assert len(await listed(boss)) == 3
    for kind in counts:
        assert [item["kind"] for item in await listed(boss, kind)] == [kind]
    assert (await boss.ask("GET", "/quarantine?kind=odd"))[0] == 422
    assert await stranger.ask("GET", "/quarantine/counts") == (200, dict.fromkeys(counts, 0))


async def test_what_waits_tells_its_size_its_tries_and_its_source(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    await deliver(place, b"Subject: No sender\r\n\r\nHello")
    [item] = await listed(boss)
    assert (item["tries"], item["size_bytes"] > 20) == (1, True)
    path = f"/contacts/{item['contact']['id']}"
    assert (await boss.ask("POST", f"{path}/reprocess"))[1]["read"] is False
    assert [item["tries"] for item in await listed(boss)] == [2]
    status, original = await boss.ask("GET", f"{path}/original")
    assert (status, original["size_bytes"]) == (200, item["size_bytes"])
    assert original["text"].endswith("\n\nHello\n") or original["text"].endswith("\n\nHello")


async def test_what_was_thrown_out_can_be_put_back_for_a_day(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    stranger = await place.hire("stranger", Role.SUPERVISOR, "south")
    await deliver(place, b"Subject: No sender\r\n\r\nHello")
    [item] = await listed(boss)
    path = f"/contacts/{item['contact']['id']}"
    assert (await boss.ask("POST", f"{path}/restore"))[0] == 409
    assert (await boss.ask("POST", f"{path}/release", {"as_spam": True}))[0] == 204
    assert await listed(boss) == []
    assert (await stranger.ask("POST", f"{path}/restore"))[0] == 404
    assert (await boss.ask("POST", f"{path}/restore"))[0] == 204
    assert len(await listed(boss)) == 1
    admin = await place.hire("admin", Role.ADMIN)
    _, log = await admin.ask("GET", f"/audit?object={item['contact']['id']}")
    assert [line["action"] for line in log["items"]] == ["contact.restore", "contact.release"]
    await boss.ask("POST", f"{path}/release", {"as_spam": True})

    def long_ago(tx: Tx, _: None) -> None:
        tx.execute(update(contacts).values(closed_at=tx.now - timedelta(hours=25)))

    await place.hub.store.write(long_ago, None)
    status, problem = await boss.ask("POST", f"{path}/restore")
    assert (status, problem["code"]) == (409, "quarantine.too_late")


async def test_what_went_through_the_queue_is_not_put_back(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    await deliver(place, b"Subject: No sender\r\n\r\nHello")
    [item] = await listed(boss)
    path = f"/contacts/{item['contact']['id']}"
    assert (await boss.ask("POST", f"{path}/release", {"as_spam": False}))[0] == 204
    status, problem = await boss.ask("POST", f"{path}/restore")
    assert (status, problem["code"]) == (409, "quarantine.gone")


async def test_an_upgrade_reads_once_more_what_the_version_before_could_not(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    await three_kinds(place)
    asked: list[str] = []
    readable = False

    async def reread(channel: str, point: str, blob_id: str) -> Reread:
        asked.append(blob_id)
        if not readable:
            return Reread(None, "no_sender: still none")
        return Reread(await _read_now(place, blob_id))

    assert await AfterUpgrade(place.hub.store, reread, "2.0").run_once() == 0
    assert await AfterUpgrade(place.hub.store, reread, "2.0").run_once() == 0
    assert len(asked) == 1  # only what could not be read, and once for this version
    assert [item["tries"] for item in await listed(boss, "unreadable")] == [2]

    async def breaks(channel: str, point: str, blob_id: str) -> Reread:
        raise ValueError(blob_id)

    assert await AfterUpgrade(place.hub.store, breaks, "2.0.1").run_once() == 0  # and goes on
    readable = True
    assert await AfterUpgrade(place.hub.store, reread, "2.1").run_once() == 1
    assert await listed(boss, "unreadable") == []
    assert len(await listed(boss)) == 2

    def queued(tx: Tx, _: None) -> list[str | None]:
        found = select(contacts.c.subject).where(contacts.c.state == "queued")
        return list(tx.execute(found).scalars())

    assert await place.hub.store.read(queued, None) == ["Now it is read"]


async def _read_now(place: Place, blob_id: str) -> Inbound:
    mail = place.mail("Hello", "")
    return Inbound(
        entry_point_id=mail.entry_point_id,
        channel=mail.channel,
        dedupe_key=f"now:{blob_id}",
        senders=mail.senders,
        received_at=mail.received_at,
        text="Hello",
        subject="Now it is read",
        acknowledge=False,
        raw_blob_id=blob_id,
    )

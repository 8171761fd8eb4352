"""A mail in quarantine is read again, over the real email channel and door, on both databases."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from hub.channels.base import EntryPoint
from hub.channels.email import EmailChannel
from hub.channels.registry import Registry
from hub.contacts.model import Channel
from hub.contacts.tables import contacts, interactions
from hub.core.bus import Bus
from hub.core.errors import Conflict
from hub.intake.door import HubDoor
from hub.intake.reprocess import Reprocess, reprocess
from hub.settings import Mail
from hub.storage import DirectoryBlobs, Store, Tx
from hub.testing.center import open_center
from hub.testing.clock import ManualClock
from tests.unit.mail.samples import raw_mail

RAW = raw_mail("plain_english")


class Mailroom:
    """The mail entry point of the small center; its limit is what keeps a mail out."""

    def __init__(self, door: HubDoor) -> None:
        self.door = door
        self.store = door.store

    def channel(self, max_bytes: int) -> EmailChannel:
        point = EntryPoint("mail", Channel.EMAIL, "support@shop.example", "support", "en", {}, "M")
        return EmailChannel(self.door, [point], Mail(), None, max_bytes=max_bytes)

    async def accept(self, raw: bytes, max_bytes: int = 1_000_000) -> None:
        await self.channel(max_bytes)._ways_in.collector.accept("mail", raw, "support@shop.example")

    async def contacts(self) -> list[Row[Any]]:
        found = select(contacts).order_by(contacts.c.id)
        return await self.store.read(lambda tx, _: list(tx.execute(found).all()), None)

    async def again(self, contact_id: str, blob_id: str, max_bytes: int = 1_000_000) -> Any:
        registry = Registry([self.channel(max_bytes)])
        read = await registry.reread("email", "mail", blob_id)
        if read.reason is not None:
            return read.reason
        return await self.store.write(reprocess, Reprocess(contact_id, read.inbound))


@pytest.fixture
async def room(store: Store, blobs: DirectoryBlobs, clock: ManualClock, bus: Bus) -> Mailroom:
    await store.write(open_center, None)
    return Mailroom(HubDoor(store, blobs, clock, bus))


async def test_what_can_be_read_now_is_filed_and_takes_its_place(room: Mailroom) -> None:
    await room.accept(RAW, max_bytes=100)
    [broken] = await room.contacts()
    assert broken.state == "quarantined"
    assert broken.quarantine_reason.startswith("too_large")
    assert broken.subject == "Where is my order 10023?"
    assert "too_large" in await room.again(broken.id, broken.raw_blob_id, max_bytes=100)
    done = await room.again(broken.id, broken.raw_blob_id)
    before, after = await room.contacts()
    assert (before.state, before.ended_as) == ("closed", "merged")
    assert (after.id, after.state, done.duplicate) == (done.contact_id, "queued", False)
    texts = await room.store.read(
        lambda tx, _: list(tx.execute(select(interactions.c.text)).scalars()), None
    )
    assert any("10023" in text or "order" in text for text in texts)


async def test_read_again_by_two_people_at_once_it_is_there_once(room: Mailroom) -> None:
    await room.accept(RAW, max_bytes=100)
    [broken] = await room.contacts()
    results = await asyncio.gather(
        *(room.again(broken.id, broken.raw_blob_id) for _ in range(3)), return_exceptions=True
    )
    assert sorted(isinstance(result, Conflict) for result in results) == [False, True, True]
    assert [row.state for row in await room.contacts()] == ["closed", "queued"]


async def test_a_mail_that_came_again_meanwhile_is_not_doubled(room: Mailroom) -> None:
    await room.accept(RAW, max_bytes=100)
    [broken] = await room.contacts()
    await room.accept(b"Received: from elsewhere\r\n" + RAW)
    done = await room.again(broken.id, broken.raw_blob_id)
    assert done.duplicate
    states = [(row.state, row.ended_as) for row in await room.contacts()]
    assert states == [("closed", "merged"), ("queued", None)]


async def test_spam_is_still_spam_and_stays(room: Mailroom) -> None:
    await room.accept(RAW.replace(b"Subject:", b"X-Spam-Flag: YES\r\nSubject:", 1))
    [spam] = await room.contacts()
    with pytest.raises(Conflict, match="spam"):
        await room.again(spam.id, spam.raw_blob_id)
    assert [row.state for row in await room.contacts()] == ["quarantined"]


async def test_bytes_that_are_gone_are_a_reason(room: Mailroom, blobs: DirectoryBlobs) -> None:
    await room.accept(RAW, max_bytes=100)
    [broken] = await room.contacts()
    blobs.path(broken.raw_blob_id).unlink()
    assert "bytes_gone" in await room.again(broken.id, broken.raw_blob_id)


async def test_one_released_meanwhile_is_left_alone(room: Mailroom) -> None:
    await room.accept(RAW, max_bytes=100)
    [broken] = await room.contacts()

    def release(tx: Tx, _: None) -> None:
        tx.execute(update(contacts).values(state="queued"))

    await room.store.write(release, None)
    with pytest.raises(Conflict):
        await room.again(broken.id, broken.raw_blob_id)
    assert len(await room.contacts()) == 1

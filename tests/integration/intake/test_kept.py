"""A mail is kept and filed by one transaction: both or neither, once, on both databases."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from hub.channels.base import EntryPoint
from hub.channels.email import EmailChannel
from hub.channels.mailbox.bunches import Bunches
from hub.channels.mailbox.tables import raw_mails
from hub.contacts.model import Channel
from hub.contacts.tables import attachments, contacts, interactions
from hub.core.bus import Bus
from hub.core.errors import Unavailable
from hub.core.text import parse_query
from hub.intake.door import HubDoor
from hub.settings import Mail
from hub.storage import DirectoryBlobs, Store
from hub.storage.search import SearchKind, search_documents
from hub.testing.center import open_center
from hub.testing.clock import ManualClock
from hub.testing.databases import refusing_writes
from hub.vendors.mail.opener import CHILD_BYTES

FILE = (
    b"Content-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\n\r\nSee the picture.\r\n"
    b"--bb\r\nContent-Type: image/jpeg; name=leak.jpg\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n/9j/4AAQ\r\n--bb--\r\n"
)


def a_mail(number: int, body: bytes = b"\r\nThe machine leaks.\r\n") -> bytes:
    head = f"From: c{number}@customer.test\r\nTo: support@shop.example\r\nSubject: {number}\r\n"
    return f"{head}Message-ID: <{number}@customer.test>\r\n".encode() + body


class Mailroom:
    """The mail entry point of the small center, and one that is no more."""

    def __init__(self, door: HubDoor) -> None:
        self.store = door.store
        points = [
            EntryPoint(key, Channel.EMAIL, f"{key}@shop.example", "support", "en", {}, "M")
            for key in ("mail", "gone")
        ]
        self.channel = EmailChannel(door, points, Mail(), None, max_bytes=1_000_000)

    async def accept(self, raw: bytes, entry_point: str = "mail") -> None:
        await self.channel._ways_in.collector.accept(entry_point, raw)

    async def states(self) -> list[tuple[str, str, int]]:
        found = select(raw_mails.c.entry_point_id, raw_mails.c.state, raw_mails.c.attempts)
        rows = await self.store.read(lambda tx, _: tx.execute(found).all(), None)
        return sorted(map(tuple, rows))


@pytest.fixture
async def room(store: Store, blobs: DirectoryBlobs, clock: ManualClock, bus: Bus) -> Mailroom:
    await store.write(open_center, None)
    return Mailroom(HubDoor(store, blobs, clock, bus))


async def test_of_one_that_is_refused_nothing_stays_and_those_beside_it_are_filed(
    room: Mailroom,
) -> None:
    mails = [a_mail(number) for number in range(8)]
    await asyncio.gather(
        *(room.accept(raw, "gone" if place == 3 else "mail") for place, raw in enumerate(mails))
    )
    assert await room.states() == [("gone", "stored", 1)] + [("mail", "filed", 0)] * 7
    found = select(contacts.c.subject).order_by(contacts.c.subject)
    subjects = await room.store.read(lambda tx, _: list(tx.execute(found).scalars()), None)
    assert subjects == ["0", "1", "2", "4", "5", "6", "7"]


async def test_the_same_bytes_at_once_are_one_and_leave_no_file_behind(
    room: Mailroom, blobs: DirectoryBlobs
) -> None:
    raw = a_mail(1, FILE)
    await asyncio.gather(*(room.accept(raw) for _ in range(4)))
    await room.accept(raw)
    assert await room.states() == [("mail", "filed", 0)]
    entry = select(interactions.c.raw_blob_id).where(interactions.c.raw_blob_id.is_not(None))
    files = select(attachments.c.blob_id)
    kept = await room.store.read(
        lambda tx, _: {*tx.execute(entry).scalars(), *tx.execute(files).scalars()}, None
    )
    assert len(kept) == 2
    assert {path.name for path in blobs.root.rglob("*") if path.is_file()} == kept


async def test_only_those_that_come_together_wait_for_each_other(
    room: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = 0

    async def join(_: Bunches) -> None:
        nonlocal waited
        waited += 1

    monkeypatch.setattr(Bunches, "join", join)
    for number in range(3):
        await room.accept(a_mail(number))
    assert waited == 0
    await asyncio.gather(*(room.accept(a_mail(number)) for number in range(3, 6)))
    assert waited >= 2
    assert await room.states() == [("mail", "filed", 0)] * 6


async def test_while_nothing_can_be_stored_tries_leave_no_files_behind(
    room: Mailroom, blobs: DirectoryBlobs
) -> None:
    async with refusing_writes(room.store):
        for _ in range(4):
            with pytest.raises(Unavailable):
                await room.accept(a_mail(1, FILE))
        left = [path for path in blobs.root.rglob("*") if path.is_file()]
        assert len(left) <= 1  # of the first, which met it
    await room.accept(a_mail(1, FILE))
    assert await room.states() == [("mail", "filed", 0)]


async def test_a_large_one_is_found_by_its_words(room: Mailroom) -> None:
    filler = b"The machine has leaked.\r\n" * (CHILD_BYTES // 20)
    await room.accept(a_mail(1, b"\r\nPlease mind the Quokkas.\r\n" + filler))
    query = parse_query("quokka leaks")
    [hit] = await room.store.read(
        lambda tx, _: search_documents(tx, SearchKind.INTERACTIONS, query, 5), None
    )
    found = select(interactions.c.id).where(interactions.c.direction == "in")
    assert await room.store.read(lambda tx, _: tx.execute(found).scalars().all(), None) == [
        hit.ref_id
    ]
    await room.channel._opener.close()

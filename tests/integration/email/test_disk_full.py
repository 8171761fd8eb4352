"""While nothing can be stored the sender's server keeps the mail, by whichever way it comes."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiosmtplib
import pytest
from sqlalchemy import Connection, event, text

from hub.channels.email import EmailChannel
from hub.channels.mailbox import service
from hub.channels.mailbox.service import KeepRaw
from hub.core.errors import Unavailable
from hub.core.ids import new_id
from hub.settings import Mail, Mailbox, MailServer, Secret
from hub.storage import Store, Tx
from hub.testing.fake_door import FakeDoor
from hub.vendors.mail.intake import MailIntake
from tests.unit.mail.samples import raw_mail

from .conftest import POINT
from .scripted_imap import ScriptedImap
from .test_imap import until
from .test_in import post

_ROOM = 1_000_000  # pages


@asynccontextmanager
async def full_database(store: Store) -> AsyncIterator[None]:
    """SQLite may take no page more (SQLITE_FULL); PostgreSQL raises what it raises (53100)."""
    if store.dialect != "sqlite":
        await store.write(_refuse_as_postgresql_does, None)
        yield
        await store.write(_take_again, None)
        return
    engine = store.writer.engine
    pages = await store.write(lambda tx, _: tx.fetch("PRAGMA page_count", {})[0][0], None)

    room = [pages]

    def limit(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={room[0]}")

    event.listen(engine, "begin", limit)
    with pytest.raises(Unavailable):
        await _fill(store)
    yield
    room[0] = _ROOM  # by no write of its own: while the disk is full it would be refused


async def _fill(store: Store) -> None:
    """What has room in the pages that are there fills them, until there is none.

    Each goes to the end of its table and indexes, as a mail does, and takes less: where it has no
    room a mail has none.
    """
    for number in range(5_000):
        kept = KeepRaw(POINT.id, f"{number:064}", new_id(), 1, "")
        await store.write(service.keep_raw, kept)


def _refuse_as_postgresql_does(tx: Tx, _: None) -> None:
    tx.execute(text(
        "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
        " 'could not extend file' USING ERRCODE = '53100'; END $$"
    ))  # fmt: skip
    tx.execute(text(
        "CREATE TRIGGER no_room BEFORE INSERT ON raw_mails EXECUTE FUNCTION no_room()"
    ))  # fmt: skip


def _take_again(tx: Tx, _: None) -> None:
    tx.execute(text("DROP FUNCTION no_room CASCADE"))


@asynccontextmanager
async def full_files(patch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    def no_room(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with patch.context() as patched:
        patched.setattr("hub.storage.blobs.os.fsync", no_room)
        yield


async def by_lmtp(intake: MailIntake, raw: bytes) -> list[bytes]:
    """Return what is answered after the data, for each recipient."""
    reader, writer = await asyncio.open_connection("127.0.0.1", intake.port)
    lines = ("LHLO here", "MAIL FROM:<a@b.test>", "RCPT TO:<support@shop.example>", "DATA")
    await reader.readline()
    for line in lines:
        writer.write(f"{line}\r\n".encode())
        while (await reader.readline())[3:4] == b"-":
            pass
    writer.write(raw + b"\r\n.\r\n")
    answer = await reader.readline()
    writer.close()
    return [answer]


@pytest.mark.parametrize("where", ["database", "files"])
async def test_a_full_disk_leaves_the_mail_where_it_is(
    door: FakeDoor, intake: MailIntake, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    async with ScriptedImap(keywords=True) as server:
        server.add(raw_mail("no_message_id"))
        at = MailServer(
            host="127.0.0.1", port=server.port, tls="none", user="a", password=Secret("x")
        )
        mail = Mail(poll_s=1, mailboxes=(Mailbox(entry_point=POINT.id, imap=at),))
        channel = EmailChannel(door, [POINT], mail, intake, max_bytes=1_000_000)
        full = full_database(door.store) if where == "database" else full_files(monkeypatch)
        async with full:
            tasks = [asyncio.create_task(intake.run()), asyncio.create_task(channel.run())]
            with pytest.raises(aiosmtplib.SMTPDataError) as refused:
                await post(intake, raw_mail("plain_english"))
            assert refused.value.code == 451
            [answer] = await by_lmtp(intake, raw_mail("plain_english"))
            assert answer.startswith(b"451 ")
            await until(lambda: sum("BODY.PEEK" in line for line in server.heard) > 1)
            assert server.marked == set()
            assert door.inbounds == []
        await post(intake, raw_mail("plain_english"))
        await until(lambda: server.marked == {1})
        assert len(door.inbounds) == 2
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

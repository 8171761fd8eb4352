"""The crash table of mail: kill -9 at each named point on its way in and out, with 100 mails each.

Half of the mails come over IMAP, half by SMTP from senders who try again until they are told 250,
while the hub is killed at the point and started anew. In the end each is one contact and one entry,
and no sender got a second acknowledgement.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from pathlib import Path

import aiosmtplib
import pytest
from sqlalchemy import update

from hub.contacts.tables import entry_points
from hub.core.bus import Bus
from hub.storage import Store, Tx
from hub.testing.center import open_center
from hub.testing.databases import empty_sqlite
from hub.testing.mail import PASSWORD, DovecotMissing, PrivateDovecot, SmtpSink
from tests.conftest import skip_missing

from .crashing_hub import POINTS
from .test_kill import free_port

ADDRESS = "support@example.test"
MAILBOX = "support"
EACH_WAY = 50
PASSAGE = 20  # the point is passed so often before the hub dies there
SENDERS = 5
PATIENCE_S = 180.0


class Crashing:
    """The process that forks a hub for each point (`crashing_hub`)."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def begin(self, point: str) -> None:
        await self._say(f"{point} {PASSAGE}")
        assert await self._hear() == "up"

    async def end(self) -> str:
        return await self._hear()

    async def stop(self) -> str:
        await self._say("stop")
        return await self._hear()

    async def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        await self._process.stdin.drain()

    async def _hear(self) -> str:
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            return (await self._process.stdout.readline()).decode().strip()


@pytest.mark.timeout(600)
async def test_killed_at_each_point_every_mail_is_filed_and_acknowledged_once(
    tmp_path: Path,
) -> None:
    try:
        imap = PrivateDovecot()
    except DovecotMissing as missing:
        skip_missing(str(missing))
    asked: set[str] = set()
    with imap:
        async with SmtpSink() as sink, _crashing(tmp_path, sink, imap) as (hub, port):
            async with asyncio.TaskGroup() as senders:
                for number, point in enumerate(POINTS):
                    await hub.begin(point)
                    fetched, sent = _marks(number, "imap"), _marks(number, "smtp")
                    asked.update(fetched, sent)
                    for first in range(SENDERS):
                        senders.create_task(_send_until_taken(port, sent[first::SENDERS]))
                    await asyncio.to_thread(imap.put, MAILBOX, *(_mail(mark) for mark in fetched))
                    assert await hub.end() == "ended -9", point
                await hub.begin("")
            await _settled(tmp_path, len(asked))
            await hub.stop()
            receipts = Counter(str(message_from_bytes(m.raw)["In-Reply-To"]) for m in sink.mails)
    contacts, entries, unsure = _stored(tmp_path)
    assert contacts == entries == dict.fromkeys(asked, 1)
    assert max(receipts.values()) == 1
    # What was in hand when the hub died may have gone out or not, and is not sent again.
    assert len(asked) - unsure <= len(receipts) <= len(asked)
    assert 0 < unsure < len(asked) / 10


def _marks(number: int, way: str) -> list[str]:
    return [f"{way}-{number}-{mail}" for mail in range(EACH_WAY)]


def _mail(mark: str) -> bytes:
    return (
        f"From: {mark}@customer.test\r\nTo: support@example.test\r\nSubject: {mark}\r\n"
        f"Message-ID: <{mark}@customer.test>\r\n\r\nThe machine leaks.\r\n"
    ).encode()


async def _send_until_taken(port: int, marks: list[str]) -> None:
    """Hand each over as a mail server does: the same bytes again until it is told 250."""
    for mark in marks:
        while True:
            try:
                await aiosmtplib.send(
                    _mail(mark), sender=f"{mark}@customer.test", recipients=[ADDRESS],
                    hostname="127.0.0.1", port=port, start_tls=False, timeout=10,
                )  # fmt: skip
                break
            except (OSError, TimeoutError, aiosmtplib.SMTPException):
                await asyncio.sleep(0.1)


async def _settled(folder: Path, count: int) -> None:
    """Wait until all is filed and no acknowledgement is still to go out."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with sqlite3.connect(folder / "hub.sqlite") as db:
                filed = db.execute("SELECT count(*) FROM contacts").fetchone()[0]
                due = db.execute(
                    "SELECT count(*) FROM outbox WHERE state IN ('pending', 'retry')"
                ).fetchone()[0]
                marked = db.execute(
                    "SELECT count(*) FROM raw_mails WHERE state = 'stored'"
                ).fetchone()[0]
            if filed >= count and not due and not marked:
                return
            await asyncio.sleep(0.2)


def _stored(folder: Path) -> tuple[dict[str, int], dict[str, int], int]:
    """Return contacts and incoming entries by subject, and how many acknowledgements are unsure."""
    with sqlite3.connect(folder / "hub.sqlite") as db:
        contacts = dict(db.execute("SELECT subject, count(*) FROM contacts GROUP BY 1"))
        entries = dict(
            db.execute(
                "SELECT subject, count(*) FROM interactions WHERE direction = 'in' GROUP BY 1"
            )
        )
        [unsure] = db.execute(
            "SELECT count(*) FROM outbox WHERE state IN ('sending', 'unknown')"
        ).fetchone()
    return contacts, entries, unsure


@asynccontextmanager
async def _crashing(
    folder: Path, sink: SmtpSink, imap: PrivateDovecot
) -> AsyncIterator[tuple[Crashing, int]]:
    (folder / "hub.sqlite").write_bytes(empty_sqlite())
    async with Store(f"sqlite:///{folder / 'hub.sqlite'}", Bus()) as store:
        await store.write(open_center, None)
        await store.write(_acknowledge_all, None)
    port = free_port()
    (folder / "hub.toml").write_text(_settings(folder, port, sink, imap))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.scenarios.crashing_hub", str(folder / "hub.toml"),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        hub = Crashing(process)
        assert await hub.end() == "ready"
        yield hub, port
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.kill()
        await process.wait()


def _acknowledge_all(tx: Tx, _: None) -> None:
    """More than a thousand in a minute are meant here: the breaker stays out of it."""
    settings = {"acknowledge_limit": 10_000}
    tx.execute(update(entry_points).where(entry_points.c.id == "mail").values(settings=settings))


def _settings(folder: Path, port: int, sink: SmtpSink, imap: PrivateDovecot) -> str:
    text = json.dumps  # a JSON string is a TOML string
    return f"""data_dir = {text(str(folder))}
[server]
port = 0
chat_port = 0
mail_port = {port}
[backup]
keep = 0
[mail]
poll_s = 1
check_senders = false
[[mail.mailboxes]]
entry_point = "mail"
smtp = {{ host = "127.0.0.1", port = {sink.port}, tls = "none" }}
[mail.mailboxes.imap]
host = "127.0.0.1"
port = {imap.port}
tls = "none"
user = {text(MAILBOX)}
password = {text(PASSWORD)}
"""

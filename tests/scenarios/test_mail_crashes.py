"""The crash table of mail: kill -9 at each named point on its way in and out, with 100 mails each,
on SQLite; with 50 each on PostgreSQL.

Half of the mails come over IMAP, half by SMTP from senders who try again until they are told 250,
while the hub is killed at the point and started anew. In the end each is one contact and one entry,
and no sender got a second acknowledgement.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import aiosmtplib
import pytest
from sqlalchemy import ColumnElement, Connection, Table, create_engine, func, select, update
from sqlalchemy.engine import make_url

from hub.accounts.tables import users
from hub.channels import sender
from hub.channels.mailbox.service import RawState
from hub.channels.mailbox.tables import raw_mails
from hub.contacts.tables import contacts, entry_points, interactions
from hub.core.bus import Bus
from hub.jobs.blob_pairing import keep_pair
from hub.jobs.blob_sweep import SAFE_AGE, BlobSweep
from hub.storage import DirectoryBlobs, Store, Tx
from hub.storage.outbox import outbox
from hub.testing.center import add_agent, open_center
from hub.testing.clock import ManualClock
from hub.testing.mail import PASSWORD, DovecotMissing, PrivateDovecot, SmtpSink
from hub.vendors.mail.opener import CHILD_BYTES
from tests.conftest import skip_missing

from .crashing_hub import LONG_WAY, POINTS
from .test_kill import free_port

ADDRESS = "support@example.test"
MAILBOX = "support"
EACH_WAY = {"sqlite": 50, "postgresql": 25}
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
    tmp_path: Path, database_url: str
) -> None:
    try:
        imap = PrivateDovecot()
    except DovecotMissing as missing:
        skip_missing(str(missing))
    each_way = EACH_WAY[make_url(database_url).get_backend_name()]
    asked: set[str] = set()
    with imap:
        async with SmtpSink() as sink, _crashing(tmp_path, database_url, sink, imap) as (hub, port):
            async with asyncio.TaskGroup() as senders:
                for number, point in enumerate(POINTS):
                    await hub.begin(point)
                    fetched, sent = (_marks(number, way, each_way) for way in ("imap", "smtp"))
                    asked.update(fetched, sent)
                    for first in range(SENDERS):
                        senders.create_task(_send_until_taken(port, sent[first::SENDERS]))
                    await asyncio.to_thread(imap.put, MAILBOX, *(_mail(mark) for mark in fetched))
                    assert await hub.end() == "ended -9", point
                await hub.begin("")
            await _settled(database_url, len(asked))
            await hub.stop()
            receipts = Counter(str(message_from_bytes(m.raw)["In-Reply-To"]) for m in sink.mails)
    assert await _swept(tmp_path, database_url) > 0
    opened, entries, unsure = _stored(database_url)
    assert opened == entries == dict.fromkeys(asked, 1)
    assert max(receipts.values()) == 1
    # What was in hand when the hub died may have gone out or not, and is not sent again.
    assert len(asked) - unsure <= len(receipts) <= len(asked)
    assert 0 < unsure <= len(POINTS) * sender._AT_ONCE
    with _reading(database_url) as db:
        named = set(db.execute(select(raw_mails.c.blob_id)).scalars())
    assert {path.name for path in (tmp_path / "blobs").glob("??/*")} == named


def _marks(number: int, way: str, count: int) -> list[str]:
    return [f"{way}-{number}-{mail}" for mail in range(count)]


def _mail(mark: str) -> bytes:
    large = list(POINTS)[int(mark.split("-")[1])] in LONG_WAY
    more = "It has leaked since yesterday.\r\n" * (CHILD_BYTES // 30) if large else ""
    return (
        f"From: {mark}@customer.test\r\nTo: support@example.test\r\nSubject: {mark}\r\n"
        f"Message-ID: <{mark}@customer.test>\r\n\r\nThe machine leaks.\r\n{more}"
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


@contextmanager
def _reading(database_url: str) -> Iterator[Connection]:
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _count(db: Connection, table: Table, *only: ColumnElement[bool]) -> int:
    return db.execute(select(func.count()).select_from(table).where(*only)).scalar_one()


async def _settled(database_url: str, count: int) -> None:
    """Wait until all is filed and no acknowledgement is still to go out."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with _reading(database_url) as db:
                filed = _count(db, contacts)
                due = _count(db, outbox, outbox.c.state.in_(["pending", "retry"]))
                marked = _count(db, raw_mails, raw_mails.c.state == RawState.STORED)
            if filed >= count and not due and not marked:
                return
            await asyncio.sleep(0.2)


def _stored(database_url: str) -> tuple[dict[str, int], dict[str, int], int]:
    """Return contacts and incoming entries by subject, and how many acknowledgements are unsure."""
    with _reading(database_url) as db:
        opened = _by_subject(db, contacts)
        entries = _by_subject(db, interactions, interactions.c.direction == "in")
        unsure = _count(db, outbox, outbox.c.state.in_(["sending", "unknown"]))
    return opened, entries, unsure


async def _swept(folder: Path, database_url: str) -> int:
    """Remove what the kills left and nobody names; return how many files that were."""
    later = ManualClock(datetime.now(UTC) + SAFE_AGE + timedelta(hours=1))
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    removed = 0
    async with Store(database_url, Bus()) as store:
        blobs = DirectoryBlobs(folder / "blobs")
        await store.write(_first_user, long_ago)
        await keep_pair(store, blobs, long_ago)
        sweep = BlobSweep(store, blobs, later)
        while (looked := await sweep.turn()) is not None:
            removed += looked.removed
    return removed


def _first_user(tx: Tx, at: datetime) -> None:
    """What is older than the first user is not the database's to judge."""
    add_agent(tx, "Chen")
    tx.execute(update(users).values(created_at=at))


def _by_subject(db: Connection, table: Table, *only: ColumnElement[bool]) -> dict[str, int]:
    subject = table.c.subject
    rows = db.execute(select(subject, func.count()).where(*only).group_by(subject))
    return {row[0]: row[1] for row in rows}


@asynccontextmanager
async def _crashing(
    folder: Path, database_url: str, sink: SmtpSink, imap: PrivateDovecot
) -> AsyncIterator[tuple[Crashing, int]]:
    async with Store(database_url, Bus()) as store:
        await store.write(open_center, None)
        await store.write(_acknowledge_all, None)
    port = free_port()
    (folder / "hub.toml").write_text(_settings(folder, database_url, port, sink, imap))
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


def _settings(
    folder: Path, database_url: str, port: int, sink: SmtpSink, imap: PrivateDovecot
) -> str:
    text = json.dumps  # a JSON string is a TOML string
    return f"""data_dir = {text(str(folder))}
database_url = {text(database_url.replace("+pysqlite", "").replace("+psycopg", ""))}
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

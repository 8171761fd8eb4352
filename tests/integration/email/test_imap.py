"""Fetching over real IMAP: Dovecot on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest

from hub.channels.email import EmailChannel
from hub.channels.mailbox import reader
from hub.contacts.inbound import Inbound, Receipt
from hub.core.errors import Unavailable
from hub.core.ids import new_id
from hub.settings import MailServer, Secret
from hub.storage import DirectoryBlobs, Store
from hub.testing.clock import ManualClock
from hub.testing.fake_door import FakeDoor
from hub.testing.mail import PASSWORD, PrivateDovecot, SmtpSink
from hub.vendors.mail.imap import ImapError, ImapLost, ImapSession, mailbox_name
from tests.unit.mail.samples import raw_mail

from .conftest import POINT, mail_settings


@pytest.fixture
def door(sqlite_store: Store, blobs: DirectoryBlobs, clock: ManualClock) -> FakeDoor:
    return FakeDoor(sqlite_store, blobs, clock)


@asynccontextmanager
async def reading(
    door: FakeDoor, sink: SmtpSink, dovecot: PrivateDovecot, user: str, poll_s: int = 1
) -> AsyncIterator[None]:
    settings = msgspec.structs.replace(mail_settings(sink, dovecot, user), poll_s=poll_s)
    channel = EmailChannel(door, [POINT], settings, None, max_bytes=1_000_000)
    task = asyncio.create_task(channel.run())
    try:
        yield
    finally:
        task.cancel()
        async with asyncio.timeout(30):  # it stops also in IDLE, which waits for a minute
            await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], bool], timeout_s: float = 30) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110 - the server's own state, nothing tells us of it
            await asyncio.sleep(0.02)


async def test_mail_that_waited_and_mail_that_comes_are_fetched_and_marked(
    door: FakeDoor, sink: SmtpSink, dovecot: PrivateDovecot
) -> None:
    user = f"marking-{new_id()}"
    dovecot.put(user, raw_mail("plain_english"))
    async with reading(door, sink, dovecot, user):
        await until(lambda: len(door.inbounds) == 1)
        await asyncio.to_thread(dovecot.put, user, raw_mail("gbk_split_words"))
        await until(lambda: len(door.inbounds) == 2)
        await until(lambda: dovecot.count(user, "KEYWORD $HubFiled") == 2)
    assert dovecot.count(user) == 2
    assert dovecot.count(user, "SEEN") == 0
    async with reading(door, sink, dovecot, user):
        await asyncio.to_thread(dovecot.put, user, raw_mail("reply_qq"))
        await until(lambda: len(door.inbounds) == 3)


async def test_mail_is_moved_once_it_is_stored(
    door: FakeDoor, sink: SmtpSink, dovecot: PrivateDovecot
) -> None:
    user = f"moving-{new_id()}"
    dovecot.put(user, raw_mail("plain_english"))
    dovecot.put(user, raw_mail("empty") or b"\r\n")
    async with reading(door, sink, dovecot, user):
        await until(lambda: dovecot.count(user, folder="Processed") == 2)
    assert dovecot.count(user) == 0
    assert len(door.inbounds) == 2


async def test_while_nothing_can_be_stored_mail_stays_on_its_server(
    door: FakeDoor, sink: SmtpSink, dovecot: PrivateDovecot
) -> None:
    user = f"moving-{new_id()}"
    door.fault = Unavailable("the database is stopped")
    dovecot.put(user, raw_mail("plain_english"))
    async with reading(door, sink, dovecot, user):
        await asyncio.sleep(0.5)
        assert dovecot.count(user) == 1
        door.fault = None
        await until(lambda: dovecot.count(user) == 0)
    assert len(door.inbounds) == 1


async def test_a_server_without_idle_move_or_keywords_is_read_by_its_uids(
    door: FakeDoor, sink: SmtpSink
) -> None:
    with PrivateDovecot(capabilities="IMAP4rev1", keywords=False) as plain:
        user = f"moving-{new_id()}"
        plain.put(user, raw_mail("plain_english"))
        async with reading(door, sink, plain, user):
            await until(lambda: len(door.inbounds) == 1)
            await asyncio.to_thread(plain.put, user, raw_mail("reply_gmail"))
            await until(lambda: len(door.inbounds) == 2)
        assert plain.count(user) == plain.count(user, "UNKEYWORD $HubFiled") == 2


async def test_a_restart_of_the_server_is_survived(door: FakeDoor, sink: SmtpSink) -> None:
    with PrivateDovecot() as server:
        user = f"marking-{new_id()}"
        async with reading(door, sink, server, user):
            server.put(user, raw_mail("plain_english"))
            await until(lambda: len(door.inbounds) == 1)
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(server.start)
            await asyncio.to_thread(server.put, user, raw_mail("reply_gmail"))
            await until(lambda: len(door.inbounds) == 2)


async def all_marked(server: PrivateDovecot, user: str) -> None:
    async with asyncio.timeout(60):
        while await asyncio.to_thread(server.count, user, "UNKEYWORD $HubFiled"):  # noqa: ASYNC110 - the server's own state
            await asyncio.sleep(0.3)  # each look signs in anew


async def test_new_uids_of_old_mails_file_none_of_them_again(
    door: FakeDoor, sink: SmtpSink
) -> None:
    old = [_plain(f"old {number}") for number in range(500)]
    with PrivateDovecot() as server:
        user = f"restored-{new_id()}"
        await asyncio.to_thread(server.put, user, *old)
        async with reading(door, sink, server, user):
            await all_marked(server, user)
        await asyncio.to_thread(server.stop)
        server.forget_uids(user)
        await asyncio.to_thread(server.start)
        assert server.count(user, "UNKEYWORD $HubFiled") == 500
        async with reading(door, sink, server, user):
            await all_marked(server, user)
    assert [inbound.subject for inbound in door.inbounds] == [f"old {n}" for n in range(500)]


@pytest.mark.parametrize("killed", [False, True], ids=["frozen", "frozen and killed"])
async def test_a_server_that_is_back_is_read_within_15_s(
    door: FakeDoor, sink: SmtpSink, *, killed: bool
) -> None:
    with PrivateDovecot() as server:
        user = f"marking-{new_id()}"
        async with reading(door, sink, server, user, poll_s=60):
            await asyncio.to_thread(server.put, user, _plain("before"))
            await until(lambda: len(door.inbounds) == 1)  # and waits in IDLE from here on
            server.freeze()
            await asyncio.sleep(2)
            if killed:
                await asyncio.to_thread(server.stop)
                await asyncio.sleep(4)
                await asyncio.to_thread(server.start)
            server.thaw()
            await asyncio.to_thread(server.put, user, _plain("after"))
            await until(lambda: len(door.inbounds) == 2)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_of_two_hubs_one_reads_the_mailbox_and_the_other_goes_on(
    store: Store, blobs: DirectoryBlobs, clock: ManualClock, sink: SmtpSink, dovecot: PrivateDovecot
) -> None:
    user = f"marking-{new_id()}"
    doors = [FakeDoor(store, blobs, clock) for _ in range(2)]
    async with reading(doors[0], sink, dovecot, user):
        await asyncio.to_thread(dovecot.put, user, _plain("first"))
        await until(lambda: len(doors[0].inbounds) == 1)
        async with reading(doors[1], sink, dovecot, user):
            await asyncio.to_thread(dovecot.put, user, *[_plain(f"m {n}") for n in range(20)])
            await until(lambda: len(doors[0].inbounds) == 21)
            assert doors[1].inbounds == []
    async with reading(doors[1], sink, dovecot, user):
        await asyncio.to_thread(dovecot.put, user, _plain("last"))
        await until(lambda: len(doors[1].inbounds) == 1)


def server_of(dovecot: PrivateDovecot, password: str = PASSWORD) -> MailServer:
    return MailServer(
        host="127.0.0.1",
        port=dovecot.port,
        tls="none",
        user='odd "user"\r\n',
        password=Secret(password),
    )


async def test_a_lost_connection_ends_every_wait() -> None:
    with PrivateDovecot() as server:
        async with ImapSession(server_of(server)) as session:
            await session.select("INBOX")
            waiting = asyncio.create_task(session.idle(30))
            await asyncio.sleep(0.2)
            await asyncio.to_thread(server.stop)
            with pytest.raises(ImapLost):
                await waiting
            with pytest.raises(ImapLost):
                await session.search("ALL")


async def test_a_refused_sign_in_says_what_to_check(dovecot: PrivateDovecot) -> None:
    with pytest.raises(ImapError, match="check user and password") as refused:
        async with ImapSession(server_of(dovecot, "wrong-secret")):
            pass
    assert "wrong-secret" not in str(refused.value)


async def test_a_server_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # the kernel accepts, nobody answers
        port = silent.getsockname()[1]
        server = MailServer(host="127.0.0.1", port=port, tls="none", user="x")
        with pytest.raises(ImapError):
            async with ImapSession(server, timeout_s=0.2):
                pass


def test_folder_names_are_written_as_imap_wants_them() -> None:
    assert mailbox_name("已处理") == '"&XfJZBHQG-"'
    assert mailbox_name('a & "b"\r\n') == '"a &- \\"b\\""'


class _BusyDoor(FakeDoor):
    """While the first mail is filed, `meanwhile` happens."""

    meanwhile: Callable[[], None] | None = None

    async def receive(self, inbound: Inbound) -> Receipt:
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            await asyncio.to_thread(happens)
        return await super().receive(inbound)


async def test_a_mail_that_comes_while_another_is_filed_does_not_wait_for_the_poll(
    sqlite_store: Store,
    blobs: DirectoryBlobs,
    clock: ManualClock,
    sink: SmtpSink,
    dovecot: PrivateDovecot,
) -> None:
    user = f"busy-{new_id()}"
    door = _BusyDoor(sqlite_store, blobs, clock)
    door.meanwhile = lambda: dovecot.put(user, raw_mail("gbk_split_words"))
    async with reading(door, sink, dovecot, user, poll_s=60):
        await asyncio.to_thread(dovecot.put, user, raw_mail("plain_english"))
        await until(lambda: len(door.inbounds) == 2)


async def test_a_mail_that_comes_just_before_a_search_that_does_not_name_it_ends_the_wait(
    dovecot: PrivateDovecot,
) -> None:
    user = f"told-{new_id()}"
    server = MailServer(
        host="127.0.0.1", port=dovecot.port, tls="none", user=user, password=Secret(PASSWORD)
    )
    async with ImapSession(server) as session:
        await session.select("INBOX")
        await asyncio.to_thread(dovecot.put, user, raw_mail("plain_english"))
        found = await session.search("UID 1:*")
        assert found or await session.idle(10)
        assert await session.search("UID 1:*") == [1]


async def test_a_mail_that_comes_while_many_wait_is_not_behind_them_all(
    sqlite_store: Store,
    blobs: DirectoryBlobs,
    clock: ManualClock,
    sink: SmtpSink,
    dovecot: PrivateDovecot,
) -> None:
    user = f"many-{new_id()}"
    for number in range(50):
        dovecot.put(user, _plain(f"old {number}"))
    door = _BusyDoor(sqlite_store, blobs, clock)
    door.meanwhile = lambda: dovecot.put(user, _plain("live"))
    async with reading(door, sink, dovecot, user, poll_s=60):
        await until(lambda: len(door.inbounds) == 51)
        await until(lambda: dovecot.count(user, "KEYWORD $HubFiled") == 51)
    subjects = [inbound.subject or "" for inbound in door.inbounds]
    assert subjects.index("live") < 25
    subjects.remove("live")
    assert subjects == [f"old {number}" for number in range(50)]


async def test_where_mails_take_long_newer_ones_are_looked_for_sooner(
    sqlite_store: Store,
    blobs: DirectoryBlobs,
    clock: ManualClock,
    sink: SmtpSink,
    dovecot: PrivateDovecot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reader, "_TURN_S", 0.0)  # each mail takes longer than that
    user = f"slow-{new_id()}"
    for number in range(8):
        dovecot.put(user, _plain(f"old {number}"))
    door = _BusyDoor(sqlite_store, blobs, clock)
    door.meanwhile = lambda: dovecot.put(user, _plain("live"))
    async with reading(door, sink, dovecot, user, poll_s=60):
        await until(lambda: len(door.inbounds) == 9)
    subjects = [inbound.subject or "" for inbound in door.inbounds]
    assert subjects == ["old 0", "live", *(f"old {number}" for number in range(1, 8))]


async def test_of_a_hundred_with_poison_among_them_the_others_are_filed_in_order(
    door: FakeDoor, sink: SmtpSink, dovecot: PrivateDovecot
) -> None:
    user = f"poison-{new_id()}"
    mails = [_plain(f"old {number}") for number in range(100)]
    mails[50] = (
        b"Subject: nobody wrote this\r\n\r\n\x00" + b"Content-Type: multipart/mixed\r\n" * 99
    )
    await asyncio.to_thread(dovecot.put, user, *mails)
    async with reading(door, sink, dovecot, user, poll_s=60):
        await until(lambda: len(door.inbounds) == 100)
        await all_marked(dovecot, user)
    apart = [inbound for inbound in door.inbounds if inbound.quarantine_reason is not None]
    assert [inbound.subject for inbound in apart] == ["nobody wrote this"]
    filed = [inbound.subject for inbound in door.inbounds if inbound.quarantine_reason is None]
    assert filed == [f"old {number}" for number in range(100) if number != 50]


async def test_by_uids_alone_mail_is_taken_in_its_order(
    sqlite_store: Store, blobs: DirectoryBlobs, clock: ManualClock, sink: SmtpSink
) -> None:
    door = _BusyDoor(sqlite_store, blobs, clock)
    with PrivateDovecot(capabilities="IMAP4rev1", keywords=False) as plain:
        user = f"order-{new_id()}"
        for number in range(30):
            plain.put(user, _plain(f"old {number}"))
        door.meanwhile = lambda: plain.put(user, _plain("live"))
        async with reading(door, sink, plain, user):
            await until(lambda: len(door.inbounds) == 31)
    subjects = [inbound.subject or "" for inbound in door.inbounds]
    assert subjects == [*(f"old {number}" for number in range(30)), "live"]


def _plain(subject: str) -> bytes:
    name = subject.replace(" ", "")
    return (
        f"From: {name}@shop.test\r\nTo: support@shop.example\r\nSubject: {subject}\r\n"
        f"Message-ID: <{name}@shop.test>\r\n\r\nHello.\r\n"
    ).encode()

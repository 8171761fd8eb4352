"""Servers with less than Dovecot has, and servers that go wrong in the middle (a scripted one)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from hub.channels.mailbox.reader import MailboxReader
from hub.settings import Mailbox, MailServer, Secret
from hub.storage import Store
from hub.vendors.mail.check import Aim
from hub.vendors.mail.check.live import check_live
from hub.vendors.mail.imap import ImapLost, ImapRefused, ImapSession

from .scripted_imap import ScriptedImap
from .test_imap import until

MAILS = [f"From: a@b.test\r\nSubject: {number}\r\n\r\nHello.\r\n".encode() for number in range(4)]


def _mailbox(server: ScriptedImap, processed_folder: str = "") -> Mailbox:
    at = MailServer(
        host="127.0.0.1", port=server.port, tls="none", user="a@163.test", password=Secret("x")
    )
    return Mailbox(entry_point="support", imap=at, processed_folder=processed_folder)


@asynccontextmanager
async def reading(store: Store, mailbox: Mailbox, taken: list[bytes]) -> AsyncIterator[None]:
    async def accept(_: str, raw: bytes) -> None:
        taken.append(raw)

    reader = MailboxReader(store, mailbox, accept, poll_s=0.2, max_bytes=1_000_000)
    task = asyncio.create_task(reader.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_netease_is_told_who_reads_and_is_read_without_anything_it_lacks(
    sqlite_store: Store,
) -> None:
    taken: list[bytes] = []
    async with ScriptedImap("IMAP4rev1 ID", needs_id=True) as server:
        for raw in MAILS[:2]:
            server.add(raw)
        async with reading(sqlite_store, _mailbox(server, "Done"), taken):
            await until(lambda: len(taken) == 2)
            server.add(MAILS[2])
            await until(lambda: len(taken) == 3)
        async with reading(sqlite_store, _mailbox(server, "Done"), taken):
            server.add(MAILS[3])
            await until(lambda: len(taken) == 4)
    assert taken == MAILS  # each once, in order: the cursor tells what is done
    commands = [line.upper().removeprefix("UID ").split(" ")[0] for line in server.heard]
    assert commands.index("ID") < commands.index("SELECT")
    assert set(commands).isdisjoint({"IDLE", "MOVE", "STORE", "EXPUNGE"})


async def test_a_server_that_wants_an_id_and_names_none_says_what_is_wrong() -> None:
    async with (
        ScriptedImap(needs_id=True) as server,
        ImapSession(_mailbox(server).imap) as session,
    ):
        with pytest.raises(ImapRefused, match="Unsafe Login"):
            await session.select("INBOX")


async def test_no_password_begins_a_command_of_its_own() -> None:
    async with ScriptedImap() as server:
        at = MailServer(
            host="127.0.0.1",
            port=server.port,
            tls="none",
            user="a@163.test\r\nA1 LOGOUT",
            password=Secret('x"\r\nA2 DELETE INBOX\r\n'),
        )
        async with ImapSession(at) as session:
            await session.select("INBOX")
        async for _ in check_live(Aim(Mailbox(entry_point="support", imap=at)), None):
            pass
    assert not any(line.startswith(("DELETE", 'LOGOUT"')) for line in server.heard)
    logins = [line for line in server.heard if line.startswith("LOGIN")]
    assert logins == [r'LOGIN "a@163.testA1 LOGOUT" "x\"A2 DELETE INBOX"'] * 2


async def test_a_keyword_that_is_promised_and_refused_leaves_the_cursor_to_tell(
    sqlite_store: Store,
) -> None:
    taken: list[bytes] = []
    async with ScriptedImap(keywords=True) as server:
        server.wrong["STORE"] = ["NO not here"] * 9
        for raw in MAILS[:2]:
            server.add(raw)
        async with reading(sqlite_store, _mailbox(server), taken):
            await until(lambda: len(taken) == 2)
            server.add(MAILS[2])
            await until(lambda: len(taken) == 3)
    assert taken == MAILS[:3]


@pytest.mark.parametrize("keywords", [True, False], ids=["keywords", "the cursor"])
async def test_a_mail_whose_words_are_not_given_is_not_done_and_holds_up_no_other(
    sqlite_store: Store, keywords: bool
) -> None:
    taken: list[bytes] = []
    async with ScriptedImap(keywords=keywords) as server:
        for raw in MAILS[:3]:
            server.add(raw)
        server.withheld = {2}
        async with reading(sqlite_store, _mailbox(server), taken):
            await until(lambda: MAILS[2] in taken)
            server.add(MAILS[3])
            await until(lambda: MAILS[3] in taken)
            assert taken == [MAILS[0], *MAILS[2:]]  # what is known is not read with each search
        assert 2 not in server.marked
        server.withheld = set()
        async with reading(sqlite_store, _mailbox(server), taken):
            await until(lambda: MAILS[1] in taken)
            await until(lambda: not keywords or server.marked == {1, 2, 3, 4})


async def test_a_mail_that_cannot_be_moved_is_marked(sqlite_store: Store) -> None:
    taken: list[bytes] = []
    async with ScriptedImap("IMAP4rev1 MOVE", keywords=True) as server:
        server.wrong["MOVE"] = ["NO over quota"] * 2  # once more after the folder was made
        for raw in MAILS[:2]:
            server.add(raw)
        async with reading(sqlite_store, _mailbox(server, "Done"), taken):
            await until(lambda: server.moved == [2])
    assert server.marked == {1}
    assert taken == MAILS[:2]


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("IDLE", "BYE idle no more"),
        ("SEARCH", "BYE restarting"),
        ("FETCH", "cut"),
        ("STORE", "cut"),
        ("SEARCH", "BAD what?"),
        ("FETCH", "NO busy"),
    ],
)
async def test_what_goes_wrong_in_the_middle_is_gone_on_with(
    sqlite_store: Store, command: str, wrong: str
) -> None:
    taken: list[bytes] = []
    async with ScriptedImap("IMAP4rev1 IDLE", keywords=True) as server:
        # Of two fetches of a mail the second one has its bytes.
        server.wrong[command] = ["", wrong] if command == "FETCH" else [wrong]
        for raw in MAILS:
            server.add(raw)
        async with reading(sqlite_store, _mailbox(server), taken):
            await until(lambda: server.marked == {1, 2, 3, 4} and not server.wrong[command])
            server.add(MAILS[0])
            await until(lambda: len(server.marked) == 5)
    assert list(dict.fromkeys(taken)) == MAILS  # whole ones only; the same bytes are one mail


SILENT: dict[str, Callable[[ImapSession], Awaitable[object]]] = {
    "SELECT": lambda session: session.select("INBOX"),
    "SEARCH": lambda session: session.search("ALL"),
    "FETCH": lambda session: session.fetch(1),
    "STORE": lambda session: session.mark(1),
    "MOVE": lambda session: session.move(1, "Done"),
    "IDLE": lambda session: session.idle(0.1),
    "NOOP": lambda session: session.idle(0.1),
}


@pytest.mark.parametrize("command", SILENT)
async def test_a_line_that_is_open_and_dead_is_given_up(command: str) -> None:
    capabilities = "IMAP4rev1 MOVE" + (" IDLE" if command == "IDLE" else "")
    async with ScriptedImap(capabilities, keywords=True) as server:
        server.add(MAILS[0])
        async with ImapSession(_mailbox(server).imap, timeout_s=0.3) as session:
            if command != "SELECT":
                await session.select("INBOX")
            server.wrong[command] = ["silent"]
            async with asyncio.timeout(30):
                with pytest.raises(ImapLost):
                    await SILENT[command](session)

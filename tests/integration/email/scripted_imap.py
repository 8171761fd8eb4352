"""An IMAP server that does as a test says: with less than others have, or wrong at one command."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

KEYWORD = "$HubFiled"


@dataclass
class ScriptedImap:
    """One folder on loopback, any user. Use with `async with`.

    `keywords`: whether it says that own ones may be stored; `needs_id`: it refuses SELECT before an
    ID, as NetEase does. `wrong`: what it does at the next of a command instead of answering it:
    "silent" (for ever), "cut" (in the middle of the answer), "BYE …", or the tagged answer, such as
    "NO …".
    """

    capabilities: str = "IMAP4rev1"
    keywords: bool = False
    needs_id: bool = False
    wrong: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    mails: dict[int, bytes] = field(default_factory=dict)
    withheld: set[int] = field(default_factory=set)  # there, but their words are not given
    marked: set[int] = field(default_factory=set)
    moved: list[int] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def add(self, raw: bytes) -> None:
        self.mails[max(self.mails, default=0) + 1] = raw

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        try:
            await self._talk(reader, writer)
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        known = False
        writer.write(b"* OK ready\r\n")
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            tag, _, rest = line.partition(" ")
            command = rest.upper().removeprefix("UID ").partition(" ")[0]
            self.heard.append(rest)
            known = known or command == "ID"
            told = self.wrong[command].pop(0) if self.wrong[command] else ""
            if told == "silent":
                await asyncio.Event().wait()
            if told.startswith("BYE"):
                writer.write(f"* {told}\r\n".encode())
                break
            if command == "SELECT" and self.needs_id and not known:
                told = "NO SELECT Unsafe Login. Please contact the support"
            answer = b"" if told and told != "cut" else self._answer(command, rest)
            if told == "cut":
                writer.write(answer[: len(answer) // 2])
                break
            if command == "IDLE":
                await self._idle(reader, writer)
            writer.write(answer + f"{tag} {told or 'OK done'}\r\n".encode())

    async def _idle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Say nothing of what comes: the search after it finds it."""
        writer.write(b"+ idling\r\n")
        await reader.readline()  # DONE

    def _answer(self, command: str, rest: str) -> bytes:
        if command == "CAPABILITY":
            return f"* CAPABILITY {self.capabilities}\r\n".encode()
        if command == "SELECT":
            flags = "\\Seen \\*" if self.keywords else "\\Seen"
            return (
                f"* {len(self.mails)} EXISTS\r\n* OK [PERMANENTFLAGS ({flags})] such\r\n"
                "* OK [UIDVALIDITY 7] valid\r\n"
            ).encode()
        if command == "SEARCH":
            return f"* SEARCH {' '.join(map(str, self._search(rest)))}\r\n".encode()
        uids = [int(found) for found in re.findall(r"^UID \w+ (\d+)", rest)]
        if command == "FETCH":
            return b"".join(self._fetched(uid, rest) for uid in uids if uid in self.mails)
        if command == "STORE":
            self.marked.update(uids)
        if command == "MOVE":
            self.moved += [uid for uid in uids if self.mails.pop(uid, None) is not None]
        return b""

    def _search(self, rest: str) -> list[int]:
        found = re.search(r"UID (\d+):\*", rest.upper().removeprefix("UID SEARCH"))
        first = int(found.group(1)) if found else 1
        unmarked = "UNKEYWORD" in rest
        return [uid for uid in self.mails if uid >= first and not (unmarked and uid in self.marked)]

    def _fetched(self, uid: int, rest: str) -> bytes:
        raw = self.mails[uid]
        if "BODY" not in rest.upper():
            return f"* 1 FETCH (UID {uid} RFC822.SIZE {len(raw)})\r\n".encode()
        if uid in self.withheld:
            return f"* 1 FETCH (UID {uid} BODY[] NIL)\r\n".encode()
        return f"* 1 FETCH (UID {uid} BODY[] {{{len(raw)}}}\r\n".encode() + raw + b")\r\n"

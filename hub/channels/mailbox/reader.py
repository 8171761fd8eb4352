"""Fetching one IMAP folder: IDLE is a hint, the UID search is the truth (reliability.md §1).

Order for each mail: BODY.PEEK → durable and filed → moved or marked. Nothing is expunged and
nothing is recognised by \\Seen. Where a server has neither MOVE nor keywords, the cursor says what
is done. Mail is taken in the order it came, but what comes while many wait is not behind them all.
Of several hubs on one database the one that holds the mailbox's lease reads it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from hub.core.errors import Unavailable
from hub.core.ids import new_id
from hub.core.supervise import Backoff, keep_trying
from hub.settings import Mailbox
from hub.storage import Store
from hub.storage.leases import AskLease, release_lease, take_lease
from hub.vendors.mail.imap import KEYWORD, ImapError, ImapNoBody, ImapRefused, ImapSession, Selected
from hub.vendors.mail.oauth import AccessTokens

from . import service
from .service import Cursor, CursorKey

log = logging.getLogger(__name__)

Accept = Callable[[str, bytes], Awaitable[None]]  # (entry point id, raw bytes)

# Mails taken in a row before we look for newer ones: so many, and on a busy machine so long.
_TURN = 10
_TURN_S = 0.2
_LEASE_S = 10.0  # another hub, or this one started anew, reads on so long after it was killed
_RENEW_S = 3.0
# A server that is back is read within so long; one that refuses us is not asked all the time, or it
# locks the account.
_LONGEST_WAIT_S = 8.0
_REFUSED_WAIT_S = 60.0


@dataclass(slots=True)
class _Folder:
    """The open folder: how it marks, and from which UID on there may be work."""

    session: ImapSession
    selected: Selected
    moves: bool
    from_uid: int
    unread: set[int] = field(default_factory=set)  # what the server has, and did not give
    done: set[int] = field(default_factory=set)  # above those, where only the cursor can tell

    @property
    def marks(self) -> bool:
        """Whether a mail shows that it is done, so that the order is free."""
        return self.moves or self.selected.keywords


class MailboxReader:
    """Reads one mailbox until cancelled. `accept` returns once the mail is durable; `tokens`: it is
    signed in to by these.

    `poll_s`: seconds between searches at the most (60 or less); `max_bytes`: a larger mail is
    fetched in part and quarantined by the parser's limit.
    """

    def __init__(
        self,
        store: Store,
        mailbox: Mailbox,
        accept: Accept,
        *,
        poll_s: float,
        max_bytes: int,
        tokens: AccessTokens | None = None,
    ) -> None:
        self._store = store
        self._mailbox = mailbox
        self._accept = accept
        self._poll_s = poll_s
        self._max_bytes = max_bytes
        self._tokens = tokens
        # Where there is only one hub it need not wait for the lease of the one that was killed.
        holder = "the only hub" if store.is_ours_alone else new_id()
        self._lease = AskLease(f"mailbox:{mailbox.entry_point}"[:80], holder, _LEASE_S)

    async def run(self) -> None:
        """Read whenever no other hub does, until cancelled."""
        await keep_trying(
            f"mailbox of {self._mailbox.entry_point}",
            self._while_ours,
            expected=(ImapError, OSError, TimeoutError, Unavailable),
            backoff=Backoff(first_s=1.0, ceiling_s=_LONGEST_WAIT_S),
        )

    async def _while_ours(self) -> None:
        """Read while we hold the lease; return where another hub has it."""
        if await self._store.write(take_lease, self._lease) is None:
            await asyncio.sleep(_RENEW_S)
            return
        reading = asyncio.create_task(self._session(), name=f"imap-{self._mailbox.entry_point}")
        try:
            while not reading.done():
                await asyncio.wait({reading}, timeout=_RENEW_S)
                if await self._store.write(take_lease, self._lease) is None:
                    log.warning("another hub reads the mailbox of %s", self._mailbox.entry_point)
                    break
            else:
                reading.result()
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            with contextlib.suppress(Unavailable):  # then it runs out
                await self._store.write(release_lease, self._lease)

    async def _session(self) -> None:
        try:
            async with ImapSession(self._mailbox.imap, self._tokens) as session:
                folder = await self._open(session)
                while True:
                    await self._read_new(folder)
                    await session.idle(self._poll_s)
        except ImapRefused as refusal:
            log.warning("mailbox of %s: %s", self._mailbox.entry_point, refusal)
            await asyncio.sleep(random.uniform(0.5, 1.0) * _REFUSED_WAIT_S)  # noqa: S311 - jitter

    async def _open(self, session: ImapSession) -> _Folder:
        selected = await session.select(self._mailbox.folder)
        key = CursorKey(self._mailbox.entry_point, self._mailbox.folder)
        cursor = await self._store.read(service.find_cursor, key)
        done = 0
        if cursor is not None and cursor.uidvalidity == selected.uidvalidity:
            done = cursor.last_uid
        moves = bool(self._mailbox.processed_folder) and session.can_move
        if self._mailbox.processed_folder and not moves:
            log.warning(
                "%s has no MOVE: mail stays in %r", self._mailbox.imap.host, self._mailbox.folder
            )
        folder = _Folder(session, selected, moves, from_uid=1)
        if not folder.marks:
            folder.from_uid = done + 1
        return folder

    async def _read_new(self, folder: _Folder) -> None:
        """Take over what is new until a search finds no more.

        After each turn the mails that came meanwhile go first, then the older ones go on.
        """
        waiting = deque(await self._search(folder, folder.from_uid))
        while waiting:
            newest = waiting[-1]
            end = asyncio.get_running_loop().time() + _TURN_S
            for _ in range(min(_TURN, len(waiting))):
                uid = waiting.popleft()
                if not await self._take(folder, uid):
                    await self._done_up_to(folder, uid)
                if asyncio.get_running_loop().time() >= end:
                    break
            came = await self._search(folder, newest + 1)
            ahead = came[:_TURN] if folder.marks else []
            # Of one whose mark is refused only the cursor can tell, so it also waits for its turn.
            waiting.extend([uid for uid in ahead if not await self._take(folder, uid)])
            waiting.extend(came[len(ahead) :])

    async def _search(self, folder: _Folder, from_uid: int) -> list[int]:
        criteria = [f"UID {from_uid}:*"]
        if folder.selected.keywords:
            criteria.append(f"UNKEYWORD {KEYWORD}")
        # `n:*` names the last mail even where its UID is below n (RFC 3501 §6.4.8).
        found = await folder.session.search(*criteria)
        return [uid for uid in found if uid >= from_uid and uid not in folder.done]

    async def _take(self, folder: _Folder, uid: int) -> bool:
        """Take over one mail; False where the server can show nowhere that it is done."""
        size = await folder.session.fetch_size(uid)
        first = self._max_bytes + 1 if size is not None and size > self._max_bytes else None
        try:
            raw = await folder.session.fetch(uid, first)
        except ImapNoBody as error:
            if size != 0:
                log.warning("mailbox of %s: %s", self._mailbox.entry_point, error)
                folder.unread.add(uid)
                return True  # neither marked nor passed by the cursor: the next search finds it
            raw = None
        folder.unread.discard(uid)
        if raw is not None:
            await self._accept(self._mailbox.entry_point, raw)
        return await self._mark(folder, uid)

    async def _done_up_to(self, folder: _Folder, uid: int) -> None:
        if uid > min(folder.unread, default=uid):
            folder.done.add(uid)  # over a new connection it is read again, and known then
            return
        folder.from_uid = uid + 1
        cursor = Cursor(
            self._mailbox.entry_point, self._mailbox.folder, folder.selected.uidvalidity, uid
        )
        await self._store.write(service.save_cursor, cursor)

    async def _mark(self, folder: _Folder, uid: int) -> bool:
        """Move or mark a filed mail; False where the server can do neither."""
        if folder.moves and await folder.session.move(uid, self._mailbox.processed_folder):
            return True
        return folder.selected.keywords and await folder.session.mark(uid)

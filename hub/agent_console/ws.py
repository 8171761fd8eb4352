"""One open console: hello, snapshot, then frames both ways until one side ends it.

Who asks is checked before the upgrade (Origin, cookie or key), in the first frame (CSRF) and again
while the socket is open; what a socket is sent is computed here, it never names topics. Hints only
mark it as stale (`hub.agent_console.consoles`); its own task then reads and sends what differs, so
a slow console costs nobody else anything and memory stays bounded.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
from collections import deque
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from aiohttp import web

from hub.core.bus import Hint
from hub.core.errors import HubError, NotFound, Unauthenticated, Unavailable
from hub.desk.seen import mark_seen
from hub.routing.service import renew_presence
from hub.web.guard import csrf_token_of
from hub.web.principal import Credentials, Principal, Role

from . import protocol as p
from .changes import MOST_ENTRIES, AskChanges, Changes
from .desk_reads import (
    AskDesk,
    AskFigures,
    open_desk,
    read_desk,
    read_figures,
)
from .frames import Frames
from .interests import Heard, Kind
from .looks import DESK, Looks
from .session import ConsoleSession
from .shapes import Board, WaitingSummary
from .shared import Shared
from .viewing import Viewing

log = logging.getLogger(__name__)

UNAUTHENTICATED = 4401  # who is told this does not come again
TRY_AGAIN = 1013
_HELLO_S = 10.0
_SILENT_S = 20.0  # a console beats every 5 s
_LIVE_KEPT = 20
_NEWS_KEPT = 50

News = tuple[str, str | None, str | None, str | None]
"""A notice: code, contact, customer, detail."""


class Console:
    """One open socket: what it holds (`session`) and what is stale of it."""

    def __init__(
        self, shared: Shared, socket: web.WebSocketResponse, credentials: Credentials
    ) -> None:
        self._shared = shared
        self.socket = socket
        self.credentials = credentials
        self.principal: Principal | None = None
        self.session = ConsoleSession()
        self.wake = asyncio.Event()
        self.desk_stale = False
        self.setup_stale = False
        self.rights_stale = False
        self.resync = False
        self.stale_rows: set[str] = set()
        self.grown: dict[str, bool] = {}  # conversation -> look at the changeable entries too
        self.live: deque[p.Live] = deque(maxlen=_LIVE_KEPT)
        self.news: deque[News] = deque(maxlen=_NEWS_KEPT)
        self.called_back: set[str] = set()  # customers
        self.figures: tuple[WaitingSummary, Board | None] | None = None
        self._watched = -1
        self.viewing = Viewing(shared, self)
        self._frames = Frames(socket)

    @property
    def user_id(self) -> str:
        return self.principal.user_id if self.principal else ""

    def kind(self) -> tuple[Role, frozenset[str], bool] | None:
        """Users of one kind are shown the same figures."""
        if self.principal is None or not self.session.is_started:
            return None
        return self.principal.role, self.principal.team_ids, self.session.watches_board

    def mark_desk(self) -> None:
        """Something on the desk is new."""
        self.desk_stale = True
        self.wake.set()

    def mark_contact(self, contact_id: str) -> None:
        """A contact on the desk has changed: its row, where it is in hand."""
        if contact_id in self.session.held_ids:
            self.stale_rows.add(contact_id)
        else:
            self.desk_stale = True
        self.wake.set()

    def mark_callback(self, customer_id: str) -> None:
        """A callback of this customer, which the user may see, is new or has changed."""
        self.called_back.add(customer_id)
        self.wake.set()

    def mark_rights(self) -> None:
        """What the user may do has changed."""
        self.rights_stale = True
        self.wake.set()

    def mark_setup(self) -> None:
        """The business set-up has changed."""
        self.setup_stale = True
        self.wake.set()

    def look_at(self, conversation_id: str, *, recheck: bool = False) -> None:
        """There is something new in a conversation; `recheck`: or on its newest entries."""
        self.grown[conversation_id] = recheck or self.grown.get(conversation_id, False)
        self.wake.set()

    async def converse(self) -> None:
        """Hello, snapshot, then frames both ways until one side ends it."""
        try:
            await self._greet()
        except ConnectionError:  # the page was loaded again, or closed, while it was greeted
            return
        except Unauthenticated as error:
            await self._refuse(p.Problem(code="unauthenticated", message=error.message))
            return
        except (HubError, TimeoutError) as error:  # not its fault: it shall come again
            message = error.message if isinstance(error, HubError) else "Say hello sooner."
            await self._refuse(p.Problem(code="unavailable", message=message), TRY_AGAIN)
            return
        listening = asyncio.create_task(self._listen())
        telling = asyncio.create_task(self._tell())
        done, pending = await asyncio.wait(
            {listening, telling}, return_when=asyncio.FIRST_COMPLETED
        )
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        for task in done:
            self._note_end(task)

    async def _refuse(self, problem: p.Problem, code: int = UNAUTHENTICATED) -> None:
        with contextlib.suppress(ConnectionError):  # it may have left before it said hello
            await self._send([problem])
            await self.socket.close(code=code)

    def _note_end(self, task: asyncio.Task[None]) -> None:
        error = task.exception()
        expected = (ConnectionError, TimeoutError, HubError)
        if error is not None and not isinstance(error, expected):
            log.error("a console socket broke", exc_info=error)

    async def _greet(self) -> None:
        async with asyncio.timeout(_HELLO_S):
            hello = await self._frames.receive()
        if not isinstance(hello, p.Hello):
            raise Unauthenticated("Say hello first.")
        credentials = self.credentials
        if credentials.session_token is not None:
            expected = csrf_token_of(credentials.session_token).encode()
            if not hmac.compare_digest((hello.csrf or "").encode(), expected):
                raise Unauthenticated("The CSRF token is missing or belongs to another session.")
        elif credentials.api_key is None and hello.api_key is not None:
            credentials = Credentials(credentials.address, api_key=hello.api_key)
            self.credentials = credentials
        self.principal = await self._shared.admit(credentials)
        self.session.watches_board = hello.board and self._may_watch()
        await self._shared.store.write(open_desk, self.user_id)
        await self._shared.store.write(renew_presence, self.user_id)
        await self._send_snapshot()

    async def _listen(self) -> None:
        """Take frames in. A console silent for too long is gone."""
        while True:
            async with asyncio.timeout(_SILENT_S):
                frame = await self._frames.receive()
            if frame is None:
                return
            try:
                await self._take(frame)
            except HubError as error:
                await self._send([p.Problem(code=error.reason, message=error.message)])

    async def _take(self, frame: p.ConsoleFrame) -> None:
        match frame:
            case p.Beat():
                await self._shared.store.write(renew_presence, self.user_id)
                await self.viewing.renew()
                await self._frames.beat_back(datetime.now(UTC))
            case p.OpenConversation():
                self.session.follow(frame.conversation_id, frame.after_seq)
                self._watch()
                self.look_at(frame.conversation_id)
            case p.LeaveConversation():
                self.session.leave(frame.conversation_id)
                self._watch()
            case p.Typing():
                self.viewing.typing(frame)
            case p.Seen():
                await self._seen(frame.contact_id)
            case p.Look():
                await self.viewing.look(frame)
            case p.WatchViewers():
                await self.viewing.watch(frame)
            case p.WatchBoard():
                self.session.watches_board = frame.on and self._may_watch()
                self._shared.figures_stale.set()
            case p.Resync():
                self.resync = True
                self.wake.set()
            case p.Hello():
                pass  # said again: nothing to add

    async def _seen(self, contact_id: str) -> None:
        """Mark as read, and let the customer's page show it. Nothing for who does not hold it."""
        seen = await self._shared.store.write(mark_seen, (contact_id, self.user_id))
        if seen is not None:
            data: dict[str, str | int] = {"type": "read", "from": "agent", "seq": seen.seq}
            self._shared.bus.publish(Hint("conversation.live", seen.conversation_id, data))

    # ---- telling what differs

    async def _tell(self) -> None:
        """Read and send whatever is stale, and look at everything again now and then.

        The only sender of numbered frames, so that their order on the wire is their number.
        """
        loop = asyncio.get_running_loop()
        looks = Looks(loop.time())
        while True:
            looks.keep(self.session.followed, loop.time())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(looks.next_s):
                    await self.wake.wait()
            self.wake.clear()
            for key in looks.take(loop.time()):  # the poll behind the hints
                if key == DESK:
                    self.rights_stale = self.desk_stale = True
                else:
                    self.look_at(key, recheck=True)
            if self.rights_stale:
                self.rights_stale = False
                if not await self._still_admitted():
                    return
            try:
                await self._tell_once()
            except Unavailable:
                await asyncio.sleep(1.0)
                self.resync = True
                self.wake.set()

    async def _still_admitted(self) -> bool:
        try:
            principal = await self._shared.admit(self.credentials)
        except Unavailable:
            return True
        except HubError:
            await self.socket.close(code=UNAUTHENTICATED)
            return False
        if principal != self.principal:
            self.principal = principal
            self.resync = True
        return True

    async def _tell_once(self) -> None:
        session = self.session
        if self.resync:
            self.resync = self.desk_stale = False
            await self._send_snapshot()
        await self._tell_changes()
        if self.desk_stale:
            self.desk_stale = False
            held = session.contact_ids
            ask = AskDesk(self.asker(), self._shared.masks, held, tuple(session.offer_ids()))
            with self._shared.interests.meanwhile(self) as heard:
                desk = await self._shared.store.read(read_desk, ask)
            await self._show(session.desk_changed(desk), heard)
            if held - session.contact_ids:  # what went may also have left this user's sight
                for conversation_id in session.followed:
                    self.look_at(conversation_id)
        frames: list[p.ServerFrame] = []
        if self.setup_stale:
            self.setup_stale = False
            frames += session.setup_changed()
        if self.figures is not None:
            frames += session.figures_changed(*self.figures)
            self.figures = None
        while self.news:
            frames += session.notice(*self.news.popleft())
        frames += self._callbacks()
        while self.live:
            frames.append(self.live.popleft())
        await self._send([*frames, *self.viewing.frames()])

    async def _tell_changes(self) -> None:
        """Send what is new of rows in hand and of followed conversations."""
        session = self.session
        grown, self.grown = self.grown, {}  # a hint that comes meanwhile is for the next round
        stale, self.stale_rows = self.stale_rows, set()
        rows = frozenset() if self.desk_stale else session.held_ids & stale
        after = {
            conversation_id: session.read_from(conversation_id, recheck=recheck)
            for conversation_id, recheck in grown.items()
            if conversation_id in session.followed
        }
        if not rows and not after:
            return
        ask = AskChanges(self.asker(), self._shared.masks, rows, after)
        found = await self._shared.changes.read(ask)
        frames: list[p.ServerFrame] = []
        if rows:
            changed = session.rows_changed(rows, found.rows)
            self.desk_stale = self.desk_stale or changed is None
            frames += changed or []
        for conversation_id in after:
            frames += self._entries_of(conversation_id, found)
        await self._send(frames)

    def _callbacks(self) -> list[p.ServerFrame]:
        """One notice for all that changed meanwhile: of which customer, unless there are more."""
        changed, self.called_back = self.called_back, set()
        if not changed:
            return []
        only = next(iter(changed)) if len(changed) == 1 else None
        return self.session.notice("callback_changed", customer_id=only)

    def _entries_of(self, conversation_id: str, found: Changes) -> list[p.ServerFrame]:
        session = self.session
        if conversation_id not in session.followed:
            return []
        read = found.conversations.get(conversation_id)
        if read is None:  # not theirs to see, or no longer
            session.leave(conversation_id)
            error = NotFound("There is no such conversation.")
            return [p.Problem(code=error.reason, message=error.message)]
        if len(read.entries) >= MOST_ENTRIES:
            self.look_at(conversation_id)
        return session.entries_read(
            conversation_id, read.after, read.entries, read.customer_read_seq
        )

    async def _send_snapshot(self) -> None:
        principal = self.asker()
        ask = AskFigures(principal, self.session.watches_board)
        with self._shared.interests.meanwhile(self) as heard:
            desk = await self._shared.store.read(read_desk, AskDesk(principal, self._shared.masks))
            shown = await self._shared.store.read(read_figures, (self._shared.day, [ask]))
        await self._show(self.session.snapshot(desk, *shown[0]), heard)

    async def _show(self, frames: Sequence[p.ServerFrame], heard: Collection[Heard]) -> None:
        """Send a desk. What hints named while it was read may be newer than it: look again."""
        self._watch()
        session = self.session
        beside = {Kind.OTHER: session.other_ids, Kind.CUSTOMER: session.customer_ids}
        for kind, key in heard:
            if kind is Kind.CONTACT and key in session.contact_ids:
                self.mark_contact(key)
            elif key in beside.get(kind, ()):
                self.mark_desk()
            elif kind is Kind.USER and key == self.user_id:
                self.mark_desk()
                self.mark_rights()
        await self._send(frames)

    async def _send(self, frames: Sequence[p.ServerFrame]) -> None:
        """Send frames in order. Raises TimeoutError where the console stops reading."""
        self._watch()  # what is sent changed what is shown
        await self._frames.send(frames)

    def _watch(self) -> None:
        """Be found by hints on what this console shows now."""
        interests, session = self._shared.interests, self.session
        if self._watched == session.shown:
            return
        self._watched = session.shown
        interests.watch(self, Kind.CONTACT, session.contact_ids)
        interests.watch(self, Kind.OTHER, session.other_ids)
        interests.watch(self, Kind.CUSTOMER, session.customer_ids)
        interests.watch(self, Kind.CONVERSATION, session.followed.keys())
        interests.watch(self, Kind.USER, {self.user_id} if self.principal else ())

    def _may_watch(self) -> bool:
        return self.asker().role.at_least(Role.SUPERVISOR)

    def asker(self) -> Principal:
        if self.principal is None:
            raise Unauthenticated("Say hello first.")
        return self.principal

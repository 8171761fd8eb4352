"""A console without a screen: the demo's colleagues, tests and load work through it.

The socket is the same one browsers use, on `websockets`; acts go over REST with an API key.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
from websockets.asyncio.client import ClientConnection, connect

from hub.core.ids import new_id

from . import protocol as p
from .shapes import (
    AgentView,
    Board,
    CommitmentView,
    ContactRow,
    InteractionView,
    OfferView,
    WaitingSummary,
)

_BEAT_S = 5.0
_decoder: msgspec.json.Decoder[p.ServerFrame] = msgspec.json.Decoder(p.ServerFrame)
_encoder = msgspec.json.Encoder()


class Refused(Exception):
    """The hub said no: `status`, the stable `code`, and its sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code


class HeadlessAgent:
    """One agent's console: use `async with agent.signed_in()`. It keeps state as browsers do."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._api_key = api_key
        self._http: aiohttp.ClientSession | None = None
        self._socket: ClientConnection | None = None
        self.me: AgentView | None = None
        self.offers: dict[str, OfferView] = {}
        self.contacts: dict[str, ContactRow] = {}
        self.entries: dict[str, dict[int, InteractionView]] = {}
        self.customer_read_seq: dict[str, int] = {}
        self.to_do: dict[str, ContactRow] = {}
        self.commitments: list[CommitmentView] = []
        self.summary: WaitingSummary | None = None
        self.board: Board | None = None
        self.mentions = 0
        self.notices: list[p.Notice] = []
        self.problems: list[p.Problem] = []
        self.viewers: dict[str, list[p.ViewerView]] = {}
        self.viewer_frames: list[list[tuple[str, str]]] = []
        self.gaps = 0
        self._n = 0
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def signed_in(self, *, board: bool = False) -> AsyncIterator[HeadlessAgent]:
        """Connect, take the snapshot, and keep up until the block ends."""
        async with (
            aiohttp.ClientSession(
                headers={"Authorization": f"Bearer {self._api_key}"}
            ) as self._http,
            connect(
                f"ws{self._base_url.removeprefix('http')}/api/v1/console",
                additional_headers={"Authorization": f"Bearer {self._api_key}"},
                compression=None,
                proxy=None,
                max_size=None,
            ) as self._socket,
        ):
            self._n = 0
            await self.say(p.Hello(board=board))
            tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._beat())]
            try:
                await self.until(lambda: self.me is not None)
                yield self
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def until(self, condition: Any, timeout_s: float = 30.0) -> None:
        """Wait until `condition()` holds; it is looked at after each frame. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s), self._changed:
            await self._changed.wait_for(condition)

    async def changed(self, timeout_s: float) -> None:
        """Wait for the next frame, at most `timeout_s` seconds."""
        try:
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait()
        except TimeoutError:
            return

    async def lost(self) -> None:
        """Wait until the socket is gone. Raises ConnectionClosed then."""
        if self._socket is None:
            raise RuntimeError("the console is not connected")
        await self._socket.wait_closed()
        raise ConnectionError("the console lost its socket")

    async def say(self, frame: p.ConsoleFrame) -> None:
        if self._socket is None:
            raise RuntimeError("the console is not connected")
        await self._socket.send(_encoder.encode(frame), text=True)

    async def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Call a route under /api/v1 and return its JSON object. Raises Refused."""
        if self._http is None:
            raise RuntimeError("the console is not connected")
        async with self._http.request(
            method, f"{self._base_url}/api/v1{path}", json=body
        ) as answer:
            found = await answer.json(content_type=None) if answer.status != 204 else {}
            if answer.status >= 400:
                raise Refused(answer.status, found.get("code", ""), found.get("detail", ""))
            return dict(found or {})

    # ---- the acts of an agent ------------------------------------------------------------------

    async def set_state(self, state: str, reason: str | None = None) -> None:
        await self.call("PUT", "/me/state", {"state": state, "reason": reason})

    async def accept(self, offer_id: str) -> str:
        """Accept an offer and return the contact's id."""
        accepted = await self.call("POST", f"/offers/{offer_id}/accept")
        return str(accepted["contact_id"])

    async def reply(self, contact_id: str, text: str, client_id: str | None = None) -> int:
        """Answer the customer and return the seq of the answer."""
        body = {"client_id": client_id or new_id(), "text": text}
        return int((await self.call("POST", f"/contacts/{contact_id}/reply", body))["seq"])

    async def close(
        self, contact_id: str, reason_id: str | None = None, outcome_id: str | None = None
    ) -> None:
        disposition = {"reason_id": reason_id, "outcome_id": outcome_id}
        await self.call("POST", f"/contacts/{contact_id}/close", {"disposition": disposition})

    async def open_conversation(self, conversation_id: str) -> None:
        """Follow a conversation; `entries` fills."""
        self.entries.setdefault(conversation_id, {})
        await self.say(p.OpenConversation(conversation_id=conversation_id))

    # ---- keeping up ----------------------------------------------------------------------------

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(_BEAT_S)
            await self.say(p.Beat())

    async def _listen(self) -> None:
        if self._socket is None:
            return
        with contextlib.suppress(asyncio.CancelledError):
            async for message in self._socket:
                frame = _decoder.decode(message)
                if not self._in_order(frame):
                    self.gaps += 1
                    await self.say(p.Resync())
                    continue
                async with self._changed:
                    self._apply(frame)
                    self._changed.notify_all()

    def _in_order(self, frame: p.ServerFrame) -> bool:
        number = getattr(frame, "n", None)
        if number is None:
            return True
        expected, self._n = self._n + 1, number
        return isinstance(frame, p.Snapshot) or number == expected

    def _apply(self, frame: p.ServerFrame) -> None:
        match frame:
            case p.Snapshot():
                self.me = frame.me
                self.offers = {offer.id: offer for offer in frame.offers}
                self.contacts = {row.id: row for row in frame.contacts}
                self.to_do = {row.id: row for row in frame.to_do}
                self.commitments = frame.commitments
                self.mentions = frame.mentions
                self.summary = frame.summary
                self.board = frame.board
            case p.MentionsDelta():
                self.mentions = frame.unread
            case p.MeDelta():
                self.me = frame.me
            case p.OfferDelta():
                self.offers[frame.offer.id] = frame.offer
            case p.OfferGone():
                self.offers.pop(frame.offer_id, None)
            case p.ContactDelta():
                self.contacts[frame.row.id] = frame.row
            case p.ContactGone():
                self.contacts.pop(frame.contact_id, None)
            case p.InteractionsDelta():
                known = self.entries.setdefault(frame.conversation_id, {})
                known.update({entry.seq: entry for entry in frame.items})
                self.customer_read_seq[frame.conversation_id] = frame.customer_read_seq
            case p.ToDoDelta():
                self.to_do = {row.id: row for row in frame.contacts}
            case p.CommitmentsDelta():
                self.commitments = frame.commitments
            case p.SummaryDelta():
                self.summary = frame.summary
            case p.BoardDelta():
                self.board = frame.board
            case p.Notice():
                self.notices.append(frame)
            case p.Problem():
                self.problems.append(frame)
            case p.Viewers():
                self.viewers[frame.contact_id] = frame.viewers
                self.viewer_frames.append([(one.name, one.doing) for one in frame.viewers])
            case _:
                pass

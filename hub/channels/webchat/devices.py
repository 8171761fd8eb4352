"""Pages of signed-in customers who have not written yet: once one does, the others show it too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from websockets.asyncio.server import ServerConnection

from .service import Visitor

CLOSE_COME_BACK = 1012  # "service restart": a page comes back at once and is greeted anew


class Devices:
    """The open sockets of signed-in visitors without a conversation, by customer."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], set[ServerConnection]] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._beginning: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    def wait(self, visitor: Visitor, connection: ServerConnection) -> None:
        """Remember the page of a signed-in visitor who has not written; any other is ignored."""
        if visitor.external_id is not None and visitor.conversation_id is None:
            key = (visitor.entry_point_id, visitor.external_id)
            self._waiting.setdefault(key, set()).add(connection)

    def leave(self, visitor: Visitor, connection: ServerConnection) -> None:
        """Forget a page."""
        if visitor.external_id is None:
            return
        key = (visitor.entry_point_id, visitor.external_id)
        pages = self._waiting.get(key, set())
        pages.discard(connection)
        if not pages:
            self._waiting.pop(key, None)

    @asynccontextmanager
    async def beginning(self, visitor: Visitor) -> AsyncIterator[None]:
        """Let one page of a signed-in customer begin their conversation: the others, which write at
        the same moment, wait for it.
        """
        if visitor.external_id is None or visitor.conversation_id is not None:
            yield
            return
        key = (visitor.entry_point_id, visitor.external_id)
        lock = self._beginning.setdefault(key, asyncio.Lock())
        async with lock:
            yield

    def written(self, visitor: Visitor, connection: ServerConnection) -> None:
        """Send the visitor's other pages through a new greeting: there is a conversation now."""
        if visitor.external_id is None:
            return
        pages = self._waiting.pop((visitor.entry_point_id, visitor.external_id), set())
        for page in pages - {connection}:
            task = asyncio.create_task(page.close(CLOSE_COME_BACK, "conversation"))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

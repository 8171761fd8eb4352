"""Pages of signed-in customers who have not written yet: once one does, the others show it too."""

from __future__ import annotations

import asyncio

from websockets.asyncio.server import ServerConnection

from .service import Visitor

CLOSE_COME_BACK = 1012  # "service restart": a page comes back at once and is greeted anew


class Devices:
    """The open sockets of signed-in visitors without a conversation, by customer."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], set[ServerConnection]] = {}
        self._closing: set[asyncio.Task[None]] = set()

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

    def written(self, visitor: Visitor, connection: ServerConnection) -> None:
        """Send the visitor's other pages through a new greeting: there is a conversation now."""
        if visitor.external_id is None:
            return
        pages = self._waiting.pop((visitor.entry_point_id, visitor.external_id), set())
        for page in pages - {connection}:
            task = asyncio.create_task(page.close(CLOSE_COME_BACK, "conversation"))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

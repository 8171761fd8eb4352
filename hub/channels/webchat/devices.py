"""Pages of one visitor who has not written yet, tabs of a browser or devices of a signed-in
customer: once one does, the others show it too.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from .line import Line
from .service import Visitor

CLOSE_COME_BACK = 1012  # "service restart": a page comes back at once and is greeted anew


Who = tuple[str, str, str]


def _who(visitor: Visitor) -> Who:
    """Return whose pages show one conversation: the customer's whom the site has signed, on all
    devices; else one browser's.
    """
    if visitor.external_id is not None:
        return (visitor.entry_point_id, "customer", visitor.external_id)
    return _browser(visitor)


def _browser(visitor: Visitor) -> Who:
    return (visitor.entry_point_id, "browser", visitor.id)


class Devices:
    """The lines of visitors without a conversation, by who they are."""

    def __init__(self) -> None:
        self._waiting: dict[Who, set[Line]] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._beginning: WeakValueDictionary[Who, asyncio.Lock] = WeakValueDictionary()

    def wait(self, visitor: Visitor, line: Line) -> None:
        """Remember the page of a visitor who has not written; any other is ignored."""
        if visitor.conversation_id is None:
            self._waiting.setdefault(_who(visitor), set()).add(line)

    def leave(self, visitor: Visitor, line: Line) -> None:
        """Forget a page."""
        who = _who(visitor)
        pages = self._waiting.get(who, set())
        pages.discard(line)
        if not pages:
            self._waiting.pop(who, None)

    @asynccontextmanager
    async def beginning(self, visitor: Visitor) -> AsyncIterator[None]:
        """Let one page of a visitor begin their conversation: the others, which write at the same
        moment, wait for it.
        """
        if visitor.conversation_id is not None:
            yield
            return
        lock = self._beginning.setdefault(_who(visitor), asyncio.Lock())
        async with lock:
            yield

    def written(self, visitor: Visitor, line: Line) -> None:
        """Send the visitor's other pages through a new greeting: there is a conversation now."""
        pages: set[Line] = set()
        for who in (_who(visitor), _browser(visitor)):  # a tab may be of before they signed in
            pages |= self._waiting.pop(who, set())
        for page in pages - {line}:
            task = asyncio.create_task(page.close(CLOSE_COME_BACK, "conversation"))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

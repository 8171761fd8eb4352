"""The laws of the contact queue, asked of a hub under test as its own sweep would ask them."""

from __future__ import annotations

from hub.routing.laws.book import Ask
from hub.routing.laws.looks import first_look, second_look
from hub.routing.laws.model import Breach, Cursors
from hub.storage import Store


async def broken_laws(store: Store) -> list[Breach]:
    """Return what two looks at everybody, one right after the other, find broken. What the router
    is just at work on is among it: ask until there is nothing.
    """
    found: list[Breach] = []
    cursors = Cursors()
    while True:
        ask = Ask(cursors, frozenset(), frozenset())
        look, cursors = await store.read_at_once(first_look, ask)
        found += await store.read_at_once(second_look, look)
        if cursors == Cursors():
            return found

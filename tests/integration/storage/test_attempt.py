"""A part of a call that is refused undoes itself; what was done before it stays."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from hub.contacts.tags.tables import tags
from hub.core.bus import Bus
from hub.core.errors import Conflict
from hub.storage import Store, Tx


def make(tx: Tx, key: str) -> None:
    tx.execute(insert(tags).values(id=key, zh=key, en=key, colour="grey", position=0))
    tx.hint("tag.made", key)


def refuse(tx: Tx) -> None:
    with tx.attempt():
        make(tx, "refused")
        raise Conflict("No.")


def half(tx: Tx, _: None) -> None:
    make(tx, "before")
    with pytest.raises(Conflict):
        refuse(tx)
    with tx.attempt():
        make(tx, "after")


async def test_what_is_refused_is_undone_with_its_hints(store: Store, bus: Bus) -> None:
    with bus.subscribe(["tag.made"]) as hints:
        await store.write(half, None)
        told = [hint.key for hint in await hints.next(1.0)]
    rows = await store.read(lambda tx, _: list(tx.execute(select(tags.c.id)).scalars()), None)
    assert sorted(rows) == ["after", "before"]
    assert sorted(told) == ["after", "before"]

"""Webhooks that were not our account's, counted for the admin to see: why, when, and where."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Row, insert, select, update

from hub.core.budget import Budgets, Rate
from hub.core.errors import Unavailable
from hub.storage import Store, Tx
from hub.web import Access, Key, View, route

from .tables import refusals

_LOG = logging.getLogger(__name__)
_COUNTED = Rate(per_s=1.0, burst=20.0)


class Why(StrEnum):
    UNSIGNED = "unsigned"
    SIGNATURE = "signature"  # another token, or another address than the public one
    ACCOUNT = "account"  # signed, and of another account
    SIZE = "size"  # longer than anything the provider posts, or no form


class Refusal(NamedTuple):
    entry_point_id: str
    why: Why
    route: str


def note_refusal(tx: Tx, refused: Refusal) -> None:
    """Count one refused webhook; of the last it is kept what was wrong."""
    values = {"last_at": tx.now, "why": refused.why, "route": refused.route[:40]}
    changed = tx.execute(
        update(refusals)
        .where(refusals.c.entry_point_id == refused.entry_point_id)
        .values(times=refusals.c.times + 1, **values)
    )
    if changed.rowcount == 0:
        tx.execute(
            insert(refusals).values(entry_point_id=refused.entry_point_id, times=1, **values)
        )


def find_refusals(tx: Tx, entry_point_id: str) -> Row[tuple[int, datetime, str, str]] | None:
    """Return how many were refused, and what the last was."""
    columns = refusals.c
    wanted = select(columns.times, columns.last_at, columns.why, columns.route)
    return tx.execute(wanted.where(columns.entry_point_id == entry_point_id)).first()


class Refusals:
    """Notes what one line refuses: every refusal in the log, of a flood only some in a row."""

    def __init__(self, store: Store, entry_point_id: str) -> None:
        self._store = store
        self._entry_point_id = entry_point_id
        self._budgets = Budgets(_COUNTED, limit=1)

    async def note(self, why: Why, route: str) -> None:
        _LOG.warning("a webhook was refused: %s", why, extra={"route": route})
        if self._budgets.take(self._entry_point_id, asyncio.get_running_loop().time()):
            return
        try:
            await self._store.write(note_refusal, Refusal(self._entry_point_id, why, route))
        except Unavailable as error:
            _LOG.debug("a refusal was not counted: %s", error.message)


class RefusedView(View, frozen=True):
    """`why`, `route` and `last_at` are of the last; null where none was."""

    times: int
    last_at: datetime | None = None
    why: Why | None = None
    route: str | None = None


class RefusalRoutes:
    def __init__(self, store: Store) -> None:
        self._store = store

    @route(
        "GET",
        "/api/v1/entry-points/{key}/refused-webhooks",
        access=Access.ADMIN,
        summary="The webhooks of a phone line that were not the account's",
    )
    async def refused(self, key: Key) -> RefusedView:
        row = await self._store.read(find_refusals, key)
        if row is None:
            return RefusedView(times=0)
        return RefusedView(times=row.times, last_at=row.last_at, why=Why(row.why), route=row.route)

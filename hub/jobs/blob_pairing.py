"""Whether the database may judge the files of the store.

A hub that was started on another database (a new one, a copy for a trial, one that was brought back
from an old backup) misses the rows of files that are still wanted. So the store keeps a note of the
newest look that was taken at it. Where that is not the newest one the database knows of, the two
are not each other's yet: they have to have been together for a while before a file is removed. Of
two databases that are used in turn neither ever removes one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import func, select

from hub.accounts.tables import users
from hub.storage import Blobs, Store, Tx
from hub.storage.blob_rounds import newest_look


class Paired(msgspec.Struct, frozen=True):
    """`since`: when the store and the database came together. `look`: the newest one of both."""

    since: datetime
    look: datetime | None


async def find_pair(store: Store, blobs: Blobs, now: datetime) -> Paired:
    """Return since when the two are together: since now, where they are not known to be."""
    look = await store.read(newest_look, None)
    noted = parse_pair(await blobs.note())
    if noted is None or noted.look != look or noted.since > now:
        return Paired(now, look)
    return noted


async def keep_pair(store: Store, blobs: Blobs, since: datetime) -> None:
    """Note in the store that the newest look is this database's."""
    pair = Paired(since, await store.read(newest_look, None))
    await blobs.keep_note(msgspec.json.encode(pair))


def parse_pair(note: bytes | None) -> Paired | None:
    """Return what a note says; None where there is none, or it is not one of these."""
    try:
        return None if note is None else msgspec.json.decode(note, type=Paired)
    except msgspec.MsgspecError:
        return None


def may_remove(pair: Paired, age: timedelta, now: datetime) -> bool:
    return now - pair.since >= age


def made_ms(tx: Tx, _: None) -> float:
    """Return when the database was first used, in milliseconds since 1970: what is older than its
    first user is not its to judge. Without a user nothing is.
    """
    first = tx.execute(select(func.min(users.c.created_at))).scalar_one()
    return float("inf") if first is None else first.timestamp() * 1000

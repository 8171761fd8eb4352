"""The service that works on import batches in the hub, one after the other.

What a process that died was doing goes on with the next one that looks: the batch says how far it
is. Whatever is wrong with one batch ends that one only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from hub.core.errors import HubError, Invalid, Unavailable
from hub.core.ids import new_id
from hub.storage import Blobs, Store, Tx

from .file import Source
from .importing import BatchWork
from .model import BatchMoved, BatchState
from .order import ImportOrder, Retier
from .service import Batch, BatchLost, Finish, claim_batch, finish_batch, get_batch, put_off
from .tables import import_batches

log = logging.getLogger(__name__)

_POLL_S = 5.0  # behind the hint
_ATTEMPTS = 3  # somebody else may take an address while a piece is planned (several processes)
_TIDIED_AT_ONCE = 100


class Rules(NamedTuple):
    """How numbers are read, the keys of tiers, and the tier of who is new."""

    region: str
    tiers: frozenset[str]
    default_tier: str


RulesOf = Callable[[Tx, str | None], Rules]  # for the customers of a branch


class ImportRunner:
    """Give it to the hub's services, or `step` it in tests."""

    def __init__(self, store: Store, blobs: Blobs, rules: RulesOf, retier: Retier) -> None:
        self._store = store
        self._blobs = blobs
        self._rules = rules
        self._retier = retier
        self._holder = new_id()

    async def run(self) -> None:
        """Work on what there is, then wait for more, until cancelled."""
        with self._store.bus.subscribe(["import.work"]) as hints:
            while True:
                try:
                    while await self.step():
                        pass
                    await self.tidy()
                except Unavailable as error:
                    log.debug("imports wait for the database: %s", error.message)
                await hints.next(_POLL_S)

    async def step(self) -> Batch | None:
        """Work on one batch to its end; None when there is nothing to do. Raises Unavailable."""
        batch = await self._store.write(claim_batch, self._holder)
        if batch is None:
            return None
        try:
            return await self._work(batch)
        except BatchLost:
            return batch
        except Unavailable:
            raise
        except HubError as error:
            return await self._fail(batch, error.message)
        except Exception:
            log.exception("an import broke", extra={"batch": batch.id})
            return await self._fail(
                batch, "Stopped by an unexpected fault; the hub's log says why."
            )

    async def tidy(self) -> None:
        """Remove the files of batches whose rows were forgotten."""
        for batch_id, blob_id in await self._store.read(_forgotten, None):
            try:
                await self._blobs.delete(blob_id)
            except OSError:  # one file is no reason to end: it is tried again
                log.exception("a file of an import stays", extra={"batch": batch_id})
                continue
            await self._store.write(_file_gone, batch_id)

    async def _work(self, batch: Batch) -> Batch:
        order = await self._order(batch)
        work = BatchWork(self._store, self._holder, _tell_nobody)
        do = {
            BatchState.READING: work.preview,
            BatchState.RUNNING: work.run,
            BatchState.UNDOING: work.undo,
        }[batch.state]
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await do(batch, order)
            except DBAPIError:
                if attempt == _ATTEMPTS:
                    raise
                batch = await self._store.read(get_batch, batch.id)
        return batch

    async def _order(self, batch: Batch) -> ImportOrder:
        rules = await self._store.read(lambda tx, _: self._rules(tx, batch.branch_id), None)
        if batch.blob_id is None and batch.state is not BatchState.UNDOING:
            raise Invalid(
                "The file is not kept: undo what it wrote, and import it again.",
                code="import.file_gone",
            )
        source: Source = b"" if batch.blob_id is None else self._blobs.path(batch.blob_id)
        return ImportOrder(
            actor=batch.actor,
            data=source,
            region=rules.region,
            tiers=rules.tiers,
            default_tier=rules.default_tier,
            source=batch.source,
            dry_run=batch.state is BatchState.READING,
            encoding=batch.encoding,
            retier=self._retier,
            branch_id=batch.branch_id,
            sight=batch.sight,
        )

    async def _fail(self, batch: Batch, why: str) -> Batch:
        """End what the batch was doing; where it is by now is asked for again.

        An undo is tried again later: half of one is nothing that anybody wants.
        """
        now = await self._store.read(get_batch, batch.id)
        states = {BatchState.READING: BatchState.MAPPING, BatchState.RUNNING: BatchState.FAILED}
        end = Finish(now, self._holder, states.get(now.state, now.state), why)
        try:
            if now.state is BatchState.UNDOING:
                return await self._store.write(put_off, end)
            return await self._store.write(finish_batch, end)
        except (BatchLost, BatchMoved):
            return now


async def _tell_nobody(_done: int, _rows: int) -> None:
    """Progress is in the batch's row."""


def _forgotten(tx: Tx, _: None) -> list[tuple[str, str]]:
    found = tx.execute(
        select(import_batches.c.id, import_batches.c.blob_id)
        .where(import_batches.c.forget_at.is_(None), import_batches.c.blob_id.is_not(None))
        .limit(_TIDIED_AT_ONCE)
    )
    return [(row.id, row.blob_id) for row in found]


def _file_gone(tx: Tx, batch_id: str) -> None:
    tx.execute(update(import_batches).where(import_batches.c.id == batch_id).values(blob_id=None))

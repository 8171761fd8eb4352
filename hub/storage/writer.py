"""The one live writer: natural group commit on its own thread (design section 4).

What arrived during the last commit is the next transaction. Neighbouring calls of one batch
function
become one call of it. Callers resume together after the commit; hints are published in commit order
before them, also for callers that were cancelled.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from hub.core.bus import Hint
from hub.core.errors import HubError, Unavailable

from .condition import Condition, disk_failed, is_fatal, probe_writing
from .tx import Batch, Tx
from .wal import Log

log = logging.getLogger(__name__)

MAX_CALLS = 256
_MAX_WAITING = 20_000
_IDLE_S = 0.1  # without a call for so long, the writer tidies up
_ATTEMPTS = 6
# PostgreSQL: lock_not_available, deadlock_detected, serialization_failure
_RETRIED = frozenset({"55P03", "40P01", "40001"})


@dataclass(slots=True)
class Call:
    function: Any  # Callable[[Tx, A], R] or Batch[A, R]; typed at Store.write
    argument: Any
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


@dataclass(slots=True)
class Run:
    """Neighbouring calls that make one call of a function."""

    calls: list[Call] = field(default_factory=list)

    @property
    def function(self) -> Any:
        return self.calls[0].function

    def split(self) -> Iterator[Run]:
        return (Run([call]) for call in self.calls)


class Broken(Exception):
    """The disk failed under a commit: what is on it is unknown, so the process must stop."""


class Writer:
    """Owns one connection and one thread. `call` is used from the event loop only."""

    def __init__(
        self,
        engine: Engine,
        now: Callable[[Connection], datetime],
        publish: Callable[[Hint], None],
        wal_path: str | None,
    ) -> None:
        self.engine = engine
        self._now = now
        self._publish = publish
        self._log = None if wal_path is None else Log(wal_path)
        self._mixes = engine.dialect.name == "sqlite"
        self._live: SimpleQueue[Call | None] = SimpleQueue()  # None: look at the rest
        self._bulk: deque[Call] = deque()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._connection: Connection | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self.broken: asyncio.Future[None] | None = None
        self.condition = Condition("Writes")
        self.commits = 0
        self.calls = 0

    def start(self) -> None:
        """Start the thread; the running event loop receives the results."""
        self.loop = asyncio.get_running_loop()
        self.broken = self.loop.create_future()
        self._thread = threading.Thread(target=self._work, name="hub-writer", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Finish what waits, then end the thread and close the connection."""
        self._stopping = True
        self._live.put(None)
        thread = self._thread
        if thread is not None:
            await asyncio.get_running_loop().run_in_executor(None, thread.join)

    async def call(self, function: Any, argument: Any, *, bulk: bool = False) -> Any:
        """Run `function` in a transaction of the live lane (or the bulk lane) and return its
        result.

        Raises what the function raised or returned as its HubError, and Unavailable when nothing
        could be committed.
        """
        loop = self.loop
        if loop is None or self._stopping:
            raise Unavailable("The hub is stopping; nothing was stored. Try again in a moment.")
        if (len(self._bulk) if bulk else self._live.qsize()) >= _MAX_WAITING:
            raise Unavailable("The hub is overloaded; nothing was stored. Try again shortly.")
        call = Call(function, argument, loop.create_future())
        if bulk:
            self._bulk.append(call)
        self._live.put(None if bulk else call)
        return await call.future

    # ---- the writer's thread -------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            calls = self._take()
            if not calls:
                break
            hints = self._commit_all(calls)
            self._deliver(calls, hints)
        if self._connection is not None:
            if self._log is not None:
                self._log.empty(self._connection)
            self._connection.close()

    def _take(self) -> list[Call]:
        """Wait for calls: live ones first, at most MAX_CALLS; else one of the bulk lane; [] at the
        end.
        """
        if self._log is not None:
            self._log.between(self._connection, self.commits, calm=self._live.empty())
        while True:
            calls = self._arrived()
            if calls:
                return calls
            if self._bulk:
                return [self._bulk.popleft()]
            if self._stopping:
                return []
            try:
                first = self._live.get(timeout=_IDLE_S)
            except Empty:
                if self._log is not None:
                    self._log.idle(self._connection)
                first = self._live.get()
            if first is not None:
                return [first, *self._arrived()]

    def _arrived(self) -> list[Call]:
        """Return the live calls that are there, without waiting."""
        calls: list[Call] = []
        while len(calls) < MAX_CALLS:
            try:
                call = self._live.get_nowait()
            except Empty:
                break
            if call is not None:
                calls.append(call)
        return calls

    def _commit_all(self, calls: Sequence[Call]) -> list[Hint]:
        runs = list(_runs(calls))
        hints: list[Hint] = []
        groups = [runs] if self._mixes else [[run] for run in runs]
        for group in groups:
            hints += self._commit(group)
        return hints

    def _commit(self, runs: list[Run]) -> list[Hint]:
        """One transaction over `runs`; if it cannot be had, every call of it gets the reason."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._transaction(runs)
            except _Alone:
                return [
                    hint for run in runs for part in run.split() for hint in self._commit([part])
                ]
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) in _RETRIED and attempt < _ATTEMPTS:
                    time.sleep(random.uniform(0.001, 0.02) * attempt)  # noqa: S311 - jitter
                    continue
                self._fail(runs, error)
                return []
            except Exception as error:
                # Also what a driver or a pool raises: a thread that ends leaves all writes waiting.
                self._fail(runs, error)
                return []
        return []

    def _transaction(self, runs: list[Run]) -> list[Hint]:
        connection = self._connect()
        hints: list[Hint] = []
        transaction = connection.begin()
        tx: Tx | None = None
        try:
            tx = Tx(connection, self._now(connection), hints)
            if self.condition.reason is not None:
                probe_writing(tx)
            if len(runs) == 1:
                self._run_alone(tx, runs[0])
            else:
                for run in runs:
                    self._run_in_savepoint(connection, tx, run)
            if len(runs) == 1 and runs[0].calls[0].error is not None and len(runs[0].calls) == 1:
                _give_up(tx)
                transaction.rollback()
                return []
            tx.end()
            transaction.commit()
        except BaseException:
            if tx is not None:
                _give_up(tx)
            with contextlib.suppress(SQLAlchemyError):  # the first error is the one that counts
                transaction.rollback()
            raise
        self.condition.well()
        self.commits += 1
        self.calls += sum(len(run.calls) for run in runs)
        return hints

    def _run_alone(self, tx: Tx, run: Run) -> None:
        """The only run of a transaction: no savepoint; a failing batch is tried one by one."""
        try:
            _invoke(tx, run)
            tx.settle()
        except SQLAlchemyError as error:
            if len(run.calls) > 1 and (self._mixes or not is_fatal(error)):
                raise _Alone from None
            raise
        except Exception as error:
            if len(run.calls) > 1:
                raise _Alone from None
            run.calls[0].error = error

    def _run_in_savepoint(self, connection: Connection, tx: Tx, run: Run) -> None:
        """One of several runs on SQLite: its failure undoes itself only."""
        mark = tx.mark()
        connection.exec_driver_sql("SAVEPOINT run")
        try:
            _invoke(tx, run)
        except Exception as error:
            tx.forget_since(mark)
            connection.exec_driver_sql("ROLLBACK TO run")
            connection.exec_driver_sql("RELEASE run")
            if is_fatal(error):
                raise
            if len(run.calls) == 1:
                run.calls[0].error = error
                return
            for part in run.split():
                self._run_in_savepoint(connection, tx, part)
            return
        connection.exec_driver_sql("RELEASE run")

    def _connect(self) -> Connection:
        if self._connection is None or self._connection.closed or self._connection.invalidated:
            self._connection = self.engine.connect()
        return self._connection

    def _fail(self, runs: list[Run], error: Exception) -> None:
        """Nothing was committed: say so to each caller; leave a connection that may be bad."""
        if isinstance(error, DBAPIError) and not is_fatal(error):
            for run in runs:
                for call in run.calls:
                    call.error = error
            return
        if not self.condition.failed(error):
            log.error("transaction failed: %s", error.__class__.__name__, exc_info=error)
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(SQLAlchemyError):  # it is already known to be bad
                connection.invalidate()
                connection.close()
        for run in runs:
            for call in run.calls:
                call.error = Unavailable(
                    "The database cannot store anything now; nothing was accepted."
                    " Try again shortly."
                )
        if disk_failed(error):
            self._report_broken(error)

    def _report_broken(self, error: Exception) -> None:
        def tell() -> None:
            if self.broken is not None and not self.broken.done():
                self.broken.set_exception(Broken(str(error)))

        if self.loop is not None:
            self.loop.call_soon_threadsafe(tell)

    def _deliver(self, calls: Sequence[Call], hints: list[Hint]) -> None:
        def resume() -> None:
            for hint in dict.fromkeys(hints):
                self._publish(hint)
            for call in calls:
                if call.future.done():
                    continue  # its caller was cancelled; the write stands
                if call.error is not None:
                    call.future.set_exception(call.error)
                elif isinstance(call.result, HubError):
                    call.future.set_exception(call.result)
                else:
                    call.future.set_result(call.result)

        if self.loop is not None and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(resume)


class _Alone(Exception):
    """The batch failed as a whole: run its items one by one."""


def _runs(calls: Sequence[Call]) -> Iterator[Run]:
    """Group neighbours of the same batch function, and before them all calls of those that go
    ahead; every plain call stands alone.
    """
    ahead: dict[Any, Run] = {}
    for call in calls:
        if isinstance(call.function, Batch) and call.function.goes_ahead:
            ahead.setdefault(call.function, Run()).calls.append(call)
    yield from ahead.values()
    run: Run | None = None
    for call in calls:
        if call.function in ahead:
            continue
        if run is not None and isinstance(call.function, Batch) and call.function is run.function:
            run.calls.append(call)
            continue
        if run is not None:
            yield run
        run = Run([call])
    if run is not None:
        yield run


def _give_up(tx: Tx) -> None:
    """Leave nothing under way: the transaction is undone."""
    with contextlib.suppress(SQLAlchemyError):  # an error before it is the one that counts
        tx.settle()


def _invoke(tx: Tx, run: Run) -> None:
    for call in run.calls:
        call.result, call.error = None, None
    function = run.function
    if not isinstance(function, Batch):
        run.calls[0].result = function(tx, run.calls[0].argument)
        return
    results = function(tx, [call.argument for call in run.calls])
    if len(results) != len(run.calls):
        raise RuntimeError(f"{function.name} returned {len(results)} results for {len(run.calls)}")
    for call, result in zip(run.calls, results, strict=True):
        call.result = result


PG_NOW = "SELECT clock_timestamp()"

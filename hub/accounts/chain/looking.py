"""A look at the whole chain by the hub itself: slice by slice, beside everything else it does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import perf_counter

from hub.core.clock import Clock
from hub.core.errors import Unavailable
from hub.core.ids import new_id
from hub.core.metrics import Metrics
from hub.storage import Store
from hub.storage.leases import AskLease, take_lease

from .standing import Note, find_look, is_due, note_look
from .walk import Broken, State, Step, find_head, take_step

log = logging.getLogger(__name__)

_PAGE = 100  # links of a step: a few milliseconds of one thread
_SLICE_S = 1.5
_REST_S = 600.0
_LEASE_S = 60.0
_BY = "hub"


async def look_on(store: Store, begin_by: str | None) -> State:
    """Go on with the look for a second or two, and note how far it is.

    `begin_by`: who begins a new one, from the first line; None: the one that is not done goes on.
    Between two steps it rests as long as the step took: others use the machine, too.
    """
    look = None if begin_by is not None else await store.read(find_look, None)
    state = State() if look is None else look.state
    until = perf_counter() + _SLICE_S
    while not state.is_done and perf_counter() < until:
        began = perf_counter()
        state = await store.read(take_step, Step(state, _PAGE))
        await asyncio.sleep(perf_counter() - began)
    by_name = begin_by or (_BY if look is None else look.by_name)
    begun_at = None if look is None else look.begun_at
    await store.write(note_look, Note(by_name, begun_at, state))
    return state


class ChainWatch:
    """The service: a look a day, of one process, and the newest link into the log of the hub.

    Whoever can write into the database can write a whole other chain. They cannot unsay what was
    sent to where logs are gathered.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        metrics: Metrics,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._clock = clock
        self._sleep = sleep
        self._lease = AskLease("audit-chain", new_id(), _LEASE_S)
        self._holds = metrics.gauge(
            "hub_audit_chain_broken",
            "Whether the last look at the audit log found it changed (1) or not (0).",
        )

    async def run(self) -> None:
        """Look once a day until cancelled; a database that is away is waited for."""
        while True:
            await self._sleep(_REST_S)
            try:
                await self.turn()
            except Unavailable as error:
                log.info("the audit log is looked at later: %s", error.message)
            except Exception:  # rows that cannot be read must not end the hub
                log.exception("a look at the audit log broke")

    async def turn(self) -> None:
        """Look from end to end if it is time; show what the last look found."""
        look = await self._store.read(find_look, None)
        if is_due(look, self._clock.now()) and await self._is_ours():
            await self._look(begin=look is None or look.state.is_done)
        look = await self._store.read(find_look, None)
        self._holds.set(look is not None and look.state.broken is not None)

    async def _is_ours(self) -> bool:
        return await self._store.write_bulk(take_lease, self._lease) is not None

    async def _look(self, *, begin: bool) -> None:
        await self._tell_head()
        state = await look_on(self._store, _BY if begin else None)
        while not state.is_done and await self._is_ours():
            state = await look_on(self._store, None)
        if state.broken is not None:
            log.error("the audit log is not what was written", extra=_told(state.broken))
        elif state.is_done:
            log.info("the audit log holds", extra={"lines": state.seq})

    async def _tell_head(self) -> None:
        head = await self._store.read(find_head, None)
        if head is not None:
            log.info("newest line of the audit log", extra={"head": f"{head.seq}:{head.hash}"})


def _told(broken: Broken) -> dict[str, str | int]:
    at = "" if broken.at is None else broken.at.isoformat()
    return {"what": broken.what.value, "seq": broken.seq, "at": at, "action": broken.action}

"""The router: the shell that holds the engine, feeds it from the store and has its proposals made.

Exactly one router works at a time, under a lease whose epoch fences a late one (design section 4).
Hints say what to read again; every few seconds the sums of all versions are compared, so a lost
hint costs seconds and never a contact, and every minute everything is read anew. A refused proposal
means the picture was stale: both rows are read again, and after three refusals in a row everything
is (routing.md 3.16).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from hub.contacts.outages.service import CHANGED as _PROVIDER
from hub.core.bus import Bus, Hint, Subscription
from hub.core.clock import Clock
from hub.core.errors import HubError, Unavailable
from hub.core.ids import new_id
from hub.storage import Store
from hub.storage.leases import AskLease, release_lease, take_lease

from .engine import Engine
from .model import (
    AgentChanged,
    AgentGone,
    ContactGone,
    ContactQueued,
    Event,
    Proposal,
    ProposalSettled,
    Rules,
    Tick,
)
from .moment import Moment
from .offers import ROUTER_LEASE, MakeOffer, make_offers
from .pictures import (
    Fresh,
    Marks,
    Picture,
    Wanted,
    read_fresh,
    read_marks,
    read_picture,
    read_sums,
    sum_of,
)
from .reasons import why_waiting
from .record import WhyWaiting
from .settings import setup_stamp

log = logging.getLogger(__name__)

_SETUP = "setup.changed"
_RULES = frozenset({_SETUP, _PROVIDER})
"""What changes the rules themselves: a set-up, a queue that is paused, a provider that is away."""
_TOPICS = ("contact.queued", "contact.changed", "agent.changed", "offer.changed", *sorted(_RULES))
_CONTACT_TOPICS = frozenset({"contact.queued", "contact.changed"})
_LEASE_S = 10.0
_RENEW_S = 3.0
_POLL_S = 5.0
_REBUILD_S = 60.0
_MAX_LOSSES = 3


class Router:
    """Run it as one long-lived task. `lag_s` and `proposals` are for metrics."""

    def __init__(self, store: Store, bus: Bus, clock: Clock, poll_s: float = _POLL_S) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._poll_s = poll_s
        self._ask = AskLease(ROUTER_LEASE, new_id(), _LEASE_S)
        self._epoch: int | None = None
        self._renew_at = datetime.min.replace(tzinfo=UTC)
        self._poll_at = datetime.min.replace(tzinfo=UTC)
        self._rebuild_at = datetime.min.replace(tzinfo=UTC)
        self._engine = Engine(Rules((), {}, {}))
        self._told_of: str | None = None  # the set-up that this process knows to be in force
        self._losses = 0
        self._hints: Subscription | None = None
        self.offers_made = 0
        self.offers_refused = 0

    @property
    def is_active(self) -> bool:
        """Whether this process holds the router lease."""
        return self._epoch is not None

    async def run(self) -> None:
        """Match until cancelled."""
        with self._bus.subscribe(_TOPICS) as hints:
            self._hints = hints
            try:
                while True:
                    try:
                        await self._round(hints)
                    except Unavailable as error:
                        log.debug("the router waits for the database: %s", error.message)
                        await asyncio.sleep(error.retry_after_s)
                        self._rebuild_at = self._clock.now()
            finally:
                if self._epoch is not None:
                    await asyncio.shield(self._store.write(release_lease, self._ask))

    async def _round(self, hints: Subscription) -> None:
        news = await hints.next(self._pause_s())
        if not await self._hold_lease():
            return
        now = self._clock.now()
        stale = now >= self._rebuild_at or hints.take_lost()
        if self._hear_of_rules(news) or stale:
            await self.rebuild()
            return
        await self.follow(news)
        if now >= self._poll_at:
            await self.poll()

    def _pause_s(self) -> float:
        """How long to wait for a hint: to the engine's next wake, the next poll or renewal."""
        now = self._clock.now()
        if self._epoch is None:
            return max((self._renew_at - now).total_seconds(), 0.001)
        due = [self._renew_at, self._poll_at, self._rebuild_at]
        wake = self._engine.next_wake()
        if wake is not None:
            due.append(wake)
        return min(max((min(due) - now).total_seconds(), 0.001), self._poll_s)

    async def _hold_lease(self) -> bool:
        """Take or renew the router lease; a new epoch starts with a fresh picture."""
        now = self._clock.now()
        if now < self._renew_at:
            return self._epoch is not None
        lease = await self._store.write(take_lease, self._ask)
        self._renew_at = now + timedelta(seconds=_RENEW_S)
        if lease is None:
            if self._epoch is not None:
                log.warning("another router has taken over")
            self._epoch = None
            return False
        if lease.epoch != self._epoch:
            self._epoch = lease.epoch
            self._rebuild_at = now
        return True

    async def rebuild(self) -> None:
        """Read everything and match anew. The first match runs beside the event loop."""
        await self._look_at_setup()
        picture: Picture = await self._store.read(read_picture, None)
        now = self._clock.now()
        self._rebuild_at = now + timedelta(seconds=_REBUILD_S)
        self._poll_at = now + timedelta(seconds=self._poll_s)
        self._losses = 0
        self._engine = Engine(picture.rules)
        events: list[Event] = [AgentChanged(agent) for agent in picture.agents]
        events += [ContactQueued(contact) for contact in picture.contacts]
        proposals = await asyncio.to_thread(self._engine.handle, events, now)
        await self._match(await self._make(proposals))

    async def poll(self) -> None:
        """Read again what changed without a hint that reached us."""
        await self._look_at_setup()
        stored = await self._store.read(read_sums, None)
        self._poll_at = self._clock.now() + timedelta(seconds=self._poll_s)
        known = self._engine.versions()
        if stored == (sum_of(known.contacts), sum_of(known.agents)):
            return
        marks: Marks = await self._store.read(read_marks, None)
        await self._match(
            await self._fresh(
                _differing(known.contacts, marks.contacts), _differing(known.agents, marks.agents)
            )
        )

    async def _look_at_setup(self) -> None:
        """Tell this process of a set-up that another one has put in force (`hub apply`)."""
        stamp = await self._store.read(setup_stamp, None)
        if self._told_of not in (None, stamp):
            self._bus.publish(Hint(_SETUP, stamp))
        self._told_of = stamp

    def _hear_of_rules(self, hints: Sequence[Hint]) -> bool:
        """Return whether hints tell of other rules than the engine has: all is read anew."""
        told = [hint for hint in hints if hint.topic in _RULES]
        for hint in told:
            if hint.topic == _SETUP:
                self._told_of = hint.key or self._told_of
        return bool(told)

    async def follow(self, hints: Sequence[Hint]) -> None:
        """Read again what the hints name, and match."""
        await self._match(await self._fresh(*_named(hints)))

    async def _fresh(self, contact_ids: frozenset[str], agent_ids: frozenset[str]) -> list[Event]:
        if not contact_ids and not agent_ids:
            return []
        fresh: Fresh = await self._store.read(read_fresh, Wanted(contact_ids, agent_ids))
        events: list[Event] = []
        for agent_id in sorted(agent_ids):
            agent = fresh.agents.get(agent_id)
            events.append(AgentGone(agent_id) if agent is None else AgentChanged(agent))
        for contact_id in sorted(contact_ids):
            contact = fresh.contacts.get(contact_id)
            events.append(ContactGone(contact_id) if contact is None else ContactQueued(contact))
        return events

    async def _match(self, events: Sequence[Event]) -> None:
        """Hand events to the engine and have its proposals made, until nothing is proposed."""
        while proposals := self._engine.handle([*events, Tick()], self._clock.now()):
            events = await self._make(proposals)

    async def _make(self, proposals: Sequence[Proposal]) -> list[Event]:
        """Have proposals made in one batch; return what the engine is to know of it."""
        if not proposals:
            return []
        offers = [MakeOffer(proposal, self._epoch) for proposal in proposals]
        results = await asyncio.gather(
            *(self._store.write(make_offers, offer) for offer in offers), return_exceptions=True
        )
        return await self._settle(proposals, results)

    async def _settle(
        self, proposals: Sequence[Proposal], results: Sequence[object]
    ) -> list[Event]:
        """Tell the engine what became of its proposals, with fresh rows of all they touched."""
        settled: list[Event] = []
        refused = 0
        for proposal, result in zip(proposals, results, strict=True):
            made = not isinstance(result, BaseException)
            if isinstance(result, BaseException) and not isinstance(result, HubError):
                raise result
            if isinstance(result, Unavailable):
                raise result
            refused += not made
            settled.append(ProposalSettled(proposal.contact_id, proposal.agent_id, made))
        self.offers_made += len(proposals) - refused
        self.offers_refused += refused
        self._losses = self._losses + 1 if refused == len(proposals) else 0
        if self._losses >= _MAX_LOSSES:
            log.info("the picture was stale %d times in a row: read anew", self._losses)
            self._rebuild_at = self._clock.now()
            return settled
        echoes = await self._echoes()
        contact_ids, agent_ids = _named(echoes)
        return settled + await self._fresh(
            contact_ids | {proposal.contact_id for proposal in proposals},
            agent_ids | {proposal.agent_id for proposal in proposals},
        )

    async def _echoes(self) -> Sequence[Hint]:
        """Take the hints that are there already, our own offers' among them, to read rows once."""
        if self._hints is None:
            return []
        hints = await self._hints.next(0)
        if self._hear_of_rules(hints):
            self._rebuild_at = self._clock.now()
        return hints

    def why_waiting(self, contact_id: str) -> WhyWaiting | None:
        """Explain why a contact still waits; None if it does not, or another process routes."""
        return why_waiting(self._engine, contact_id, Moment(self._engine.rules, self._clock.now()))


def _named(hints: Sequence[Hint]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the contacts and the agents that hints name."""
    about = [hint for hint in hints if hint.topic not in _RULES]
    return (
        frozenset(hint.key for hint in about if hint.topic in _CONTACT_TOPICS),
        frozenset(hint.key for hint in about if hint.topic not in _CONTACT_TOPICS),
    )


def _differing(known: Mapping[str, int], stored: Mapping[str, int]) -> frozenset[str]:
    """Return the ids whose versions differ, or that only one side has."""
    return frozenset(
        key for key in known.keys() | stored.keys() if known.get(key) != stored.get(key)
    )

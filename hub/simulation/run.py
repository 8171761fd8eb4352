"""One run: the real engine of the contact queue under a virtual clock.

A heap holds what will happen; the engine is told when it does, and every pair it proposes is
answered at once. Decision records are not kept (routing.md 3.13).
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from msgspec import structs

from hub.routing.engine import Engine
from hub.routing.model import (
    AgentChanged,
    AgentGone,
    ContactGone,
    ContactQueued,
    Event,
    Proposal,
    ProposalSettled,
    Tick,
    WaitingContact,
)

from .scenario import Scenario
from .world import (
    ABANDONED,
    ANSWERED,
    BIN_S,
    WAITING,
    Customer,
    Log,
    Source,
    Staffing,
    Turn,
    Worker,
    World,
    world_of,
)

BATCHES = 20
_TELL_EVERY = 2_000
_ARRIVES, _GIVES_UP, _ENDS, _TURNS, _STEPS, _LOOK = range(6)

Tell = Callable[[int, int], None]
"""Told how many contacts have come, of how many."""


class Watch(Protocol):
    """Somebody who looks on."""

    def came(self, engine: Engine, number: int, now_s: float) -> None:
        """A contact came, and waits unless it was taken at once."""

    def taken(self, queue: str, contact: WaitingContact, now_s: float) -> None:
        """An agent took a contact of a queue."""


class Look(NamedTuple):
    """Agent-seconds busy and signed in until a moment."""

    at_s: float
    busy_s: float
    signed_in_s: float


@dataclass(frozen=True, slots=True)
class Played:
    """A world that was played. `marks`: (busy, signed in) agent-seconds as each batch of contacts
    after the warm-up begins, and at the last arrival: BATCHES + 1 of them. `looks`: the same at the
    moments the world names."""

    sources: Sequence[Source]
    log: Log
    marks: list[tuple[float, float]]
    looks: list[Look]
    ended_s: float


@dataclass(frozen=True, slots=True)
class Ran:
    """A scenario that was run."""

    scenario: Scenario
    played: Played

    @property
    def streams(self) -> Sequence[Source]:
        return self.played.sources

    @property
    def log(self) -> Log:
        return self.played.log

    @property
    def simulated_s(self) -> float:
        return self.played.ended_s


def run(
    scenario: Scenario,
    tell: Tell | None = None,
    watch: Watch | None = None,
    *,
    looks: bool = False,
) -> Ran:
    """Simulate until every contact of the scenario is answered or gone. `looks`: look at the staff
    every half hour, which the course of the time needs."""
    world = world_of(scenario)
    if looks:
        world.looks_s = itertools.count(0.0, BIN_S)
    return Ran(scenario, play(world, tell, watch))


def play(world: World, tell: Tell | None = None, watch: Watch | None = None) -> Played:
    """Play a world until everybody measured is answered or gone. A world is played once."""
    return _Run(world, tell, watch).whole()


class _Run:
    def __init__(self, world: World, tell: Tell | None, watch: Watch | None) -> None:
        self.world, self.watch = world, watch
        self.contacts, self.goes_on = world.contacts, world.goes_on
        self.tell = tell
        self.engine = Engine(world.rules, record=False)
        self.sources = world.sources
        self.channels = [source.kind.channel for source in world.sources]
        self.workers = world.workers
        self.log = Log()
        self.staffing = Staffing(world.begins_s)
        self.marks: list[tuple[float, float]] = []
        self.looks: list[Look] = []
        self._looks_s = iter(world.looks_s)
        self.waiting = 0
        channels = world.rules.channels
        self.interruptible = {name: rules.interruptible for name, rules in channels.items()}
        self.gaps_s = {name: rules.gap_s for name, rules in channels.items() if rules.gap_s > 0}
        self._line: dict[int, Customer] = {}
        self._heap: list[tuple[float, int, int, int, Worker | None]] = []
        self._pushed = 0
        self._told_s, self._told = 0.0, datetime.fromtimestamp(0.0, UTC)
        measured = world.contacts - world.left_out
        self._marks_at = {world.left_out + measured * batch // BATCHES for batch in range(BATCHES)}

    def whole(self) -> Played:
        """Run from the beginning to the end."""
        self._open()
        heap, contacts, ends_s = self._heap, self.contacts, self.world.ends_s
        now_s = self.world.begins_s
        while self.waiting or len(self.log.outcome) < contacts or now_s < ends_s:
            wake = self.engine.next_wake()
            wake_s = math.inf if wake is None else wake.timestamp()
            kind = _LOOK
            if heap and _is_before(heap[0], wake_s):
                now_s, _, kind, number, worker = heapq.heappop(heap)
                events = self._happen(kind, number, worker, now_s)
                if not events:
                    continue
            elif wake_s < math.inf:
                now_s, events = max(now_s, wake_s), [Tick()]
            elif self.goes_on:
                break
            else:
                raise RuntimeError(f"{self.waiting} contacts wait, and nothing will happen")
            self._handle(events, now_s)
            if self.watch is not None and kind == _ARRIVES:
                self.watch.came(self.engine, len(self.log.outcome) - 1, now_s)
        return Played(self.sources, self.log, self.marks, self.looks, now_s)

    def _handle(self, events: list[Event], now_s: float) -> None:
        for proposal in self.engine.handle(events, self._time(now_s)):
            self._answer(proposal, now_s)

    def _time(self, now_s: float) -> datetime:
        """Return a moment as the engine is told it: made once for all that happens then."""
        if now_s != self._told_s:
            self._told_s, self._told = now_s, datetime.fromtimestamp(now_s, UTC)
        return self._told

    def _push(self, at_s: float, kind: int, number: int, worker: Worker | None = None) -> None:
        self._pushed += 1  # what happens at one time happens in the order it was foreseen
        heapq.heappush(self._heap, (at_s, self._pushed, kind, number, worker))

    def _open(self) -> None:
        """Each duty and each source's first customer is on the way."""
        begins_s = self.world.begins_s
        for index, duty in enumerate(self.world.duties):
            self._push(duty.at_s, _TURNS, index, duty.worker)
        for index, source in enumerate(self.sources):
            at_s = source.next_after(begins_s)
            if at_s < math.inf:
                self._push(at_s, _ARRIVES, index)
        self._look_later()

    # ---- what happens --------------------------------------------------------------------------

    def _happen(self, kind: int, number: int, worker: Worker | None, now_s: float) -> list[Event]:
        """Return what to tell the engine; nothing, if it concerns nobody any more."""
        if worker is not None:
            if kind == _ENDS:
                return self._end(number, worker, now_s)
            return self._turn(number, worker, now_s)
        if kind == _ARRIVES:
            return self._arrive(number, now_s)
        if kind == _GIVES_UP:
            return self._give_up(number, now_s)
        if kind == _STEPS:
            return self._step(number, now_s)
        return self._look(now_s)

    def _turn(self, number: int, worker: Worker, now_s: float) -> list[Event]:
        """An agent comes, pauses or goes."""
        duty = self.world.duties[number]
        if duty.again:
            self._push(now_s + self.world.period_s, _TURNS, number, worker)
        if duty.turn is Turn.COMES:
            return self._sign_in(worker, now_s)
        return self._sign_out(worker, now_s, stays=duty.turn is Turn.PAUSES)

    def _arrive(self, index: int, now_s: float) -> list[Event]:
        log, source = self.log, self.sources[index]
        number, contacts = len(log.outcome), self.contacts
        if number >= contacts and not self.goes_on:
            return []  # nobody comes any more: those who wait are served, and that is the end
        if number in self._marks_at:
            self.marks.append(self.staffing.until(now_s))
        log.stream.append(index)
        log.arrived_s.append(now_s)
        log.waited_s.append(0.0)
        log.outcome.append(WAITING)
        customer = self._line[number] = source.customer(number, now_s)
        if number < contacts:
            self.waiting += 1
        if customer.patience_s < math.inf:
            self._push(now_s + customer.patience_s, _GIVES_UP, number)
        if customer.steps_s:
            self._push(now_s + customer.steps_s[0], _STEPS, number)
        next_s = source.next_after(now_s)
        if next_s < math.inf:
            self._push(next_s, _ARRIVES, index)
        if number + 1 == contacts:
            self.marks.append(self.staffing.until(now_s))
        if self.tell is not None and number % _TELL_EVERY == 0:
            self.tell(min(number, contacts), contacts)
        return [ContactQueued(customer.contact)]

    def _step(self, number: int, now_s: float) -> list[Event]:
        """A skill step is over: less is asked for, if it still waits."""
        customer = self._line.get(number)
        if customer is None:
            return []
        step = customer.contact.step + 1
        contact = structs.replace(customer.contact, step=step)
        self._line[number] = structs.replace(customer, contact=contact)
        if step < len(customer.steps_s):
            self._push(now_s + customer.steps_s[step], _STEPS, number)
        return [ContactQueued(contact)]

    def _look(self, now_s: float) -> list[Event]:
        self.looks.append(Look(now_s, *self.staffing.until(now_s)))
        self._look_later()
        return []

    def _look_later(self) -> None:
        """Of all that happens at one moment the look is the first: at the very end, too."""
        at_s = next(self._looks_s, math.inf)
        if at_s <= self.world.ends_s or (self._heap and at_s < math.inf):
            heapq.heappush(self._heap, (at_s, -1, _LOOK, 0, None))

    def _give_up(self, number: int, now_s: float) -> list[Event]:
        if self.log.outcome[number] != WAITING:
            return []
        del self._line[number]
        self._leave_line(number, ABANDONED, now_s - self.log.arrived_s[number])
        return [ContactGone(f"{number:09d}")]

    def _leave_line(self, number: int, outcome: int, waited_s: float) -> None:
        if number < self.contacts:
            self.waiting -= 1
        self.log.outcome[number] = outcome
        self.log.waited_s[number] = waited_s

    def _answer(self, proposal: Proposal, now_s: float) -> None:
        worker, number = self.workers[proposal.agent_id], int(proposal.contact_id)
        customer = self._line.pop(number)
        if self.watch is not None:
            self.watch.taken(proposal.queue, customer.contact, now_s)
        arrived_s = self.log.arrived_s[number]
        handle_s, waited_s = customer.handle_s, now_s - arrived_s
        outcome = ANSWERED
        if customer.ring_s:
            handle_s, waited_s = handle_s + customer.ring_s, waited_s + customer.ring_s
            if waited_s > customer.patience_s:  # they hang up while it rings
                outcome, waited_s = ABANDONED, customer.patience_s
                handle_s = arrived_s + waited_s - now_s
        self._leave_line(number, outcome, waited_s)
        if not worker.is_busy:
            self._count_busy(worker, 1, now_s)
        if not self.interruptible[proposal.channel]:
            worker.live += 1
            for other, end_s in worker.ends_s.items():
                worker.resting[other] = end_s - now_s
            worker.ends_s.clear()
            self._push(now_s + handle_s, _ENDS, number, worker)
        elif worker.live:
            worker.resting[number] = handle_s
        else:
            self._work_on(worker, number, handle_s, now_s)

    def _work_on(self, worker: Worker, number: int, left_s: float, now_s: float) -> None:
        worker.ends_s[number] = now_s + left_s
        self._push(now_s + left_s, _ENDS, number, worker)

    def _end(self, number: int, worker: Worker, now_s: float) -> list[Event]:
        """A handling ends, unless it stands still meanwhile."""
        channel = self.channels[self.log.stream[number]]
        if self.interruptible[channel]:
            if worker.ends_s.get(number) != now_s:
                return []
            del worker.ends_s[number]
        else:
            worker.live -= 1
            if not worker.live:
                for other, left_s in worker.resting.items():
                    self._work_on(worker, other, left_s, now_s)
                worker.resting.clear()
        settled = ProposalSettled(f"{number:09d}", worker.id, made=True)
        worker.idle_since = self._time(now_s)
        if channel in self.gaps_s:
            until = self._time(now_s) + timedelta(seconds=self.gaps_s[channel])
            worker.rest_until = {**worker.rest_until, channel: until}
        if not worker.is_busy:
            self._count_busy(worker, -1, now_s)
            if not worker.is_on_shift:
                return [settled, self._gone(worker)]
        return [settled, AgentChanged(worker.picture())]

    def _count_busy(self, worker: Worker, more: int, now_s: float) -> None:
        self.staffing.until(now_s)
        self.staffing.busy += more * worker.counts

    def _sign_in(self, worker: Worker, now_s: float) -> list[Event]:
        self.staffing.until(now_s)
        if not worker.is_on_shift and not worker.is_busy:
            self.staffing.signed_in += worker.counts
            worker.idle_since = self._time(now_s)
        worker.is_on_shift = True
        return [AgentChanged(worker.picture())]

    def _sign_out(self, worker: Worker, now_s: float, *, stays: bool) -> list[Event]:
        """They take no more contacts; what is in hand is brought to its end."""
        was_on_shift = worker.is_on_shift
        if not was_on_shift and worker.stays == stays:
            return []
        worker.is_on_shift, worker.stays = False, stays
        self.staffing.until(now_s)
        if worker.is_busy:
            return [AgentChanged(worker.picture())]
        if not was_on_shift:
            self.staffing.signed_in += worker.counts
        return [self._gone(worker)]

    def _gone(self, worker: Worker) -> Event:
        self.staffing.signed_in -= worker.counts
        return AgentChanged(worker.picture()) if worker.stays else AgentGone(worker.id)


def _is_before(foreseen: tuple[float, int, int, int, Worker | None], wake_s: float) -> bool:
    """Does it happen before the engine is to look again? Of one moment only a look does."""
    at_s = foreseen[0]
    return at_s < wake_s or (at_s == wake_s and foreseen[1] < 0)

"""One run: the real engine of the contact queue under a virtual clock.

A heap holds what will happen; the engine is told when it does, and every pair it proposes is
answered at once. Decision records are not kept (routing.md 3.13).
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

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
)

from .scenario import Scenario
from .world import (
    ABANDONED,
    ANSWERED,
    WAITING,
    Log,
    Staffing,
    Stream,
    Worker,
    rules_of,
    streams_of,
    workers_of,
)

BATCHES = 20
_TELL_EVERY = 2_000
_ARRIVES, _GIVES_UP, _ENDS, _SIGNS_IN, _SIGNS_OUT = range(5)

Tell = Callable[[int, int], None]
"""Told how many contacts have come, of how many."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that is over. `marks`: (busy, signed in) agent-seconds as each batch of contacts after
    the warm-up begins, and at the last arrival: BATCHES + 1 of them."""

    scenario: Scenario
    streams: list[Stream]
    log: Log
    marks: list[tuple[float, float]]
    simulated_s: float


def run(scenario: Scenario, tell: Tell | None = None) -> Ran:
    """Simulate until every contact of the scenario is answered or gone."""
    return _Run(scenario, tell).whole()


class _Run:
    def __init__(self, scenario: Scenario, tell: Tell | None) -> None:
        rules = rules_of(scenario)
        self.scenario = scenario
        self.tell = tell
        self.engine = Engine(rules, record=False)
        self.streams = streams_of(scenario)
        self.workers = workers_of(scenario)
        self.log = Log()
        self.staffing = Staffing()
        self.marks: list[tuple[float, float]] = []
        self.waiting = 0
        self.interruptible = {name: r.interruptible for name, r in rules.channels.items()}
        self._handle_s: dict[int, float] = {}  # of the contacts that wait
        self._arrived_s: dict[int, float] = {}
        self._heap: list[tuple[float, int, int, int, Worker | None]] = []
        self._pushed = 0
        measured = scenario.run.contacts - scenario.run.left_out
        self._marks_at = {
            scenario.run.left_out + measured * batch // BATCHES for batch in range(BATCHES)
        }

    def whole(self) -> Ran:
        """Run from the beginning to the end."""
        self._open()
        heap, contacts = self._heap, self.scenario.run.contacts
        now_s = 0.0
        while self.waiting or len(self.log) < contacts:
            wake = self.engine.next_wake()
            wake_s = math.inf if wake is None else wake.timestamp()
            if heap and heap[0][0] < wake_s:
                now_s, _, kind, number, worker = heapq.heappop(heap)
                events = self._happen(kind, number, worker, now_s)
                if not events:
                    continue
            elif wake_s < math.inf:
                now_s, events = max(now_s, wake_s), [Tick()]
            else:
                raise RuntimeError(f"{self.waiting} contacts wait, and nothing will happen")
            self._handle(events, now_s)
        return Ran(self.scenario, self.streams, self.log, self.marks, now_s)

    def _handle(self, events: list[Event], now_s: float) -> None:
        for proposal in self.engine.handle(events, datetime.fromtimestamp(now_s, UTC)):
            self._answer(proposal, now_s)

    def _push(self, at_s: float, kind: int, number: int, worker: Worker | None = None) -> None:
        self._pushed += 1  # what happens at one time happens in the order it was foreseen
        heapq.heappush(self._heap, (at_s, self._pushed, kind, number, worker))

    def _open(self) -> None:
        """Everybody who is on shift signs in; each stream's first customer is on the way."""
        for worker in self.workers.values():
            shift = worker.shift
            if shift is None:
                self._push(0.0, _SIGNS_IN, -1, worker)
                continue
            if shift.from_s > shift.to_s:
                self._push(0.0, _SIGNS_IN, -1, worker)  # the shift goes over the period's end
            self._push(shift.from_s, _SIGNS_IN, 0, worker)
            self._push(shift.to_s, _SIGNS_OUT, 0, worker)
        for index, stream in enumerate(self.streams):
            self._push(stream.clockwork.next_after(0.0), _ARRIVES, index)

    # ---- what happens --------------------------------------------------------------------------

    def _happen(self, kind: int, number: int, worker: Worker | None, now_s: float) -> list[Event]:
        """Return what to tell the engine; nothing, if it concerns nobody any more."""
        if kind == _ARRIVES:
            return self._arrive(number, now_s)
        if kind == _GIVES_UP:
            return self._give_up(number, now_s)
        if worker is None:
            raise ValueError("only an agent ends contacts and shifts")
        if kind == _ENDS:
            return self._end(number, worker, now_s)
        if number >= 0:  # of the next period too
            self._push(now_s + self.scenario.period_s, kind, number, worker)
        return self._sign_in(worker, now_s) if kind == _SIGNS_IN else self._sign_out(worker, now_s)

    def _arrive(self, index: int, now_s: float) -> list[Event]:
        log, stream = self.log, self.streams[index]
        number, contacts = len(log.outcome), self.scenario.run.contacts
        if number == contacts:
            return []  # nobody comes any more: those who wait are served, and that is the end
        if number in self._marks_at:
            self.marks.append(self.staffing.until(now_s))
        log.stream.append(index)
        log.waited_s.append(0.0)
        log.outcome.append(WAITING)
        self.waiting += 1
        self._arrived_s[number] = now_s
        self._handle_s[number] = stream.handle()
        if stream.patience is not None:
            self._push(now_s + stream.patience(), _GIVES_UP, number)
        self._push(stream.clockwork.next_after(now_s), _ARRIVES, index)
        if number + 1 == contacts:
            self.marks.append(self.staffing.until(now_s))
        if self.tell is not None and number % _TELL_EVERY == 0:
            self.tell(number, contacts)
        return [ContactQueued(stream.contact(number, now_s))]

    def _give_up(self, number: int, now_s: float) -> list[Event]:
        if self.log.outcome[number] != WAITING:
            return []
        self._leave_line(number, ABANDONED, now_s)
        return [ContactGone(f"{number:09d}")]

    def _leave_line(self, number: int, outcome: int, now_s: float) -> float:
        """Note how long it waited; return how long its handling takes, in seconds."""
        self.waiting -= 1
        self.log.outcome[number] = outcome
        self.log.waited_s[number] = now_s - self._arrived_s.pop(number)
        return self._handle_s.pop(number)

    def _answer(self, proposal: Proposal, now_s: float) -> None:
        worker, number = self.workers[proposal.agent_id], int(proposal.contact_id)
        handle_s = self._leave_line(number, ANSWERED, now_s)
        if not worker.is_busy:
            self._count_busy(1, now_s)
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
        channel = self.streams[self.log.stream[number]].spec.channel
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
        worker.idle_since_s = now_s
        if not worker.is_busy:
            self._count_busy(-1, now_s)
            if not worker.is_on_shift:
                return [settled, self._gone(worker)]
        return [settled, AgentChanged(worker.picture())]

    def _count_busy(self, more: int, now_s: float) -> None:
        self.staffing.until(now_s)
        self.staffing.busy += more

    def _sign_in(self, worker: Worker, now_s: float) -> list[Event]:
        self.staffing.until(now_s)
        if not worker.is_on_shift and not worker.is_busy:
            self.staffing.signed_in += 1
            worker.idle_since_s = now_s
        worker.is_on_shift = True
        return [AgentChanged(worker.picture())]

    def _sign_out(self, worker: Worker, now_s: float) -> list[Event]:
        """The shift is over; what is in hand is brought to its end."""
        if not worker.is_on_shift:
            return []
        worker.is_on_shift = False
        self.staffing.until(now_s)
        return [AgentChanged(worker.picture())] if worker.is_busy else [self._gone(worker)]

    def _gone(self, worker: Worker) -> AgentGone:
        self.staffing.signed_in -= 1
        return AgentGone(worker.id)

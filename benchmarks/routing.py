"""What a match costs in the engine, with thousands of agents and up to 100,000 contacts waiting.

An agent becomes free and is proposed the most urgent contact they may take; a contact arrives
where nobody is free. Beside it, in the same run: a scan of all that wait, and one heap of them by
due time. Pure: no store, no decision records but where said. Times are of the wall clock: to read
the CPU time of a thread is a system call, and two of them took a tenth of a match.
"""

from __future__ import annotations

import gc
import heapq
import random
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import click
from msgspec import structs

from hub.routing.engine import Engine
from hub.routing.model import (
    WALL,
    AgentChanged,
    AgentPicture,
    AgentState,
    ChannelRules,
    ContactGone,
    ContactQueued,
    Demands,
    Event,
    Proposal,
    ProposalSettled,
    QueueRules,
    Rules,
    WaitingContact,
)

from .figures import Figure, percentile, progress, show

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
_TIERS = ("gold", "potential_gold", "standard", "low")
_CHANNELS = {
    "phone": ChannelRules(cost=100, maximum=1, offer_s=15),
    "webchat": ChannelRules(cost=33, maximum=3, comfort=2, offer_s=20),
    "email": ChannelRules(cost=25, maximum=2, interruptible=True, offer_s=60),
    "fax": ChannelRules(cost=25, maximum=2, interruptible=True, offer_s=60),
}
_TARGETS = {
    "phone": (10, 20, 40, 60),
    "webchat": (15, 30, 60, 90),
    "email": (3600, 7200, 14400, 28800),
    "fax": (3600, 7200, 14400, 28800),
}
_DEMANDS: tuple[Demands, ...] = ((("french", 3),), (("repair", 2),))
_MOST_US, _P99_US, _GROWTH, _BYTES = 5.0, 25.0, 2.0, 2048.0


@dataclass(frozen=True, slots=True)
class Size:
    waiting: int
    agents: int
    queues: int
    samples: int


def rules(queues: int) -> Rules:
    names = [f"queue-{number}" for number in range(queues)]
    return Rules(_TIERS, _CHANNELS, {name: QueueRules(name) for name in names})


def a_contact(chance: random.Random, number: int, queues: int, start_s: float) -> WaitingContact:
    """Return a contact of any queue, tier and channel; one in ten asks for a skill."""
    channel = chance.choice(list(_CHANNELS))
    rank = chance.randrange(len(_TIERS))
    demands: Demands = chance.choice(_DEMANDS) if chance.random() < 0.1 else ()
    return WaitingContact(
        id=f"{number:09d}",
        queue=f"queue-{chance.randrange(queues)}",
        tier=_TIERS[rank],
        channel=channel,
        calendar_id=WALL,
        target_s=float(_TARGETS[channel][rank]),
        virtual_start_s=start_s,
        steps=(demands,),
    )


def an_agent(chance: random.Random, number: int, queues: int) -> AgentPicture:
    """Return an agent of one to three queues who is on a call; one in four has each skill."""
    served = chance.sample(range(queues), min(chance.randint(1, 3), queues))
    skills = {name: 4 for name in ("french", "repair") if chance.random() < 0.25}
    return AgentPicture(
        id=f"agent-{number:05d}",
        state=AgentState.READY,
        queues=frozenset(f"queue-{one}" for one in served),
        skills=skills,
        live_load=100,
        open={"phone": 1},
        idle_since=NOW,
    )


class Crowd:
    """An engine with everybody busy and everybody else waiting, and what happens to it."""

    def __init__(self, size: Size, *, record: bool = False) -> None:
        self.chance = random.Random(7)  # noqa: S311 - a benchmark
        self.size = size
        self.engine = Engine(rules(size.queues), record=record)
        self.agents = [an_agent(self.chance, n, size.queues) for n in range(size.agents)]
        self.now = NOW
        self.count = 0
        self.waiting: dict[str, WaitingContact] = {}
        self.engine.handle([AgentChanged(agent) for agent in self.agents], NOW)
        self.arrivals = [self.arrival() for _ in range(size.waiting)]

    def arrival(self) -> WaitingContact:
        self.count += 1
        start_s = self.now.timestamp() - self.chance.uniform(0, 600)
        contact = a_contact(self.chance, self.count, self.size.queues, start_s)
        self.waiting[contact.id] = contact
        return contact

    def fill(self) -> float:
        """Let everybody queue who is there from the start; return the seconds it took."""
        began = time.perf_counter()
        self.engine.handle([ContactQueued(contact) for contact in self.arrivals], self.now)
        return time.perf_counter() - began

    def play(self) -> tuple[list[float], list[float]]:
        """Free agents one by one; return seconds per match and per arrival where nobody is free."""
        matches, arrivals = [], []
        for _ in range(self.size.samples):
            self.now += timedelta(milliseconds=20)
            busy = self.chance.choice(self.agents)
            free = structs.replace(busy, live_load=0, open={}, idle_since=self.now)
            took, proposals = self._timed([AgentChanged(free)])
            matches.append(took / max(len(proposals), 1))
            settled: list[Event] = [AgentChanged(busy)]
            for proposal in proposals:
                del self.waiting[proposal.contact_id]
                settled.append(ProposalSettled(proposal.contact_id, proposal.agent_id, made=True))
                settled.append(ContactGone(proposal.contact_id))
            self.engine.handle([*settled[1:], settled[0]], self.now)
            for _ in proposals:
                took, none = self._timed([ContactQueued(self.arrival())])
                assert not none  # noqa: S101 - everybody is busy: the figure would mean another thing
                arrivals.append(took)
        return matches, arrivals

    def _timed(self, events: Sequence[Event]) -> tuple[float, list[Proposal]]:
        began = time.perf_counter()
        proposals = self.engine.handle(events, self.now)
        return time.perf_counter() - began, proposals


def clock_s(tries: int = 1_000) -> float:
    """Return the seconds that reading the clock twice, as around a match, adds to its figure."""
    took = []
    for _ in range(tries):
        began = time.perf_counter()
        took.append(time.perf_counter() - began)
    return percentile(took, 50)


def naive_scan(crowd: Crowd, tries: int) -> float:
    """Return the seconds that looking at everybody who waits takes for one free agent."""
    everybody, took = list(crowd.waiting.values()), 0.0
    for _ in range(tries):
        agent, clock = crowd.chance.choice(crowd.agents), crowd.now.timestamp()
        began = time.perf_counter()
        best, most = None, -1.0
        for contact in everybody:
            if contact.queue in agent.queues and _meets(agent, contact):
                urgency = (clock - contact.virtual_start_s) / contact.target_s
                if urgency > most:
                    best, most = contact, urgency
        took += time.perf_counter() - began
        if best is None:
            raise RuntimeError("nobody waits for this agent")
    return took / tries


def one_heap(crowd: Crowd, tries: int) -> float:
    """Return the seconds a heap of all by due time takes: whom the agent cannot take goes back.

    By due time (virtual start + target), for urgency changes its order as time passes.
    """
    heap = [(c.virtual_start_s + c.target_s, c.id) for c in crowd.waiting.values()]
    heapq.heapify(heap)
    took = 0.0
    for _ in range(tries):
        agent = crowd.chance.choice(crowd.agents)
        began = time.perf_counter()
        passed = []
        while heap:
            first = heapq.heappop(heap)
            contact = crowd.waiting[first[1]]
            if contact.queue in agent.queues and _meets(agent, contact):
                break
            passed.append(first)
        for entry in passed:
            heapq.heappush(heap, entry)
        took += time.perf_counter() - began
    return took / tries


def _meets(agent: AgentPicture, contact: WaitingContact) -> bool:
    return all(agent.skills.get(skill, 0) >= least for skill, least in contact.steps[0])


def bytes_per_contact(size: Size) -> float:
    """Return what one more waiting contact takes in the engine, its picture included."""
    crowd = Crowd(replace(size, waiting=0))
    gc.collect()
    tracemalloc.start()
    crowd.arrivals = [crowd.arrival() for _ in range(size.waiting)]
    crowd.waiting.clear()
    crowd.fill()
    crowd.arrivals.clear()
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return taken / size.waiting


def _us(values: Sequence[float], percent: float) -> float:
    return 1e6 * percentile(values, percent)


def measure(size: Size, few: Size, step: Callable[[str], None]) -> list[Figure]:
    """Return the rows: the same events with few and with many waiting."""
    step(f"{few.waiting:,} wait")
    less = Crowd(few)
    less.fill()
    fewer, _ = less.play()
    step(f"{size.waiting:,} wait")
    crowd = Crowd(size)
    filled_s = crowd.fill()
    matches, arrivals = crowd.play()
    scan_s, heap_s = naive_scan(crowd, 3), one_heap(crowd, 20)
    del crowd
    step("with decision records")
    recorded = Crowd(replace(size, samples=size.samples // 4), record=True)
    recorded.fill()
    told, _ = recorded.play()
    del recorded
    step("memory")
    held = bytes_per_contact(size)
    p50 = _us(matches, 50)
    growth = p50 / _us(fewer, 50)
    return [
        Figure("an agent is free → proposal, p50", p50, "µs", at_most=_MOST_US,
               note=f"{size.queues} queues, 4 tiers, 4 channels, skills"),
        Figure("… p99", _us(matches, 99), "µs", at_most=_P99_US),
        Figure("… of it reading the clock", 1e6 * clock_s(), "µs",
               note="once for all that an agent is given"),
        Figure(f"… beside {few.waiting:,} waiting", growth, "×", at_most=_GROWTH,
               note=f"p50 {_us(fewer, 50):.1f} µs"),
        Figure("… with its decision record, p50", _us(told, 50), "µs",
               note=f"p99 {_us(told, 99):.1f} µs"),
        Figure("… by a scan of all who wait", 1e6 * scan_s, "µs",
               note=f"{1e6 * scan_s / p50:,.0f} ×"),
        Figure("… by one heap by due time", 1e6 * heap_s, "µs",
               note=f"{1e6 * heap_s / p50:,.1f} ×; not by urgency"),
        Figure("a contact comes, nobody is free, p50", _us(arrivals, 50), "µs",
               note=f"p99 {_us(arrivals, 99):.1f} µs"),
        Figure("all of them come to an empty engine", filled_s, "s"),
        Figure("memory of one waiting contact", held, "bytes", at_most=_BYTES),
    ]  # fmt: skip


@click.command()
@click.option("--waiting", default=100_000)
@click.option("--agents", "staff", default=10_000)
@click.option("--queues", default=20)
@click.option("--samples", default=4_000)
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(waiting: int, staff: int, queues: int, samples: int, *, quick: bool) -> None:
    """Print the cost of a match beside its limits."""
    size = Size(200, 20, 3, 40) if quick else Size(waiting, staff, queues, samples)
    few = replace(size, waiting=max(size.waiting // 100, 20))
    with progress(4) as step:
        rows = measure(size, few, step)
    show(f"Matching, {size.waiting:,} waiting, {size.agents:,} agents", rows)


if __name__ == "__main__":
    main()

"""The laws that the rows of one moment show by themselves. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from hub.contacts.model import HELD, SEGMENT_OF, ContactState, SegmentKind

from .model import AgentFacts, Breach, ContactFacts, Law


def contact_breaches(facts: ContactFacts) -> Iterator[Breach]:
    """Yield what is wrong with a contact: who has it, and the stretch it is in."""
    state = ContactState(facts.state)
    offered = int(state is ContactState.OFFERED)
    held = int(state in HELD)
    takers = {*facts.offers, *facts.assignments}
    if (len(facts.offers), len(facts.assignments)) != (offered, held) or (
        takers and takers != {facts.agent_id}
    ):
        yield Breach(
            Law.ONE_TAKER,
            facts.id,
            {
                "state": facts.state,
                "agent_id": facts.agent_id,
                "offered_to": ", ".join(facts.offers),
                "held_by": ", ".join(facts.assignments),
            },
        )
    if facts.stretches not in _stretches(state, is_dialling=facts.is_dialling):
        running = ", ".join(facts.stretches)
        yield Breach(Law.STRETCHES, facts.id, {"state": facts.state, "running": running})


def _stretches(state: ContactState, *, is_dialling: bool) -> Collection[tuple[str, ...]]:
    """Return what may be running in a state. Who dials works already, before anybody answers."""
    kind = SEGMENT_OF.get(state)
    if kind is None:
        return [()]
    if is_dialling and state is ContactState.CONNECTING:
        return [(kind.value,), (SegmentKind.HANDLING.value,)]
    return [(kind.value,)]


def agent_breaches(facts: AgentFacts, interruptible: Mapping[str, bool]) -> Iterator[Breach]:
    """Yield what is wrong with an agent. `interruptible`: by channel of the set-up; of who holds
    something of another channel nothing is said.
    """
    if facts.running != (facts.state,):
        running = ", ".join(facts.running)
        yield Breach(Law.STATE_TIMES, facts.id, {"state": facts.state, "running": running})
    if any(one.channel not in interruptible for one in facts.taken):
        return
    live = sum(one.cost for one in facts.taken if not interruptible[one.channel])
    deferred = sum(one.cost for one in facts.taken if interruptible[one.channel])
    held = Counter(one.channel for one in facts.taken)
    counted = Counter(facts.open)
    if (facts.live, facts.deferred) != (live, deferred) or counted != held:
        yield Breach(
            Law.LOADS,
            facts.id,
            {
                "capacity": facts.capacity,
                "live_load": facts.live,
                "live_held": live,
                "deferred_load": facts.deferred,
                "deferred_held": deferred,
                "open": _in_words(counted),
                "held": _in_words(held),
            },
        )


def _in_words(counts: Counter[str]) -> str:
    return ", ".join(f"{channel} {count}" for channel, count in sorted(counts.items()) if count)

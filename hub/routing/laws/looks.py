"""One look at a sample, and a second one at what seemed wrong: only what is wrong in both is told.

Reads only; each look is one snapshot. A fixed number of statements, however many there are.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from hub.routing.settings import RoutingSettings, load_settings, setup_stamp
from hub.storage import Tx

from .book import Ask
from .model import Breach, Cursors, Law
from .rows import agent_breaches, contact_breaches
from .sample import Sample, next_sample, read_agents, read_contacts, read_hands
from .timers import late_timers
from .waits import Pair, busy_since, read_pairs, read_waits

_SLACK_US = 1_000_000  # a clock set right between two looks lowers no wait


class Look(NamedTuple):
    """What was seen at a moment. `breaches`: what the rows of the moment show by themselves;
    `pairs`: who could have been offered whom; `waited_us`: by contact. `setup`: the one in force.
    """

    at: datetime
    setup: str
    sample: Sample
    breaches: tuple[Breach, ...]
    pairs: frozenset[Pair]
    waited_us: dict[str, int]
    contacts: int
    agents: int


class First(NamedTuple):
    look: Look
    after: Cursors


def first_look(tx: Tx, ask: Ask) -> First:
    """Look at those whose turn it is, and again at everything that is known to be wrong."""
    sample, after = next_sample(tx, ask.cursors)
    contacts, agents = ask.contact_ids, ask.agent_ids
    sample = Sample(
        sample.contact_ids | contacts, sample.waiting | contacts, sample.agent_ids | agents
    )
    return First(_look(tx, sample, ask.contact_ids | ask.agent_ids), after)


def second_look(tx: Tx, first: Look) -> tuple[Breach, ...]:
    """Look once more at the same; return what is as wrong as it was."""
    suspected = {breach.key for breach in first.breaches}
    second = _look(tx, first.sample, {breach.subject for breach in first.breaches})
    found = [breach for breach in second.breaches if breach.key in suspected]
    found += [_unserved(pair) for pair in sorted(first.pairs & second.pairs)]
    found += _shortened(tx, first, second)
    return tuple({breach.key: breach for breach in found}.values())


def _look(tx: Tx, sample: Sample, known: Collection[str]) -> Look:
    settings = load_settings(tx)
    hands = read_hands(tx, sample.agent_ids)
    contacts = read_contacts(tx, sample.contact_ids | hands.contact_ids)
    agents = list(read_agents(tx, sample.agent_ids, hands))
    return Look(
        at=tx.now,
        setup=setup_stamp(tx),
        sample=sample,
        breaches=(
            *(breach for one in contacts for breach in contact_breaches(one)),
            *(b for one in agents for b in agent_breaches(one, _interruptible(settings))),
            *late_timers(tx, settings, known),
        ),
        pairs=read_pairs(tx, settings, sample.waiting, sample.agent_ids),
        waited_us=read_waits(tx, settings, sample.contact_ids),
        contacts=len(contacts),
        agents=len(agents),
    )


def _interruptible(settings: RoutingSettings) -> dict[str, bool]:
    return {name: rules.interruptible for name, rules in settings.channels.items()}


def _unserved(pair: Pair) -> Breach:
    return Breach(Law.SERVED, pair.contact_id, {"agent_id": pair.agent_id})


def _shortened(tx: Tx, first: Look, second: Look) -> list[Breach]:
    """Whose wait has grown shorter while they did nothing but wait. Another set-up may have other
    hours, and so another clock.
    """
    if first.setup != second.setup:
        return []
    shorter = {
        contact_id: (waited_us, second.waited_us[contact_id])
        for contact_id, waited_us in first.waited_us.items()
        if second.waited_us.get(contact_id, waited_us) < waited_us - _SLACK_US
    }
    busy = busy_since(tx, shorter, first.at)
    return [
        Breach(
            Law.WAITED,
            contact_id,
            {"waited_s": round(before / 1e6, 1), "waits_now_s": round(now / 1e6, 1)},
        )
        for contact_id, (before, now) in shorter.items()
        if contact_id not in busy
    ]

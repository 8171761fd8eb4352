"""What still uses what a set-up leaves out: it keeps a queue, and is said of a tier."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import func, or_, select

from hub.callbacks.model import CallbackState
from hub.callbacks.tables import callbacks
from hub.contacts.model import ContactState
from hub.contacts.tables import contacts
from hub.core.errors import Fault
from hub.customers.tables import customers
from hub.routing.tables import queues, tiers
from hub.storage import Tx

_WHERE = {
    ContactState.QUEUED: "waiting",
    ContactState.OFFERED: "waiting",
    ContactState.CONNECTING: "with agents",
    ContactState.ACTIVE: "with agents",
    ContactState.HOLD: "with agents",
    ContactState.WRAP_UP: "with agents",
    ContactState.PARKED: "waiting for the customer",
    ContactState.QUARANTINED: "in quarantine",
}
"""Where a contact that is not over is to be looked for; one that is over is nowhere."""

_CALLBACK = "to be called back"
_PLACES = tuple(dict.fromkeys([*_WHERE.values(), _CALLBACK]))
_WITHOUT_CONTACT = [CallbackState.WAITING]  # later ones have a contact, which counts


def leaving_queues(tx: Tx, wanted: Collection[str]) -> set[str]:
    """Return the queues that would retire."""
    in_force = tx.execute(select(queues.c.id).where(~queues.c.retired)).scalars()
    return set(in_force) - set(wanted)


def queues_in_use(tx: Tx, leaving: Collection[str]) -> list[Fault]:
    """Return a fault for each of these queues that has contacts or callbacks in it.

    Such contacts would be offered to nobody any more.
    """
    if not leaving:
        return []
    held: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for table, states in ((contacts, list(_WHERE)), (callbacks, _WITHOUT_CONTACT)):
        found = (
            select(table.c.queue_id, table.c.state, func.count().label("held"))
            .where(table.c.queue_id.in_(sorted(leaving)), table.c.state.in_(states))
            .group_by(table.c.queue_id, table.c.state)
        )
        for row in tx.execute(found):
            where = _CALLBACK if table is callbacks else _WHERE[ContactState(row.state)]
            held[row.queue_id][where] += row.held
    return [_fault(queue, held[queue]) for queue in sorted(held)]


def _fault(queue: str, held: Mapping[str, int]) -> Fault:
    listed = ", ".join(f"{held[place]} {place}" for place in _PLACES if held.get(place))
    return Fault(
        "queues",
        f"{queue!r} cannot be retired, {sum(held.values())} contact(s) or callback(s) are still in "
        f"it ({listed}): let its entry points lead to another queue first, and move or close what "
        "is there",
    )


def tiers_in_use(tx: Tx, wanted: Collection[str], default_tier: str) -> Iterator[str]:
    """Yield a sentence for each tier that would retire while customers have it."""
    in_force = tx.execute(select(tiers.c.id).where(~tiers.c.retired)).scalars()
    gone = sorted(set(in_force) - set(wanted))
    if not gone:
        return
    own = func.coalesce(customers.c.own_tier, customers.c.tier)
    found = tx.execute(
        select(own.label("tier"), func.count().label("held"))
        .where(
            or_(customers.c.tier.in_(gone), customers.c.own_tier.in_(gone)),
            customers.c.merged_into_id.is_(None),
        )
        .group_by(own)
    )
    held = {row.tier: row.held for row in found}
    for tier in gone:
        if held.get(tier):
            yield (
                f"tier {tier}: {held[tier]} customer(s) still have it; agents are shown "
                f"{default_tier!r} for them, and they are promised its times, until they are given "
                "another one"
            )

"""Another set-up says which channels can be interrupted: what is in hand is counted accordingly.

A load that stayed on the side where it was taken would be taken off the other one later, and no
such contact could ever be closed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, select, update

from hub.contacts import service as contacts_service
from hub.contacts.model import ContactState
from hub.contacts.tables import contacts
from hub.storage import Tx

from .agent_loads import Loads
from .interrupts import interrupt, resume
from .model import OfferState
from .returns import Hold, find_holds
from .settings import RoutingSettings
from .tables import assignments, offers


def recount_loads(tx: Tx, before: RoutingSettings, after: RoutingSettings) -> None:
    """Move what agents hold or are offered to the side of their loads where it counts from now on.

    What has no room there costs what is left; nothing is taken away from anybody. A fixed number
    of statements, none where no channel is counted otherwise.
    """
    moved = [
        name
        for name, rules in after.channels.items()
        if name in before.channels and before.channels[name].interruptible != rules.interruptible
    ]
    if not moved:
        return
    holds = _holds(tx, moved)
    loads = Loads(tx, after, (hold.agent_id for hold in holds))
    costs = [
        (hold, loads.move(hold.agent_id, hold.channel, hold.cost, deferred=deferred))
        for hold in holds
        for deferred in [after.channels[hold.channel].interruptible]
    ]
    _keep_costs(tx, [(hold, cost) for hold, cost in costs if cost != hold.cost])
    loads.save()
    _stand_aside(tx, after, moved)
    resume(tx, after, {hold.agent_id for hold in holds})  # who holds nothing live any more


def _holds(tx: Tx, channels: Collection[str]) -> list[Hold]:
    """Return what counts in loads of these channels, its contacts locked before any agent is."""
    offered = select(offers.c.contact_id).where(
        offers.c.state == OfferState.PENDING, offers.c.channel.in_(channels)
    )
    held = select(assignments.c.contact_id).where(
        assignments.c.ended_at.is_(None), assignments.c.channel.in_(channels)
    )
    ids = sorted({*tx.execute(offered).scalars(), *tx.execute(held).scalars()})
    contacts_service.lock_contacts(tx, ids)
    return [hold for hold in find_holds(tx, ids) if not hold.aside]


def _keep_costs(tx: Tx, costs: Sequence[tuple[Hold, int]]) -> None:
    for table, accepted in ((offers, False), (assignments, True)):
        rows = [{"b_id": h.id, "b_cost": cost} for h, cost in costs if h.accepted is accepted]
        if rows:
            row = table.c.id == bindparam("b_id")
            tx.execute(update(table).where(row).values(cost=bindparam("b_cost")), rows)


def _stand_aside(tx: Tx, after: RoutingSettings, moved: Collection[str]) -> None:
    """What can be interrupted no more stands aside for nobody; what now can does for live ones."""
    live = [name for name, rules in after.channels.items() if not rules.interruptible]
    tx.execute(
        update(contacts)
        .where(
            contacts.c.state == ContactState.ACTIVE,
            contacts.c.interrupted_until.is_not(None),
            contacts.c.channel.in_([name for name in moved if name in live]),
        )
        .values(interrupted_until=None, version=contacts.c.version + 1)
    )
    busy = select(assignments.c.agent_id).where(
        assignments.c.ended_at.is_(None),
        assignments.c.aside.is_(False),
        assignments.c.channel.in_(live),
    )
    interrupt(tx, after, set(tx.execute(busy).scalars()))

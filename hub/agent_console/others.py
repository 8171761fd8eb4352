"""What else is open of the customers whom a desk shows, so that what stands beside stays true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from sys import intern
from typing import NamedTuple

from sqlalchemy import select

from hub.contacts.access import Sight
from hub.contacts.model import OPEN
from hub.contacts.tables import contacts
from hub.customers.tables import identities
from hub.storage import Tx
from hub.storage.aside import aside


class Line(NamedTuple):
    """What is told of an open contact beside another one of its customer."""

    id: str
    state: str
    queue_id: str
    agent_id: str | None


@dataclass(frozen=True, slots=True)
class Others:
    """`seen`: customer -> their open contacts in this user's sight. `ids`: those out of sight, too;
    one of them may come into it.
    """

    seen: Mapping[str, tuple[Line, ...]] = field(default_factory=dict)
    ids: frozenset[str] = frozenset()


def others_of(tx: Tx, sight: Sight, customer_ids: Collection[str]) -> Others:
    """Return what is open of these customers, in one statement."""
    if not customer_ids:
        return Others()
    rows = tx.execute(
        select(
            identities.c.customer_id,
            contacts.c.id,
            contacts.c.state,
            contacts.c.queue_id,
            contacts.c.agent_id,
        )
        .join(identities, identities.c.id == contacts.c.identity_id)
        .where(
            identities.c.customer_id.in_(sorted(customer_ids)),
            aside(contacts.c.state).in_(sorted(OPEN)),
        )
    ).all()
    seen: defaultdict[str, list[Line]] = defaultdict(list)
    for row in rows:
        if sight.sees(row.queue_id, row.agent_id, row.id):
            agent_id = row.agent_id and intern(row.agent_id)
            line = Line(row.id, intern(row.state), intern(row.queue_id), agent_id)
            seen[row.customer_id].append(line)
    return Others(
        {customer_id: tuple(seen[customer_id]) for customer_id in customer_ids},
        frozenset(row.id for row in rows),
    )

"""Addresses at which nothing arrives: marked once a mail system says that there is no such address.

The mark stands until its owner writes from there again; whoever writes to it is warned before.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, exists, select, update

from hub.customers.model import IdentityKind
from hub.customers.normalise import Address, parse_email
from hub.customers.tables import identities
from hub.storage import Tx

from .effects import RecipientFate
from .model import Direction, InteractionKind
from .tables import interactions

_MAX_WHY = 300


class Undeliverable(NamedTuple):
    """`why`: in the words of the mail system that said so."""

    address: str
    since: datetime
    why: str


def note_bad_addresses(tx: Tx, fates: Sequence[RecipientFate]) -> None:
    """Mark the addresses that do not exist; nothing is asked of the database where all do."""
    for fate in fates:
        parsed = parse_email(fate.address) if fate.bad_address else None
        if not isinstance(parsed, Address):
            continue
        tx.execute(
            update(identities)
            .where(identities.c.kind == IdentityKind.EMAIL, identities.c.value_norm == parsed.value)
            .values(undeliverable_at=tx.now, undeliverable_why=fate.detail[:_MAX_WHY])
        )


def find_undeliverable(tx: Tx, identity_ids: Collection[str]) -> list[Undeliverable]:
    """Return those of these identities at which nothing arrives: not where something came from
    there since.
    """
    if not identity_ids:
        return []
    wrote = exists().where(
        and_(
            interactions.c.identity_id == identities.c.id,
            interactions.c.at > identities.c.undeliverable_at,
            interactions.c.direction == Direction.INBOUND,
            # The bounce itself is filed with who did not get it.
            interactions.c.kind != InteractionKind.SYSTEM,
        )
    )
    rows = tx.execute(
        select(
            identities.c.value_norm, identities.c.undeliverable_at, identities.c.undeliverable_why
        ).where(
            identities.c.id.in_(sorted(set(identity_ids))),
            identities.c.undeliverable_at.is_not(None),
            ~wrote,
        )
    )
    return [
        Undeliverable(row.value_norm, row.undeliverable_at, row.undeliverable_why or "")
        for row in rows
    ]

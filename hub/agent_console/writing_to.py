"""To whom an answer by mail may go: proposals, who else took part, where nothing arrives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Row, select

from hub.contacts.model import Direction, InteractionKind
from hub.contacts.own_addresses import own_mailboxes
from hub.contacts.tables import interactions
from hub.contacts.undeliverable import find_undeliverable
from hub.customers.model import IdentityKind
from hub.customers.reads import identity_ids_of
from hub.customers.tables import identities
from hub.storage import Tx

from .capabilities import BadAddress, Recipients

_LOOKED_AT = 5  # of the newest mails: who takes part lately
_MOST = 30


def recipients_of(tx: Tx, conversation_id: str, customer_id: str, address: str) -> Recipients:
    """Return the recipients of an answer to `address`. `others`: who else got the newest mail that
    came in; `known`: who took part lately, and the customer's other addresses.
    """
    rows = tx.execute(
        select(interactions.c.direction, interactions.c.meta)
        .where(
            interactions.c.conversation_id == conversation_id,
            interactions.c.kind.in_([InteractionKind.MESSAGE, InteractionKind.ASIDE]),
        )
        .order_by(interactions.c.seq.desc())
        .limit(_LOOKED_AT)
    ).all()
    ours = own_mailboxes(tx)
    ids = identity_ids_of(tx, customer_id)
    own = tx.execute(
        select(identities.c.value_raw)
        .where(
            identities.c.id.in_(ids),
            identities.c.kind == IdentityKind.EMAIL,
            identities.c.status == "active",
        )
        .order_by(identities.c.valid_from)
    ).scalars()
    newest = next((row for row in rows if row.direction == Direction.INBOUND), None)
    took_part = [one for row in rows for one in _named(row)]
    return Recipients(
        to=[address],
        cc=[],
        others=_without(ours, [address], _named(newest) if newest else ()),
        known=_without(ours, [], [address, *own, *took_part])[:_MOST],
        undeliverable=[
            BadAddress(address=bad.address, since=bad.since, why=bad.why)
            for bad in find_undeliverable(tx, ids)
        ],
    )


def _named(row: Row[Any]) -> Iterator[str]:
    """The addresses in a mail that came in ("a, b") or that we sent (a list)."""
    for field in ("from", "to", "cc"):
        value = row.meta.get(field) or ()
        yield from (value.split(", ") if isinstance(value, str) else map(str, value))


def _without(ours: Iterable[str], others: Iterable[str], found: Iterable[str]) -> list[str]:
    """Return each address once, but none that leads back to us."""
    seen = {one.casefold() for one in (*ours, *others)}
    kept: list[str] = []
    for one in found:
        plain = one.strip()
        name, at, domain = plain.casefold().rpartition("@")
        if not at or {plain.casefold(), f"{name.partition('+')[0]}@{domain}"} & seen:
            continue
        seen.add(plain.casefold())
        kept.append(plain)
    return kept

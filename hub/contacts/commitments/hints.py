"""Who has to look again: owners, whole teams, askers, and whoever shows the customer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import select

from hub.accounts.tables import team_members
from hub.customers.tables import identities
from hub.storage import Tx

from .model import OwnerKind


class Changed(NamedTuple):
    """Something about a commitment of this owner, to a customer behind this identity, is new."""

    owner_kind: str
    owner_id: str
    identity_id: str
    asked_by: str | None = None


def tell(tx: Tx, changed: Sequence[Changed]) -> None:
    """Hint at each owner, or each member of an owning team, and each asker: their list has
    changed; and at the customer: their page has.
    """
    if not changed:
        return
    teams = {one.owner_id for one in changed if one.owner_kind == OwnerKind.TEAM}
    members = members_of(tx, teams)
    rows = tx.execute(
        select(identities.c.id, identities.c.customer_id).where(
            identities.c.id.in_(sorted({one.identity_id for one in changed}))
        )
    )
    of_identity = {row.id: row.customer_id for row in rows}
    for one in changed:
        team = one.owner_kind == OwnerKind.TEAM
        owners = members.get(one.owner_id, []) if team else [one.owner_id]
        for user_id in (*owners, *((one.asked_by,) if one.asked_by else ())):
            tx.hint("commitment.changed", user_id)
        tx.hint("customer.changed", of_identity[one.identity_id])


def members_of(tx: Tx, team_ids: Collection[str]) -> dict[str, list[str]]:
    """Return, by team, the ids of its users; no statement for no team."""
    if not team_ids:
        return {}
    found: defaultdict[str, list[str]] = defaultdict(list)
    rows = tx.execute(
        select(team_members)
        .where(team_members.c.team_id.in_(sorted(team_ids)))
        .order_by(team_members.c.user_id)
    )
    for row in rows:
        found[row.team_id].append(row.user_id)
    return dict(found)

"""The only way to a commitment on behalf of a user: deny by default.

Whoever has to keep it sees and changes it: its owner, and each member of a team that owns it. So
does whoever asked for it, and supervisors of their teams and the members of these. What somebody
may not see does not exist for them: NotFound.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from hub.accounts.tables import team_members
from hub.core.errors import Forbidden, NotFound
from hub.customers.access import Scope, access_customer
from hub.customers.tables import identities
from hub.storage import Tx
from hub.web.principal import Principal, Role

from .model import OwnerKind
from .tables import commitments


def steered_by(tx: Tx, principal: Principal) -> frozenset[str] | None:
    """Return the owners whose commitments a supervisor steers: their teams, and the members of
    these; None: everybody's. Only oneself for who steers nobody.
    """
    if principal.role is Role.ADMIN:
        return None
    if not principal.role.at_least(Role.SUPERVISOR):
        return frozenset({principal.user_id})
    members = select(team_members.c.user_id).where(
        team_members.c.team_id.in_(sorted(principal.team_ids))
    )
    return frozenset(tx.execute(members).scalars()) | principal.team_ids | {principal.user_id}


def is_owner(principal: Principal, row: Row[Any]) -> bool:
    """Say whether this user has to keep it, alone or with their team."""
    if row.owner_kind == OwnerKind.TEAM:
        return row.owner_id in principal.team_ids
    return bool(row.owner_id == principal.user_id)


def access_commitment(tx: Tx, principal: Principal, commitment_id: str) -> Row[Any]:
    """Return a commitment this user may see and change. Raises NotFound for the others."""
    row = _find(tx, commitment_id)
    if row is not None and _may_change(tx, principal, row):
        return row
    raise NotFound("There is no such commitment of yours.")


def access_seen(tx: Tx, principal: Principal, scope: Scope | None, commitment_id: str) -> Row[Any]:
    """Return a commitment this user may see: to change it, or as one to a customer in `scope`
    (None: of nobody). Raises NotFound.
    """
    row = _find(tx, commitment_id)
    if row is None:
        raise NotFound("There is no such commitment.")
    if _may_change(tx, principal, row):
        return row
    if scope is None:
        raise NotFound("There is no such commitment of yours.")
    whose = select(identities.c.customer_id).where(identities.c.id == row.identity_id)
    access_customer(tx, scope, tx.execute(whose).scalar_one())
    return row


def _find(tx: Tx, commitment_id: str) -> Row[Any] | None:
    table = commitments.c
    return tx.execute(
        select(table.id, table.owner_kind, table.owner_id, table.asked_by, table.contact_id,
               table.calendar_id, table.identity_id, table.kind, table.skill_id,
               table.window_from, table.window_until)
        .where(table.id == commitment_id)
    ).first()  # fmt: skip


def _may_change(tx: Tx, principal: Principal, row: Row[Any]) -> bool:
    if is_owner(principal, row) or row.asked_by == principal.user_id:
        return True
    if not principal.role.at_least(Role.SUPERVISOR):
        return False
    steered = steered_by(tx, principal)
    return steered is None or row.owner_id in steered


def access_own(tx: Tx, principal: Principal, commitment_id: str) -> Row[Any]:
    """Return a commitment that this user has to keep, or steers who does: theirs to finish or to
    give back. Raises NotFound, Forbidden for whoever only asked for it.
    """
    row = access_commitment(tx, principal, commitment_id)
    if not is_owner(principal, row) and not principal.role.at_least(Role.SUPERVISOR):
        raise Forbidden("Only who has to keep it can do this.", code="commitment.not_yours")
    return row

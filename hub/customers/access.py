"""The only way to a customer on behalf of a user: deny by default.

A customer belongs to a branch or to everybody. Whoever is in a branch sees its customers; whoever
is in a team that sees all, or is an admin, sees all of them, as does everybody while no branches
are set up. A record that was merged is seen with the one it became, and the other way round: both
are one person. What else somebody may see, because it is in their hands, the layers above know and
hand in as `SeesMore`. What somebody may not see does not exist for them: NotFound.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, and_, false, or_, select, true

from hub.accounts.tables import teams
from hub.core.errors import NotFound
from hub.storage import Tx
from hub.web.principal import Principal, Role

from .normalise import Address
from .tables import customers, identities

SeesMore = Callable[[Tx, Principal], ColumnElement[bool]]
"""The condition on `customers` that adds who is in a user's hands, whatever the branch."""


def sees_no_more(_tx: Tx, _principal: Principal) -> ColumnElement[bool]:
    """Nobody beyond the branch and one's own."""
    return false()


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose customers one user may see. `everything`: all; else those of `branches`, those of no
    branch, one's own (`owner_id`), and `more`.
    """

    user_id: str
    everything: bool
    branches: frozenset[str]
    more: ColumnElement[bool]

    @classmethod
    def of(cls, tx: Tx, principal: Principal, sees: SeesMore) -> Scope:
        """Return what this user may see, by one statement."""
        if principal.role is Role.ADMIN:
            return cls(principal.user_id, True, frozenset(), false())
        rows = tx.execute(
            select(teams.c.id, teams.c.is_branch, teams.c.sees_all, teams.c.retired).where(
                or_(
                    and_(teams.c.is_branch, ~teams.c.retired),
                    teams.c.id.in_(sorted(principal.team_ids)),
                )
            )
        ).all()
        mine = [row for row in rows if row.id in principal.team_ids]
        has_branches = any(row.is_branch and not row.retired for row in rows)
        if not has_branches or any(row.sees_all and not row.retired for row in mine):
            return cls(principal.user_id, True, frozenset(), false())
        branches = frozenset(row.id for row in mine if row.is_branch)
        return cls(principal.user_id, False, branches, sees(tx, principal))

    @property
    def home_branch(self) -> str | None:
        """The branch of a customer this user makes: the first of theirs; None: everybody's."""
        return min(self.branches, default=None)

    def customers(self) -> ColumnElement[bool]:
        """The condition on `customers` that keeps who may be seen."""
        if self.everything:
            return true()
        merged, became = customers.alias("merged"), customers.alias("became")
        return or_(
            self._by_itself(customers),
            select(merged.c.id)
            .where(merged.c.merged_into_id == customers.c.id, self._by_itself(merged))
            .exists(),
            select(became.c.id)
            .where(became.c.id == customers.c.merged_into_id, self._by_itself(became))
            .exists(),
            self.more,
        )

    def _by_itself(self, table: FromClause) -> ColumnElement[bool]:
        """Keep the rows of `customers`, under whichever name, that one sees for what they are."""
        branch = table.c.branch_id
        return or_(
            branch.is_(None),
            branch.in_(sorted(self.branches)) if self.branches else false(),
            table.c.owner_id == self.user_id,
        )


def access_customer(
    tx: Tx, scope: Scope, customer_id: str, *, for_change: bool = False
) -> Row[Any]:
    """Return a customer that this user may see, locked if it is to be changed. Raises NotFound."""
    found = select(customers).where(customers.c.id == customer_id, scope.customers())
    row = tx.execute(found.with_for_update() if for_change else found).first()
    if row is None:
        raise NotFound("There is no such customer.")
    return row


def seen_customers(tx: Tx, scope: Scope, customer_ids: Collection[str]) -> set[str]:
    """Return those of these customers that this user may see, by one statement at most."""
    if scope.everything or not customer_ids:
        return set(customer_ids)
    found = select(customers.c.id).where(
        customers.c.id.in_(sorted(set(customer_ids))), scope.customers()
    )
    return set(tx.execute(found).scalars())


def access_identity(tx: Tx, scope: Scope, identity_id: str) -> str:
    """Return whose address it is, if this user may see them. Raises NotFound."""
    owner: str | None = tx.execute(
        select(identities.c.customer_id).where(identities.c.id == identity_id)
    ).scalar_one_or_none()
    if owner is None or owner not in seen_customers(tx, scope, [owner]):
        raise NotFound("There is no such address of a customer.")
    return owner


def hidden_holders(tx: Tx, scope: Scope, address: Address) -> bool:
    """Say whether somebody whom this user may not see has the address."""
    if scope.everything:
        return False
    holders = set(
        tx.execute(
            select(identities.c.customer_id).where(
                identities.c.kind == address.kind,
                identities.c.value_norm == address.value,
                identities.c.status != "removed",
            )
        ).scalars()
    )
    return bool(holders - seen_customers(tx, scope, holders))

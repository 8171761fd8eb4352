"""Which branch a customer belongs to, and who may say so. A branch is a team with customers."""

from __future__ import annotations

from sqlalchemy import select

from hub.accounts.tables import teams
from hub.core.errors import Forbidden, Invalid
from hub.storage import Tx
from hub.web.principal import Principal, Role

from .access import Scope


def branch_of_new(tx: Tx, scope: Scope, asked: str | None) -> str | None:
    """Return the branch of a customer whom this user makes. `asked` None: their own, "" none.

    Raises Invalid for one that there is not, Forbidden for one that is not theirs.
    """
    if asked is None:
        return scope.home_branch
    if not scope.everything and asked not in scope.branches:
        raise Forbidden("New customers belong to your own branch.", code="customer.other_branch")
    return _check_branch(tx, asked)


def check_move(tx: Tx, principal: Principal, scope: Scope, branch_id: str) -> None:
    """Raise Forbidden or Invalid unless this user may give a customer to a branch, "" to all.

    Supervisors may give away what they see; what is everybody's is made so by who sees everybody.
    """
    if not principal.role.at_least(Role.SUPERVISOR):
        raise Forbidden(
            "A customer's branch is changed by supervisors: ask yours.", code="branch.supervisors"
        )
    if not branch_id and not scope.everything:
        raise Forbidden(
            "Only the head office makes a customer everybody's.", code="branch.head_office"
        )
    _check_branch(tx, branch_id)


def _check_branch(tx: Tx, branch_id: str) -> str | None:
    if not branch_id:
        return None
    found = select(teams.c.id).where(teams.c.id == branch_id, teams.c.is_branch, ~teams.c.retired)
    if tx.execute(found).first() is None:
        raise Invalid(
            f"There is no branch {branch_id!r}: choose another.",
            code="branch.unknown",
            field="branch_id",
        )
    return branch_id

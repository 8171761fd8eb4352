"""Who uses and who changes words that are shared by teams. Pure."""

from __future__ import annotations

from collections.abc import Collection

from hub.core.errors import Forbidden
from hub.web.principal import Principal, Role


def may_use(principal: Principal, teams: Collection[str]) -> bool:
    """Say whether something of these teams (none: of all) is offered to this user."""
    everybody = not teams or principal.role is Role.ADMIN
    return everybody or not principal.team_ids.isdisjoint(teams)


def may_change(principal: Principal, teams: Collection[str]) -> bool:
    """Say whether this user changes it: admins all, supervisors what is their teams' only."""
    if principal.role is Role.ADMIN:
        return True
    supervises = principal.role.at_least(Role.SUPERVISOR)
    return supervises and bool(teams) and principal.team_ids.issuperset(teams)


def check_may_change(principal: Principal, teams: Collection[str]) -> None:
    """Raise Forbidden with what would have to be so."""
    if not may_change(principal, teams):
        raise Forbidden(
            "What all teams use is changed by admins, what a team uses by its supervisors:"
            " choose teams of yours.",
            code="words.not_yours",
        )

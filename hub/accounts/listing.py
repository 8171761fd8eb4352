"""Users listed for whom may know of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import and_, func, or_, select

from hub.storage import Tx
from hub.web.principal import Principal, Role

from .service import user_views
from .tables import team_members, users
from .views import UserView


@dataclass(frozen=True, slots=True)
class ListUsers:
    principal: Principal
    limit: int
    after: tuple[str, str] | None = None  # name and id of the last one seen
    team_id: str = ""
    text: str = ""  # a part of the name or address
    role: Role | None = None
    disabled: bool | None = field(default=None)


def list_users(tx: Tx, query: ListUsers) -> list[UserView]:
    """List the users that `principal` may know of, by name."""
    found = select(users).order_by(users.c.name, users.c.id).limit(query.limit)
    member = select(team_members.c.user_id)
    if query.principal.role is not Role.ADMIN:
        of_teams = member.where(team_members.c.team_id.in_(sorted(query.principal.team_ids)))
        found = found.where(users.c.id.in_(of_teams))
    if query.team_id:
        found = found.where(users.c.id.in_(member.where(team_members.c.team_id == query.team_id)))
    if query.text:
        found = found.where(
            or_(
                func.lower(users.c.name).contains(query.text.lower(), autoescape=True),
                users.c.email.contains(query.text.lower(), autoescape=True),
            )
        )
    if query.role is not None:
        found = found.where(users.c.role == query.role.value)
    if query.disabled is not None:
        found = found.where(users.c.disabled_at.is_not(None) == query.disabled)
    if query.after is not None:
        name, last_id = query.after
        found = found.where(
            or_(users.c.name > name, and_(users.c.name == name, users.c.id > last_id))
        )
    return user_views(tx, tx.execute(found).mappings().all())

"""Use cases of saved views: one's own, and those a team shares, which its supervisors edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Row, delete, insert, or_, select, update

from hub.accounts.audit import audit
from hub.accounts.model import actor_of
from hub.accounts.tables import teams
from hub.core.errors import Conflict, Forbidden, Invalid, NotFound
from hub.core.ids import new_id
from hub.storage import Tx
from hub.web import Principal, Role

from .model import BUILT_IN_IDS, ViewFilter, check_filter
from .tables import saved_views, view_orders

MOST_VIEWS = 50  # of one owner, or of one team
MOST_ORDERED = 200


class Draft(NamedTuple):
    """A view as somebody wants it. `team_id`: shared with this team; None: their own."""

    name: str
    filter: ViewFilter
    team_id: str | None


class SaveView(NamedTuple):
    """`version`: of the view that was changed; a later one there is not written over."""

    principal: Principal
    view_id: str
    draft: Draft
    version: int


def list_saved(tx: Tx, principal: Principal) -> Sequence[Row[Any]]:
    """Return the views this user made for themselves, and those of their teams (admins: of all)."""
    own = (saved_views.c.owner_id == principal.user_id) & saved_views.c.team_id.is_(None)
    shared: ColumnElement[bool] = saved_views.c.team_id.is_not(None)
    if principal.role is not Role.ADMIN:
        shared &= saved_views.c.team_id.in_(sorted(principal.team_ids))
    found = select(saved_views).where(or_(own, shared))
    return tx.execute(found.order_by(saved_views.c.position, saved_views.c.id)).all()


def order_of(tx: Tx, principal: Principal) -> list[str]:
    """Return in what order the user has put the views; [] where they have not."""
    found = select(view_orders.c.ids).where(view_orders.c.user_id == principal.user_id)
    return list(tx.execute(found).scalar_one_or_none() or [])


def may_edit(principal: Principal, row: Row[Any]) -> bool:
    """Whether this user may change a view they see: their own, or of a team they supervise."""
    if row.team_id is None:
        return bool(row.owner_id == principal.user_id)
    return _may_share(principal, row.team_id)


def access_view(tx: Tx, principal: Principal, view_id: str) -> Row[Any]:
    """Return a saved view that this user sees. Raises NotFound."""
    row = tx.execute(select(saved_views).where(saved_views.c.id == view_id)).first()
    sees = row is not None and (
        row.owner_id == principal.user_id
        if row.team_id is None
        else principal.role is Role.ADMIN or row.team_id in principal.team_ids
    )
    if row is None or not sees:
        raise NotFound("There is no such view.", code="view.none")
    return row


def add_view(tx: Tx, asked: tuple[Principal, Draft]) -> Row[Any]:
    """Save a new view. Raises Invalid, Forbidden for a team one does not supervise."""
    principal, draft = asked
    name = _checked(tx, principal, draft)
    mine = _beside(principal, draft.team_id)
    beside = tx.execute(select(saved_views.c.position).where(mine)).scalars().all()
    if len(beside) >= MOST_VIEWS:
        raise Conflict(
            f"There are {MOST_VIEWS} views already: delete one that is not used.",
            code="view.too_many",
            most=MOST_VIEWS,
        )
    view_id = new_id()
    values = {
        "id": view_id,
        "owner_id": principal.user_id,
        "team_id": draft.team_id,
        "name": name,
        "filter": msgspec.to_builtins(draft.filter),
        "position": max(beside, default=0) + 1,
        "changed_at": tx.now,
        "version": 1,
    }
    tx.execute(insert(saved_views).values(**values))
    _audit(tx, principal, "view.add", view_id, draft.team_id, name)
    return access_view(tx, principal, view_id)


def save_view(tx: Tx, cmd: SaveView) -> Row[Any]:
    """Change a view: its name, what it shows, whom it is shared with.

    Raises NotFound, Forbidden, Invalid, Conflict where somebody changed it meanwhile.
    """
    row = _editable(tx, cmd.principal, cmd.view_id)
    name = _checked(tx, cmd.principal, cmd.draft)
    changed = tx.execute(
        update(saved_views)
        .where(saved_views.c.id == cmd.view_id, saved_views.c.version == cmd.version)
        .values(
            name=name,
            team_id=cmd.draft.team_id,
            filter=msgspec.to_builtins(cmd.draft.filter),
            changed_at=tx.now,
            version=cmd.version + 1,
        )
    )
    if changed.rowcount != 1:
        raise Conflict("Somebody changed this view meanwhile: load it again.", code="view.changed")
    _audit(tx, cmd.principal, "view.change", row.id, row.team_id or cmd.draft.team_id, name)
    return access_view(tx, cmd.principal, cmd.view_id)


def remove_view(tx: Tx, asked: tuple[Principal, str]) -> None:
    """Delete a view. Raises NotFound, Forbidden."""
    principal, view_id = asked
    row = _editable(tx, principal, view_id)
    tx.execute(delete(saved_views).where(saved_views.c.id == view_id))
    _audit(tx, principal, "view.delete", view_id, row.team_id, row.name)


def order_views(tx: Tx, asked: tuple[Principal, list[str]]) -> None:
    """Keep in what order this user wants the views; ids that are none of theirs are left out."""
    principal, ids = asked
    known = BUILT_IN_IDS | {row.id for row in list_saved(tx, principal)}
    kept = [id_ for id_ in dict.fromkeys(ids) if id_ in known]
    tx.execute(delete(view_orders).where(view_orders.c.user_id == principal.user_id))
    tx.execute(insert(view_orders).values(user_id=principal.user_id, ids=kept))


def _editable(tx: Tx, principal: Principal, view_id: str) -> Row[Any]:
    row = access_view(tx, principal, view_id)
    if not may_edit(principal, row):
        raise Forbidden(
            "This view is shared: a supervisor of its team changes it. Save a copy for yourself.",
            code="view.shared",
        )
    return row


def _may_share(principal: Principal, team_id: str) -> bool:
    if principal.role is Role.ADMIN:
        return True
    return principal.role.at_least(Role.SUPERVISOR) and team_id in principal.team_ids


def _checked(tx: Tx, principal: Principal, draft: Draft) -> str:
    name = " ".join(draft.name.split())
    if not name:
        raise Invalid("Give the view a name.", code="view.no_name", field="name")
    check_filter(draft.filter)
    if draft.team_id is None:
        return name
    if not _may_share(principal, draft.team_id):
        raise Forbidden(
            "Only a supervisor of a team shares views with it: save it for yourself.",
            code="view.not_shared",
        )
    there = select(teams.c.id).where(teams.c.id == draft.team_id, teams.c.retired.is_(False))
    if tx.execute(there).first() is None:
        raise Invalid("There is no such team.", code="view.no_team", field="team_id")
    return name


def _beside(principal: Principal, team_id: str | None) -> ColumnElement[bool]:
    if team_id is not None:
        return saved_views.c.team_id == team_id
    return (saved_views.c.owner_id == principal.user_id) & saved_views.c.team_id.is_(None)


def _audit(
    tx: Tx, principal: Principal, action: str, view_id: str, team_id: str | None, name: str
) -> None:
    """Shared views change what others see: who did that is kept. One's own are nobody's affair."""
    if team_id is not None:
        detail = {"team": team_id, "name": name}
        audit(tx, actor_of(principal), action, "view", view_id, detail)

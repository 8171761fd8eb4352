"""Use cases of teams: functions of a transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import insert, select, update

from hub.storage import Tx
from hub.web.principal import Principal, Role

from .tables import teams
from .views import TeamView


@dataclass(frozen=True, slots=True)
class Team:
    id: str
    zh: str
    en: str


def put_teams(tx: Tx, wanted: Iterable[Team]) -> None:
    """Make the teams exactly these (`hub apply`); one that is left out is retired, not deleted."""
    keep = {team.id: team for team in wanted}
    known = set(tx.execute(select(teams.c.id)).scalars())
    for team in keep.values():
        values = {"zh": team.zh, "en": team.en, "retired": False}
        if team.id in known:
            tx.execute(update(teams).where(teams.c.id == team.id).values(**values))
        else:
            tx.execute(insert(teams).values(id=team.id, **values))
    gone = sorted(known - set(keep))
    tx.execute(update(teams).where(teams.c.id.in_(gone)).values(retired=True))
    tx.hint("setup.changed", "")


def list_teams(tx: Tx, principal: Principal) -> list[TeamView]:
    """List the teams that `principal` is in, for admins all."""
    found = select(teams).where(~teams.c.retired).order_by(teams.c.id)
    if principal.role is not Role.ADMIN:
        found = found.where(teams.c.id.in_(sorted(principal.team_ids)))
    return [TeamView(id=r["id"], zh=r["zh"], en=r["en"]) for r in tx.execute(found).mappings()]

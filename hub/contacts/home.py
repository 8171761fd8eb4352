"""Where the organisation is at home, as far as telephone numbers go."""

from __future__ import annotations

from sqlalchemy import case, func, select

from hub.accounts.tables import teams
from hub.core.errors import Invalid
from hub.storage import Tx
from hub.web.principal import Principal

from .model import Channel
from .tables import entry_points


def home_region(tx: Tx) -> str:
    """Return the region (ISO 3166) of numbers typed without one: that of most entry points.

    Phone entry points count before others. Raises Invalid before the first `hub apply`.
    """
    phones = func.sum(case((entry_points.c.channel == Channel.PHONE, 1), else_=0))
    region: str | None = tx.execute(
        select(entry_points.c.region)
        .where(entry_points.c.retired.is_(False))
        .group_by(entry_points.c.region)
        .order_by(phones.desc(), func.count().desc(), entry_points.c.region)
        .limit(1)
    ).scalar()
    if region is None:
        raise Invalid("There are no entry points yet: run `hub apply` with the set-up first.")
    return region


def region_of(tx: Tx, principal: Principal) -> str:
    """Return the region of numbers that this user types: of their branch, else the home region.

    Of several branches the first by key that has one. Raises Invalid before the first `hub apply`.
    """
    if principal.team_ids:
        own: str | None = tx.execute(
            select(teams.c.region)
            .where(
                teams.c.id.in_(sorted(principal.team_ids)),
                teams.c.is_branch,
                ~teams.c.retired,
                teams.c.region.is_not(None),
            )
            .order_by(teams.c.id)
            .limit(1)
        ).scalar()
        if own:
            return own
    return home_region(tx)

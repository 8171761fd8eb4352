"""Where the organisation is at home, as far as telephone numbers go."""

from __future__ import annotations

from sqlalchemy import case, func, select

from hub.core.errors import Invalid
from hub.storage import Tx

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

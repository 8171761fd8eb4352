"""What a customer was told that things cost, the newest first: also by who has left since."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from hub.accounts.tables import users
from hub.customers.tables import identities
from hub.storage import Tx
from hub.web.shapes import View

from .model import CommitmentState
from .tables import commitments

MAX_QUOTED = 50


class QuotedPrice(View, frozen=True):
    """A price of a product. `holds`: not withdrawn, and its last day is not over. `made_by` said
    it, `owner` answers for it now (None: a team does).
    """

    id: str
    product_id: str | None
    product_name: str | None
    text: str
    price_minor: int
    currency: str
    valid_until: datetime | None
    made_at: datetime
    made_by: str | None
    made_by_name: str | None
    owner_id: str
    owner_name: str | None
    state: str
    holds: bool


def list_quoted(tx: Tx, customer_id: str, limit: int = MAX_QUOTED) -> list[QuotedPrice]:
    """Return the newest prices that a customer was told, those that hold no longer, too."""
    made_by, owner = users.alias("maker"), users.alias("owner")
    table = commitments.c
    rows = tx.execute(
        select(
            table.id, table.product_id, table.product_name, table.text, table.price_minor,
            table.currency, table.valid_until, table.made_at, table.made_by, table.owner_id,
            table.state, made_by.c.name.label("made_by_name"), owner.c.name.label("owner_name"),
        )
        .join(identities, identities.c.id == table.identity_id)
        .outerjoin(made_by, made_by.c.id == table.made_by)
        .outerjoin(owner, owner.c.id == table.owner_id)
        .where(identities.c.customer_id == customer_id, table.price_minor.is_not(None))
        .order_by(table.made_at.desc(), table.id.desc())
        .limit(limit)
    ).mappings()  # fmt: skip
    return [QuotedPrice(**row, holds=_holds(row["state"], row["valid_until"], tx.now))
            for row in rows]  # fmt: skip


def _holds(state: str, valid_until: datetime | None, now: datetime) -> bool:
    return state != CommitmentState.WITHDRAWN and (valid_until is None or valid_until > now)

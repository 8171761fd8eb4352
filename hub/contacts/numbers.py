"""Which numbers can be called from one of our entry points."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from hub.core.errors import Invalid
from hub.customers.normalise import Refusal, parse_dialled
from hub.storage import Tx

from .tables import entry_points


def check_number(tx: Tx, text: str, point: Row[Any]) -> str:
    """Return the number in E.164, read in the region of `point` (an entry point's row).

    Raises Invalid where it cannot be called, or is our own.
    """
    number = parse_dialled(text, point.region)
    if isinstance(number, Refusal):
        raise Invalid(number.reason, code="number.invalid", field="identities")
    ours = select(entry_points.c.id).where(
        entry_points.c.channel == point.channel, entry_points.c.address == number
    )
    if tx.execute(ours.limit(1)).first() is not None:
        raise Invalid("That is a number of ours: call the customer's.", code="number.ours")
    return number

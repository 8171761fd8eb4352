"""Which numbers can be called from one of our entry points."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, select

from hub.core.errors import Invalid
from hub.customers.normalise import Refusal, is_costly, number_region, parse_dialled
from hub.storage import Tx

from .model import Channel
from .tables import entry_points


def check_number(tx: Tx, text: str, point: Row[Any]) -> str:
    """Return the number in E.164, read in the region of `point` (an entry point's row).

    Raises Invalid where it cannot be called, or is our own.
    """
    number = parse_dialled(text, point.region)
    if isinstance(number, Refusal):
        raise Invalid(number.reason, code="number.invalid", field="identities")
    if own_lines(tx, {number}, point.channel):
        raise Invalid("That is a number of ours: call the customer's.", code="number.ours")
    return number


def own_lines(tx: Tx, numbers: Collection[str], channel: str = Channel.PHONE) -> set[str]:
    """Return which of these are numbers of ours."""
    if not numbers:
        return set()
    found = select(entry_points.c.address).where(
        entry_points.c.channel == channel, entry_points.c.address.in_(sorted(numbers))
    )
    return set(tx.execute(found).scalars())


def check_wished(tx: Tx, text: str, point: Row[Any], own: str | None) -> str:
    """Like `check_number` for a number that is called without a person of ours choosing it.

    `own`: the caller's, as the network shows it (which proves nothing); another one was keyed in.
    Raises Invalid for one that may cost a lot, and for one keyed in that is of another region than
    `point`.
    """
    number = check_number(tx, text, point)
    if is_costly(number):
        raise Invalid("Numbers of this kind are not called back.", code="number.costly")
    keyed_in = own is None or number != own.partition(";")[0]
    if keyed_in and number_region(number) != point.region:
        raise Invalid("Key in a number of this country.", code="number.abroad")
    return number

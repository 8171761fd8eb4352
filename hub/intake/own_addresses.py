"""Mail addresses that lead back to us."""

from __future__ import annotations

from sqlalchemy import select

from hub.contacts.tables import entry_points
from hub.customers.normalise import Address, parse_email
from hub.storage import Tx


def is_ours(tx: Tx, address: str) -> bool:
    """Say whether a mail to an address comes back to us, under whatever it says behind a "+"."""
    points = tx.execute(select(entry_points.c.address).where(entry_points.c.address.contains("@")))
    return _mailbox(address) in map(_mailbox, points.scalars())


def _mailbox(address: str) -> str:
    parsed = parse_email(address)
    value = parsed.value if isinstance(parsed, Address) else address.casefold()
    name, at, domain = value.rpartition("@")
    return f"{name.partition('+')[0]}{at}{domain}"

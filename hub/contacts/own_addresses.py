"""Mail addresses that lead back to us."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from hub.customers.normalise import Address, parse_email
from hub.storage import Tx

from .tables import entry_points


def is_ours(tx: Tx, address: str) -> bool:
    """Say whether a mail to an address comes back to us, under whatever it says behind a "+".

    Ours are the addresses of the entry points, and what else leads into their mailboxes: the
    `aliases` of their settings.
    """
    return _mailbox(address) in map(_mailbox, _addresses(tx))


def own_mailboxes(tx: Tx) -> frozenset[str]:
    """Return all of ours, in the form in which addresses are compared, without a "+" tag."""
    return frozenset(map(_mailbox, _addresses(tx)))


def _addresses(tx: Tx) -> Iterator[str]:
    points = select(entry_points.c.address, entry_points.c.settings)
    for point in tx.execute(points.where(entry_points.c.address.contains("@"))):
        yield point.address
        yield from point.settings.get("aliases", ())


def _mailbox(address: str) -> str:
    parsed = parse_email(address)
    value = parsed.value if isinstance(parsed, Address) else address.casefold()
    name, at, domain = value.rpartition("@")
    return f"{name.partition('+')[0]}{at}{domain}"

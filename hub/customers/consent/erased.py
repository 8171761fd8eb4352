"""Addresses of whoever was erased: nobody is reached there, and no import makes anybody of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select

from hub.customers.model import IdentityKind, IdentityStatus
from hub.customers.secrets import ADDRESS_HASH, find_secret
from hub.customers.tables import identities
from hub.storage import Tx
from hub.storage.bulk import Statement

from .model import STOP_ALL, Basis, NewConsent, hash_address
from .service import keep_consents, key_of_addresses

ERASED_TEXT = "Its customer was erased at their wish: they come back by themselves alone."
_SOURCE = "erasure"
_NEVER = frozenset({IdentityKind.RECORD, IdentityKind.VISITOR})


def suppress(tx: Tx, identity_ids: Sequence[str]) -> None:
    """Keep the hashes of these addresses with a no to everything, before they are erased, and take
    away what was noted with what they said.

    One that others share stays theirs.
    """
    key = key_of_addresses(tx)
    rows = tx.execute(
        select(identities.c.kind, identities.c.value_norm).where(
            identities.c.id.in_(sorted(identity_ids)),
            identities.c.kind.not_in(_NEVER),
            identities.c.status.in_([IdentityStatus.ACTIVE, IdentityStatus.INVALID]),
        )
    ).all()
    addresses = [hash_address(key, row.kind, row.value_norm) for row in rows]
    _FORGET_NOTES(tx, [list(address) for address in sorted(addresses)])
    keep_consents(
        tx,
        [
            NewConsent(address, purpose, False, Basis.WITHDRAWN, _SOURCE, own_word=True)
            for address in addresses
            for purpose in STOP_ALL
        ],
    )


_FORGET_NOTES = Statement("""
UPDATE consents SET evidence = '{}'
FROM {rows} WHERE consents.address_kind = {text 0} AND consents.address_hash = {text 1}
""")
_ERASED = Statement("""
SELECT DISTINCT c.address_kind, c.address_hash FROM {rows}
JOIN consents c ON c.address_kind = {text 0} AND c.address_hash = {text 1}
WHERE c.source = 'erasure'
""")


def erased_of(tx: Tx, addresses: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return those of these addresses (kind, normal form) of whoever was erased. Two reads."""
    key = find_secret(tx, ADDRESS_HASH) if addresses else None
    if key is None:
        return set()
    keyed = {hash_address(key, *address): address for address in set(addresses)}
    rows = _ERASED(tx, [list(one) for one in sorted(keyed)])
    found = {(row.address_kind, row.address_hash) for row in rows}
    return {address for one, address in keyed.items() if tuple(one) in found}

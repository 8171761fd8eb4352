"""Which addresses are known, and whose they are: what `identify` reads.

A number that is known as the other kind only (a fax from somebody's phone number) says who it is as
well: `KnownAddresses.by_number`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.storage import Tx
from hub.storage.bulk import Statement

from .model import IdentityKind, IdentityStatus
from .normalise import Address

Key = tuple[str, str]  # (kind, value_norm)

_FIND = Statement("""
SELECT i.id, i.kind, i.value_norm, i.status, i.customer_id, c.name, c.tier, c.language,
       CASE WHEN i.verified_by IS NULL THEN i.source END AS word_of,
       NOT EXISTS (SELECT 1 FROM customer_identities o WHERE o.customer_id = i.customer_id
                   AND o.id <> i.id AND o.status <> 'removed'
                   AND (o.verified_by IS NOT NULL OR o.source <> i.source)) AS is_only_one
FROM {rows}
JOIN customer_identities i ON i.kind = {text 0} AND i.value_norm = {text 1}
JOIN customers c ON c.id = i.customer_id
WHERE i.status <> 'removed'
""")
# What somebody took away from a customer does not come back to them by itself. PostgreSQL: a merge
# or its undoing waits for whoever is about to put another address beside this one.
_FIND_BY_NUMBER = Statement("""
SELECT {text 0} AS asked, i.value_norm, i.status, i.customer_id, i.home_id,
       c.name, c.tier, c.language,
       CASE WHEN i.verified_by IS NULL THEN i.source END AS word_of,
       EXISTS (SELECT 1 FROM customer_identities r
               WHERE r.kind = {text 0} AND r.value_norm = i.value_norm
               AND r.customer_id = i.customer_id AND r.status = 'removed') AS was_taken_away
FROM {rows}
JOIN customer_identities i ON i.kind = {text 1} AND i.value_norm = {text 2}
JOIN customers c ON c.id = i.customer_id
WHERE i.status <> 'removed' {kept i}
""")
_LOCK_NEW = Statement("SELECT pg_advisory_xact_lock(hashtextextended({text 0}, 0)) FROM {rows}")
_STATUS_RANK = {"active": 0, "shared": 1, "invalid": 2}
_STATUSES = {status.value: status for status in IdentityStatus}
_A_FAX = "fax"  # the channel, as the source of an address
_OTHER_KIND = {
    str(IdentityKind.FAX): str(IdentityKind.PHONE),
    str(IdentityKind.PHONE): str(IdentityKind.FAX),
}


@dataclass(slots=True)
class KnownCustomer:
    id: str
    name: str | None
    tier: str
    language: str | None
    is_new: bool = False


@dataclass(slots=True)
class KnownAddress:
    """A known address. `is_only_one`: its customer has no other but what the same medium was told
    and nothing proved, so nothing else says who it is."""

    id: str
    customer: KnownCustomer
    status: IdentityStatus
    is_only_one: bool
    others: list[KnownAddress] = field(default_factory=list)  # who share it
    word_of: str | None = None  # the medium that was told it, where nothing proved it


@dataclass(frozen=True, slots=True)
class Holder:
    """The one customer who has a number as the other kind; `home_id`: whose that address is without
    merges, None: the customer's own."""

    customer: KnownCustomer
    home_id: str | None = None


@dataclass(frozen=True, slots=True)
class KnownAddresses:
    """What is known of the addresses of a batch, and what becomes known while it is decided.

    `by_number`: for numbers that may be unknown as the kind in the key, who has them as the other.
    """

    by_key: dict[Key, KnownAddress]
    by_number: dict[Key, Holder]

    def match(self, address: Address) -> KnownAddress | None:
        return None if address.is_anonymous else self.by_key.get(key_of(address))

    def holder(self, address: Address) -> Holder | None:
        return self.by_number.get(key_of(address))

    def add(self, address: Address, added: KnownAddress) -> None:
        """Remember an address that is new, for what comes later in the batch."""
        if address.is_anonymous:
            return
        key = key_of(address)
        self.by_key[key] = added
        if _names_a_line(key) and _says_who(key[0], added.word_of):
            self.by_number.setdefault((_OTHER_KIND[key[0]], key[1]), Holder(added.customer))


def key_of(address: Address) -> Key:
    return (address.kind.value, address.value)


def find_known(tx: Tx, asked: Iterable[Sequence[Address]]) -> KnownAddresses:
    """Read the addresses of all items at once, and who has the numbers of those whose first one is
    unknown. Until this transaction ends no other process makes a customer of what is unknown.
    """
    firsts: set[Key] = set()
    keys: set[Key] = set()
    for addresses in asked:
        firsts.add(key_of(addresses[0]))
        keys.update(key_of(one) for one in addresses if not one.is_anonymous)
    owners: dict[str, KnownCustomer] = {}
    known = _find(tx, keys, owners)
    missing = keys - known.keys()
    if not missing:
        return KnownAddresses(known, {})
    lines = sorted(filter(_names_a_line, missing & firsts))
    if tx.dialect == "postgresql":
        _lock_new(tx, missing | {(_OTHER_KIND[kind], value) for kind, value in lines})
        owners = {}
        known = _find(tx, keys, owners)
    return KnownAddresses(known, _find_by_number(tx, lines, owners) if lines else {})


def _names_a_line(key: Key) -> bool:
    """Say whether this is a whole number (E.164): a short or internal one is many people's, and
    what is no number at all was only written alike.
    """
    return key[0] in _OTHER_KIND and key[1].startswith("+")


def _says_who(kind: str, word_of: str | None) -> bool:
    """Say whether a number known as this kind tells who uses it as the other. A fax machine calls
    itself what it likes, and a page shows any number: what only a fax has told names no caller.
    """
    return not (kind == IdentityKind.FAX and word_of == _A_FAX)


def _rank_of(row: Any) -> tuple[int, str]:
    return _STATUS_RANK[row.status], row.id


def _find(tx: Tx, keys: Iterable[Key], owners: dict[str, KnownCustomer]) -> dict[Key, KnownAddress]:
    """Of several rows with one address the active, then the oldest wins."""
    rows = _FIND(tx, sorted(keys))
    found: dict[Key, KnownAddress] = {}
    for row in sorted(rows, key=_rank_of) if len(rows) > 1 else rows:
        known = KnownAddress(
            row.id,
            _owner_of(row, owners),
            _STATUSES[row.status],
            bool(row.is_only_one),
            [],
            row.word_of,
        )
        first = found.setdefault((row.kind, row.value_norm), known)
        if first is not known and known.status is first.status is IdentityStatus.SHARED:
            first.others.append(known)
    return found


def _find_by_number(
    tx: Tx, lines: Sequence[Key], owners: dict[str, KnownCustomer]
) -> dict[Key, Holder]:
    """Return who alone has these numbers as the other kind. What several have is nobody's here."""
    asked = [(kind, _OTHER_KIND[kind], value) for kind, value in lines]
    rows: dict[Key, list[Any]] = {}
    for row in _FIND_BY_NUMBER(tx, asked):
        rows.setdefault((row.asked, row.value_norm), []).append(row)
    return {
        key: Holder(_owner_of(held[0], owners), held[0].home_id)
        for key, held in rows.items()
        if len(held) == 1 and _is_surely(held[0])
    }


def _is_surely(row: Any) -> bool:
    return (
        row.status == IdentityStatus.ACTIVE
        and not row.was_taken_away
        and _says_who(_OTHER_KIND[row.asked], row.word_of)
    )


def _owner_of(row: Any, owners: dict[str, KnownCustomer]) -> KnownCustomer:
    return owners.setdefault(
        row.customer_id, KnownCustomer(row.customer_id, row.name, row.tier, row.language)
    )


def _lock_new(tx: Tx, keys: Iterable[Key]) -> None:
    """PostgreSQL: another process may be making the same customer; wait for it, then look again."""
    _LOCK_NEW(tx, ([f"{kind}:{value}"] for kind, value in sorted(keys)))

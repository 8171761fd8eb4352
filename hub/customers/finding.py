"""Finding customers: by name, number or mail, or the newest first, among those one may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Select, and_, or_, select, true, union

from hub.core.text import parse_query
from hub.storage import Tx
from hub.storage.search import MAX_HITS, Hit, SearchKind, search_documents

from .access import Scope, seen_customers
from .model import IdentityKind
from .normalise import Address, as_digits, parse_email, parse_number
from .tables import LISTED, customers, identities
from .views import CustomerRow, IdentityView, Reader

_ROUNDS = 5  # of MAX_HITS hits, looked at for one page
_SHOWN_ADDRESSES = 3


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Where a list of customers goes on: a document number (search) or a time and id (newest)."""

    doc: int | None
    at: datetime | None = None
    id: str = ""


class FindCustomers(NamedTuple):
    """`text` "" lists the newest. `region` reads a number somebody typed."""

    reader: Reader
    scope: Scope
    text: str
    region: str
    limit: int
    after: Position | None = None


def find_customers(tx: Tx, ask: FindCustomers) -> tuple[list[CustomerRow], Position | None]:
    """Return customers that match what was typed, and where to go on.

    A whole number or mail address finds its holders at once, also those of invalid ones; anything
    else searches names, addresses and the last 4, 6, 7 or 8 digits of numbers, newest first.
    """
    typed = ask.text.strip()
    if not typed:
        return _newest(tx, ask)
    if ask.after is None:
        exact = _by_address(tx, typed, ask)
        if exact:
            return customer_rows(tx, ask.reader, exact[: ask.limit]), None
    hits, before = _seen_hits(tx, ask, typed)
    digits = as_digits(typed)
    if not hits and before is None and digits != typed:
        hits, before = _seen_hits(tx, ask, digits)
    following = None if before is None else Position(before)
    return customer_rows(tx, ask.reader, [hit.ref_id for hit in hits]), following


def _seen_hits(tx: Tx, ask: FindCustomers, typed: str) -> tuple[list[Hit], int | None]:
    """Return at most `ask.limit` hits that one may see, and where to go on; None: no more.

    Who may not see all of them looks at some rounds of the newest hits only: a page may be short,
    or empty, and still not be the last.
    """
    query, size = parse_query(typed, prefix=True), MAX_HITS
    before = ask.after.doc if ask.after else None
    if ask.scope.everything:
        size = ask.limit + 1
    seen: list[Hit] = []
    for _ in range(_ROUNDS):
        hits = search_documents(tx, SearchKind.CUSTOMERS, query, size, before)
        ids = seen_customers(tx, ask.scope, [hit.ref_id for hit in hits])
        seen += [hit for hit in hits if hit.ref_id in ids]
        if len(seen) > ask.limit:
            return seen[: ask.limit], seen[ask.limit - 1].doc
        if len(hits) < size:
            return seen, None
        before = hits[-1].doc
    return seen, before


def _by_address(tx: Tx, typed: str, ask: FindCustomers) -> list[str]:
    addresses = [
        address
        for address in (
            parse_email(typed) if "@" in typed else None,
            *(
                parse_number(kind, typed, ask.region)
                for kind in (IdentityKind.PHONE, IdentityKind.FAX)
            ),
            Address(IdentityKind.EXTERNAL, typed, typed),
        )
        if isinstance(address, Address) and not address.is_anonymous
    ]
    rows = tx.execute(
        select(identities.c.customer_id)
        .where(
            or_(
                *(
                    and_(identities.c.kind == a.kind, identities.c.value_norm == a.value)
                    for a in addresses
                )
            ),
            identities.c.status != "removed",
        )
        .order_by(identities.c.id)
    ).scalars()
    holders = list(dict.fromkeys(rows))
    seen = seen_customers(tx, ask.scope, holders)
    return [customer_id for customer_id in holders if customer_id in seen]


def _newest(tx: Tx, ask: FindCustomers) -> tuple[list[CustomerRow], Position | None]:
    """List the newest of everybody, or of one's branches, of no branch, and one's own.

    Each of these is one range of one index. Who only chatted and left no name is found by what they
    left, and on the contact; so is who is in one's hands for the moment only.
    """
    scope = ask.scope
    ranges: list[ColumnElement[bool]] = [true()]
    if not scope.everything:
        branch = customers.c.branch_id
        ranges = [branch.is_(None), customers.c.owner_id == scope.user_id]
        ranges += [branch == branch_id for branch_id in sorted(scope.branches)]
    parts = [_newest_of(ask, one).subquery() for one in ranges]
    merged = union(*(select(part.c.id, part.c.created_at) for part in parts)).subquery()
    rows = tx.execute(
        select(merged.c.id, merged.c.created_at)
        .order_by(merged.c.created_at.desc(), merged.c.id.desc())
        .limit(ask.limit + 1)
    ).all()
    shown = rows[: ask.limit]
    following = None
    if len(rows) > ask.limit:
        following = Position(None, shown[-1].created_at, shown[-1].id)
    return customer_rows(tx, ask.reader, [row.id for row in shown]), following


def _newest_of(ask: FindCustomers, which: ColumnElement[bool]) -> Select[str, datetime]:
    found: Select[str, datetime] = (
        select(customers.c.id, customers.c.created_at)
        .where(LISTED, which)
        .order_by(customers.c.created_at.desc(), customers.c.id.desc())
        .limit(ask.limit + 1)
    )
    if ask.after is None or ask.after.at is None:
        return found
    at, last = ask.after.at, ask.after.id
    return found.where(
        customers.c.created_at <= at,
        or_(
            customers.c.created_at < at,
            and_(customers.c.created_at == at, customers.c.id < last),
        ),
    )


def customer_rows(tx: Tx, reader: Reader, ids: Sequence[str]) -> list[CustomerRow]:
    """Show customers in the order of `ids`."""
    if not ids:
        return []
    rows = {
        row.id: row for row in tx.execute(select(customers).where(customers.c.id.in_(ids))).all()
    }
    addresses: defaultdict[str, list[IdentityView]] = defaultdict(list)
    found = tx.execute(
        select(identities)
        .where(identities.c.customer_id.in_(ids), identities.c.status != "removed")
        .order_by(identities.c.customer_id, identities.c.id)
    )
    for row in found:
        shown = addresses[row.customer_id]
        if row.kind != IdentityKind.RECORD and len(shown) < _SHOWN_ADDRESSES:
            shown.append(reader.identity(row))
    return [
        CustomerRow(
            id=row.id,
            kind=row.kind,
            name=row.name,
            tier=reader.tier(row.tier),
            language=row.language,
            addresses=addresses[row.id],
            created_at=row.created_at,
        )
        for row in (rows[customer_id] for customer_id in ids if customer_id in rows)
    ]

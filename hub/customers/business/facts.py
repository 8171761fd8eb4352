"""What others know of customers: secondary data as dated facts, with source, licence and place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from hub.core.ids import new_id
from hub.customers.card_numbers import hider
from hub.customers.changes import tell_changed
from hub.customers.competitors import Names, find_competitor, names_of
from hub.customers.identify import DefaultTier
from hub.customers.imports.model import Reason
from hub.customers.settings import load_customer_settings
from hub.customers.tables import customer_facts
from hub.storage import Tx
from hub.storage.bulk import Statement, insert_values, read_time, update_values

from .feeds import note_rows
from .orders import Put, PutDone
from .people import ERASED, customers_by_external_id, lock_rows
from .rows import Fact
from .versions import RowOutcome

_FIND = Statement("""
SELECT f.external_id, f.id, f.customer_id, coalesce(c.merged_into_id, c.id) AS today, f.kind,
       f.text, f.licence, f.url, f.competitor_id, f.learned_at, f.expires_at, f.withdrawn_at
FROM {rows} JOIN customer_facts f ON f.source = {text 1} AND f.external_id = {text 0}
JOIN customers c ON c.id = f.customer_id
""")
_NAMES = (
    "id",
    "customer_id",
    "kind",
    "text",
    "licence",
    "url",
    "competitor_id",
    "learned_at",
    "expires_at",
    "withdrawn_at",
)


class PutFacts(NamedTuple):
    """Rows of one source, in the order they came."""

    source: str
    rows: Sequence[Fact]
    default_tier: DefaultTier


class _Kept(NamedTuple):
    """A fact as it is kept, in the order of _NAMES."""

    id: str
    customer_id: str
    kind: str
    text: str
    licence: str | None
    url: str | None
    competitor_id: str | None
    learned_at: datetime
    expires_at: datetime | None
    withdrawn_at: datetime | None


def put_facts(tx: Tx, cmd: PutFacts) -> PutDone:
    """Keep these facts, each known by its external id; the same again changes nothing, and neither
    does one that was learned before what is known. Refused are who is no competitor of the set-up
    and what is of somebody who was erased.
    """
    lock_rows(tx, [f"business:facts:{cmd.source}"])
    competitors = names_of(load_customer_settings(tx).competitors)
    cmd = cmd._replace(rows=_storable(tx, cmd.rows))
    good = [row for row in cmd.rows if _is_known(row, competitors)]
    people, made = customers_by_external_id(
        tx, cmd.source, {row.customer for row in good}, cmd.default_tier
    )
    found = _FIND(tx, [[row.external_id, cmd.source] for row in good])
    kept = {row.external_id: _read(row) for row in found}
    today = {row.customer_id: row.today for row in found}
    before, results = dict(kept), []
    changed: set[str] = set()
    for row in cmd.rows:
        if not _is_known(row, competitors):
            results.append(Put(RowOutcome.REFUSED, None, (_unknown(row),)))
            continue
        known, owner = kept.get(row.external_id), people.get(row.customer)
        if owner is None:
            results.append(Put(RowOutcome.REFUSED, None, (ERASED,)))
            continue
        customer_id = owner.home
        if known is not None and today.get(known.customer_id) == owner.today:
            customer_id = known.customer_id  # a merge that is undone takes it along
        now_known = _now_known(tx, row, customer_id, competitors, known)
        if known is None:
            outcome = RowOutcome.CREATED
        elif now_known == known:
            outcome = RowOutcome.UNCHANGED
        elif now_known.learned_at < known.learned_at:
            outcome = RowOutcome.STALE
        else:
            outcome = RowOutcome.UPDATED
        if outcome in (RowOutcome.CREATED, RowOutcome.UPDATED):
            kept[row.external_id] = now_known
            changed.add(row.external_id)
        results.append(Put(outcome, kept[row.external_id].id))
    _write(tx, cmd.source, {key: kept[key] for key in sorted(changed)}, before)
    note_rows(tx, cmd.source, len(cmd.rows))
    return PutDone(results, made)


def _storable(tx: Tx, rows: Sequence[Fact]) -> list[Fact]:
    hide = hider(tx)
    return [replace(row, text=hide(row.text)) for row in rows]


def _is_known(row: Fact, competitors: Names) -> bool:
    return row.competitor is None or find_competitor(row.competitor, competitors) is not None


def _unknown(row: Fact) -> Reason:
    return Reason(
        "competitor.unknown",
        f"“{(row.competitor or '')[:40]}” is no competitor of the set-up: add it there first.",
        "competitor",
    )


def _now_known(
    tx: Tx, row: Fact, customer_id: str, competitors: Names, known: _Kept | None
) -> _Kept:
    gone = known.withdrawn_at if known is not None else None
    return _Kept(
        known.id if known else new_id(),
        customer_id,
        row.kind,
        row.text,
        row.licence,
        row.url,
        find_competitor(row.competitor, competitors) if row.competitor else None,
        row.learned_at or (known.learned_at if known else tx.now),
        row.expires_at,
        (gone or tx.now) if row.withdrawn else None,
    )


def _read(row: Any) -> _Kept:  # Any: a row of _FIND
    return _Kept(
        row.id,
        row.customer_id,
        row.kind,
        row.text,
        row.licence,
        row.url,
        row.competitor_id,
        read_time(row.learned_at),
        read_time(row.expires_at),
        read_time(row.withdrawn_at),
    )


def _write(tx: Tx, source: str, changed: dict[str, _Kept], before: dict[str, _Kept]) -> None:
    if not changed:
        return
    new = [(*one, source, key) for key, one in changed.items() if key not in before]
    old = [one for key, one in changed.items() if key in before]
    insert_values(tx, customer_facts, (*_NAMES, "source", "external_id"), new)
    update_values(tx, customer_facts, _NAMES, old)
    touched = {one.customer_id for one in changed.values()}
    touched |= {before[key].customer_id for key in changed if key in before}
    tell_changed(tx, touched, "fact")

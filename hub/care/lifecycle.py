"""Where customers stand follows from what happens to them: looked at in pieces, never by a scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from hub.customers.allocation.service import keep_leads
from hub.customers.groups.service import keep_groups
from hub.customers.lifecycle.dirty import drop_checks, list_due, sweep, take_changed, today_of
from hub.customers.lifecycle.known import load_known, with_stages
from hub.customers.lifecycle.service import digest_of, load_rules, look_at
from hub.customers.plans.service import keep_plans
from hub.customers.rules.features import FeaturePart, load_features
from hub.storage import Tx
from hub.storage.bulk import Statement, tx_time

from .allocation import outside

_QUOTES = Statement("""
SELECT i.customer_id, COUNT(*) AS quotes FROM {rows}
JOIN customer_identities i ON i.customer_id = {text 0}
JOIN commitments c ON c.identity_id = i.id
WHERE c.kind = 'quote' AND c.state <> 'withdrawn'
  AND (c.valid_until IS NULL OR c.valid_until > {time :now})
GROUP BY i.customer_id
""")


def quotes_of(tx: Tx, customer_ids: Sequence[str]) -> Mapping[str, int]:
    """Return how many quotes to these customers stand; who has none is left out."""
    rows = _QUOTES(tx, [[one] for one in customer_ids], now=tx_time(tx, tx.now))
    return {row.customer_id: int(row.quotes) for row in rows}


def look_at_customers(tx: Tx, now: datetime, limit: int, parts: Sequence[FeaturePart]) -> int:
    """Look again at customers about whom something changed, or whose time has come (timekeeper).

    Return how many. A fixed number of statements, however many there are.
    """
    changed = take_changed(tx, limit)
    due = list_due(tx, now, limit - len(changed))
    if not changed and not due:
        return 0
    today = today_of(tx, sorted({*changed, *due}))
    drop_checks(tx, [one for one in due if today.get(one) != one])
    features = load_features(tx, sorted(set(today.values())), parts)
    known = load_known(tx, features, quotes_of)
    stands = look_at(tx, known, load_rules(tx), now)
    features = {id_: with_stages(one, stands[id_]) for id_, one in features.items()}
    gone = {one: today[one] for one in (*changed, *due) if today.get(one, one) != one}
    left = {one for one in (*changed, *due) if one not in today}  # erased
    keep_groups(tx, features, gone.keys() | left, now)
    keep_leads(tx, features, gone, now, outside(tx))
    keep_plans(tx, features, now)
    return len(features)


def sweep_customers(tx: Tx, _now: datetime, limit: int) -> int:
    """Have everybody looked at once by new rules of the lifecycle (timekeeper)."""
    return sweep(tx, digest_of(load_rules(tx)), limit)

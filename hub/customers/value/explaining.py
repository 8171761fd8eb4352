"""Why a customer has their tier: the figures, what the rules say of them, what holds them back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, select

from hub.core.errors import Conflict, NotFound
from hub.customers.model import IdentityKind
from hub.customers.normalise import Address, parse_address
from hub.customers.reads import get_customer_row
from hub.customers.rules.features import FeaturePart, load_features
from hub.customers.tables import customers, identities, tier_changes
from hub.storage import Tx
from hub.storage.types import to_micros

from .deciding import Decider, Figure
from .model import NAMES, UNKNOWN, WHOLE, Flag, RfmName
from .moving import OpenComplaints
from .objections import ObjectionState
from .rule_sets import rules_in_force
from .rules import Before, TierRules, Tiers, Why
from .tables import customer_values, tier_objections, tier_runs

_SHOWN_CHANGES = 20
_NOWHERE = ""  # no region: numbers need their country code
_ADDRESSES = (
    IdentityKind.EXTERNAL,
    IdentityKind.EMAIL,
    IdentityKind.PHONE,
    IdentityKind.FAX,
)


class FiguresView(Struct, frozen=True, kw_only=True):
    """What the newest run found; money in minor units of `currency`, shares 0 to 1.

    `rank` None: bought nothing in the window. `share_above`: what those who are worth more make of
    the revenue. `found`: best, rising, tail, loss_making, full_window, no_rate.
    """

    currency: str
    window_from: datetime
    window_until: datetime
    revenue_minor: int
    margin_minor: int
    cost_minor: int
    profit_minor: int
    orders: int
    first_order: datetime
    last_order: datetime
    rank: int | None
    of: int
    share_above: float | None
    trend: float
    recency: int | None
    frequency: int | None
    money: int | None
    segment: RfmName
    found: list[str]
    clv_minor: int | None


class ChangeView(Struct, frozen=True, kw_only=True):
    """One tier they had before; `inputs` are the figures that a run decided by."""

    at: datetime
    before: str
    after: str
    source: str
    reason: str
    by: str | None
    rules_version: int | None
    inputs: dict[str, Any] | None


class ObjectionNote(Struct, frozen=True, kw_only=True):
    id: str
    objected_at: datetime
    text: str


class TierWhyView(Struct, frozen=True, kw_only=True):
    """`computed` is what the rules alone say now, by rule number `rule` (from 1; 0: none);
    `why` is what decides: rule, kept, no_rule, short_history, manual, objection, imported,
    complaint. `own`: their own, where an organisation's better tier counts.
    """

    customer_id: str
    name: str | None
    kind: str
    tier: str
    own: str
    source: str
    reason: str | None
    since: datetime
    expires_at: datetime | None
    computed: str | None
    rule: int
    why: Why | None
    rules_version: int
    figures: FiguresView | None
    complaint: bool
    objection: ObjectionNote | None
    changes: list[ChangeView]


@dataclass(frozen=True, slots=True)
class Explain:
    """`parts`: what rules may ask besides figures."""

    customer_id: str
    tiers: Tiers
    complaints: OpenComplaints
    parts: Sequence[FeaturePart] = ()


def resolve_customer(tx: Tx, typed: str, region: str | None) -> str:
    """Return who is meant by an id or an address (external id, e-mail, number), as of today.

    `region` reads numbers without a country code; None: there is no set-up that says which.
    Raises NotFound, and Conflict where several people share the address.
    """
    by_id = tx.execute(
        select(customers.c.id, customers.c.merged_into_id).where(customers.c.id == typed)
    ).first()
    if by_id is not None:
        return str(by_id.merged_into_id or by_id.id)
    for kind in _ADDRESSES:
        address = parse_address(kind, typed, region or _NOWHERE)
        if not isinstance(address, Address):
            continue
        found = tx.execute(
            select(identities.c.customer_id)
            .where(
                identities.c.kind == kind,
                identities.c.value_norm == address.value,
                identities.c.status != "removed",
            )
            .distinct()
            .limit(2)
        ).all()
        if len(found) > 1:
            raise Conflict(
                "Several customers share this address: give the customer's id.",
                code="customer.ambiguous",
            )
        if found:
            return str(found[0].customer_id)
    raise NotFound("There is no customer with this id or address.")


def explain_tier(tx: Tx, ask: Explain) -> TierWhyView:
    """Return why a customer has their tier. Supervisors' alone. Raises NotFound."""
    row = get_customer_row(tx, ask.customer_id)
    stored = tx.execute(
        select(customer_values).where(customer_values.c.customer_id == row.id)
    ).first()
    run = tx.execute(
        select(tier_runs)
        .where(tier_runs.c.state == "done")
        .order_by(tier_runs.c.at.desc(), tier_runs.c.id.desc())
        .limit(1)
    ).first()
    rules = rules_in_force(tx, ask.tiers)
    own = row.own_tier or row.tier
    complaint = bool(ask.complaints(tx, [row.id]))
    computed, rule, why = None, 0, None
    if stored is not None and run is not None:
        before = Before(own, row.tier_source, stored.computed_tier)
        found = _decide(tx, ask, rules, stored, run, before)
        computed, rule, why = found.computed, found.rule, found.why
        if complaint and ask.tiers.is_lower(found.tier, own):
            why = Why.COMPLAINT
    return TierWhyView(
        customer_id=row.id,
        name=row.name,
        kind=row.kind,
        tier=row.tier,
        own=own,
        source=row.tier_source,
        reason=row.tier_reason,
        since=row.tier_set_at,
        expires_at=row.tier_expires_at,
        computed=computed,
        rule=rule,
        why=why,
        rules_version=rules.version,
        figures=None if stored is None or run is None else _figures(stored, run),
        complaint=complaint,
        objection=_objection(tx, row.id),
        changes=_changes(tx, row.id),
    )


def figure_of(stored: Any) -> Figure:
    """Return the figures of a stored row as rules ask for them."""
    last = stored.last_at
    return Figure(
        orders=stored.orders,
        revenue=stored.revenue_minor,
        profit=stored.profit_minor,
        last_us=last if isinstance(last, int) else to_micros(last),
        named=NAMES.index(RfmName(stored.named_segment)),
        flags=stored.flags,
        share=UNKNOWN if stored.share_ppm is None else stored.share_ppm,
        trend=stored.trend_ppm,
    )


def _decide(
    tx: Tx, ask: Explain, rules: TierRules, stored: Row[Any], run: Row[Any], before: Before
) -> Any:
    decider = Decider(rules, ask.tiers, run.window_until)
    more = None
    if decider.reads_more:
        more = load_features(tx, [ask.customer_id], ask.parts).get(ask.customer_id)
    return decider.decide(figure_of(stored), before, more)


def _figures(stored: Row[Any], run: Row[Any]) -> FiguresView:
    rfm = stored.rfm
    flags = Flag(stored.flags)
    return FiguresView(
        currency=run.currency,
        window_from=run.window_from,
        window_until=run.window_until,
        revenue_minor=stored.revenue_minor,
        margin_minor=stored.margin_minor,
        cost_minor=stored.cost_minor,
        profit_minor=stored.profit_minor,
        orders=stored.orders,
        first_order=stored.first_at,
        last_order=stored.last_at,
        rank=stored.rank,
        of=run.customers,
        share_above=None if stored.share_ppm is None else stored.share_ppm / WHOLE,
        trend=stored.trend_ppm / WHOLE,
        recency=None if rfm is None else rfm // 100,
        frequency=None if rfm is None else rfm // 10 % 10,
        money=None if rfm is None else rfm % 10,
        segment=RfmName(stored.named_segment),
        found=[str(flag.name).lower() for flag in Flag if flag in flags],
        clv_minor=stored.clv_minor,
    )


def _objection(tx: Tx, customer_id: str) -> ObjectionNote | None:
    table = tier_objections.c
    row = tx.execute(
        select(table.id, table.objected_at, table.text)
        .where(table.customer_id == customer_id, table.state == ObjectionState.OPEN)
        .limit(1)
    ).first()
    return None if row is None else ObjectionNote(**row._mapping)


def _changes(tx: Tx, customer_id: str) -> list[ChangeView]:
    table = tier_changes.c
    rows = tx.execute(
        select(tier_changes)
        .where(table.customer_id == customer_id)
        .order_by(table.changed_at.desc(), table.id.desc())
        .limit(_SHOWN_CHANGES)
    )
    return [
        ChangeView(
            at=row.changed_at,
            before=row.before,
            after=row.after,
            source=row.source,
            reason=row.reason,
            by=row.changed_by,
            rules_version=row.rules_version,
            inputs=row.inputs or None,
        )
        for row in rows
    ]
